/**
 * The place of an element must not be seen in its function's value: not in vectors, in what is left of a row, in loops
 * that only scalars know, nor in places with gaps. Detects kernels in which one of them rounds `fma` once and another
 * twice.
 */
import { describe, expect, test } from "vitest";
import type { Variant } from "#src/kernels/iteration-shape";
import { WasmBackend } from "#src/kernels/wasm/backend";
import { describeKernel, relaxedSimd } from "#src/kernels/wasm/kernel";
import { compileFold, compileMap } from "#src/program/compile";
import { expand } from "#src/program/expand";
import { expansions } from "#src/program/functions/index";
import type { Loop } from "#src/program/loop";
import * as s from "#src/program/scalar";
import { randomOf } from "../../conformance/backend/values.js";

const count = 600;
const [x, y] = [s.input(0, "float64"), s.input(1, "float64")];

/** Runs a map of up to two float64 inputs; `gap` lies between the elements, `from` and `to` say which of them. */
function run(loop: Loop, columns: readonly Float64Array[], gap = 1, from = 0, to = count): Float64Array {
  const backend = new WasmBackend();
  const bytes = 8 * count * gap;
  backend.reserve(4 * bytes);
  const place = (k: number) => ({ offset: k * bytes + 8 * from * gap, strides: [gap] });
  const view = (k: number) => new Float64Array(backend.buffer as ArrayBuffer, k * bytes, count * gap);
  for (const [k, column] of columns.entries()) for (const [i, value] of column.entries()) view(k)[i * gap] = value;
  const inputs = loop.inputs.map((_, k) => place(k));
  const results = loop.results.map((_, k) => place(2 + k));
  backend.run({ loop, counts: [to - from], inputs, results });
  return view(2).filter((_, i) => i % gap === 0);
}

const random = randomOf(3);
const columns = [0, 1].map(() =>
  Float64Array.from({ length: count }, (_, i) => (random() - 0.5) * 10 ** ((i % 8) - 3)),
) as [Float64Array, Float64Array];

describe.each(Object.entries(expansions))("the function %s", (name, expansion) => {
  const isBinary = expansion.arity === 2;
  const call: s.Scalar = { op: name as s.Primitive, dtype: "float64", args: isBinary ? [x, y] : [x] };

  test("has the same bits wherever an element lies", () => {
    const loop = compileMap([call]);
    const expected = run(loop, columns);
    // a conversion to integers is for scalars alone
    expect(run(compileMap([call, s.cast(s.cast(x, "int32"), "float64")]), columns)).toEqual(expected);
    expect(run(loop, columns, 3)).toEqual(expected);
    for (let i = 0; i < 60; i++) expect(run(loop, columns, 1, i, i + 1)[i]).toBe(expected[i]);
  });

  test("of constants has the bits that it has of inputs", () => {
    const loop = compileMap([call]);
    for (let i = 0; i < 8; i++) {
      const args = columns.slice(0, call.args.length).map((column) => s.constant(column[i]!, "float64"));
      const [first] = run(compileMap([{ ...call, args }]), columns, 1, 0, 1);
      expect(first).toBe(run(loop, columns, 1, i, i + 1)[i]);
    }
  });
});

describe("fma", () => {
  const exp = compileMap([s.unary("exp", x)]);
  const counted = (loop: Loop): number => loop.body.filter(({ op }) => op === "fma").length;

  test("stays if a backend has it, and otherwise becomes a product and a sum", () => {
    expect(counted(expand(exp, true))).toBeGreaterThan(10);
    expect(counted(expand(exp, false))).toBe(0);
    const touching = { stride: "unit", shared: false } as const;
    const variant: Variant = { rank: 1, form: "each", classes: [touching, touching] };
    expect(describeKernel(expand(exp, true), variant)).toContain("f64x2.relaxed_madd");
    expect(describeKernel(expand(exp, false), variant)).not.toContain("relaxed");
  });

  test("is in kernels if this machine has it, unless it is switched off", () => {
    const call = {
      loop: exp,
      counts: [9],
      inputs: [{ offset: 0, strides: [1] }],
      results: [{ offset: 80, strides: [1] }],
    };
    expect(new WasmBackend().describe(call).includes("f64x2.relaxed_madd")).toBe(relaxedSimd);
    for (const options of [{ fused: false }, { simd: false }]) {
      expect(new WasmBackend(options).describe(call)).not.toContain("relaxed");
    }
  });

  test("is never made of a user's own product and sum", () => {
    const own = compileMap([s.unary("exp", s.add(s.mul(x, x), y))]);
    expect(counted(expand(own, true))).toBe(counted(expand(exp, true)));
    // rounded once, the difference would be 2 ** -60
    const [a, b] = [1 + 2 ** -30, -(1 + 2 ** -29)];
    const sums = [compileMap([s.add(s.mul(x, x), y)]), compileMap([s.add(s.mul(x, x), y), s.unary("exp", y)])];
    for (const loop of sums) {
      expect(
        run(
          loop,
          [a, b].map((value) => new Float64Array(count).fill(value)),
        ),
      ).toEqual(new Float64Array(count));
    }
  });

  test("takes three float64 and nothing else", () => {
    expect(() => s.fma(x, y, s.input(2, "float32"))).toThrow("fma: a scalar program mixes float64 and float32");
    const narrow = s.input(0, "float32");
    expect(() => s.fma(narrow, narrow, narrow)).toThrow("fma: only of float64, not of float32");
  });
});

test("a sum of a function has the same order with fma and without", () => {
  const sum = compileFold([s.unary("exp", x)], ([a], [b]) => [s.add(a!, b!)]);
  const [one, other] = [true, false].map((fused) => {
    const backend = new WasmBackend({ fused });
    const call = {
      loop: sum,
      counts: [64],
      inputs: [{ offset: 0, strides: [1] }],
      results: [{ offset: 1024, strides: [0] }],
    };
    const { parts, rows, form } = backend.kernelOf(call)!;
    return { parts, rows, form };
  });
  expect(one).toEqual(other);
});
