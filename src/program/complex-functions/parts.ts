/** The words in which functions of complex numbers are written: the parts in float64, and their special values. */

import type { DType } from "../../data/dtype.js";
import { choose, equal, less, size, sum, term, withSign } from "../functions/terms.js";
import * as s from "../scalar.js";
import { mul, or, type Scalar, unary } from "../scalar.js";

/** The real and the imaginary part of a number. */
export type Parts = readonly [re: Scalar, im: Scalar];

/** The parts in another precision. */
export const partsAs = ([re, im]: Parts, dtype: DType): Parts => [s.cast(re, dtype), s.cast(im, dtype)];

/** A function of a complex number; its parts are float64. */
export type ComplexFunction = (z: Parts) => Parts;

/** The opposite. */
export const not = (condition: Scalar): Scalar => unary("not", condition);
/** Any of these. */
export const either = (...conditions: readonly Scalar[]): Scalar => conditions.reduce(or);
/** All of these. */
export const both = (...conditions: readonly Scalar[]): Scalar => conditions.reduce(s.and);
/** −x. */
export const negate = (x: Scalar): Scalar => unary("neg", x);
/** Where a part is ±∞. */
export const isInfinite = (x: Scalar): Scalar => equal(size(x), Number.POSITIVE_INFINITY);
/** Where a part is neither ±∞ nor NaN. */
export const isFinitePart = (x: Scalar): Scalar => less(size(x), Number.POSITIVE_INFINITY);
/** The larger of two; NaN where one is. */
export const larger = (a: Scalar, b: Scalar): Scalar => s.binary("max", a, b);
/** The first with the sign of the second, which may be −0. */
export const copySign = (x: Scalar | number, sign: Scalar): Scalar => withSign(size(term(x)), sign);
/** A zero whose sign is that of the product. */
export const zeroOf = (x: Scalar, y: Scalar): Scalar => mul(copySign(0, x), copySign(1, y));
/** √(x² + y²) */
export const length = ([x, y]: Parts): Scalar => s.binary("hypot", x, y);
/** The angle of a number, from −π to π. */
export const angleOf = ([x, y]: Parts): Scalar => s.binary("atan2", y, x);

/** Where the larger part lies between these limits; false where a part is NaN. */
export function isBetween(low: number, [x, y]: Parts, high: number): Scalar {
  const most = larger(size(x), size(y));
  return both(less(low, most), less(most, high));
}

/** A guard of both parts; see {@link s.guard}. */
export const guardParts = (rare: Scalar, usual: Parts, special: Parts): Parts => [
  s.guard(rare, usual[0], special[0]),
  s.guard(rare, usual[1], special[1]),
];

/** f(iz) / i for an odd function with f(z̄) = f̄(z): the parts change their roles. */
export const turned =
  (f: ComplexFunction): ComplexFunction =>
  ([x, y]) => {
    const [re, im] = f([y, x]);
    return [im, re];
  };

/** a + b, and what that has lost by being rounded (Knuth). */
export function exactSum(a: Scalar, b: Scalar): { readonly high: Scalar; readonly low: Scalar } {
  const high = sum(a, b);
  const ofB = s.sub(high, a);
  return { high, low: sum(s.sub(a, s.sub(high, ofB)), s.sub(b, ofB)) };
}

/** A choice of both parts. */
export const chooseParts = (condition: Scalar, a: Parts, b: Parts): Parts => [
  choose(condition, a[0], b[0]),
  choose(condition, a[1], b[1]),
];
