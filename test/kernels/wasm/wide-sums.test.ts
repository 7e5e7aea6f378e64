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

/** The shapes of a fold, and which dimensions it keeps: where the sum of each number is, and what places have one. */
const shapes = [
  { counts: [37, 61], kept: [0, 1] },
  { counts: [16, 8], kept: [0, 1] },
  { counts: [37, 61], kept: [0, 3] },
  { counts: [61, 37], kept: [1, 0] },
  { counts: [3, 1000], kept: [1, 0] },
  { counts: [19, 53], kept: [0, 0] },
  { counts: [1, 6], kept: [0, 1] },
].map(({ counts: [rows = 0, columns = 0], kept: [down = 0, right = 0] }) => {
  const places = Int32Array.from(
    { length: rows * columns },
    (_, i) => Math.floor(i / columns) * down + (i % columns) * right,
  );
  const used = [...new Set(places)].sort((a, b) => a - b);
  return { counts: [rows, columns], kept: [down, right], places, used };
});
type Shape = (typeof shapes)[number];

/** One for all folds: a kernel is compiled once. */
const backend = new WasmBackend();
backend.reserve(2 ** 20);

/** The sums of a fold, and what its numbers and their sizes add up to, one after the other in float64. */
interface Folded {
  readonly sums: readonly number[];
  readonly exact: readonly number[];
  readonly sizes: readonly number[];
}

/** Folds numbers of a C-contiguous array. */
function folded(loop: Loop, from: DType, to: DType, shape: Shape, number: (i: number) => number): Folded {
  const { counts, kept, places, used } = shape;
  const all = viewOf(from, backend.buffer, source, places.length) as Exclude<
    TypedArray,
    BigInt64Array | BigUint64Array
  >;
  for (let i = 0; i < all.length; i++) all[i] = number(i);
  const reach = used.at(-1)! + 1;
  const given = viewOf(to, backend.buffer, target, reach);
  // a fold adds to what is there
  new Uint8Array(given.buffer, given.byteOffset, given.byteLength).fill(0);
  backend.run({
    loop,
    counts,
    inputs: [{ offset: source, strides: [counts[1]!, 1] }],
    results: [{ offset: target, strides: kept }],
  });
  const [totals, sizes] = [new Float64Array(reach), new Float64Array(reach)];
  for (let i = 0; i < all.length; i++) {
    totals[places[i]!]! += all[i]!;
    sizes[places[i]!]! += Math.abs(all[i]!);
  }
  return {
    sums: used.map((k) => Number(given[k])),
    exact: used.map((k) => totals[k]!),
    sizes: used.map((k) => sizes[k]!),
  };
}

describe("a sum of integers is exact, at the ends of their range too", () => {
  const cases = (["int8", "int16", "int32", "uint8", "uint16", "uint32"] as const).flatMap((from) =>
    (["float64", from.startsWith("u") ? "uint64" : "int64"] as const).map((to) => [from, to] as const),
  );
  test.each(cases)("sums of %s are exact in %s", (from, to) => {
    const bits = Number(/\d+/.exec(from)![0]);
    const lowest = from.startsWith("u") ? 0 : -(2 ** (bits - 1));
    const random = randomOf(bits);
    // with arithmetic, numbers of 32 bits run in fours too
    const doubled = compileFold([s.cast(s.binary("and", s.input(0, from), s.input(0, from)), to)], ([a], [b]) => [
      s.add(a!, b!),
    ]);
    const loops = [sumLoop(from, to), doubled];
    for (const shape of shapes) {
      for (const number of [
        () => lowest,
        () => lowest + 2 ** bits - 1,
        () => lowest + Math.floor(random() * 2 ** bits),
      ]) {
        for (const loop of loops) {
          const { sums, exact } = folded(loop, from, to, shape, number);
          expect(sums).toEqual(exact);
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
      const number = () => (random() - 0.3) * 10 ** (random() * 6);
      const { sums, exact, sizes } = folded(loop, "float32", "float64", shape, number);
      for (const [k, sum] of sums.entries())
        expect(Math.abs(sum - exact[k]!)).toBeLessThanOrEqual(3 * 2 ** -24 * sizes[k]!);
    }
  });

  test("is finite where a group overflows and the sum does not", () => {
    for (const shape of shapes) {
      for (const number of [() => 3e38, (i: number) => (i % 3 ? 3e38 : -3e38)]) {
        const { sums, exact } = folded(loop, "float32", "float64", shape, number);
        expect(sums).toEqual(exact);
      }
    }
  });

  test.each([Number.NaN, Infinity, -Infinity])("keeps a %s, and what is beside it", (special) => {
    for (const shape of shapes) {
      for (let where = 0; where < shape.places.length; where += 7) {
        const { sums, exact } = folded(loop, "float32", "float64", shape, (i) => (i === where ? special : i % 8));
        expect(sums).toEqual(exact);
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
  const loop = sumLoop("float32", "float64");
  for (const shape of shapes) {
    const { sums, exact } = folded(loop, "float32", "float64", shape, () => random() * 2 ** 30);
    for (const [k, sum] of sums.entries()) expect(Math.abs(sum - exact[k]!)).toBeLessThanOrEqual(1e-13 * exact[k]!);
  }
});
