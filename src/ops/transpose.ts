/**
 * Axes in another order (transpose), more or fewer of length 1 (expandDims, squeeze), or backwards (flip): all are
 * views.
 */

import { axesText, normalizeAxes, normalizeAxis } from "../data/axes.js";
import { AxisError, ShapeError } from "../data/errors.js";
import { at } from "../data/lists.js";
import type { Span } from "../data/region.js";
import { shown } from "../data/shown.js";
import { makeExpr } from "../expr/expr.js";
import type { Defined } from "./definition.js";
import type { Unary } from "./elementwise.js";
import type { Handle } from "./handle.js";
import type { ArrayInput } from "./literal.js";
import { movementDefinition, movementOp, squeezeAxes } from "./movement.js";
import { defined } from "./parameters.js";
import { sliceOp } from "./slice.js";
import type { MadeArray } from "./typed-handle.js";

const transposeOp = movementOp<{ readonly axes: readonly number[] }>({
  name: "transpose",
  shape: ({ shape, chunks }, { axes }) => ({
    shape: axes.map((axis) => at(shape, axis)),
    chunks: axes.map((axis) => at(chunks, axis)),
  }),
  view: (_input, { axes }, view) => axes.map((_, axis) => at(view, axes.indexOf(axis))),
});

/** The type of {@link transpose}. */
export interface Transpose extends Defined<"same", "plain"> {
  (x: ArrayInput, axes?: readonly number[] | null): MadeArray;
  <A extends Handle>(x: A | ArrayInput, axes?: readonly number[] | null): A;
}

/**
 * The axes in another order: axis i of the result is axis `axes[i]` of the array. Without axes: reversed.
 * @example x.transpose([1, 0, 2])
 */
export const transpose: Transpose = defined(
  { x: "array", axes: "value" },
  <A extends Handle>(x: A, axes?: readonly number[] | null): A => {
    const ndim = x.expr.meta.shape.length;
    if (axes !== undefined && axes !== null && !Array.isArray(axes)) {
      throw new AxisError(`transpose: takes a list of axes such as [1, 0]; got ${shown(axes)}`);
    }
    const order =
      axes?.map((axis) => normalizeAxis(axis, ndim, "transpose")) ??
      Array.from({ length: ndim }, (_, i) => ndim - 1 - i);
    if (order.length !== ndim || new Set(order).size !== ndim) {
      throw new AxisError(`transpose: ${shown(axes)} does not name each of the ${ndim} axes once`);
    }
    return x.wrap(makeExpr(transposeOp, [x.expr], { axes: order }));
  },
  movementDefinition("transpose", [
    { shapes: [[4, 6]], args: [], numpy: "x.T" },
    { shapes: [[3, 4, 5]], args: [[1, 2, 0]], numpy: "np.transpose(x, (1, 2, 0))" },
  ]),
);

/**
 * Matrices with rows and columns exchanged: the last two axes. The Array API's `matrix_transpose`; also `x.mT`.
 *
 * Accepts all dtypes. Nothing is computed. Throws a ShapeError for fewer than two axes.
 * @example x.matrixTranspose()
 */
export const matrixTranspose: Unary = defined(
  { x: "array" },
  <A extends Handle>(x: A): A => {
    const ndim = x.expr.meta.shape.length;
    if (ndim < 2) throw new ShapeError(`matrixTranspose: expected matrices; got an array of ${axesText(ndim)}`);
    return transpose(x, [...Array.from({ length: ndim - 2 }, (_, i) => i), ndim - 1, ndim - 2]);
  },
  movementDefinition("matrixTranspose", [
    { shapes: [[4, 6]], args: [], numpy: "np.matrix_transpose(x)" },
    { shapes: [[3, 4, 5]], args: [], numpy: "np.matrix_transpose(x)" },
  ]),
);

const expandOp = movementOp<{ readonly axes: readonly number[] }>({
  name: "expandDims",
  shape({ shape, chunks }, { axes }) {
    const [lengths, grid] = [[...shape], [...chunks]];
    for (const axis of axes) {
      lengths.splice(axis, 0, 1);
      grid.splice(axis, 0, [1]);
    }
    return { shape: lengths, chunks: grid };
  },
  view: (_input, { axes }, view) => view.filter((_, axis) => !axes.includes(axis)),
});

/** The type of {@link expandDims} and {@link flip}. */
export interface AlongAxes extends Defined<"same", "plain"> {
  (x: ArrayInput, axis?: number | readonly number[] | null): MadeArray;
  <A extends Handle>(x: A | ArrayInput, axis?: number | readonly number[] | null): A;
}

/**
 * New axes of length 1, at these places of the result. Default: in front.
 * @example x.mean(1).expandDims(1)
 */
export const expandDims: AlongAxes = defined(
  { x: "array", axis: "value" },
  <A extends Handle>(x: A, axis: number | readonly number[] | null = 0): A => {
    const count = Array.isArray(axis) ? axis.length : 1;
    const axes = normalizeAxes(axis ?? 0, x.expr.meta.shape.length + count, "expandDims");
    return x.wrap(makeExpr(expandOp, [x.expr], { axes }));
  },
  movementDefinition("expandDims", [
    { shapes: [[3, 4]], args: [1], numpy: "np.expand_dims(x, 1)" },
    { shapes: [[3, 4]], args: [[0, -1]], numpy: "np.expand_dims(x, (0, -1))" },
  ]),
);

/**
 * Drops axes of length 1: the named ones, or all.
 * @example x.squeeze(0)
 */
export const squeeze: AlongAxes = defined(
  { x: "array", axis: "value" },
  <A extends Handle>(x: A, axis?: number | readonly number[] | null): A => {
    const { shape } = x.expr.meta;
    const axes =
      axis === null || axis === undefined
        ? shape.flatMap((length, i) => (length === 1 ? [i] : []))
        : normalizeAxes(axis, shape.length, "squeeze");
    const long = axes.find((one) => shape[one] !== 1);
    if (long !== undefined) throw new ShapeError(`squeeze: axis ${long} has length ${shape[long]}, not 1`);
    return x.wrap(squeezeAxes(x.expr, axes));
  },
  movementDefinition("squeeze", [
    { shapes: [[1, 4, 1]], args: [], numpy: "np.squeeze(x)" },
    { shapes: [[1, 4, 1]], args: [-1], numpy: "np.squeeze(x, -1)" },
  ]),
);

/**
 * The elements in reverse order along axes: the named ones, or all.
 * @example x.flip(0)
 */
export const flip: AlongAxes = defined(
  { x: "array", axis: "value" },
  <A extends Handle>(x: A, axis?: number | readonly number[] | null): A => {
    const axes = normalizeAxes(axis, x.expr.meta.shape.length, "flip");
    const spans = x.expr.meta.shape.map(
      (length, i): Span =>
        axes.includes(i) ? { start: length - 1, step: -1, count: length } : { start: 0, step: 1, count: length },
    );
    return x.wrap(makeExpr(sliceOp, [x.expr], { spans }));
  },
  movementDefinition("flip", [
    { shapes: [[5, 6]], args: [0], numpy: "np.flip(x, 0)" },
    { shapes: [[5, 6]], args: [], numpy: "np.flip(x)" },
  ]),
);
