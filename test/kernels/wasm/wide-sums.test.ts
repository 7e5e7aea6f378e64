/**
 * Detects sums of narrow numbers that lose more than their groups may, that overflow where the sum does not, or whose
 * bits depend on what else is in the loop.
 */
import { describe, expect, test } from "vitest";
import { type DType, type TypedArray, viewOf } from "#src/data/dtype";
import { WasmBackend } from "#src/kernels/wasm/backend";
import { compileFold } from "#src/program/compile";
import type { Loop } from "#src/program/loop";
import * as s from "#src/program/scalar";
import { randomOf } from "../../conformance/backend/values.js";

const [source, target] = [0, 2 ** 19];

const sumLoop = (from: DType, to: DType, roundedTo?: "float32"): Loop =>
  compileFold([s.cast(s.input(0, from), to)], ([a], [b]) => [s.add(a!, b!)], {}, roundedTo);

/** The shapes of a fold, and which dimensions it keeps. */
const shapes = [
  { counts: [37, 61], kept: [0, 1] },
  { counts: [16, 8], kept: [0, 1] },
  { counts: [37, 61], kept: [0, 3] },
  { counts: [61, 37], kept: [1, 0] },
  { counts: [3, 1000], kept: [1, 0] },
  { counts: [19, 53], kept: [0, 0] },
  { counts: [1, 6], kept: [0, 1] },
] as const;
type Shape = (typeof shapes)[number];

/** Folds numbers of a C-contiguous array, and returns the sums beside the numbers that belong to each. */
function folded(
  loop: Loop,
  from: DType,
  to: DType,
  { counts, kept }: Shape,
  number: (i: number) => number,
): { sums: (number | bigint)[]; numbers: number[][] } {
  const backend = new WasmBackend();
  backend.reserve(2 ** 20);
  const [rows, columns] = counts;
  const all = viewOf(from, backend.buffer, source, rows * columns) as Exclude<
    TypedArray,
    BigInt64Array | BigUint64Array
  >;
  for (let i = 0; i < all.length; i++) all[i] = number(i);
  const strides = [columns, 1];
  backend.run({
    loop,
    counts,
    inputs: [{ offset: source, strides }],
    results: [{ offset: target, strides: kept }],
  });
  const last = (rows - 1) * kept[0] + (columns - 1) * kept[1];
  const sums = [...(viewOf(to, backend.buffer, target, last + 1) as Iterable<number | bigint>)];
  const numbers = sums.map((): number[] => []);
  for (let i = 0; i < all.length; i++) {
    numbers[Math.floor(i / columns) * kept[0] + (i % columns) * kept[1]]!.push(all[i]!);
  }
  const used = [...numbers.keys()].filter((k) => numbers[k]!.length > 0);
  return { sums: used.map((k) => sums[k]!), numbers: used.map((k) => numbers[k]!) };
}

describe("a sum of integers is exact, at the ends of their range too", () => {
  const cases = (["int8", "int16", "int32", "uint8", "uint16", "uint32"] as const).flatMap((from) =>
    (["float64", from.startsWith("u") ? "uint64" : "int64"] as const).map((to) => [from, to] as const),
  );
  test.each(cases)("of %s in %s", (from, to) => {
    const bits = Number(/\d+/.exec(from)![0]);
    const lowest = from.startsWith("u") ? 0 : -(2 ** (bits - 1));
    const random = randomOf(bits);
    for (const shape of shapes) {
      for (const number of [
        () => lowest,
        () => lowest + 2 ** bits - 1,
        () => lowest + Math.floor(random() * 2 ** bits),
      ]) {
        // with arithmetic, numbers of 32 bits run in fours too
        const doubled = compileFold([s.cast(s.binary("and", s.input(0, from), s.input(0, from)), to)], ([a], [b]) => [
          s.add(a!, b!),
        ]);
        for (const loop of [sumLoop(from, to), doubled]) {
          const { sums, numbers } = folded(loop, from, to, shape, number);
          expect(sums.map(Number)).toEqual(numbers.map((list) => list.reduce((sum, x) => sum + x, 0)));
        }
      }
    }
  });
});

describe("a sum of float32 that is rounded to it", () => {
  const loop = sumLoop("float32", "float64", "float32");

  test("has the digits of float64, but for three roundings of a group", () => {
    const random = randomOf(7);
    for (const shape of shapes) {
      const { sums, numbers } = folded(
        loop,
        "float32",
        "float64",
        shape,
        () => (random() - 0.3) * 10 ** (random() * 6),
      );
      for (const [k, list] of numbers.entries()) {
        const exact = list.reduce((sum, x) => sum + x, 0);
        const size = list.reduce((sum, x) => sum + Math.abs(x), 0);
        expect(Math.abs(Number(sums[k]) - exact)).toBeLessThanOrEqual(3 * 2 ** -24 * size);
      }
    }
  });

  test("is finite where a group overflows and the sum does not", () => {
    for (const shape of shapes) {
      for (const number of [() => 3e38, (i: number) => (i % 3 ? 3e38 : -3e38)]) {
        const { sums, numbers } = folded(loop, "float32", "float64", shape, number);
        expect(sums).toEqual(numbers.map((list) => list.reduce((sum, x) => sum + x, 0)));
      }
    }
  });

  test.each([Number.NaN, Infinity, -Infinity])("keeps a %s, and what is beside it", (special) => {
    for (const shape of shapes) {
      const size = shape.counts[0] * shape.counts[1];
      for (let where = 0; where < size; where += 7) {
        const { sums, numbers } = folded(loop, "float32", "float64", shape, (i) => (i === where ? special : i % 8));
        expect(sums).toEqual(numbers.map((list) => list.reduce((sum, x) => sum + x, 0)));
      }
    }
  });

  test("has the same bits beside other folds", () => {
    const root = s.unary("sqrt", s.unary("abs", s.input(0, "float32")));
    const others = [s.input(0, "float32"), root, s.mul(root, root)].map((lift) =>
      compileFold([lift], ([a], [b]) => [s.binary("max", a!, b!)]),
    );
    const [apart, together] = [0, 1].map(() => {
      const backend = new WasmBackend();
      backend.reserve(2 ** 20);
      const random = randomOf(3);
      const all = viewOf("float32", backend.buffer, source, 37 * 61) as Float32Array;
      for (let i = 0; i < all.length; i++) all[i] = random() * 100 - 50;
      return backend;
    }) as [WasmBackend, WasmBackend];
    const calls = [loop, ...others].map((each, k) => ({
      loop: each,
      counts: [37, 61],
      inputs: [{ offset: source, strides: [61, 1] }],
      results: [{ offset: target + 4096 * k, strides: [0, 1] }],
    }));
    for (const call of calls) apart.run(call);
    together.runFused(calls);
    expect(Buffer.from(together.buffer).equals(Buffer.from(apart.buffer))).toBe(true);
    expect(together.kernelOf(calls[0]!)).toMatchObject({ lanes: 4, rows: 8 });
  });
});

test("a sum of float32 that stays float64 has the digits of float64", () => {
  const random = randomOf(11);
  for (const shape of shapes) {
    const { sums, numbers } = folded(
      sumLoop("float32", "float64"),
      "float32",
      "float64",
      shape,
      () => random() * 2 ** 30,
    );
    for (const [k, list] of numbers.entries()) {
      const exact = list.reduce((sum, x) => sum + x, 0);
      expect(Math.abs(Number(sums[k]) - exact)).toBeLessThanOrEqual(1e-13 * exact);
    }
  }
});
