/** NumPy's `norm`: of vectors or of matrices, depending on the axes. */
import { axesText, normalizeAxis } from "../../data/axes.js";
import { ArgumentError } from "../../data/errors.js";
import { at, isList } from "../../data/lists.js";
import { checkOptions } from "../../data/options.js";
import { shown } from "../../data/shown.js";
import type { Handle } from "../handle.js";
import type { ArrayInput } from "../literal.js";
import { vectorNorm } from "../norms.js";
import { takes } from "../parameters.js";
import { expandDims, transpose } from "../transpose.js";
import type { MadeArray, RealFloated, TypedHandle } from "../typed-handle.js";
import { matrixNorm } from "./matrices.js";

/** The options of {@link norm}. */
export interface NormOptions {
  /**
   * The order: of vectors a number, see {@link vectorNorm}; of matrices see {@link matrixNorm}. Default: 2, `"fro"`.
   */
  readonly ord?: number | "fro" | "nuc";
  /**
   * One axis for vectors, two for the rows and columns of matrices. Default: all; with an `ord`, of one or two axes.
   */
  readonly axis?: number | readonly [number] | readonly [number, number];
  /** Keep the reduced axes with length 1. Default: false. */
  readonly keepdims?: boolean;
}

/** Matrices along any two axes: these move to the end, and return with length 1. */
function ofMatrices<A extends Handle>(x: A, axes: readonly [unknown, unknown], options: NormOptions): A {
  const dims = [...x.expr.meta.shape.keys()];
  const row = normalizeAxis(axes[0], dims.length, "norm");
  const column = normalizeAxis(axes[1], dims.length, "norm");
  if (row === column) throw new ArgumentError(`norm: rows and columns are the same axis, ${row}; expected two axes`);
  const others = dims.filter((axis) => axis !== row && axis !== column);
  const result = matrixNorm(transpose(x, [...others, row, column]), { ord: options.ord ?? "fro" });
  return options.keepdims
    ? expandDims(
        result,
        [row, column].sort((a, b) => a - b),
      )
    : result;
}

/**
 * The norm of vectors along one axis, of matrices along two, or of all elements as one vector: NumPy's `linalg.norm`.
 * With an `ord` and no axis, the array must be a vector or a matrix.
 *
 * Accepts all dtypes; norms are real, of float32 and complex64 float32, of all others float64. Orders and passes are
 * those of {@link vectorNorm} and {@link matrixNorm}. Throws an ArgumentError for an order that does not fit, or for
 * other than one or two axes; an AxisError for a wrong one.
 * @example linalg.norm(x, { ord: 1, axis: 0 })
 */
export const norm = takes<{
  <A extends TypedHandle>(x: A, options?: NormOptions): RealFloated<A>;
  (x: ArrayInput, options?: NormOptions): MadeArray;
  <A extends Handle>(x: A | ArrayInput, options?: NormOptions): A;
}>("norm", { x: "array", options: "value" }, <A extends Handle>(x: A, options: NormOptions = {}): A => {
  checkOptions(options, ["ord", "axis", "keepdims"], "norm");
  const { ord, keepdims = false } = options;
  const axis = Array.isArray(options.axis) && options.axis.length === 1 ? at(options.axis, 0) : options.axis;
  const { length } = x.expr.meta.shape;
  if (axis !== undefined && typeof axis !== "number") {
    const [row, column] = isList(axis) && axis.length === 2 ? axis : [];
    if (row === undefined || column === undefined)
      throw new ArgumentError(`norm: axis must be one axis or two; got ${shown(axis)}`);
    return ofMatrices(x, [row, column], options);
  }
  if (axis === undefined && ord !== undefined && length === 2) return ofMatrices(x, [0, 1], options);
  if (axis === undefined && ord !== undefined && length !== 1)
    throw new ArgumentError(
      `norm: an order asks for a vector or a matrix, or for an axis; this array has ${axesText(length)}`,
    );
  if (typeof ord === "string") throw new ArgumentError(`norm: ord must be a number for vectors; got ${shown(ord)}`);
  return vectorNorm(x, {
    keepdims,
    ...(axis === undefined ? {} : { axis }),
    ...(ord === undefined ? {} : { ord }),
  });
});
