/**
 * exp, exp2, expm1: x = k ln 2 + r with |r| ≤ ln 2 / 2, so e^x = 2^k · (1 + r + r² q(r)).
 *
 * The reduction is Cody and Waite's: ln 2 in two parts, the first so short that k times it is exact. Invariant: the sum
 * 1 + (r + r² q) adds the small to the large, so the error stays near half a unit in the last place.
 */
import { guard, type Scalar } from "../scalar.js";
import { exponential } from "./coefficients.js";
import {
  choose,
  forBoth,
  greater,
  less,
  minus,
  minusProduct,
  nearest,
  nearestProduct,
  type Precision,
  polynomial,
  powerOf2,
  product,
  productPlus,
  size,
  sum,
} from "./terms.js";

/** ln 2 in two parts: 33 bits, and what is missing. */
export const ln2 = { high: 0.6931471803691238, low: 1.9082149292705877e-10 } as const;
const log2e = Math.LOG2E;

/** A power of e on its way: 2^k · (1 + tail). */
export interface Power {
  readonly k: Scalar;
  readonly tail: Scalar;
}

/** e^r − 1 for |r| ≤ ln 2 / 2. */
export const tailOf = (r: Scalar, precision: Precision): Scalar =>
  productPlus(product(r, r), polynomial(r, exponential[precision]), r);

/** Splits e^(x + low). Right for |x| ≤ 2^20 or so, if nothing over- or underflows later. */
export function powerOfE(x: Scalar, precision: Precision = "double", low?: Scalar): Power {
  const k = nearestProduct(x, log2e);
  const r =
    precision === "double" ? minusProduct(minusProduct(x, k, ln2.high), k, ln2.low) : minusProduct(x, k, Math.LN2);
  return { k, tail: tailOf(low ? sum(r, low) : r, precision) };
}

/** y · 2^k in two steps, so that only the last one rounds, overflows or underflows. */
export function scaled(y: Scalar, k: Scalar): Scalar {
  const half = nearest(product(k, 0.5));
  return product(y, powerOf2(half), powerOf2(minus(k, half)));
}

/** Below the first, a power is 0; above the last, infinite; up to ± the middle one it is a normal number. */
export type Limits = readonly [low: number, safe: number, high: number];

/** 2^k · (1 + tail) where it has a normal size; in two steps, or its limit, where `x` is beyond. */
export function assembled({ k, tail }: Power, x: Scalar, [low, safe, high]: Limits): Scalar {
  const y = sum(1, tail);
  const slowly = choose(less(x, low), 0, choose(greater(x, high), Number.POSITIVE_INFINITY, scaled(y, k)));
  return guard(greater(size(x), safe), product(y, powerOf2(k)), slowly);
}

/** For float32, whose limits are far inside those of float64. */
export function assembledSingle({ k, tail }: Power, x: Scalar): Scalar {
  const limit = choose(less(x, 0), 0, Number.POSITIVE_INFINITY);
  return guard(greater(size(x), 700), product(sum(1, tail), powerOf2(k)), limit);
}

/** e^x. */
export const exp: (x: Scalar) => Scalar = forBoth(
  (x) => assembled(powerOfE(x), x, [-746, 708, 709.79]),
  (x) => assembledSingle(powerOfE(x, "single"), x),
);

function powerOfTwo(x: Scalar, precision: Precision): Power {
  const k = nearest(x);
  return { k, tail: tailOf(product(minus(x, k), Math.LN2), precision) };
}

/** 2^x. */
export const exp2: (x: Scalar) => Scalar = forBoth(
  (x) => assembled(powerOfTwo(x, "double"), x, [-1076, 1021, 1024]),
  (x) => assembledSingle(powerOfTwo(x, "single"), x),
);

/**
 * e^x − 1 = 2^k · (tail + (1 − 2^−k)) for −40 ≤ x ≤ 709: beyond 2^53, 2^−k no longer counts. The factor is two, so that
 * k may be 1024.
 */
export function powerLess1(x: Scalar, precision: Precision = "double"): Scalar {
  const { k, tail } = powerOfE(x, precision);
  const rest = minus(1, powerOf2(choose(greater(k, 60), -60, minus(0, k))));
  return product(sum(tail, rest), powerOf2(minus(k, 1)), 2);
}

/** e^x − 1, exact near 0. */
export const expm1: (x: Scalar) => Scalar = forBoth(
  (x) => less1(x, "double"),
  (x) => less1(x, "single"),
);

function less1(x: Scalar, precision: Precision): Scalar {
  const limit = choose(less(x, 0), -1, Number.POSITIVE_INFINITY);
  const beyond = greater(size(sum(x, -334.5)), 374.5);
  // What is tiny is its own result; it also keeps the sign of 0.
  const y = powerLess1(x, precision);
  return guard(
    beyond,
    choose(less(size(x), 2 ** -54), x, y),
    choose(greater(size(x), 709.8), limit, choose(less(x, 0), -1, y)),
  );
}
