import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type DType, viewOf } from "#src/data/dtype";
import type { LoopCall, LoopOperand } from "#src/kernels/backend";
import { type Form, operandKindsOf, type Variant } from "#src/kernels/iteration-shape";
import { WasmBackend } from "#src/kernels/wasm/backend";
import { simd, summarize, writeKernel } from "#src/kernels/wasm/kernel";
import { compileFold, compileMap } from "#src/program/compile";
import type { Loop } from "#src/program/loop";
import * as s from "#src/program/scalar";
import { cases } from "../../conformance/backend/arbitrary.js";

const x = (dtype: DType = "float64", operand = 0): s.Scalar => s.input(operand, dtype);
const one = s.constant(1, "float64");
const total = (lift: s.Scalar, op: "add" | "min" | "max" = "add", counted: number[] = []): Loop =>
  compileFold([lift], ([a], [b]) => [s.binary(op, a!, b!)], { counted: new Set(counted) });
const copy = compileMap([x()]);
const rounded = compileFold([s.cast(x("float32"), "float64")], ([a], [b]) => [s.add(a!, b!)], {}, "float32");
const sum = total(x());

/** A call with all operands somewhere. */
function callOf(loop: Loop, counts: number[], inputs: number[][], results: number[][]): LoopCall {
  const place = (strides: readonly number[], k: number): LoopOperand => ({ offset: 8192 * (k + 1), strides });
  return { loop, counts, inputs: inputs.map(place), results: results.map((strides, k) => place(strides, k + 10)) };
}

/** What a loop over contiguous arrays is compiled to. */
function kernelOf(
  loop: Loop,
  options = {},
): Pick<Variant, "form"> & { lanes: number; rows: number; calls: readonly string[] } {
  const strides = [64, 1];
  const results = loop.results.map(() => (loop.merge ? [0, 1] : strides));
  const description = new WasmBackend(options).kernelOf(
    callOf(
      loop,
      [32, 64],
      loop.inputs.map(() => strides),
      results,
    ),
  );
  const { form, lanes, rows, calls } = description!;
  return { form, lanes, rows, calls };
}

describe("SIMD is used", () => {
  const lanes = (loop: Loop): number => kernelOf(loop).lanes;

  test("on this machine", () => expect(simd).toBe(true));

  test.each<[string, Loop, number]>([
    ["for float64", compileMap([s.unary("sqrt", s.add(x(), one))]), 2],
    ["for float32", compileMap([s.unary("round", x("float32"))]), 4],
    ["for float32 folded in float64", total(s.cast(x("float32"), "float64")), 2],
    ["for float32 folded in float64 and rounded in the end", rounded, 4],
    ["for comparisons stored as bools", compileMap([s.compare("lt", x("float32"), x("float32", 1))]), 4],
    ["for a choice by bools", compileMap([s.select(x("bool"), x("float64", 1), x("float64", 2))]), 2],
    ["for minima", total(x(), "min"), 2],
    ["for counted inputs", total(x(), "add", [0]), 2],
    ["for calls lane by lane", compileMap([s.unary("exp", s.add(x(), one))]), 2],
    ["for sums of small integers", total(s.cast(x("int16"), "int64")), 4],
    ["for sums of integers of 32 bits", total(s.cast(x("int32"), "int64")), 2],
    ["for arithmetic of small integers", compileMap([s.mul(x("uint8"), x("uint8", 1))]), 4],
    ["not for primitives that only scalars have", compileMap([s.binary("floordiv", x("int32"), x("int32", 1))]), 1],
    ["not for conversions from floats to integers", compileMap([s.cast(x(), "int32")]), 1],
  ])("%s", (_, loop, expected) => {
    expect(lanes(loop)).toBe(expected);
  });

  test("for four rows at a time", () => {
    expect(kernelOf(sum)).toEqual({ form: "rows", lanes: 2, rows: 4, calls: [] });
  });

  test("unless it is switched off", () => {
    expect(kernelOf(sum, { simd: false }).lanes).toBe(1);
  });
});

const forms: readonly Form[] = ["each", "rows", "total", "general"];

test("every kernel is a valid module", () =>
  fc.assert(
    fc.property(
      fc.constantFrom("map" as const, "fold" as const).chain(cases),
      fc.nat(3),
      fc.nat(2),
      (task, form, which): void => {
        const { loop } = task;
        const variant: Variant = {
          rank: 2 + which,
          form: loop.merge ? forms[form]! : "each",
          classes: operandKindsOf(loop).map(({ counted }, k) => ({
            stride: counted ? "any" : (["unit", "zero", "any"] as const)[(k + which) % 3]!,
            shared: !counted && k < loop.inputs.length && form === 1 && k % 2 === 0,
          })),
        };
        expect(WebAssembly.validate(writeKernel(loop, variant).bytes)).toBe(true);
        expect(WebAssembly.validate(writeKernel(loop, variant, false).bytes)).toBe(true);
      },
    ),
    { numRuns: 300 },
  ));

describe("the text of a kernel", () => {
  test("begins with the choices that were made", () => {
    const call = callOf(sum, [32, 64], [[64, 1]], [[0, 1]]);
    const backend = new WasmBackend();
    const [head] = backend.describe(call).split("\n");
    expect(head).toBe(summarize(backend.kernelOf(call)!));
    expect(head).toMatch(
      /^kernel: SIMD, 2 lanes; rows in 2 dimensions; strides unit unit; 2 parts of 4 rows an iteration; \d+ bytes$/,
    );
  });

  test("shows every instruction", () => {
    const loop = compileMap([s.mul(s.sub(x(), one), x("float64", 1))]);
    const call = callOf(loop, [9], [[1], [0]], [[1]]);
    expect(new WasmBackend({ simd: false }).describe(call)).toMatchInlineSnapshot(`
      "kernel: scalar; each in 1 dimension; strides unit zero unit; 4 parts an iteration; 345 bytes
        local.get $i32.count.0  local.set $i32.left
        local.get $i32.start0  local.set $i32.p0.0
        local.get $i32.start1  local.set $i32.p1.0
        local.get $i32.start2  local.set $i32.p2.0
        local.get $i32.left  if
          f64.const 1  local.set $f64.v1.0
          local.get $i32.p1.0  f64.load 0  local.set $f64.x1
          local.get $f64.x1  local.set $f64.v3.0
          local.get $i32.left  i32.const 4  i32.ge_u  if
            loop
              local.get $i32.p0.0  f64.load 0  local.set $f64.x0
              local.get $f64.x0  local.get $f64.v1.0  f64.sub  local.set $f64.v2
              local.get $f64.v2  local.get $f64.v3.0  f64.mul  local.set $f64.v4
              local.get $i32.p2.0  local.get $f64.v4  f64.store 0
              local.get $i32.p0.0  f64.load 8  local.set $f64.x0
              local.get $f64.x0  local.get $f64.v1.0  f64.sub  local.set $f64.v2
              local.get $f64.v2  local.get $f64.v3.0  f64.mul  local.set $f64.v4
              local.get $i32.p2.0  local.get $f64.v4  f64.store 8
              local.get $i32.p0.0  f64.load 16  local.set $f64.x0
              local.get $f64.x0  local.get $f64.v1.0  f64.sub  local.set $f64.v2
              local.get $f64.v2  local.get $f64.v3.0  f64.mul  local.set $f64.v4
              local.get $i32.p2.0  local.get $f64.v4  f64.store 16
              local.get $i32.p0.0  f64.load 24  local.set $f64.x0
              local.get $f64.x0  local.get $f64.v1.0  f64.sub  local.set $f64.v2
              local.get $f64.v2  local.get $f64.v3.0  f64.mul  local.set $f64.v4
              local.get $i32.p2.0  local.get $f64.v4  f64.store 24
              local.get $i32.p0.0  i32.const 32  i32.add  local.set $i32.p0.0
              local.get $i32.p2.0  i32.const 32  i32.add  local.set $i32.p2.0
              local.get $i32.left  i32.const 4  i32.sub  local.set $i32.left
              local.get $i32.left  i32.const 4  i32.ge_u  br_if 0
            end
          end
          local.get $i32.left  if
            loop
              local.get $i32.p0.0  f64.load 0  local.set $f64.x0
              local.get $f64.x0  local.get $f64.v1.0  f64.sub  local.set $f64.v2
              local.get $f64.v2  local.get $f64.v3.0  f64.mul  local.set $f64.v4
              local.get $i32.p2.0  local.get $f64.v4  f64.store 0
              local.get $i32.p0.0  i32.const 8  i32.add  local.set $i32.p0.0
              local.get $i32.p2.0  i32.const 8  i32.add  local.set $i32.p2.0
              local.get $i32.left  i32.const 1  i32.sub  local.set $i32.left
              local.get $i32.left  br_if 0
            end
          end
        end"
    `);
  });

  test.each(["min", "max"] as const)("has three instructions for a %s of floats that is folded", (op) => {
    for (const [dtype, shape] of [
      ["float64", "f64x2"],
      ["float32", "f32x4"],
    ] as const) {
      // biome-ignore format: a table
      for (const results of [[0, 1], [1, 0]]) { // biome-ignore format: a table
        const text = new WasmBackend().describe(callOf(total(x(dtype), op), [32, 64], [[64, 1]], [results]));
        const count = (name: string): number => text.split(name).length - 1;
        const extremes = count(`${shape}.p${op}`);
        expect(extremes).toBeGreaterThan(4);
        expect([count(`${shape}.ne`), count("v128.or")]).toEqual([extremes, extremes]);
      }
    }
  });

  test("says that a call without points has no kernel", () => {
    expect(new WasmBackend().describe(callOf(copy, [0], [[1]], [[1]]))).toBe("kernel: none, there are no points");
  });
});

describe("an extreme of floats that is folded", () => {
  const specials = [Number.NaN, Infinity, -Infinity, 3, -3];

  test.each(["float64", "float32"] as const)("is NaN wherever a NaN of %s is, and the best otherwise", (dtype) => {
    const [rows, columns] = [9, 37];
    const backend = new WasmBackend();
    backend.reserve(200_000);
    const view = (offset: number, length: number): Float64Array | Float32Array =>
      viewOf(dtype, backend.buffer, offset, length) as Float64Array | Float32Array;
    for (const op of ["min", "max"] as const) {
      for (const [strides, kept] of [
        [[0, 1], columns],
        [[1, 0], rows],
        [[0, 0], 1],
      ] as const) {
        // biome-ignore format: a table
        for (let where = 0; where < rows * columns; where += 5) {
          for (const special of specials) {
            const call = callOf(total(x(dtype), op), [rows, columns], [[columns, 1]], [[...strides]]);
            const elements = view(8192, rows * columns);
            elements.forEach((_, i) => {
              elements[i] = Math.sin(i);
            });
            elements[where] = special;
            const start = op === "min" ? Infinity : -Infinity;
            const results = view(8192 * 11, kept).fill(start);
            backend.run(call);
            const expected = new Array<number>(kept).fill(start);
            elements.forEach((element, i) => {
              const at = Math.floor(i / columns) * strides[0] + (i % columns) * strides[1];
              expected[at] = Math[op](expected[at]!, element);
            });
            expect([...results]).toEqual(expected);
          }
        }
      }
    }
  });
});

describe("the WebAssembly backend", () => {
  const floats = (backend: WasmBackend, offset: number, length: number): Float64Array =>
    new Float64Array(backend.buffer, offset, length);

  test("computes counted inputs without drift", () => {
    const backend = new WasmBackend();
    backend.run({
      loop: compileMap([x()], { counted: new Set([0]) }),
      counts: [1000],
      inputs: [{ offset: 0.5, strides: [0.1] }],
      results: [{ offset: 64, strides: [1] }],
    });
    expect([...floats(backend, 64, 1000)]).toEqual(Array.from({ length: 1000 }, (_, i) => 0.5 + i * 0.1));
  });

  test("computes what all rows share once", () => {
    const loop = total(s.sub(x(), s.unary("sqrt", x("float64", 1))));
    const call = callOf(
      loop,
      [8, 6],
      [
        [6, 1],
        [0, 1],
      ],
      [[0, 1]],
    );
    const backend = new WasmBackend();
    backend.reserve(200_000);
    floats(backend, 8192, 48).forEach((_, i, all) => {
      all[i] = i;
    });
    floats(backend, 16_384, 6).set([0, 1, 4, 9, 16, 25]);
    backend.run(call);
    const sums = [0, 1, 2, 3, 4, 5].map((j) => 8 * j + 6 * 28 - 8 * j);
    expect([...floats(backend, 8192 * 11, 6)]).toEqual(sums);
    const calls = backend.describe(call).match(/f64x2\.sqrt/g);
    // One for each unrolled part: 4 rows and 1 row, in 2 parts and 1 part.
    expect(calls).toHaveLength(2 * 3);
  });

  test("keeps running after more loops than it caches", () => {
    const backend = new WasmBackend();
    floats(backend, 0, 1)[0] = 1;
    for (let round = 0; round < 2; round++) {
      for (let k = 0; k < 600; k++) {
        const loop = compileMap([s.add(x(), s.constant(k, "float64"))]);
        backend.run({
          loop,
          counts: [1],
          inputs: [{ offset: 0, strides: [1] }],
          results: [{ offset: 8, strides: [1] }],
        });
        expect(floats(backend, 8, 1)[0]).toBe(k + 1);
      }
    }
  });

  test("splits a call with too many strides for the parameters of a kernel", () => {
    const inputs = 300;
    let value: s.Scalar = x();
    for (let k = 1; k < inputs; k++) value = s.add(value, x("float64", k));
    const backend = new WasmBackend();
    const place = { offset: 0, strides: [32, 8, 2] };
    floats(backend, 0, 128).fill(2);
    backend.run({
      loop: compileMap([value]),
      counts: [3, 3, 3],
      inputs: Array.from({ length: inputs }, () => place),
      results: [{ ...place, offset: 1024 }],
    });
    expect(floats(backend, 1024, 128).filter((sum) => sum === 2 * inputs)).toHaveLength(27);
  });

  test("refuses more inputs than a kernel can have, and more memory than an address reaches", () => {
    const backend = new WasmBackend();
    let value: s.Scalar = x();
    for (let k = 1; k < 600; k++) value = s.add(value, x("float64", k));
    const place = { offset: 0, strides: [1] };
    const call = {
      loop: compileMap([value]),
      counts: [3],
      inputs: Array.from({ length: 600 }, () => place),
      results: [place],
    };
    expect(() => backend.run(call)).toThrow("a loop of 601 inputs and results is too large");
    expect(() => backend.reserve(2 ** 33)).toThrow("a memory holds up to 4 GiB");
  });

  test("gives the same bits again and again", () => {
    const results = [0, 1].map(() => {
      const backend = new WasmBackend();
      floats(backend, 0, 5000).forEach((_, i, all) => {
        all[i] = Math.sin(i);
      });
      const call = {
        loop: sum,
        counts: [7, 701],
        inputs: [{ offset: 0, strides: [703, 1] }],
        results: [{ offset: 60_000, strides: [0, 0] }],
      };
      backend.run(call);
      return floats(backend, 60_000, 1)[0];
    });
    expect(results[0]).toBe(results[1]);
  });
});
