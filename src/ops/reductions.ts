/** Reductions: sum, prod, mean, var, std, min, max, any, all, argmin, argmax, countNonzero, and those that pass over NaN. */
import { type DType, type Element, factsOf, toFloating } from "../data/dtype.js";
import { ArgumentError } from "../data/errors.js";
import type { Monoid } from "../expr/op.js";
import * as s from "../program/scalar.js";
import { mustBe, type Reduction, type ReductionOptions, reduction } from "./reduction.js";

const numeric = ["bool", "int", "uint", "float", "complex"];
const real = ["bool", "int", "uint", "float"];
const accepts =
  (kinds: readonly string[]) =>
  (dtype: DType): boolean =>
    kinds.includes(factsOf(dtype).kind);

/** The dtype of sums and products: integers widen to 64 bits so that small ones do not wrap around. */
function sumType(dtype: DType): DType {
  const { kind } = factsOf(dtype);
  if (kind === "bool" || kind === "int") return "int64";
  return kind === "uint" ? "uint64" : dtype;
}

/** The dtype in which sums accumulate: float32 in float64, complex64 in complex128. */
function wide(dtype: DType): DType {
  return dtype === "float32" ? "float64" : dtype === "complex64" ? "complex128" : dtype;
}

const fold = (
  dtype: DType,
  zero: Element,
  lift: (x: s.Scalar) => s.Scalar,
  merge: (a: s.Scalar, b: s.Scalar) => s.Scalar,
  finish: (state: s.Scalar, count: number) => s.Scalar,
): Monoid => ({
  state: [dtype],
  zero: [s.toElement(zero, dtype)],
  lift: ([x]) => [lift(x!)],
  merge: ([a], [b]) => [merge(a!, b!)],
  finish: ([state], count) => finish(state!, count),
});

const countOf = (count: number, dtype: DType): s.Scalar => s.constant(count, dtype);

function sumMonoid(dtype: DType, options: ReductionOptions, lift = (x: s.Scalar): s.Scalar => x): Monoid {
  const result = options.dtype ?? sumType(dtype);
  const state = wide(result);
  return fold(
    state,
    0,
    (x) => s.cast(lift(x), state),
    s.add,
    (sum) => s.cast(sum, result),
  );
}

/**
 * Sum over axes. Integers add up in 64 bits, float32 accumulates in float64. Nothing adds up to 0.
 * @example x.sum(0)
 */
export const sum: Reduction = reduction(
  { name: "sum", options: ["dtype"], monoid: (dtype, options) => sumMonoid(dtype, options) },
  { accepts: accepts(numeric), numpy: "np.sum(x, axis=axis, keepdims=keepdims)", ulps: 64 },
);

/**
 * Product over axes. Integers multiply in 64 bits, float32 accumulates in float64. Nothing multiplies to 1.
 * @example x.prod(1)
 */
export const prod: Reduction = reduction(
  {
    name: "prod",
    options: ["dtype"],
    monoid(dtype, options) {
      const result = options.dtype ?? sumType(dtype);
      const state = wide(result);
      return fold(
        state,
        1,
        (x) => s.cast(x, state),
        s.mul,
        (product) => s.cast(product, result),
      );
    },
  },
  { accepts: accepts(numeric), numpy: "np.prod(x, axis=axis, keepdims=keepdims)", ulps: 64, domain: [0.5, 1.5] },
);

/**
 * Arithmetic mean over axes, in floating point. The mean of nothing is NaN.
 * @example x.mean(0)
 */
export const mean: Reduction = reduction(
  {
    name: "mean",
    options: ["dtype"],
    monoid(dtype, options) {
      const result = toFloating(options.dtype ?? dtype);
      const state = wide(result);
      return fold(
        state,
        0,
        (x) => s.cast(x, state),
        s.add,
        (sum, count) => s.cast(s.div(sum, countOf(count, state)), result),
      );
    },
  },
  { accepts: accepts(numeric), numpy: "np.mean(x, axis=axis, keepdims=keepdims)", ulps: 64 },
);

/** The square of the distance from a center; of complex numbers the square of its modulus. */
function squaredDistance(x: s.Scalar, center: s.Scalar): s.Scalar {
  const off = s.sub(x, center);
  if (factsOf(x.dtype).kind !== "complex") return s.mul(off, off);
  const [re, im] = [s.part("re", off), s.part("im", off)];
  return s.add(s.mul(re, re), s.mul(im, im));
}

/**
 * Count, mean and sum of squared distances from the mean; merged by the formula of Chan, Golub and LeVeque ("Updating
 * formulae and a pairwise algorithm for computing sample variances", 1979). A tile is swept twice: its mean first, then
 * the distances from it, so that `1e8 + noise` keeps the digits of the noise.
 */
function varianceMonoid(
  name: string,
  dtype: DType,
  options: ReductionOptions,
  last: (x: s.Scalar) => s.Scalar,
): Monoid {
  mustBe(numeric, dtype, name);
  const { ddof = 0 } = options;
  if (typeof ddof !== "number" || !Number.isFinite(ddof))
    throw new ArgumentError(
      `${name}: ddof is a finite number, not ${typeof ddof === "number" ? ddof : JSON.stringify(ddof)}`,
    );
  const floating = wide(toFloating(options.dtype ?? dtype));
  const { part } = factsOf(floating);
  const result = factsOf(toFloating(options.dtype ?? dtype)).part;
  const zero = s.constant(0, "float64");
  return {
    state: ["float64", floating, part],
    zero: [0, s.toElement(0, floating), 0],
    lift: ([x]) => [s.constant(1, "float64"), s.cast(x!, floating), s.constant(0, part)],
    merge([n, mean, m2], [otherN, otherMean, otherM2]) {
      const total = s.add(n!, otherN!);
      const weight = s.div(otherN!, s.select(s.compare("eq", total, zero), s.constant(1, "float64"), total));
      const delta = s.sub(otherMean!, mean!);
      const square = squaredDistance(otherMean!, mean!);
      return [
        total,
        s.add(mean!, s.mul(delta, s.cast(weight, floating))),
        s.add(s.add(m2!, otherM2!), s.mul(s.mul(square, s.cast(n!, part)), s.cast(weight, part))),
      ];
    },
    finish: ([, , m2], count) => s.cast(last(s.div(m2!, s.constant(Math.max(0, count - ddof), part))), result),
    block: {
      sweeps: [
        { dtype: floating, zero: s.toElement(0, floating), lift: ([x]) => s.cast(x!, floating), merge: s.add },
        {
          dtype: part,
          zero: 0,
          lift: ([x], [sum], count) => squaredDistance(s.cast(x!, floating), s.div(sum!, s.cast(count, floating))),
          merge: s.add,
        },
      ],
      state: ([sum, m2], count) => [count, s.div(sum!, s.cast(count, floating)), m2!],
    },
  };
}

const varianceOptions = ["dtype", "ddof"] as const;

/**
 * Variance over axes: the mean squared distance from the mean, in one stable pass. `ddof: 1` gives the sample variance.
 * @example x.var(0, { ddof: 1 })
 */
const variance: Reduction = reduction(
  {
    name: "var",
    options: varianceOptions,
    monoid: (dtype, options) => varianceMonoid("var", dtype, options, (x) => x),
  },
  { accepts: accepts(numeric), numpy: "np.var(x, axis=axis, keepdims=keepdims)", ulps: 64 },
);

export { variance as var };

/**
 * Standard deviation over axes: the square root of the variance.
 * @example x.std(0)
 */
export const std: Reduction = reduction(
  {
    name: "std",
    options: varianceOptions,
    monoid: (dtype, options) => varianceMonoid("std", dtype, options, (x) => s.unary("sqrt", x)),
  },
  { accepts: accepts(numeric), numpy: "np.std(x, axis=axis, keepdims=keepdims)", ulps: 64 },
);

/** The largest or smallest value of a dtype. */
function extreme(dtype: DType, which: "lowest" | "highest"): Element {
  const { kind, bytes, big } = factsOf(dtype);
  if (kind === "bool") return which === "highest";
  if (kind === "float") return which === "highest" ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
  const bits = BigInt(8 * bytes);
  const [low, high] = kind === "int" ? [-(1n << (bits - 1n)), (1n << (bits - 1n)) - 1n] : [0n, (1n << bits) - 1n];
  const value = which === "highest" ? high : low;
  return big ? value : Number(value);
}

function extremeMonoid(name: string, op: "min" | "max", dtype: DType): Monoid {
  mustBe(real, dtype, name);
  const pick = (a: s.Scalar, b: s.Scalar): s.Scalar =>
    dtype === "bool" ? s.binary(op === "min" ? "and" : "or", a, b) : s.binary(op, a, b);
  return fold(
    dtype,
    extreme(dtype, op === "min" ? "highest" : "lowest"),
    (x) => x,
    pick,
    (best) => best,
  );
}

/**
 * The smallest element over axes; NaN where there is one.
 * @example x.min(0)
 */
export const min: Reduction = reduction(
  { name: "min", ofNothing: false, monoid: (dtype) => extremeMonoid("min", "min", dtype) },
  { accepts: accepts(real), numpy: "np.min(x, axis=axis, keepdims=keepdims)", ulps: 0 },
);

/**
 * The largest element over axes; NaN where there is one.
 * @example x.max(0)
 */
export const max: Reduction = reduction(
  { name: "max", ofNothing: false, monoid: (dtype) => extremeMonoid("max", "max", dtype) },
  { accepts: accepts(real), numpy: "np.max(x, axis=axis, keepdims=keepdims)", ulps: 0 },
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
export const any: Reduction = reduction(
  { name: "any", monoid: () => truthMonoid("or") },
  { accepts: accepts(numeric), numpy: "np.any(x, axis=axis, keepdims=keepdims)", ulps: 0 },
);

/**
 * True where all elements over the axes are not zero.
 * @example x.isfinite().all()
 */
export const all: Reduction = reduction(
  { name: "all", monoid: () => truthMonoid("and") },
  { accepts: accepts(numeric), numpy: "np.all(x, axis=axis, keepdims=keepdims)", ulps: 0 },
);

/**
 * How many elements over the axes are not zero, as int64.
 * @example x.greater(3).countNonzero(0)
 */
export const countNonzero: Reduction = reduction(
  { name: "countNonzero", monoid: () => sumMonoid("bool", {}, (x) => s.cast(x, "bool")) },
  { accepts: accepts(numeric), numpy: "np.count_nonzero(x, axis=axis, keepdims=keepdims)", ulps: 0 },
);

/** Value and index of the best element; the first of equals wins, and the first NaN before all numbers. */
function positionMonoid(name: string, better: "lt" | "gt", dtype: DType): Monoid {
  mustBe(real, dtype, name);
  const value = dtype === "bool" ? "uint8" : dtype;
  const nothing = 2 ** 53; // beyond every index, so that any element wins over none
  return {
    state: [value, "float64"],
    zero: [extreme(value, better === "lt" ? "highest" : "lowest"), nothing],
    lift: ([x, index]) => [s.cast(x!, value), index!],
    merge([a, i], [b, j]) {
      const earlier = s.compare("lt", j!, i!);
      let second = s.or(s.compare(better, b!, a!), s.and(s.compare("eq", a!, b!), earlier));
      if (factsOf(value).kind === "float") {
        const [nanA, nanB] = [s.isNan(a!), s.isNan(b!)];
        second = s.select(nanB, s.or(s.unary("not", nanA), earlier), second);
      }
      return [s.select(second, b!, a!), s.select(second, j!, i!)];
    },
    finish: ([, index]) => s.cast(index!, "int64"),
  };
}

/**
 * The index of the smallest element over one axis, or in C order over all; the first of equals, the first NaN if there is one.
 * @example x.argmin(0)
 */
export const argmin: Reduction = reduction(
  { name: "argmin", indexed: true, ofNothing: false, monoid: (dtype) => positionMonoid("argmin", "lt", dtype) },
  { accepts: accepts(real), numpy: "np.argmin(x, axis=axis, keepdims=keepdims)", ulps: 0 },
);

/**
 * The index of the largest element over one axis, or in C order over all; the first of equals, the first NaN if there is one.
 * @example x.argmax(0)
 */
export const argmax: Reduction = reduction(
  { name: "argmax", indexed: true, ofNothing: false, monoid: (dtype) => positionMonoid("argmax", "gt", dtype) },
  { accepts: accepts(real), numpy: "np.argmax(x, axis=axis, keepdims=keepdims)", ulps: 0 },
);

const isNumber = (x: s.Scalar): s.Scalar => s.unary("not", isMissing(x));

function isMissing(x: s.Scalar): s.Scalar {
  const { kind } = factsOf(x.dtype);
  if (kind === "complex") return s.or(s.isNan(s.part("re", x)), s.isNan(s.part("im", x)));
  return kind === "float" ? s.isNan(x) : s.constant(false, "bool");
}

const without = (x: s.Scalar, value: Element): s.Scalar => s.select(isMissing(x), s.constant(value, x.dtype), x);

/**
 * Sum over axes in which NaN counts as 0.
 * @example x.nansum(0)
 */
export const nansum: Reduction = reduction(
  { name: "nansum", options: ["dtype"], monoid: (dtype, options) => sumMonoid(dtype, options, (x) => without(x, 0)) },
  { accepts: accepts(numeric), numpy: "np.nansum(x, axis=axis, keepdims=keepdims)", ulps: 64 },
);

/**
 * Mean over axes of the elements that are not NaN; NaN where there are none.
 * @example x.nanmean(0)
 */
export const nanmean: Reduction = reduction(
  {
    name: "nanmean",
    options: ["dtype"],
    monoid(dtype, options) {
      const result = toFloating(options.dtype ?? dtype);
      const state = wide(result);
      return {
        state: [state, "float64"],
        zero: [s.toElement(0, state), 0],
        lift: ([x]) => [s.cast(without(x!, 0), state), s.cast(isNumber(x!), "float64")],
        merge: ([a, n], [b, m]) => [s.add(a!, b!), s.add(n!, m!)],
        finish: ([sum, count]) => s.cast(s.div(sum!, s.cast(count!, state)), result),
      };
    },
  },
  { accepts: accepts(numeric), numpy: "np.nanmean(x, axis=axis, keepdims=keepdims)", ulps: 64 },
);

/** The best of the elements that are numbers; NaN where there are none. */
function nanExtremeMonoid(name: string, op: "min" | "max", dtype: DType): Monoid {
  const plain = extremeMonoid(name, op, dtype);
  if (factsOf(dtype).kind !== "float") return plain;
  const worst = extreme(dtype, op === "min" ? "highest" : "lowest");
  return {
    state: [dtype, "float64"],
    zero: [worst, 0],
    lift: ([x]) => [without(x!, worst), s.cast(isNumber(x!), "float64")],
    merge: ([a, n], [b, m]) => [s.binary(op, a!, b!), s.add(n!, m!)],
    finish: ([best, count]) =>
      s.select(s.compare("gt", count!, s.constant(0, "float64")), best!, s.constant(Number.NaN, dtype)),
  };
}

/**
 * The smallest of the elements that are not NaN; NaN where there are none.
 * @example x.nanmin(0)
 */
export const nanmin: Reduction = reduction(
  { name: "nanmin", ofNothing: false, monoid: (dtype) => nanExtremeMonoid("nanmin", "min", dtype) },
  { accepts: accepts(real), numpy: "np.nanmin(x, axis=axis, keepdims=keepdims)", ulps: 0 },
);

/**
 * The largest of the elements that are not NaN; NaN where there are none.
 * @example x.nanmax(0)
 */
export const nanmax: Reduction = reduction(
  { name: "nanmax", ofNothing: false, monoid: (dtype) => nanExtremeMonoid("nanmax", "max", dtype) },
  { accepts: accepts(real), numpy: "np.nanmax(x, axis=axis, keepdims=keepdims)", ulps: 0 },
);
