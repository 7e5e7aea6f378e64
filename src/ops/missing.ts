/**
 * Reductions that ignore NaN: nansum, nanprod, nanmean, nanvar, nanstd, nanmin, nanmax, nanargmin, nanargmax.
 *
 * A complex number is missing when either part is NaN. Integers and bools are never missing: for them these are the
 * plain reductions.
 */
import { type DType, type Element, factsOf, toFloating } from "../data/dtype.js";
import type { Monoid } from "../expr/op.js";
import * as s from "../program/scalar.js";
import { accepts, allKinds, realKinds } from "./dtypes.js";
import { extreme, extremeMonoid, positionMonoid, productMonoid, sumMonoid, wide } from "./monoids.js";
import { type Reduction, type ReductionOptions, reduction } from "./reduction.js";
import { type Counting, varianceMonoid } from "./variance.js";

const isNumber = (x: s.Scalar): s.Scalar => s.unary("not", isMissing(x));

function isMissing(x: s.Scalar): s.Scalar {
  const { kind } = factsOf(x.dtype);
  const mayMiss = kind === "complex" || kind === "float";
  return mayMiss ? s.realParts(x).map(s.isNan).reduce(s.or) : s.constant(false, "bool");
}

const without = (x: s.Scalar, value: Element): s.Scalar => s.select(isMissing(x), s.constant(value, x.dtype), x);

/**
 * The sum over axes, where NaN counts as 0.
 * @example x.nansum(0)
 */
export const nansum: Reduction<"sum"> = reduction(
  { name: "nansum", options: ["dtype"], monoid: (dtype, options) => sumMonoid(dtype, options, (x) => without(x, 0)) },
  { accepts: accepts(allKinds), numpy: "np.nansum(x, axis=axis, keepdims=keepdims)", ulps: 64 },
);

/**
 * The product over axes, where NaN counts as 1. Integers multiply in 64 bits, float32 accumulates in float64.
 *
 * Accepts all dtypes, and `dtype` for the result; where all elements are NaN, or there are none, the product is 1.
 * Memory: one number for each element of the result and stretch of blocks.
 * @example x.nanprod(0)
 */
export const nanprod: Reduction<"sum"> = reduction(
  {
    name: "nanprod",
    options: ["dtype"],
    monoid: (dtype, options) => productMonoid(dtype, options, (x) => without(x, 1)),
  },
  { accepts: accepts(allKinds), numpy: "np.nanprod(x, axis=axis, keepdims=keepdims)", ulps: 64, domain: [0.5, 1.5] },
);

/**
 * The mean over axes of the elements that are not NaN; NaN where there are none.
 * @example x.nanmean(0)
 */
export const nanmean: Reduction<"floating"> = reduction(
  {
    name: "nanmean",
    floating: true,
    options: ["dtype"],
    monoid(dtype, options) {
      const result = toFloating(options.dtype ?? dtype);
      const state = wide(result);
      return {
        state: [state, "float64"],
        zero: [s.toElement(0, state), 0],
        lift: (x) => [s.cast(without(x, 0), state), s.cast(isNumber(x), "float64")],
        merge: ([a, n], [b, m]) => [s.add(a, b), s.add(n, m)],
        finish: ([sum, count]) => s.cast(s.div(sum, s.cast(count, state)), result),
      } satisfies Monoid<readonly [sum: DType, count: DType]>;
    },
  },
  { accepts: accepts(allKinds), numpy: "np.nanmean(x, axis=axis, keepdims=keepdims)", ulps: 64 },
);

/** The elements of a tile that are not missing, in a computation of this dtype. */
function amongNumbers(dtype: DType): Counting {
  const floating = wide(toFloating(dtype));
  return {
    kept: (x, contribution) => s.select(isMissing(x), s.constant(0, contribution.dtype), contribution),
    counted: { dtype: "float64", zero: 0, lift: (x) => s.cast(isNumber(x), "float64"), merge: s.add },
    anyOf: {
      dtype: floating,
      zero: s.toElement(Number.NaN, floating),
      lift: (x) => s.cast(x, floating),
      merge: (a, b) => s.select(isMissing(a), b, a),
    },
  };
}

/**
 * The variance of the elements that are not NaN: the monoid of var, where a missing element contributes nothing. As
 * in NumPy with floats, too few elements for `ddof` give NaN, where var divides by zero.
 */
function nanVarianceMonoid(
  name: string,
  dtype: DType,
  options: ReductionOptions,
  last: (x: s.Scalar) => s.Scalar,
): Monoid {
  const mayMiss = ["float", "complex"].includes(factsOf(dtype).kind);
  const plain = varianceMonoid(name, dtype, options, last, mayMiss ? amongNumbers(options.dtype ?? dtype) : null);
  const [, , part] = plain.state;
  const result = factsOf(toFloating(options.dtype ?? dtype)).part;
  return {
    ...plain,
    finish([n, , m2]) {
      const freedom = s.sub(n, s.constant(options.ddof ?? 0, "float64"));
      const variance = s.div(m2, s.cast(freedom, part));
      const enough = s.compare("gt", freedom, s.constant(0, "float64"));
      return s.cast(last(s.select(enough, variance, s.constant(Number.NaN, part))), result);
    },
  } satisfies typeof plain;
}

/**
 * The variance over axes of the elements that are not NaN, in one stable pass. `ddof: 1` gives the sample variance.
 *
 * Accepts all dtypes; `dtype` is that of the computation. NaN where no more than `ddof` elements are numbers. Memory:
 * three numbers for each element of the result and stretch of blocks.
 * @example x.nanvar(0, { ddof: 1 })
 */
export const nanvar: Reduction<"realFloating"> = reduction(
  {
    name: "nanvar",
    floating: true,
    options: ["dtype", "ddof"],
    monoid: (dtype, options) => nanVarianceMonoid("nanvar", dtype, options, (x) => x),
  },
  { accepts: accepts(allKinds), numpy: "exact(np.nanvar, x, axis=axis, keepdims=keepdims)", ulps: 64 },
);

/**
 * The standard deviation over axes of the elements that are not NaN: the square root of {@link nanvar}, with its
 * options.
 * @example x.nanstd(0)
 */
export const nanstd: Reduction<"realFloating"> = reduction(
  {
    name: "nanstd",
    floating: true,
    options: ["dtype", "ddof"],
    monoid: (dtype, options) => nanVarianceMonoid("nanstd", dtype, options, (x) => s.unary("sqrt", x)),
  },
  { accepts: accepts(allKinds), numpy: "exact(np.nanstd, x, axis=axis, keepdims=keepdims)", ulps: 64 },
);

/** The best of the elements that are numbers; NaN where there are none. */
function nanExtremeMonoid(name: string, op: "min" | "max", dtype: DType): Monoid {
  const plain = extremeMonoid(name, op, dtype);
  if (factsOf(dtype).kind !== "float") return plain;
  const worst = extreme(dtype, op === "min" ? "highest" : "lowest");
  return {
    state: [dtype, "bool"],
    zero: [worst, false],
    lift: (x) => [without(x, worst), isNumber(x)],
    merge: ([a, n], [b, m]) => [s.binary(op, a, b), s.or(n, m)],
    finish: ([best, any]) => s.select(any, best, s.constant(Number.NaN, dtype)),
  } satisfies Monoid<readonly [best: DType, any: DType]>;
}

/**
 * The smallest of the elements that are not NaN; NaN where there are none.
 * @example x.nanmin(0)
 */
export const nanmin: Reduction = reduction(
  { name: "nanmin", ofNothing: false, monoid: (dtype) => nanExtremeMonoid("nanmin", "min", dtype) },
  { accepts: accepts(realKinds), numpy: "np.nanmin(x, axis=axis, keepdims=keepdims)", ulps: 0 },
);

/**
 * The largest of the elements that are not NaN; NaN where there are none.
 * @example x.nanmax(0)
 */
export const nanmax: Reduction = reduction(
  { name: "nanmax", ofNothing: false, monoid: (dtype) => nanExtremeMonoid("nanmax", "max", dtype) },
  { accepts: accepts(realKinds), numpy: "np.nanmax(x, axis=axis, keepdims=keepdims)", ulps: 0 },
);

/** The value and index of the best number. Missing elements do not count, and if all are missing it is an error. */
function nanPositionMonoid(name: s.IndexPrimitive, better: "lt" | "gt", dtype: DType): Monoid {
  const plain = positionMonoid(name, better, dtype);
  if (factsOf(dtype).kind !== "float") return plain;
  const [worst] = plain.zero;
  const nowhere = s.constant(s.NO_INDEX, "float64");
  return {
    ...plain,
    lift: (x, index) => [without(x, worst), s.select(isMissing(x), nowhere, index)],
    finish: ([, index]) => s.index(name, index),
  } satisfies typeof plain;
}

/**
 * The index of the smallest element that is not NaN, over one axis, or in C order over all; the first of equals.
 *
 * Accepts real dtypes and gives int64; an axis of length 0 is a ShapeError. Where all elements are NaN, computing
 * rejects with a ComputeError; `x.isnan().all(0)` says where that is, and with Infinity in the place of NaN `argmin`
 * gives an index there too. Memory: two numbers for each element of the result and stretch of blocks.
 * @example
 * x.nanargmin(0);
 * x.isnan().where(Infinity, x).argmin(0); // 0 where all are NaN
 */
export const nanargmin: Reduction<"int64"> = reduction(
  {
    name: "nanargmin",
    indexed: true,
    ofNothing: false,
    monoid: (dtype) => nanPositionMonoid("nanargmin", "lt", dtype),
  },
  { accepts: accepts(realKinds), numpy: "np.nanargmin(x, axis=axis, keepdims=keepdims)", ulps: 0 },
);

/**
 * The index of the largest element that is not NaN, over one axis, or in C order over all; the first of equals. Dtypes,
 * errors and memory: as {@link nanargmin}.
 * @example x.nanargmax(0)
 */
export const nanargmax: Reduction<"int64"> = reduction(
  {
    name: "nanargmax",
    indexed: true,
    ofNothing: false,
    monoid: (dtype) => nanPositionMonoid("nanargmax", "gt", dtype),
  },
  { accepts: accepts(realKinds), numpy: "np.nanargmax(x, axis=axis, keepdims=keepdims)", ulps: 0 },
);
