/**
 * Detects folds that give other bits when they run as one loop, and those that are not joined although they could be.
 */
import { describe, expect, test } from "vitest";
import { type DType, viewOf } from "#src/data/dtype";
import { sizeOf, stridesOf } from "#src/data/region";
import type { LoopCall, LoopOperand } from "#src/kernels/backend";
import { FoldFuser } from "#src/kernels/fused-folds";
import { operandKindsOf } from "#src/kernels/iteration-shape";
import { WasmBackend } from "#src/kernels/wasm/backend";
import { vectorWidth } from "#src/kernels/wasm/vector-lanes";
import { compileFold } from "#src/program/compile";
import type { Loop } from "#src/program/loop";
import * as s from "#src/program/scalar";

const x = (dtype: DType, operand = 0): s.Scalar => s.input(operand, dtype);
const fold = (lift: s.Scalar, op: "add" | "min" | "max", counted: number[] = []): Loop =>
  compileFold([lift], ([a], [b]) => [s.binary(op, a!, b!)], { counted: new Set(counted) });
const square = s.binary("mul", x("float64"), x("float64"));

const loops = {
  sum: fold(x("float64"), "add"),
  squares: fold(square, "add"),
  exp: fold(s.unary("exp", square), "add"),
  "sum of an exp": fold(s.binary("add", s.unary("exp", square), s.constant(1, "float64")), "add"),
  min: fold(x("float64"), "min"),
  max: fold(x("float64"), "max"),
  counted: fold(x("float64", 1), "max", [1]),
  product: fold(s.binary("mul", x("float64"), x("float64", 1)), "add"),
  "narrow min": fold(x("float32"), "min"),
  "narrow max": fold(x("float32"), "max"),
};
type Name = keyof typeof loops;

const [source, other, target] = [0, 100_000, 200_000];

/** Calls of loops over a C-contiguous array; `kept` marks the dimensions that the results keep. */
function callsOf(names: readonly Name[], counts: readonly number[], kept: readonly boolean[], far = other): LoopCall[] {
  const strides = stridesOf(counts);
  const keptStrides = stridesOf(counts.map((count, dim) => (kept[dim] ? count : 1)));
  const results = keptStrides.map((stride, dim) => (kept[dim] ? stride : 0));
  return names.map((name, k) => {
    const loop = loops[name];
    const inputs = loop.inputs.map(({ operand, counted }): LoopOperand => {
      return { offset: counted ? 5 : operand === 0 ? source : far, strides };
    });
    return { loop, counts, inputs, results: [{ offset: target + 20_000 * k, strides: results }] };
  });
}

function filled(): WasmBackend {
  const backend = new WasmBackend();
  backend.reserve(500_000);
  const numbers = viewOf("float64", backend.buffer, 0, 60_000) as Float64Array;
  for (let i = 0; i < numbers.length; i++) numbers[i] = Math.sin(i) * 2 ** (i % 5);
  return backend;
}

const cases: Record<
  string,
  { names: readonly Name[]; counts: number[]; kept: boolean[]; calls: number; far?: number }
> = {
  "folds of one input over rows": {
    names: ["sum", "min", "max", "squares"],
    counts: [37, 61],
    kept: [false, true],
    calls: 1,
  },
  "what is computed for several": {
    names: ["exp", "sum of an exp", "exp"],
    counts: [9, 50],
    kept: [false, true],
    calls: 1,
  },
  "another input, and a counted one": {
    names: ["sum", "product", "counted"],
    counts: [12, 40],
    kept: [false, true],
    calls: 1,
  },
  "inputs at one address": { names: ["sum", "product"], counts: [12, 40], kept: [false, true], calls: 1, far: source },
  "three dimensions": { names: ["sum", "max"], counts: [5, 7, 30], kept: [false, true, true], calls: 1 },
  "two folded ones": { names: ["sum", "max", "min"], counts: [5, 7, 30], kept: [false, false, true], calls: 1 },
  "vectors of two widths": {
    names: ["sum", "narrow min", "max", "narrow max"],
    counts: [20, 30],
    kept: [false, true],
    calls: 2,
  },
  "whole rows into one": { names: ["sum", "min", "max"], counts: [20, 300], kept: [true, false], calls: 3 },
  "everything into one": { names: ["sum", "min"], counts: [20, 30], kept: [false, false], calls: 2 },
  "one alone": { names: ["sum"], counts: [20, 30], kept: [false, true], calls: 1 },
  "no points": { names: ["sum", "min"], counts: [0, 30], kept: [false, true], calls: 2 },
};

describe("folds that run as one", () => {
  test.each(Object.entries(cases))(
    "have the bits that they have apart: %s",
    (_, { names, counts, kept, calls, far }) => {
      const all = callsOf(names, counts, kept, far);
      const [apart, together] = [filled(), filled()];
      for (const call of all) apart.run(call);
      together.runFused(all);
      const bytes = (backend: WasmBackend): Buffer => Buffer.from(backend.buffer);
      expect(bytes(together).equals(bytes(apart))).toBe(true);
      if (sizeOf(counts) > 0) expect(bytes(apart).equals(bytes(filled()))).toBe(false);
      const joiner = new FoldFuser((loop) => ({ operands: operandKindsOf(loop), width: vectorWidth(loop) }));
      expect(joiner.fuse(all)).toHaveLength(calls);
    },
  );

  test("load a common input once", () => {
    const joiner = new FoldFuser((loop) => ({ operands: operandKindsOf(loop), width: vectorWidth(loop) }));
    const [{ loop, inputs }] = joiner.fuse(callsOf(["sum", "min", "product"], [12, 40], [false, true])) as [LoopCall];
    expect(inputs.map(({ offset }) => offset)).toEqual([source, other]);
    expect(loop.body.filter(({ op }) => op === "input")).toHaveLength(2);
    expect(loop.results).toHaveLength(3);
  });

  test("are fused into a loop once", () => {
    const joiner = new FoldFuser((loop) => ({ operands: operandKindsOf(loop), width: vectorWidth(loop) }));
    const made = [1, 2].map(() => joiner.fuse(callsOf(["sum", "min"], [12, 40], [false, true]))[0]!.loop);
    expect(made[1]).toBe(made[0]);
  });
});
