/** Reductions: sum, prod, mean, var, std, min, max, any, all, argmin, argmax, countNonzero. */
import { toFloating } from "../data/dtype.js";
import type { Monoid } from "../expr/op.js";
import * as s from "../program/scalar.js";
import { accepts, allKinds, realKinds } from "./dtypes.js";
import { extremeMonoid, fold, positionMonoid, productMonoid, rounded, sumMonoid, wide } from "./monoids.js";
import { type Reduction, reduction } from "./reduction.js";
import { varianceMonoid } from "./variance.js";

/**
 * The sum over axes. Integers add up in 64 bits. float32 accumulates in float64, where WebAssembly adds up eight
 * neighbours in float32 first; `dtype: "float64"` widens each element. An empty sum is 0.
 * @example x.sum(0)
 */
export const sum: Reduction<"sum"> = reduction(
  { name: "sum", options: ["dtype"], monoid: (dtype, options) => sumMonoid(dtype, options) },
  { accepts: accepts(allKinds), numpy: "np.sum(x, axis=axis, keepdims=keepdims)", ulps: 64 },
);

/**
 * The product over axes. Integers multiply in 64 bits, float32 accumulates in float64. An empty product is 1.
 * @example x.prod(1)
 */
export const prod: Reduction<"sum"> = reduction(
  {
    name: "prod",
    options: ["dtype"],
    monoid: (dtype, options) => productMonoid(dtype, options),
  },
  { accepts: accepts(allKinds), numpy: "np.prod(x, axis=axis, keepdims=keepdims)", ulps: 64, domain: [0.5, 1.5] },
);

/**
 * The arithmetic mean over axes, in floating point. The mean of an empty array is NaN.
 * @example x.mean(0)
 */
export const mean: Reduction<"floating"> = reduction(
  {
    name: "mean",
    floating: true,
    options: ["dtype"],
    monoid(dtype, options) {
      const result = toFloating(options.dtype ?? dtype);
      const state = wide(result);
      return {
        ...fold(
          state,
          0,
          (x) => s.cast(x, state),
          s.add,
          (sum, count) => s.cast(s.div(sum, s.constant(count, state)), result),
        ),
        ...rounded(result),
      };
    },
  },
  { accepts: accepts(allKinds), numpy: "np.mean(x, axis=axis, keepdims=keepdims)", ulps: 64 },
);

const varianceOptions = ["dtype", "ddof"] as const;

/**
 * The variance over axes: the mean squared distance from the mean, in one stable pass. `ddof: 1` gives the sample
 * variance.
 * @example x.var(0, { ddof: 1 })
 */
const variance: Reduction<"realFloating"> = reduction(
  {
    name: "var",
    floating: true,
    options: varianceOptions,
    monoid: (dtype, options) => varianceMonoid("var", dtype, options, (x) => x),
  },
  { accepts: accepts(allKinds), numpy: "np.var(x, axis=axis, keepdims=keepdims)", ulps: 64 },
);

export { variance as var };

/**
 * The standard deviation over axes: the square root of the variance.
 * @example x.std(0)
 */
export const std: Reduction<"realFloating"> = reduction(
  {
    name: "std",
    floating: true,
    options: varianceOptions,
    monoid: (dtype, options) => varianceMonoid("std", dtype, options, (x) => s.unary("sqrt", x)),
  },
  { accepts: accepts(allKinds), numpy: "np.std(x, axis=axis, keepdims=keepdims)", ulps: 64 },
);

/**
 * The smallest element over axes; NaN where there is one.
 * @example x.min(0)
 */
export const min: Reduction = reduction(
  { name: "min", ofNothing: false, monoid: (dtype) => extremeMonoid("min", "min", dtype) },
  { accepts: accepts(realKinds), numpy: "np.min(x, axis=axis, keepdims=keepdims)", ulps: 0 },
);

/**
 * The largest element over axes; NaN where there is one.
 * @example x.max(0)
 */
export const max: Reduction = reduction(
  { name: "max", ofNothing: false, monoid: (dtype) => extremeMonoid("max", "max", dtype) },
  { accepts: accepts(realKinds), numpy: "np.max(x, axis=axis, keepdims=keepdims)", ulps: 0 },
);

const truthMonoid = (op: "and" | "or"): Monoid =>
  fold(
    "bool",
    op === "and",
    (x) => s.cast(x, "bool"),
    (a, b) => s.binary(op, a, b),
    (state) => state,
  );

/**
 * True where any element over the axes is not zero; NaN counts as not zero.
 * @example x.isnan().any(0)
 */
export const any: Reduction<"bool"> = reduction(
  { name: "any", monoid: () => truthMonoid("or") },
  { accepts: accepts(allKinds), numpy: "np.any(x, axis=axis, keepdims=keepdims)", ulps: 0 },
);

/**
 * True where all elements over the axes are not zero.
 * @example x.isfinite().all()
 */
export const all: Reduction<"bool"> = reduction(
  { name: "all", monoid: () => truthMonoid("and") },
  { accepts: accepts(allKinds), numpy: "np.all(x, axis=axis, keepdims=keepdims)", ulps: 0 },
);

/**
 * The number of elements over the axes that are not zero, as int64.
 * @example x.greater(3).countNonzero(0)
 */
export const countNonzero: Reduction<"int64"> = reduction(
  { name: "countNonzero", monoid: () => sumMonoid("bool", {}, (x) => s.cast(x, "bool")) },
  { accepts: accepts(allKinds), numpy: "np.count_nonzero(x, axis=axis, keepdims=keepdims)", ulps: 0 },
);

/**
 * The index of the smallest element over one axis, or in C order over all; the first of equals, the first NaN if there
 * is one.
 * @example x.argmin(0)
 */
export const argmin: Reduction<"int64"> = reduction(
  { name: "argmin", indexed: true, ofNothing: false, monoid: (dtype) => positionMonoid("argmin", "lt", dtype) },
  { accepts: accepts(realKinds), numpy: "np.argmin(x, axis=axis, keepdims=keepdims)", ulps: 0 },
);

/**
 * The index of the largest element over one axis, or in C order over all; the first of equals, the first NaN if there
 * is one.
 * @example x.argmax(0)
 */
export const argmax: Reduction<"int64"> = reduction(
  { name: "argmax", indexed: true, ofNothing: false, monoid: (dtype) => positionMonoid("argmax", "gt", dtype) },
  { accepts: accepts(realKinds), numpy: "np.argmax(x, axis=axis, keepdims=keepdims)", ulps: 0 },
);
