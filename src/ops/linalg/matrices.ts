/** Powers, norms and condition numbers of matrices, and products of vectors in space. */
import { normalizeAxis } from "../../data/axes.js";
import type { DType } from "../../data/dtype.js";
import { ArgumentError, ShapeError } from "../../data/errors.js";
import { checkOptions } from "../../data/options.js";
import { shown } from "../../data/shown.js";
import { abs, divide, multiply, subtract } from "../arithmetic.js";
import { broadcastShapes, broadcastTo } from "../broadcast.js";
import { stack } from "../concat.js";
import type { Handle } from "../handle.js";
import type { ArrayInput } from "../literal.js";
import { vectorNorm } from "../norms.js";
import { takes } from "../parameters.js";
import { matmul } from "../products/matmul.js";
import { max, min, sum } from "../reductions.js";
import { slice } from "../slice.js";
import { expandDims } from "../transpose.js";
import type { MadeArray, RealFloated, TypedHandle, WithDType } from "../typed-handle.js";
import { identity } from "./masks.js";
import { inv } from "./solutions.js";
import { svdvals } from "./svd.js";
import { asMatrices, asSquare, widthOf } from "./whole-matrix.js";

/**
 * Square matrices multiplied by themselves n times, by repeated squaring; the inverse of that for a negative n, the
 * identity for 0.
 *
 * Accepts real and complex dtypes; integers become float64. Throws a ShapeError for matrices that are not square, an
 * ArgumentError for an n that is not a whole number.
 * @example linalg.matrixPower(a, 10)
 */
export const matrixPower = takes<{
  <A extends TypedHandle>(a: A, n: number): WithDType<A, DType>;
  (a: ArrayInput, n: number): MadeArray;
  <A extends Handle>(a: A | ArrayInput, n: number): A;
}>("matrixPower", { a: "array", n: "value" }, <A extends Handle>(a: A, n: number): A => {
  if (!Number.isInteger(n)) throw new ArgumentError(`matrixPower: n must be a whole number; got ${shown(n)}`);
  const square = asSquare(a, "matrixPower");
  if (n === 0) {
    const { shape, dtype } = square.expr.meta;
    return broadcastTo(identity(square, widthOf(square), dtype), shape);
  }
  return power(n < 0 ? inv(square) : square, Math.abs(n));
});

/** A matrix to a power from 1 on, to which `found` is the product so far, on its left. */
function power<A extends Handle>(base: A, exponent: number, found?: A): A {
  const product = (): A => (found === undefined ? base : matmul(found, base));
  if (exponent === 1) return product();
  return power(matmul(base, base), Math.floor(exponent / 2), exponent % 2 === 1 ? product() : found);
}

/** The options of {@link matrixNorm}. */
export interface MatrixNormOptions {
  /**
   * `"fro"` (default): the root of the sum of squares; `"nuc"`: the sum of the singular values; 2 and −2: the largest
   * and the smallest of them; 1 and −1: the largest and the smallest column sum of absolute values; Infinity and
   * −Infinity: row sum.
   */
  readonly ord?: "fro" | "nuc" | 1 | -1 | 2 | -2 | number;
  /** Keep the two axes with length 1. Default: false. */
  readonly keepdims?: boolean;
}

/**
 * The norms of matrices, over the last two axes: the Array API's `linalg.matrix_norm`.
 *
 * Accepts real and complex dtypes; integers become float64, and norms are real. `"fro"` and sums take one pass in any
 * chunks; the others go through {@link svdvals}. Throws an ArgumentError for another `ord`.
 * @example linalg.matrixNorm(x, { ord: 2 })
 */
export const matrixNorm = takes<{
  <A extends TypedHandle>(x: A, options?: MatrixNormOptions): RealFloated<A>;
  (x: ArrayInput, options?: MatrixNormOptions): MadeArray;
  <A extends Handle>(x: A | ArrayInput, options?: MatrixNormOptions): A;
}>("matrixNorm", { x: "array", options: "value" }, <A extends Handle>(x: A, options: MatrixNormOptions = {}): A => {
  checkOptions(options, ["ord", "keepdims"], "matrixNorm");
  const { ord = "fro", keepdims = false } = options;
  const a = asMatrices(x, "matrixNorm");
  const ndim = a.expr.meta.shape.length;
  const kept = (norm: A): A => (keepdims ? expandDims(norm, [ndim - 2, ndim - 1]) : norm);
  const [rows, columns] = [-2, -1];
  switch (ord) {
    case "fro":
      return vectorNorm(a, { axis: [rows, columns], keepdims });
    case "nuc":
      return kept(sum(svdvals(a), -1));
    case 2:
      return kept(max(svdvals(a), -1));
    case -2:
      return kept(min(svdvals(a), -1));
    case 1:
    case -1:
      return kept((ord > 0 ? max : min)(sum(abs(a), rows), -1));
    case Number.POSITIVE_INFINITY:
    case Number.NEGATIVE_INFINITY:
      return kept((ord > 0 ? max : min)(sum(abs(a), columns), -1));
    default:
      throw new ArgumentError(
        `matrixNorm: ord must be "fro", "nuc", 1, -1, 2, -2, Infinity or -Infinity; got ${shown(ord)}`,
      );
  }
});

/**
 * The condition numbers of matrices: the largest singular value over the smallest.
 *
 * Accepts real and complex dtypes; integers become float64. Throws the same errors as {@link svdvals}, and a ShapeError
 * for matrices without rows or columns.
 * @example linalg.cond(a)
 */
export const cond = takes<{
  <A extends TypedHandle>(x: A): RealFloated<A>;
  (x: ArrayInput): MadeArray;
  <A extends Handle>(x: A | ArrayInput): A;
}>("cond", { x: "array" }, <A extends Handle>(x: A): A => {
  const matrices = asMatrices(x, "cond");
  const { shape } = matrices.expr.meta;
  if (shape.slice(-2).includes(0))
    throw new ShapeError(`cond: not defined for matrices without elements; got the shape [${shape.join(", ")}]`);
  const values = svdvals(matrices);
  return divide(max(values, -1), min(values, -1));
});

/** The options of {@link cross}. */
export interface CrossOptions {
  /** The axis of the vectors, counted from the end. Default: -1. */
  readonly axis?: number;
}

/**
 * The cross products of vectors of three elements; other axes broadcast. The Array API's `linalg.cross`.
 *
 * Throws a ShapeError where an axis has another length than 3, or shapes do not fit.
 * @example linalg.cross(x, y)
 */
export const cross = takes<{
  <A extends TypedHandle>(x: A, y: TypedHandle<A["dtype"]>, options?: CrossOptions): A;
  <A extends TypedHandle>(x: A, y: TypedHandle | ArrayInput, options?: CrossOptions): WithDType<A, DType>;
  (x: ArrayInput, y: ArrayInput, options?: CrossOptions): MadeArray;
  <A extends Handle>(x: A | ArrayInput, y: A | ArrayInput, options?: CrossOptions): A;
}>(
  "cross",
  { x: "array", y: "array", options: "value" },
  <A extends Handle>(x: A, y: A, options: CrossOptions = {}): A => {
    checkOptions(options, ["axis"], "cross");
    const shapes = [x, y].map(({ expr }) => expr.meta.shape);
    const shape = broadcastShapes(shapes, "cross");
    const axis = normalizeAxis(options.axis ?? -1, shape.length, "cross") - shape.length;
    for (const own of shapes) {
      if (own.at(axis) !== 3)
        throw new ShapeError(
          `cross: vectors have 3 elements; axis ${axis} of [${own.join(", ")}] has ${own.at(axis) ?? 0}`,
        );
    }
    const part = (array: A, i: number): A => {
      const { length } = array.expr.meta.shape;
      return slice(
        array,
        Array.from({ length }, (_, dim) => (dim === length + axis ? i : null)),
      );
    };
    const difference = (i: number, j: number): A =>
      subtract(multiply(part(x, i), part(y, j)), multiply(part(x, j), part(y, i)));
    return stack([difference(1, 2), difference(2, 0), difference(0, 1)], { axis });
  },
);
