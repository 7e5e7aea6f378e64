/**
 * gamma and logGamma, of a = |x|:
 *
 *     a < 2½   1 / Γ(1 + d) = 1 + d (d − 1) q(d): it has no poles, so one polynomial does; 1 + d is a, or a + 1 below ⅝
 *     a ≥ 2½   Stirling's formula: Γ(a) = (a / e)^(a − ½) · p(1 / a),   log Γ(a) = (a − ½)(log a − 1) + c + r(1 / a²) / a
 *     x < 0    the reflection a Γ(a) Γ(−a) = −π / sin πa
 *
 * Invariant: d, d − 1 and the distance to the nearest whole number are exact, so that nothing is lost near the zeros of
 * logGamma at 1 and 2, nor near the poles; Γ(a + 1) of a large a, which 1 − x would have rounded, is never asked for.
 */
import type { Scalar } from "../scalar.js";
import * as s from "../scalar.js";
import { gammaInverse, sinePi, stirlingFactor, stirlingRest } from "./coefficients.js";
import { ln2, type Power, powerOfE, scaled } from "./exponential.js";
import { mantissaOf, separated } from "./logarithm.js";
import { logarithmOf, raisedPower } from "./power.js";
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
  powerOf2,
  product,
  productPlus,
  size,
  sum,
} from "./terms.js";

/** What is known of a = |x|. */
interface Argument {
  readonly a: Scalar;
  /** Where the polynomial of 1 / Γ counts, not Stirling's formula. */
  readonly isSmall: Scalar;
  /** Where it is taken of a + 1, not of a. */
  readonly isBelow: Scalar;
  /** 1 / Γ − 1 of that. */
  readonly excess: Scalar;
  /** 1 / Γ of that. */
  readonly inverse: Scalar;
}

function argumentOf(x: Scalar, precision: Precision): Argument {
  const a = size(x);
  const isBelow = less(a, 0.625);
  const d = choose(isBelow, a, minus(a, 1));
  const excess = product(product(d, minus(d, 1)), polynomial(minus(d, 0.5), gammaInverse[precision]));
  return { a, isSmall: less(a, 2.5), isBelow, excess, inverse: sum(1, excess) };
}

/** sin(πa) / π in parts: ± the distance to the nearest whole number, and what to multiply that by. */
function sineOf(a: Scalar, precision: Precision): { distance: Scalar; isOdd: Scalar; factor: Scalar } {
  const whole = s.unary("round", a);
  const half = product(whole, 0.5);
  const isOdd = s.compare("ne", s.unary("trunc", half), half);
  const distance = minus(a, whole);
  const z = product(distance, distance);
  return { distance, isOdd, factor: productPlus(z, polynomial(z, sinePi[precision]), 1) };
}

/** log2 e as a number of 18 bits after the point, which keeps a logarithm of 21 bits as short as it is, and the rest. */
const log2e = { high: 1.4426918029785156, low: 3.23791044778236e-6 } as const;

/** (a / e)^y. */
function powerOf(a: Scalar, y: Scalar, precision: Precision): Power {
  const { k, m } = separated(a);
  if (precision === "double") {
    const { high, low } = logarithmOf(k, m);
    return raisedPower({ high: minus(high, log2e.high), low: minus(low, log2e.low) }, y).power;
  }
  const { f, half, rest } = mantissaOf(k, minus(m, 1));
  return powerOfE(product(y, minus(productPlus(k, Math.LN2, minus(f, minus(half, rest))), 1)), precision);
}

/** Beyond these, Γ is infinite, and 0 between its poles on the other side. */
const limits = { double: 200, single: 60 } as const;

/** Γ, but for rounding of factorials. */
function general(x: Scalar, precision: Precision): Scalar {
  const { a, isSmall, isBelow, inverse } = argumentOf(x, precision);
  const isNegative = less(x, 0);
  const limited = choose(greater(a, limits[precision]), limits[precision], a);
  const y = minus(limited, 0.5);
  const { k, tail } = powerOf(limited, choose(isNegative, minus(0, y), y), precision);
  const stirling = polynomial(over(1, limited), stirlingFactor[precision]);
  const { distance, isOdd, factor } = sineOf(a, precision);
  const sine = product(choose(isOdd, distance, minus(0, distance)), factor);
  const reflected = product(choose(isSmall, choose(isBelow, 1, a), product(stirling, limited)), sine);
  const above = choose(isNegative, choose(isSmall, inverse, 1), choose(isSmall, 1, stirling));
  // 1 / x instead of 1 / a, for the sign of 0
  const positive = choose(isSmall, product(inverse, choose(isBelow, x, 1)), 1);
  const negative = choose(equal(distance, 0), Number.NaN, reflected);
  const quotient = over(above, s.guard(isNegative, positive, negative));
  const large = productPlus(quotient, tail, quotient);
  return choose(isSmall, quotient, precision === "double" ? scaled(large, k) : product(large, powerOf2(k)));
}

/** The last whole number whose Γ, and all products on the way, are exact: 22! has 52 bits and a power of two. */
const lastExact = 23;

/** 1 · 2 · 3 · … · (x − 1). */
function factorial(x: Scalar): Scalar {
  const factors = Array.from({ length: lastExact - 2 }, (_, i) => minus(x, i + 1));
  return product(...factors.map((factor) => choose(greater(factor, 1), factor, 1)));
}

function gammaOfDouble(x: Scalar): Scalar {
  const isFactorial = s.and(
    equal(s.unary("trunc", x), x),
    s.and(greater(x, 2.5), s.compare("le", x, s.constant(lastExact, "float64"))),
  );
  return s.guard(isFactorial, general(x, "double"), factorial(x));
}

/** (log 2π − 1) / 2. */
const offset = 0.4189385332046727;

/** log Γ of a number that is neither negative nor tiny. */
function logOfPositive({ a, isSmall, isBelow, excess, inverse }: Argument, precision: Precision): Scalar {
  const { k, m } = separated(choose(isSmall, choose(isBelow, product(a, inverse), inverse), a));
  const isNear1 = s.and(isSmall, equal(k, 0));
  const { f, half, rest } = mantissaOf(k, choose(isNear1, excess, minus(m, 1)), precision);
  // what 1 / Γ has lost by being rounded, which a small logarithm feels
  const lost = product(minus(excess, minus(inverse, 1)), minus(1, excess));
  const missing = choose(s.and(isSmall, s.unary("not", isNear1)), sum(rest, lost), rest);
  // the logarithm, less 1 in Stirling's formula: k ln 2 and that 1 are the large part, and exact
  const first = productPlus(k, ln2.high, choose(isSmall, 0, -1));
  const logarithm = sum(first, minus(f, minus(half, productPlus(k, ln2.low, missing))));
  const w = over(1, a);
  const small = productPlus(w, polynomial(product(w, w), stirlingRest[precision]), offset);
  return choose(isSmall, minus(0, logarithm), productPlus(minus(a, 0.5), logarithm, small));
}

/** The logarithm of |Γ(x)| where x is negative, 0, or so small that a product with it loses bits. */
function logElsewhere(x: Scalar, argument: Argument, usual: Scalar, precision: Precision): Scalar {
  const { a, isSmall, isBelow, inverse } = argument;
  const { distance, factor } = sineOf(a, precision);
  const sine = product(size(distance), factor);
  const isNegative = less(x, 0);
  const small = choose(isNegative, over(product(sine, choose(isBelow, 1, a)), inverse), a);
  const rest = minus(0, s.unary("log", choose(isSmall, small, product(sine, a))));
  const pole = s.and(isNegative, s.or(equal(distance, 0), equal(a, Number.POSITIVE_INFINITY)));
  return choose(pole, Number.POSITIVE_INFINITY, choose(isSmall, rest, minus(rest, usual)));
}

function logGammaBy(precision: Precision): (x: Scalar) => Scalar {
  return (x) => {
    const argument = argumentOf(x, precision);
    const usual = logOfPositive(argument, precision);
    return s.guard(less(x, 2 ** -1000), usual, logElsewhere(x, argument, usual, precision));
  };
}

/** Γ: NaN at the negative whole numbers, infinite with its sign at 0. */
export const gamma: (x: Scalar) => Scalar = forBoth(gammaOfDouble, (x) => general(x, "single"));
/** log |Γ|: infinite at 0 and at the negative whole numbers. */
export const logGamma: (x: Scalar) => Scalar = forBoth(logGammaBy("double"), logGammaBy("single"));
