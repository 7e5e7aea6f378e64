/**
 * Detects variances that lose digits, or an infinity, because of the element around which a tile is folded: its first.
 */
import { close, fromArray } from "chunkwise";
import { afterAll, describe, expect, test } from "vitest";
import { randomOf } from "../conformance/backend/values.js";

const { POSITIVE_INFINITY: inf, NaN: nan } = Number;
const [rows, columns] = [700, 3];

afterAll(() => close());

/** n · Σ x² − (Σ x)², exactly, over n². */
function exactVariance(numbers: readonly number[]): number {
  const n = BigInt(numbers.length);
  let [sum, squares] = [0n, 0n];
  for (const x of numbers.map(BigInt)) {
    sum += x;
    squares += x * x;
  }
  return Number(((n * squares - sum * sum) * 2n ** 60n) / (n * n)) / 2 ** 60;
}

/** Whole numbers around an offset; the first of each column and row is as given. */
function matrixOf(offset: number, noise: number, first: number): number[] {
  const random = randomOf(noise);
  const numbers = Array.from({ length: rows * columns }, () => offset + Math.round((random() - 0.5) * noise));
  for (let i = 0; i < rows * columns; i++) if (i < columns || i % columns === 0) numbers[i] = first;
  return numbers;
}

const column = (all: readonly number[], j: number): number[] => all.filter((_, i) => i % columns === j);
const row = (all: readonly number[], i: number): number[] => all.slice(i * columns, (i + 1) * columns);

describe("a variance keeps its digits", () => {
  test.each([
    ["where the first element is like all others", 1e8, 100, 1e8 + 7],
    ["where the first element lies a few deviations out", 1e8, 100, 1e8 + 300],
    ["where the first element lies far out", 1e8, 100, 1e8 + 1e5],
    ["where the first element lies beyond everything", 1e9, 50, -1e14],
    ["where the first element is 0 and the others are large", 1e12, 9, 0],
  ])("%s", async (_, offset, noise, first) => {
    const all = matrixOf(offset, noise, first);
    const x = fromArray(Float64Array.from(all), { shape: [rows, columns] });
    // means of parts are rounded where parts are merged
    for (const [chunks, tolerance] of [
      [[-1, -1], 1e-13],
      [[64, 2], 1e-10],
    ] as const) {
      const near = (found: number, exact: number): void => {
        expect(Math.abs(found - exact)).toBeLessThanOrEqual(tolerance * exact);
      };
      const y = x.rechunk(chunks);
      const [down, across, whole] = [await y.var(0).compute(), await y.var(1).compute(), await y.var().compute()];
      for (let j = 0; j < columns; j++) near(down.data[j]!, exactVariance(column(all, j)));
      for (const i of [0, 1, 345]) near(across.data[i]!, exactVariance(row(all, i)));
      near(whole.data[0]!, exactVariance(all));
    }
  });
});

const limits: readonly (readonly [what: string, numbers: readonly number[], expected: number])[] = [
  ["equal numbers is 0", [0.1, 0.1, 0.1], 0],
  ["equal huge numbers is 0", [1e308, 1e308], 0],
  ["numbers whose distance overflows is infinite", [1e308, -1e308, 0], inf],
  ["numbers whose squares overflow is infinite", [1, 1e200, -1e200], inf],
  ["an infinity at the start is NaN", [inf, 1, 2], nan],
  ["an infinity at the end is NaN", [1, 2, inf], nan],
  ["both infinities is NaN", [1, inf, -inf], nan],
  ["a NaN at the start is NaN", [nan, 1, 2], nan],
  ["a NaN at the end is NaN", [1, 2, nan], nan],
  ["numbers beside a distance that overflows and an infinity is NaN", [1e308, -1e308, inf], nan],
];

describe("the variance of", () => {
  test.each(limits)("%s", async (_, numbers, expected) => {
    // wide enough for vectors, in rows and in columns
    const wide = numbers.flatMap((x) => new Array<number>(8).fill(x));
    const x = fromArray(Float64Array.from(wide), { shape: [numbers.length, 8] });
    expect([...(await x.var(0).compute()).data]).toEqual(new Array(8).fill(expected));
    expect([...(await x.transpose().var(1).compute()).data]).toEqual(new Array(8).fill(expected));
    expect((await x.var().compute()).data[0]).toBe(expected);
  });
});
