/**
 * log, log2, log10: x = 2^k · m with √½ ≤ m < √2, f = m − 1, s = f / (2 + f):
 *
 *     log m = f − (f²/2 − s · (f²/2 + R)),   R = s² · p(s²)
 *
 * as in Sun's fdlibm: f is exact, and what is added to it is small. Invariant: k ln 2 has no rounding error in its
 * first part, so near x = 1 and far from it the error stays below one unit in the last place.
 */

import type { Scalar } from "../scalar.js";
import * as s from "../scalar.js";
import { logarithm } from "./coefficients.js";
import { ln2 } from "./exponential.js";
import {
  choose,
  equal,
  forBoth,
  greater,
  less,
  minus,
  over,
  type Precision,
  polynomial,
  product,
  productPlus,
  size,
  sum,
  term,
  whole,
} from "./terms.js";

/** A logarithm on its way; see the head of this file. */
export interface Mantissa {
  /** The exponent, as a float. */
  readonly k: Scalar;
  readonly f: Scalar;
  readonly s: Scalar;
  /** f² / 2. */
  readonly half: Scalar;
  /** s · (f²/2 + R): log m = f − (half − rest). */
  readonly rest: Scalar;
}

const smallestNormal = 2 ** -1022;
const mantissaBits = 52n;
/** √½, and how far it is from 1, as bits. */
const bitsOfRootHalf = 0x3fe6a09e667f3bcdn;
const bitsTo1 = 0x3ff0000000000000n - bitsOfRootHalf;

/** The exponent k and the mantissa m of a positive normal number; √½ ≤ m < √2. */
export function separated(x: Scalar): { k: Scalar; m: Scalar } {
  const moved = s.add(s.bits(x), whole(bitsTo1));
  // Unsigned, because only that shift is one instruction; 2^52 and a small number side by side are their sum.
  const field = s.binary("shr", s.cast(moved, "uint64"), s.constant(mantissaBits, "uint64"));
  const k = minus(s.fromBits(s.or(s.cast(field, "int64"), s.bits(term(2 ** 52)))), 2 ** 52 + 1023);
  const m = s.fromBits(s.add(s.and(moved, whole(2n ** mantissaBits - 1n)), whole(bitsOfRootHalf)));
  return { k, m };
}

/** The parts of log(2^k (1 + f)). */
export function mantissaOf(k: Scalar, f: Scalar, precision: Precision = "double"): Mantissa {
  const ratio = over(f, sum(f, 2));
  const z = product(ratio, ratio);
  const half = product(f, f, 0.5);
  const rest = product(ratio, productPlus(z, polynomial(z, logarithm[precision]), half));
  return { k, f, s: ratio, half, rest };
}

/** k ln 2 + log(1 + f). */
export function natural({ k, f, half, rest }: Mantissa): Scalar {
  return productPlus(k, ln2.high, minus(f, minus(half, productPlus(k, ln2.low, rest))));
}

/** log m as a number of 21 bits and what is missing: so a product with the first is exact. */
function halves({ f, half, rest }: Mantissa): { high: Scalar; low: Scalar } {
  const high = s.fromBits(s.and(s.bits(minus(f, half)), whole(-(2n ** 32n))));
  return { high, low: sum(minus(minus(f, high), half), rest) };
}

/** k · unit + log m · factor, with each constant in two parts. */
function based(mantissa: Mantissa, factor: typeof ln2 | Pair, unit: Pair): Scalar {
  const { high, low } = halves(mantissa);
  const [first, second] = [product(high, factor.high), product(mantissa.k, unit.high)];
  const small = sum(product(mantissa.k, unit.low), product(sum(low, high), factor.low), product(low, factor.high));
  const total = sum(second, first);
  return sum(sum(small, sum(minus(second, total), first)), total);
}

interface Pair {
  readonly high: number;
  readonly low: number;
}

/** 1 / ln 2, 1 / ln 10 and log10 2, each as a number of few bits and what is missing. */
const log2e: Pair = { high: 1.4426950407214463, low: 1.6751713164886512e-10 };
const log10e: Pair = { high: 0.4342944818781689, low: 2.5082946711645275e-11 };
const log10of2: Pair = { high: 0.30102999566361177, low: 3.694239077158931e-13 };

/** A logarithm from its formula: with what it is at 0, below, at infinity and for subnormal numbers. */
function logarithmBy(formula: (mantissa: Mantissa) => Scalar, precision: Precision): (x: Scalar) => Scalar {
  const normal = (x: Scalar, moved: number): Scalar => {
    const { k, m } = separated(x);
    return formula(mantissaOf(moved ? sum(k, moved) : k, minus(m, 1), precision));
  };
  return (x) => {
    // A subnormal float32 is a normal float64.
    const small = precision === "double" ? choose(less(x, smallestNormal), normal(product(x, 2 ** 54), -54), x) : x;
    const negative = choose(less(x, 0), Number.NaN, small);
    return s.guard(isSpecial(x), normal(x, 0), choose(equal(x, 0), Number.NEGATIVE_INFINITY, negative));
  };
}

/** Where x is no positive normal number: one comparison of bits, turned so that all others lie at the high end. */
export function isSpecial(x: Scalar): Scalar {
  const [first, count] = [0x0010000000000000n, 0x7fe0000000000000n];
  const turned = s.add(s.bits(x), whole(-(2n ** 63n) - first));
  return s.compare("gt", turned, whole(-(2n ** 63n) + count - 1n));
}

const both = (formula: (mantissa: Mantissa) => Scalar): ((x: Scalar) => Scalar) =>
  forBoth(logarithmBy(formula, "double"), logarithmBy(formula, "single"));

/** The natural logarithm. */
export const log: (x: Scalar) => Scalar = both(natural);
/** The logarithm to base 2; exact for powers of 2. */
export const log2: (x: Scalar) => Scalar = both((mantissa) => based(mantissa, log2e, { high: 1, low: 0 }));
/** The logarithm to base 10. */
export const log10: (x: Scalar) => Scalar = both((mantissa) => based(mantissa, log10e, log10of2));

/** The parts of the logarithm of a positive normal number. */
export function withExponent(x: Scalar, precision: Precision): Mantissa {
  const { k, m } = separated(x);
  return mantissaOf(k, minus(m, 1), precision);
}

/**
 * log(1 + (high + low)) for 0 ≤ low ≤ high or so, at most 2^1000: u = 1 + high + low, and what u has lost, divided by
 * u, is added at the end. Near 0 nothing is lost, because f is then the argument itself. For float32 no loss is felt.
 */
export function logOf1Plus(precision: Precision, high: Scalar, low?: Scalar): Scalar {
  const x = low ? sum(high, low) : high;
  const u = sum(1, x);
  const { k, m } = separated(u);
  const near1 = equal(k, 0);
  const mantissa = mantissaOf(k, choose(near1, x, minus(m, 1)), precision);
  // u − u is 0, or NaN where its bits were no number
  if (precision === "single") return sum(natural(mantissa), minus(u, u));
  // what 1 + x has rounded away: the larger of the two is subtracted first
  const lost = choose(greater(x, 1), minus(1, minus(u, x)), minus(x, minus(u, 1)));
  const lostBelow = low ? minus(low, minus(x, high)) : undefined;
  const missing = over(lostBelow ? sum(lost, lostBelow) : lost, u);
  const correction = choose(near1, lostBelow ? product(lostBelow, minus(1, x)) : 0, missing);
  return natural({ ...mantissa, rest: sum(mantissa.rest, correction) });
}

function log1pBy(precision: Precision): (x: Scalar) => Scalar {
  return (x) => {
    const y = logOf1Plus(precision, x);
    const low = choose(less(x, -1), Number.NaN, choose(equal(x, -1), Number.NEGATIVE_INFINITY, x));
    const high = choose(less(x, 0), low, choose(less(x, Number.POSITIVE_INFINITY), y, x));
    const isTiny = less(size(x), 2 ** -54);
    const ordinary = s.compare("gt", x, s.constant(-1, "float64"));
    const odd = s.or(s.unary("not", ordinary), s.or(isTiny, greater(x, 2 ** 1000)));
    return s.guard(odd, y, choose(isTiny, x, high));
  };
}

/** log(1 + x), exact near 0. */
export const log1p: (x: Scalar) => Scalar = forBoth(log1pBy("double"), log1pBy("single"));
