/** Products of vectors along an axis. */
import { normalizeAxis } from "../../data/axes.js";
import type { DType } from "../../data/dtype.js";
import { ArgumentError, ShapeError } from "../../data/errors.js";
import { checkOptions } from "../../data/options.js";
import { multiply } from "../arithmetic.js";
import { broadcastShapes } from "../broadcast.js";
import type { Defined } from "../definition.js";
import type { Handle } from "../handle.js";
import type { ArrayInput } from "../literal.js";
import { conj } from "../mathematical.js";
import { defined } from "../parameters.js";
import { any, sum } from "../reductions.js";
import type { MadeArray, TypedHandle, WithDType } from "../typed-handle.js";
import { inCommonDType, productDefinition, shapeOf, shapeText } from "./product.js";

/** The options of {@link vecdot}. */
export interface VecdotOptions {
  /** The axis of the vectors. Default: -1. */
  readonly axis?: number;
}

/** The type of {@link vecdot}. */
export interface Vecdot extends Defined<"same", "product"> {
  <A extends TypedHandle>(x: A, y: TypedHandle<A["dtype"]>, options?: VecdotOptions): A;
  <A extends TypedHandle>(x: A, y: TypedHandle | ArrayInput, options?: VecdotOptions): WithDType<A, DType>;
  (x: ArrayInput, y: ArrayInput, options?: VecdotOptions): MadeArray;
  <A extends Handle>(x: A | ArrayInput, y: A | ArrayInput, options?: VecdotOptions): A;
}

/**
 * The products of vectors along an axis, the first one's elements conjugated; other axes broadcast. The Array API's
 * `linalg.vecdot`. One pass.
 *
 * Throws a ShapeError where the shapes do not match, an AxisError for an axis that does not exist.
 * @example x.vecdot(y, { axis: 0 })
 */
export const vecdot: Vecdot = defined(
  { x: "array", y: "array", options: "value" },
  <A extends Handle>(x: A, y: A, options: VecdotOptions = {}): A => {
    checkOptions(options, ["axis"], "vecdot");
    const [a, b] = inCommonDType(x, y);
    const shape = broadcastShapes([shapeOf(a), shapeOf(b)], "vecdot");
    const axis = normalizeAxis(options.axis ?? -1, Math.min(shapeOf(a).length, shapeOf(b).length), "vecdot");
    if (options.axis !== undefined && options.axis >= 0 && shapeOf(a).length !== shapeOf(b).length) {
      throw new ArgumentError(
        `vecdot: with ${shapeText(a)} and ${shapeText(b)}, an axis is counted from the end: −1, −2, …`,
      );
    }
    const last = axis - Math.min(shapeOf(a).length, shapeOf(b).length);
    if (shapeOf(a).at(last) !== shapeOf(b).at(last)) {
      throw new ShapeError(
        `vecdot: the vectors along axis ${last} of ${shapeText(a)} and ${shapeText(b)} have different lengths`,
      );
    }
    const { dtype } = a.expr.meta;
    const product = multiply(dtype.startsWith("complex") ? conj(a) : a, b);
    return dtype === "bool" ? any(product, shape.length + last) : sum(product, shape.length + last, { dtype });
  },
  {
    ...productDefinition("vecdot", [
      [
        [4, 6],
        [4, 6],
      ],
      [
        [3, 4, 6],
        [4, 6],
      ],
      [[6], [3, 1, 6]],
      [[6], [6]],
    ]),
  },
);
