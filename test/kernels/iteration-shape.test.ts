/** Detects iteration shapes that skip, join or order dimensions wrongly, or fold along a wrong one. */
import { describe, expect, test } from "vitest";
import type { DType } from "#src/data/dtype";
import type { LoopCall, LoopOperand } from "#src/kernels/backend";
import { iterationShapeOf, operandKindsOf } from "#src/kernels/iteration-shape";
import { compileFold, compileMap } from "#src/program/compile";
import type { Loop } from "#src/program/loop";
import * as s from "#src/program/scalar";

const x = (dtype: DType = "float64", operand = 0): s.Scalar => s.input(operand, dtype);
const total = (lift: s.Scalar, op: "add" | "min" | "max" = "add", counted: number[] = []): Loop =>
  compileFold([lift], ([a], [b]) => [s.binary(op, a!, b!)], { counted: new Set(counted) });
const copy = compileMap([x()]);
const sum = total(x());

/** A call with all operands somewhere. */
function callOf(loop: Loop, counts: number[], inputs: number[][], results: number[][]): LoopCall {
  const place = (strides: readonly number[], k: number): LoopOperand => ({ offset: 8192 * (k + 1), strides });
  return { loop, counts, inputs: inputs.map(place), results: results.map((strides, k) => place(strides, k + 10)) };
}

const shapeOf = (call: LoopCall): unknown => {
  const shape = iterationShapeOf(call, operandKindsOf(call.loop));
  return shape && [shape.form, shape.dimensions.map(({ count }) => count)];
};

describe("the iteration shape of a call", () => {
  const shapes: [string, LoopCall, unknown][] = [
    ["is undefined without points", callOf(copy, [3, 0, 2], [[0, 0, 0]], [[0, 2, 1]]), undefined],
    ["of one point has one dimension", callOf(copy, [], [[]], [[]]), ["each", [1]]],
    ["drops dimensions of one point", callOf(copy, [1, 7, 1], [[9, 1, 3]], [[7, 1, 5]]), ["each", [7]]],
    ["of contiguous arrays is one row", callOf(copy, [2, 3, 4], [[12, 4, 1]], [[12, 4, 1]]), ["each", [24]]],
    ["of Fortran order is one row too", callOf(copy, [2, 3, 4], [[1, 2, 6]], [[1, 2, 6]]), ["each", [24]]],
    ["keeps dimensions with a gap apart", callOf(copy, [2, 3, 4], [[13, 4, 1]], [[12, 4, 1]]), ["each", [2, 12]]],
    [
      "joins dimensions along which an input stays in place",
      callOf(copy, [2, 3, 64], [[0, 0, 1]], [[192, 64, 1]]),
      ["each", [6, 64]],
    ],
    [
      "takes rows together where they are folded into one",
      callOf(sum, [32, 8, 128], [[1024, 128, 1]], [[0, 128, 1]]),
      ["rows", [32, 1024]],
    ],
    [
      "takes each row into one result where columns are folded",
      callOf(sum, [8, 4, 128], [[512, 128, 1]], [[1, 0, 0]]),
      ["total", [8, 512]],
    ],
    [
      "is one row where everything is folded",
      callOf(sum, [8, 4, 128], [[512, 128, 1]], [[0, 0, 0]]),
      ["total", [4096]],
    ],
    ["goes across short rows that are folded", callOf(sum, [5000, 3], [[3, 1]], [[1, 0]]), ["rows", [3, 5000]]],
    [
      "keeps three dimensions where the middle one is folded",
      callOf(sum, [8, 16, 64], [[1024, 64, 1]], [[64, 0, 1]]),
      ["rows", [8, 16, 64]],
    ],
  ];
  test.each(shapes)("the shape %s", (_, call, expected) => {
    expect(shapeOf(call)).toEqual(expected);
  });

  test("the shape joins counted inputs only where the count goes on", () => {
    const indexed = total(s.add(x(), x("float64", 1)), "add", [1]);
    const of = (strides: number[]): unknown => shapeOf(callOf(indexed, [4, 8], [[8, 1], strides], [[0, 0]]));
    expect(of([8, 1])).toEqual(["total", [32]]);
    expect(of([1, 4])).toEqual(["total", [4, 8]]);
  });

  test("the shape with results that are reduced along different dimensions goes point by point", () => {
    const two = compileFold([x(), x()], ([a, b], [c, d]) => [s.add(a!, c!), s.add(b!, d!)]);
    expect(shapeOf(callOf(two, [4], [[1]], [[0], [1]]))).toEqual(["general", [4]]);
  });
});
