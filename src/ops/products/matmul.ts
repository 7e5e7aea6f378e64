/**
 * Matrix products of stacks of matrices: a contraction over the last axis of the one and the last but one of the other.
 */
import { type DType, promote } from "../../data/dtype.js";
import { ShapeError } from "../../data/errors.js";
import { broadcastShapes } from "../broadcast.js";
import type { Defined } from "../definition.js";
import type { Handle } from "../handle.js";
import type { ArrayInput } from "../literal.js";
import { defined } from "../parameters.js";
import { astype } from "../selection.js";
import { squeeze } from "../transpose.js";
import type { MadeArray, TypedHandle, WithDType } from "../typed-handle.js";
import { contract, type Labelled } from "./contraction.js";
import { productDefinition } from "./product.js";

/** The type of {@link matmul} and other products of two arrays. */
export interface MatMul extends Defined<"same", "product"> {
  <A extends TypedHandle>(x: A, y: TypedHandle<A["dtype"]>): A;
  <A extends TypedHandle>(x: A, y: TypedHandle | ArrayInput): WithDType<A, DType>;
  (x: ArrayInput, y: ArrayInput): MadeArray;
  <A extends Handle>(x: A | ArrayInput, y: A | ArrayInput): A;
}

/** Names for the axes before the matrices, counted from the last; those of length 1 that repeat are dropped. */
function stacked<A extends Handle>(x: A, matrix: readonly string[], stack: readonly number[]): Labelled<A> {
  const { shape } = x.expr.meta;
  const own = shape.length - matrix.length;
  const at = (axis: number): number => axis + stack.length - own;
  const repeated = shape.flatMap((length, axis) => (axis < own && length === 1 && stack[at(axis)] !== 1 ? [axis] : []));
  const labels = shape.slice(0, own).flatMap((_, axis) => (repeated.includes(axis) ? [] : [`stack ${at(axis)}`]));
  return { array: repeated.length === 0 ? x : squeeze(x, repeated), labels: [...labels, ...matrix] };
}

function product<A extends Handle>(x: A, y: A): A {
  const [shapeX, shapeY] = [x.expr.meta.shape, y.expr.meta.shape];
  if (shapeX.length === 0 || shapeY.length === 0)
    throw new ShapeError("matmul: an array of no axes is not a matrix; use multiply()");
  const [rows, columns] = [shapeX.length > 1 ? ["row"] : [], shapeY.length > 1 ? ["column"] : []];
  if (shapeX.at(-1) !== shapeY.at(columns.length === 0 ? -1 : -2)) {
    throw new ShapeError(`matmul: the inner axes of [${shapeX.join(", ")}] and [${shapeY.join(", ")}] differ`);
  }
  const stack = broadcastShapes([shapeX.slice(0, -2), shapeY.slice(0, -2)], "matmul");
  const dtype = promote(x.expr.meta.dtype, y.expr.meta.dtype);
  return contract(
    stacked(astype(x, dtype), [...rows, "inner"], stack),
    stacked(astype(y, dtype), ["inner", ...columns], stack),
    [...stack.map((_, axis) => `stack ${axis}`), ...rows, ...columns],
  );
}

/**
 * Matrix product of the last two axes; leading axes broadcast, vectors are rows on the left and columns on the right.
 * A task holds one block of the result and one step of each operand.
 * @example a.matmul(b)
 */
export const matmul: MatMul = defined(
  { x: "array", y: "array" },
  product,
  productDefinition("matmul", [
    [
      [5, 7],
      [7, 4],
    ],
    [[7], [7, 4]],
    [[5, 7], [7]],
    [[7], [7]],
    [
      [3, 1, 5, 7],
      [2, 7, 4],
    ],
    [
      [1, 5, 7],
      [3, 7, 4],
    ],
    [
      [3, 5, 7],
      [1, 7, 4],
    ],
    [
      [5, 0],
      [0, 4],
    ],
  ]),
);
