/**
 * Elements as files hold them: bytes in the other order, halves, and bools of any byte, each beside its definition.
 * Detects an element that is decoded wrongly in some dtype, under some strides, in vectors or beside them.
 */
import { expect, test } from "vitest";
import { type DType, factsOf } from "#src/data/dtype";
import type { Backend } from "#src/kernels/backend";
import { compileFold, compileMap, type Operands } from "#src/program/compile";
import type { Value } from "#src/program/evaluate";
import type { Loop } from "#src/program/loop";
import * as scalar from "#src/program/scalar";
import { stored } from "#src/program/stored";
import { anyZero } from "./judges.js";
import { check } from "./mirror.js";
import { hasPrimitive, realDTypes, specials } from "./values.js";

const turned: Operands = { swapped: new Set([0]) };

/** The bits of the float32 of a half, by the definition. */
function widened(half: number): number {
  const [sign, exponent, fraction] = [half >>> 15, (half >>> 10) & 31, half & 1023];
  if (exponent === 31) return ((sign << 31) | 0x7f800000 | (fraction << 13)) >>> 0;
  const magnitude = exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15);
  return new Uint32Array(Float32Array.of(sign === 1 ? -magnitude : magnitude).buffer)[0]!;
}

/**
 * Ways through a box of 9 by 41 points: rows, rows with gaps, backwards, columns, one row again and again, one column.
 */
const ways = [[41, 1], [130, 3], [-41, -1], [1, 9], [0, 1], [1, 0], [0, 0]] as const; // biome-ignore format: a table

/**
 * A loop that SIMD can do, one with a primitive that it cannot, and one beside 64-bit numbers, where vectors are of
 * two.
 */
function maps(dtype: DType): Loop[] {
  const x = scalar.input(0, dtype);
  const wide = factsOf(dtype).kind === "float" ? "float64" : "int64";
  const all = [compileMap([x], turned), compileMap([scalar.cast(x, wide), x], turned)];
  const scalarOp = hasPrimitive("floordiv", dtype) ? scalar.binary("floordiv", x, scalar.constant(3, dtype)) : x;
  return [...all, compileMap([scalarOp, scalar.add(x, scalar.input(1, dtype))], turned)];
}

function swappedTests(make: () => Backend): void {
  test.each(realDTypes)("loads %s whose bytes are in the other order", (dtype) => {
    const backend = make();
    for (const way of ways) {
      for (const loop of maps(dtype)) {
        const inputs = loop.inputs.map((_, k) => (k === 0 ? way : [41, 1]));
        const results = loop.results.map(() => [41, 1]);
        check(backend, { loop, counts: [9, 41], inputs, results, seed: way[0] + 50, mood: "wild" });
      }
      const loop = compileFold([scalar.input(0, dtype)], ([a], [b]) => [scalar.binary("max", a!, b!)], turned);
      for (const kept of [
        [1, 0],
        [0, 1],
        [0, 0],
      ]) {
        // biome-ignore format: a table
        const rest = { inputs: [way], results: [kept], seed: way[1] + 50, mood: "wild", judges: [anyZero] } as const;
        check(backend, { loop, counts: [9, 41], ...rest });
      }
    }
    const values = specials(dtype);
    const loop = compileMap([scalar.input(0, dtype)], turned);
    const rest = { inputs: [[1]], results: [[1]], seed: 1, mood: "wild", contents: [values] } as const;
    check(backend, { loop, counts: [values.length], ...rest });
  });

  test("loads and stores elements at addresses that are not aligned", () => {
    const backend = make();
    backend.reserve(4096);
    const loop = compileMap([scalar.input(0, "float64")], turned);
    const view = new DataView(backend.buffer);
    for (let k = 0; k < 37; k++) view.setFloat64(3 + 8 * k, k / 7, false);
    const [from, to] = [{ offset: 3, strides: [1] }, { offset: 1024, strides: [1] }]; // biome-ignore format: a pair
    backend.run({ loop, counts: [37], inputs: [from], results: [to] });
    expect([...new Float64Array(backend.buffer, 1024, 37)]).toEqual(Array.from({ length: 37 }, (_, k) => k / 7));
  });
}

/** Lays bytes out, runs a map of one input over them, and gives the bytes of its result. */
function mapped(
  backend: Backend,
  loop: Loop,
  bytes: Uint8Array,
  [count, stride, first]: readonly [number, number, number],
): ArrayBuffer {
  const size = (dtype: DType): number => factsOf(dtype).bytes;
  const [start, end] = [64, 64 * Math.ceil(2 + bytes.length / 64)];
  const resultBytes = count * size(loop.results[0]!.dtype);
  backend.reserve(end + resultBytes);
  new Uint8Array(backend.buffer).set(bytes, start);
  const input = { offset: start + first * size(loop.inputs[0]!.dtype), strides: [stride] };
  backend.run({ loop, counts: [count], inputs: [input], results: [{ offset: end, strides: [1] }] });
  return backend.buffer.slice(end, end + resultBytes) as ArrayBuffer;
}

function halfTests(make: () => Backend): void {
  const halves = Uint16Array.from({ length: 65_536 }, (_, half) => half);
  const half = stored(0, "float32", { otherEndian: false, half: true });
  const orders = { unit: [65_536, 1, 0], "every third": [21_846, 3, 0], backwards: [65_536, -1, 65_535] } as const;

  test.each(["straight", "turned"])("loads each of the 65,536 halves, %s, as the float of the same value", (order) => {
    const bytes = Buffer.from(halves.slice().buffer);
    const operands = order === "turned" ? turned : {};
    if (order === "turned") bytes.swap16();
    for (const [name, way] of Object.entries(orders)) {
      const expected = Uint32Array.from({ length: way[0] }, (_, k) => widened(way[2] + k * way[1]));
      const found = new Uint32Array(mapped(make(), compileMap([half], operands), bytes, way));
      // JavaScript's numbers lose one bit of a NaN: the one that makes it quiet
      const exact = make().name === "wasm";
      const isNan = (bits: number): boolean => (bits & 0x7fffffff) > 0x7f800000;
      const is = (bits: number): number => (isNan(bits) && !exact ? bits | 0x00400000 : bits) >>> 0;
      expect(
        found.findIndex((bits, k) => is(bits) !== is(expected[k]!)),
        name,
      ).toBe(-1);
      const doubles = new Float64Array(
        mapped(make(), compileMap([scalar.cast(half, "float64")], operands), bytes, way),
      );
      const floats = new Float32Array(expected.buffer);
      expect(
        doubles.findIndex((x, k) => !Object.is(x, floats[k])),
        name,
      ).toBe(-1);
    }
  });

  test("loads a half that stays in place, and halves in a fold", () => {
    const loop = compileMap([scalar.mul(half, scalar.input(1, "float32"))]);
    check(make(), {
      loop,
      counts: [9, 41],
      inputs: [
        [1, 0],
        [41, 1],
      ],
      results: [[41, 1]],
      seed: 3,
      mood: "wild",
    });
    const total = compileFold([scalar.cast(half, "float64")], ([a], [b]) => [scalar.binary("max", a!, b!)]);
    for (const kept of [
      [1, 0],
      [0, 1],
      [0, 0],
    ]) {
      // biome-ignore format: a table
      const rest = { inputs: [[41, 1]], results: [kept], seed: 4, mood: "wild", judges: [anyZero] } as const;
      check(make(), { loop: total, counts: [9, 41], ...rest });
    }
  });
}

function boolTests(make: () => Backend): void {
  const bytes = Uint8Array.from({ length: 256 }, (_, byte) => byte);
  const bool = stored(0, "bool", { otherEndian: false, half: false });
  const [one, two] = [scalar.constant(1, "float64"), scalar.constant(2, "float64")];

  test.each([
    [256, 1, 0],
    [86, 3, 0],
    [256, -1, 255],
    [17, 0, 0],
    [17, 0, 200],
  ] as const)(
    // biome-ignore format: a table
    "any byte but 0 is true: %i bytes, step %i, from %i on",
    (...way) => {
      const truth: Value[] = Array.from({ length: way[0] }, (_, k) => (way[2] + k * way[1] === 0 ? 0 : 1));
      expect([...new Uint8Array(mapped(make(), compileMap([bool]), bytes, way))]).toEqual(truth);
      const chosen = compileMap([scalar.select(bool, one, two)]);
      expect([...new Float64Array(mapped(make(), chosen, bytes, way))]).toEqual(truth.map((is) => (is ? 1 : 2)));
    },
  );
}

/** The tests of a suite; `make` gives the backend. */
export function storedTests(make: () => Backend): void {
  swappedTests(make);
  halfTests(make);
  boolTests(make);
}
