/**
 * Detects variances that lose digits, or an infinity, because of the element around which a tile is folded: its first.
 */
import { type ChunkedArray, close, fromArray, full } from "chunkwise";
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

describe("variances at the limits of float64", () => {
  test.each(limits)("the variance of %s", async (_, numbers, expected) => {
    // wide enough for vectors, in rows and in columns
    const wide = numbers.flatMap((x) => new Array<number>(8).fill(x));
    const x = fromArray(Float64Array.from(wide), { shape: [numbers.length, 8] });
    expect([...(await x.var(0).compute()).data]).toEqual(new Array(8).fill(expected));
    expect([...(await x.transpose().var(1).compute()).data]).toEqual(new Array(8).fill(expected));
    expect((await x.var().compute()).data[0]).toBe(expected);
  });
});

/** Folds of distances from the mean, which are 0 where all elements are equal. */
const folds: Readonly<Record<string, (x: ChunkedArray, axis?: number) => ChunkedArray>> = {
  var: (x, axis) => x.var(axis),
  std: (x, axis) => x.std(axis),
  nanvar: (x, axis) => x.nanvar(axis),
  nanstd: (x, axis) => x.nanstd(axis),
  "moment of order 2": (x, axis) => x.moment(2, axis === undefined ? {} : { axis }),
  "moment of order 3": (x, axis) => x.moment(3, axis === undefined ? {} : { axis }),
  "moment of order 4": (x, axis) => x.moment(4, axis === undefined ? {} : { axis }),
};

const magnitudes = [1e-200, 0.1, 1e153, 1e200, 1e300, 1.7e308, -1e300];

describe.each(Object.entries(folds))("the %s of equal numbers", (name, fold) => {
  test.each(magnitudes)("is 0 if they are %d, however many and in whatever chunks", async (value) => {
    for (const [count, chunks] of [[1, 1], [3, -1], [7, 2], [3000, -1], [3000, 512]] as const)
      expect((await fold(full([count], value, { chunks })).compute()).item()).toBe(0);
  }); // biome-ignore format: a table

  test("is 0 in a column or row beside others whose squares overflow", async () => {
    const rows = [1e300, -1e300, 1e300, 5].map((first) => [first, 1e300, 2, 1.7e308]);
    const x = fromArray(rows);
    const expected = [name === "moment of order 3" ? expect.any(Number) : inf, 0, 0, 0];
    expect((await fold(x, 0).compute()).toArray()).toEqual(expected);
    expect((await fold(x.T, 1).compute()).toArray()).toEqual(expected);
  });
});

describe.each(["nanvar", "nanstd"] as const)("the %s of equal numbers among NaNs", (name) => {
  test.each(magnitudes)("is 0 if they are %d, wherever the NaNs stand", async (value) => {
    for (const [first, step] of [[0, 2], [1, 3], [0, 1000], [2999, 1]] as const) {
      const numbers = new Float64Array(3000).fill(value);
      for (let i = first; i < 3000; i += step) numbers[i] = nan;
      for (const chunks of [-1, 512]) {
        const found = (await fromArray(numbers, { chunks })[name]().compute()).item();
        // the mean of a tile that begins with NaN is rounded as NumPy's
        expect(found).toBeLessThanOrEqual((name === "nanvar" ? 1e-29 * Math.abs(value) : 1e-14) * Math.abs(value));
      }
    }
  }); // biome-ignore format: a table

  test("is NaN where nothing but NaN is, and beside it as without it", async () => {
    const x = fromArray([[nan, nan, 1e300], [nan, 1, 1e300], [nan, 3, nan]]);
    expect((await x[name](0).compute()).toArray()).toEqual([nan, 1, 0]);
  }); // biome-ignore format: a table
});

test.each(["skew", "kurtosis"] as const)("the %s of equal numbers is NaN, however large they are", async (name) => {
  for (const value of magnitudes)
    for (const chunks of [-1, 512]) expect((await full([3000], value, { chunks })[name]().compute()).item()).toBeNaN();
});

test("moments of numbers whose distances or their sums overflow are infinite, and not NaN", async () => {
  for (const numbers of [
    [1e308, -1e308, 0],
    [-1e308, -1.7e308, -1.7e308, -1.7e308, -1.7e308, 1.7e308],
  ]) {
    const x = fromArray(numbers);
    expect((await x.moment(2).compute()).item()).toBe(inf);
    expect((await x.moment(4).compute()).item()).toBe(inf);
    expect((await x.nanvar().compute()).item()).toBe(inf);
  }
});
