/**
 * pow: 2^(y · log2 x), with the logarithm in two numbers.
 *
 * y log2 x may be 1000, and each of its bits before the point takes one from the result: so the logarithm and its
 * product with y need eleven bits more than a float64 has. As in fdlibm's pow, a number is cut into a part of 21 bits,
 * whose products with its like are exact, and a small rest, for which a float64 is enough. Invariant: the short way is
 * for positive normal bases and exponents below 2^60; signs, zeros, infinities and NaN are put right on the long way.
 */

import type { Scalar } from "../scalar.js";
import * as s from "../scalar.js";
import { logarithmTail } from "./coefficients.js";
import { assembled, assembledSingle, type Limits, type Power, tailOf } from "./exponential.js";
import { isSpecial, mantissaOf, separated } from "./logarithm.js";
import {
  choose,
  equal,
  forBoth,
  greater,
  less,
  minus,
  nearest,
  over,
  type Precision,
  polynomial,
  product,
  type Sum,
  signOf,
  size,
  sum,
  whole,
} from "./terms.js";

/** The leading 21 bits. */
export const short = (x: Scalar): Scalar => s.fromBits(s.and(s.bits(x), whole(-(2n ** 32n))));

/** 2 / (3 ln 2): all of it, its first bits, and the rest. */
const scale = { all: 0.9617966939259756, high: 0.961796760559082, low: -6.663310642634338e-8 } as const;

/**
 * log2(2^k m), first its 21 leading bits: of s = (m − 1) / (m + 1) in two parts, 3 + s² + s⁴ L(s²) in two parts, their
 * product, times 2 / (3 ln 2).
 */
export function logarithmOf(k: Scalar, m: Scalar): Sum {
  const [above, below] = [minus(m, 1), sum(m, 1)];
  const inverse = over(1, below);
  const ratio = product(above, inverse);
  const first = short(ratio);
  const belowHigh = short(below);
  const belowLow = minus(m, minus(belowHigh, 1));
  const second = product(inverse, minus(minus(above, product(first, belowHigh)), product(first, belowLow)));
  const z = product(ratio, ratio);
  const tail = sum(product(product(z, z), polynomial(z, logarithmTail.double)), product(second, sum(first, ratio)));
  const square = product(first, first);
  const series = short(sum(sum(3, square), tail));
  const seriesLow = minus(tail, minus(minus(series, 3), square));
  const [big, small] = [product(first, series), sum(product(second, series), product(seriesLow, ratio))];
  const high = short(sum(big, small));
  const low = minus(small, minus(high, big));
  const scaledHigh = product(high, scale.high);
  const scaledLow = sum(product(high, scale.low), product(low, scale.all));
  const total = short(sum(sum(scaledHigh, scaledLow), k));
  return { high: total, low: minus(scaledLow, minus(minus(total, k), scaledHigh)) };
}

/** 2^z on its way, with z = y · logarithm; of both the first part is so short that the product of these is exact. */
export function raisedPower({ high, low }: Sum, y: Sum): { readonly z: Scalar; readonly power: Power } {
  const big = product(y.high, high);
  const small = sum(product(y.low, high), product(sum(y.high, y.low), low));
  const z = sum(big, small);
  const k = nearest(z);
  return { z, power: { k, tail: tailOf(product(sum(minus(big, k), small), Math.LN2), "double") } };
}

/** 2^(y · logarithm) of a positive base. */
function raised(logarithm: Sum, y: Scalar): Scalar {
  const high = short(y);
  const { z, power } = raisedPower(logarithm, { high, low: minus(y, high) });
  const limits: Limits = [-1076, 1021, 1024];
  return assembled(power, z, limits);
}

/** The same for float32, where one float64 is enough. */
function raisedSingle(k: Scalar, m: Scalar, y: Scalar): Scalar {
  const { f, half, rest } = mantissaOf(k, minus(m, 1), "single");
  const z = product(y, sum(k, product(minus(f, minus(half, rest)), Math.LOG2E)));
  const n = nearest(z);
  return assembledSingle({ k: n, tail: tailOf(product(minus(z, n), Math.LN2), "single") }, z);
}

function ofPositive(x: Scalar, y: Scalar, precision: Precision, moved = 0): Scalar {
  const { k, m } = separated(x);
  const exponent = moved ? sum(k, moved) : k;
  return precision === "double" ? raised(logarithmOf(exponent, m), y) : raisedSingle(exponent, m, y);
}

/** What is not a positive normal number to a moderate power. */
function onTheLongWay(x: Scalar, y: Scalar, precision: Precision): Scalar {
  const a = size(x);
  const isNegative = less(y, 0);
  // Beyond 2^70 every power of anything but 1 is 0 or infinite.
  const limited = choose(greater(size(y), 2 ** 70), choose(isNegative, -(2 ** 70), 2 ** 70), y);
  const tiny = less(a, 2 ** -1022);
  const normal = choose(tiny, product(a, 2 ** 54), a);
  const { k, m } = separated(normal);
  const exponent = sum(k, choose(tiny, -54, 0));
  const finite =
    precision === "double" ? raised(logarithmOf(exponent, m), limited) : raisedSingle(exponent, m, limited);
  const isInfinite = equal(a, Number.POSITIVE_INFINITY);
  const of0 = choose(isNegative, Number.POSITIVE_INFINITY, 0);
  const ofInfinity = choose(isNegative, 0, Number.POSITIVE_INFINITY);
  const positive = choose(equal(a, 0), of0, choose(isInfinite, ofInfinity, finite));
  const isWhole = equal(s.unary("trunc", y), y);
  const halfOfY = product(y, 0.5);
  const isOdd = s.and(isWhole, s.unary("not", equal(s.unary("trunc", halfOfY), halfOfY)));
  const isUndefined = s.or(
    s.or(s.isNan(x), s.isNan(y)),
    s.and(s.and(less(x, 0), s.unary("not", isInfinite)), s.unary("not", isWhole)),
  );
  const signed = choose(isOdd, s.fromBits(s.binary("xor", s.bits(positive), signOf(x))), positive);
  const is1 = s.or(equal(y, 0), equal(x, 1));
  return choose(is1, 1, choose(isUndefined, Number.NaN, signed));
}

function powBy(precision: Precision): (x: Scalar, y: Scalar) => Scalar {
  return (x, y) => {
    const isOrdinary = less(size(y), 2 ** 60);
    const isOdd = s.or(isSpecial(x), s.unary("not", isOrdinary));
    return s.guard(isOdd, ofPositive(x, y, precision), onTheLongWay(x, y, precision));
  };
}

/** x to the power y, as C has it: 1 to any power and anything to the power 0 are 1. */
export const pow: (x: Scalar, y: Scalar) => Scalar = forBoth(powBy("double"), powBy("single"));
