/** Diagonals of matrices: a view in which two axes of the array follow one axis of the result. */
import { axesText, normalizeAxis } from "../data/axes.js";
import { cut } from "../data/chunks.js";
import { type DType, toDType } from "../data/dtype.js";
import { ArgumentError, ShapeError } from "../data/errors.js";
import { at } from "../data/lists.js";
import { largestOf } from "../data/numbers.js";
import { checkOptions } from "../data/options.js";
import { shown } from "../data/shown.js";
import type { ResultRule } from "../data/typed.js";
import { makeExpr } from "../expr/expr.js";
import type { Defined } from "./definition.js";
import type { Handle } from "./handle.js";
import type { ArrayInput } from "./literal.js";
import { movementDefinition, movementOp } from "./movement.js";
import { defined } from "./parameters.js";
import { sum } from "./reductions.js";
import type { Given, MadeArray, TypedHandle, WithDType } from "./typed-handle.js";

/** The options of {@link diagonal}. */
export interface DiagonalOptions {
  /** The distance above the main diagonal, or (negative) below it. Default: 0. */
  readonly offset?: number;
  /** The two axes of the matrices. Default: the last two. */
  readonly axes?: readonly [row: number, column: number];
}

interface Params {
  readonly row: number;
  readonly column: number;
  /** Where the diagonal begins. */
  readonly start: readonly [row: number, column: number];
  readonly length: number;
}

const diagonalOp = movementOp<Params>({
  name: "diagonal",
  shape({ shape, chunks }, { row, column, length }) {
    const others = shape.flatMap((_, axis) => (axis === row || axis === column ? [] : [axis]));
    const [rows, columns] = [at(chunks, row), at(chunks, column)];
    const finer = columns.length > rows.length ? columns : rows;
    return {
      shape: [...others.map((axis) => at(shape, axis)), length],
      chunks: [...others.map((axis) => at(chunks, axis)), cut(length, largestOf(finer))],
    };
  },
  view(_input, { row, column, start }, view) {
    const along = at(view, -1);
    const rules = view.slice(0, -1);
    const ends = [
      { axis: row, from: start[0] },
      { axis: column, from: start[1] },
    ];
    for (const { axis, from } of ends.sort((a, b) => a.axis - b.axis)) {
      rules.splice(axis, 0, { ...along, start: along.start + from });
    }
    return rules;
  },
});

function checked(
  options: DiagonalOptions,
  ndim: number,
  operation: string,
): Pick<Params, "row" | "column"> & { offset: number } {
  checkOptions(options, ["offset", "axes"], operation);
  const { offset = 0, axes = [-2, -1] } = options;
  if (!Number.isInteger(offset))
    throw new ArgumentError(`${operation}: offset must be a whole number; got ${shown(offset)}`);
  if (ndim < 2)
    throw new ShapeError(`${operation}: takes an array of at least two axes; got an array of ${axesText(ndim)}`);
  if (!Array.isArray(axes) || axes.length !== 2) {
    throw new ArgumentError(`${operation}: axes must be two, such as [0, 1]; got ${shown(axes)}`);
  }
  const [row, column] = [normalizeAxis(axes[0], ndim, operation), normalizeAxis(axes[1], ndim, operation)];
  if (row === column) throw new ArgumentError(`${operation}: the axes of a matrix must differ; got ${shown(axes)}`);
  return { row, column, offset };
}

/** The options of {@link trace}. */
export interface TraceOptions extends DiagonalOptions {
  /** The dtype of the sums, in which they are also computed. Default: that of `sum`. */
  readonly dtype?: DType;
}

/** The type of {@link trace}. */
export interface Trace extends Defined<"sum", "trace"> {
  <A extends TypedHandle, E extends DType>(x: A, options: DiagonalOptions & { readonly dtype: E }): WithDType<A, E>;
  <A extends TypedHandle>(x: A, options?: DiagonalOptions & { readonly dtype?: undefined }): Given<A, "sum">;
  <A extends TypedHandle>(x: A, options?: TraceOptions): WithDType<A, DType>;
  (x: ArrayInput, options?: TraceOptions): MadeArray;
  <A extends Handle>(x: A | ArrayInput, options?: TraceOptions): A;
}

/** The type of {@link diagonal}. */
export interface Diagonal<R extends ResultRule = "same"> extends Defined<R, "plain"> {
  <A extends TypedHandle>(x: A, options?: DiagonalOptions): Given<A, R>;
  (x: ArrayInput, options?: DiagonalOptions): MadeArray;
  <A extends Handle>(x: A | ArrayInput, options?: DiagonalOptions): A;
}

function diagonalOf<A extends Handle>(x: A, options: DiagonalOptions, operation: string): A {
  const { shape } = x.expr.meta;
  const { row, column, offset } = checked(options, shape.length, operation);
  const start = [Math.max(0, -offset), Math.max(0, offset)] as const;
  const length = Math.max(0, Math.min(at(shape, row) - start[0], at(shape, column) - start[1]));
  return x.wrap(makeExpr(diagonalOp, [x.expr], { row, column, start: length === 0 ? [0, 0] : start, length }));
}

/**
 * The diagonals of matrices, as the last axis of the result; nothing is copied. The Array API's `linalg.diagonal`.
 *
 * Throws a ShapeError for an array of fewer than two axes, an ArgumentError for an offset that is not a whole number.
 * @example x.diagonal({ offset: 1 })
 */
export const diagonal: Diagonal = defined(
  { x: "array", options: "value" },
  <A extends Handle>(x: A, options: DiagonalOptions = {}): A => diagonalOf(x, options, "diagonal"),
  movementDefinition("diagonal", [
    { shapes: [[5, 7]], args: [], numpy: "np.diagonal(x)" },
    { shapes: [[3, 6, 4]], args: [], numpy: "np.diagonal(x, 0, -2, -1)" },
    { shapes: [[6, 4]], args: [{ offset: -3 }], numpy: "np.diagonal(x, -3)" },
    { shapes: [[3, 6, 4]], args: [{ offset: 1, axes: [1, 0] }], numpy: "np.diagonal(x, 1, 1, 0)" },
    { shapes: [[3, 4]], args: [{ offset: 4 }], numpy: "np.diagonal(x, 4)" },
  ]),
);

/**
 * The sums of the diagonals of matrices. Integers add up in 64 bits, float32 accumulates in float64. The Array API's
 * `linalg.trace`.
 *
 * Throws the same errors as {@link diagonal}.
 * @example x.trace()
 */
export const trace: Trace = defined(
  { x: "array", options: "value" },
  <A extends Handle>(x: A, options: TraceOptions = {}): A => {
    checkOptions(options, ["offset", "axes", "dtype"], "trace");
    const { dtype, ...where } = options;
    const to = dtype === undefined ? {} : { dtype: toDType(dtype, "trace") };
    return sum(diagonalOf(x, where, "trace"), -1, to);
  },
  {
    ...sum.definition,
    ...{ family: "routine", name: "trace", arity: 1, numpy: "np.trace(x)" },
    examples: [
      { shapes: [[5, 7]], args: [], numpy: "np.trace(x)" },
      { shapes: [[5, 7]], args: [], numpy: "np.trace(x)", dtype: "int32" },
      { shapes: [[3, 6, 4]], args: [{ offset: -1 }], numpy: "np.trace(x, -1, -2, -1)", dtype: "complex64" },
      { shapes: [[4, 4]], args: [{ dtype: "float32" }], numpy: "np.trace(x, dtype=np.float32)", dtype: "int8" },
    ],
  },
);
