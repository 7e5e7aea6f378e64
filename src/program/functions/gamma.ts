/**
 * gamma and logGamma, of a = |x|:
 *
 *     a < 2½   1 / Γ(1 + d) = 1 + d (d − 1) q(d): it has no poles, so one polynomial does; 1 + d is a, or a + 1 below ⅝
 *     a ≥ 2½   Stirling's formula: Γ(a) = √(2π / e) (a / e)^(a − ½) (1 + p(1 / a) / a)
 *              log Γ(a) = (a − ½)(log a − 1) + c + r(1 / a²) / a
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
import { logarithmOf, raisedPower, short } from "./power.js";
import {
  choose,
  equal,
  exactProduct,
  forBoth,
  greater,
  less,
  minus,
  mostlyFirst,
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
  /** 1 / Γ − 1 of that; its `low` is missing where float32 can do without. */
  readonly excess: { readonly high: Scalar; readonly low?: Scalar };
  /** 1 / Γ of that. */
  readonly inverse: Scalar;
}

function argumentOf(x: Scalar, precision: Precision): Argument {
  const a = size(x);
  const isBelow = less(a, 0.625);
  const d = choose(isBelow, a, minus(a, 1));
  const excess = excessOf(d, precision);
  return { a, isSmall: less(a, 2.5), isBelow, excess, inverse: sum(1, excess.high) };
}

/** d (d − 1) q(d), with what all three products and the last sum of q lose. */
function excessOf(d: Scalar, precision: Precision): Argument["excess"] {
  const [first, ...others] = gammaInverse[precision];
  const t = minus(d, 0.5);
  const factor = product(t, mostlyFirst(t, others));
  const q = sum(first, factor);
  if (precision === "single") return { high: product(product(d, minus(d, 1)), q) };
  const ends = exactProduct(d, minus(d, 1));
  const { high, low } = exactProduct(ends.high, q);
  const lost = sum(minus(first, q), factor);
  return { high, low: sum(low, product(ends.high, lost), product(ends.low, q)) };
}

/** |sin(πa)| / π with the sign of the distance from the nearest whole number, and whether that is odd. */
function sineOf(a: Scalar, precision: Precision): { distance: Scalar; isOdd: Scalar; sine: Scalar } {
  const whole = s.unary("round", a);
  const half = product(whole, 0.5);
  const isOdd = s.compare("ne", s.unary("trunc", half), half);
  const distance = minus(a, whole);
  const z = product(distance, distance);
  return { distance, isOdd, sine: productPlus(distance, product(z, polynomial(z, sinePi[precision])), distance) };
}

/**
 * log2 e as a number of 18 bits after the point, which keeps a logarithm of 21 bits as short as it is, and the rest.
 */
const log2e = { high: 1.4426918029785156, low: 3.23791044778236e-6 } as const;

/** (a / e)^(a − ½), or (a / e)^−(a + ½) for the reflection: a Γ(a) takes one power more. */
function powerOf(a: Scalar, isNegative: Scalar, precision: Precision): Power {
  const { k, m } = separated(a);
  const signed = (y: Scalar): Scalar => choose(isNegative, minus(0, y), y);
  const y = minus(a, 0.5);
  const more = choose(isNegative, 1, 0);
  if (precision === "double") {
    const { high, low } = logarithmOf(k, m);
    // a + ½ may be rounded, its leading bits and 1 are not
    const first = short(y);
    const exponent = { high: signed(sum(first, more)), low: signed(minus(y, first)) };
    return raisedPower({ high: minus(high, log2e.high), low: minus(low, log2e.low) }, exponent).power;
  }
  const { f, half, rest } = mantissaOf(k, minus(m, 1));
  const logarithm = productPlus(k, Math.LN2, minus(f, minus(half, rest)));
  return powerOfE(product(signed(sum(y, more)), minus(logarithm, 1)), precision);
}

/** Beyond these, Γ is infinite, and 0 between its poles on the other side. */
const limits = { double: 200, single: 60 } as const;

/** √(2π / e), for x > 0, and 1 / √(2πe), for x < 0. */
const factor = { above: 1.520346901066281, below: 0.24197072451914334 } as const;

/** Γ, but for rounding of factorials. */
function general(x: Scalar, precision: Precision): Scalar {
  const { a, isSmall, isBelow, inverse } = argumentOf(x, precision);
  const isNegative = less(x, 0);
  const limited = choose(greater(a, limits[precision]), limits[precision], a);
  const { k, tail } = powerOf(limited, isNegative, precision);
  const w = over(1, limited);
  const more = product(w, polynomial(w, stirlingFactor[precision]));
  const { distance, isOdd, sine } = sineOf(a, precision);
  const signed = choose(isOdd, sine, minus(0, sine));
  const reflected = choose(isSmall, product(signed, choose(isBelow, 1, a)), productPlus(signed, more, signed));
  const stirling = productPlus(more, factor.above, factor.above);
  const above = choose(isNegative, choose(isSmall, inverse, factor.below), choose(isSmall, 1, stirling));
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

/** What the logarithm of a small number has lost: all that its argument has, divided by 1 / Γ, or nearly. */
function lossOf({ isSmall, excess, inverse }: Argument, isNear1: Scalar): Scalar {
  const rounded = choose(isNear1, 0, minus(excess.high, minus(inverse, 1)));
  const lost = excess.low === undefined ? rounded : sum(rounded, excess.low);
  return choose(isSmall, product(lost, minus(1, excess.high)), 0);
}

/** log Γ of a number that is neither negative nor tiny. */
function logOfPositive(argument: Argument, precision: Precision): Scalar {
  const { a, isSmall, isBelow, excess, inverse } = argument;
  const { k, m } = separated(choose(isSmall, choose(isBelow, product(a, inverse), inverse), a));
  const isNear1 = s.and(isSmall, equal(k, 0));
  const { f, half, rest } = mantissaOf(k, choose(isNear1, excess.high, minus(m, 1)), precision);
  const missing = precision === "double" ? sum(rest, lossOf(argument, isNear1)) : rest;
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
  const { distance, sine: signed } = sineOf(a, precision);
  const sine = size(signed);
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
