/**
 * asin, acos, atan, and the inverse hyperbolic functions, by W. Kahan, "Branch cuts for complex elementary functions,
 * or much ado about nothing's sign bit" (1987).
 *
 *     a = √(1 − z), b = √(1 + z)      asin z = atan(x / Re ab) + i asinh(Im āb)
 *                                     acos z = 2 atan(Re a / Re b) + i asinh(Im b̄a)
 *
 * No term cancels another: the signs of zeros decide on which side of a cut a number lies. Beyond 2^100 1 no longer
 * counts, and below 2^−28 neither does z². Invariant: the special values are those of C99, annex G, with the
 * corrections of C17.
 */
import { choose, equal, greater, less, minus, over, product, size, sum } from "../functions/terms.js";
import * as s from "../scalar.js";
import { type Scalar, unary } from "../scalar.js";
import { logOfDouble, sqrt } from "./logarithm.js";
import {
  both,
  type ComplexFunction,
  chooseParts,
  copySign,
  either,
  guardParts,
  isBetween,
  isFinitePart,
  isInfinite,
  larger,
  length,
  negate,
  not,
  type Parts,
  turned,
} from "./parts.js";

/** √(1 − z) and √(1 + z). */
const roots = ([x, y]: Parts): readonly [below: Parts, above: Parts] => [
  sqrt([minus(1, x), negate(y)]),
  sqrt([sum(1, x), y]),
];

/** From here on 1 does not count. */
const FAR = 2 ** 100;
/** Up to here asin z is z. */
const NEAR = 2 ** -28;

const isNear = ([x, y]: Parts): Scalar => less(larger(size(x), size(y)), 1);

/** The inverse sine. */
const asin: ComplexFunction = (z) => {
  const [x, y] = z;
  const [[aRe, aIm], [bRe, bIm]] = roots(z);
  const across = minus(product(aRe, bRe), product(aIm, bIm));
  const along = minus(product(aRe, bIm), product(aIm, bRe));
  const usual: Parts = [unary("atan", over(x, across)), unary("asinh", along)];
  const far: Parts = [s.binary("atan2", x, size(y)), copySign(logOfDouble(z), y)];
  const [re, im] = chooseParts(isNear(z), z, far);
  return guardParts(not(isBetween(NEAR, z, FAR)), usual, [choose(equal(x, 0), x, re), im]);
};

/** The inverse cosine. */
const acos: ComplexFunction = (z) => {
  const [x, y] = z;
  const [[aRe, aIm], [bRe, bIm]] = roots(z);
  const along = minus(product(bRe, aIm), product(bIm, aRe));
  const usual: Parts = [product(unary("atan", over(aRe, bRe)), 2), unary("asinh", along)];
  const far: Parts = [s.binary("atan2", size(y), x), copySign(logOfDouble(z), negate(y))];
  const [re, im] = chooseParts(isNear(z), [minus(Math.PI / 2, x), negate(y)], far);
  const isUpright = both(equal(x, 0), s.isNan(y));
  return guardParts(not(isBetween(NEAR, z, FAR)), usual, [choose(isUpright, Math.PI / 2, re), im]);
};

/** The inverse hyperbolic cosine: acos turned to the side where the real part is not negative. */
const acosh: ComplexFunction = (z) => {
  const [re, im] = acos(z);
  return [size(im), copySign(re, z[1])];
};

/**
 * The inverse hyperbolic tangent: log(1 + 4x / ((1 − x)² + y²)) / 4 + i atan2(2y, (1 − x)(1 + x) − y²) / 2 for x ≥ 0,
 * beyond 2^60 the real part of 1 / z and i π/2.
 */
const atanh: ComplexFunction = ([x, y]) => {
  const a = size(x);
  const [below, square] = [minus(1, a), product(y, y)];
  const ratio = over(product(a, 4), sum(product(below, below), square));
  const angle = s.binary("atan2", product(y, 2), minus(product(below, sum(1, a)), square));
  const [re, im] = [product(unary("log1p", ratio), 0.25), product(angle, 0.5)];
  // just above 1 the square of y underflows: log(2 / |y|) / 2
  const atPole = both(equal(a, 1), less(size(y), 2 ** -500));
  const pole = product(minus(Math.LN2, unary("log", size(y))), 0.5);
  const isFar = greater(larger(a, size(y)), 2 ** 60);
  const anyInfinite = either(isInfinite(x), isInfinite(y));
  const away = length([product(a, 0.25), product(y, 0.25)]);
  const farRe = choose(anyInfinite, 0, product(over(over(product(a, 0.25), away), away), 0.25));
  const isBeyond = either(isFar, anyInfinite);
  const special: Parts = [
    choose(either(equal(x, 0), anyInfinite), 0, choose(isBeyond, farRe, choose(atPole, pole, re))),
    choose(both(isBeyond, not(s.isNan(y))), Math.PI / 2, size(im)),
  ];
  const isRare = either(equal(x, 0), equal(a, 1), not(isBetween(-1, [x, y], 2 ** 60)), not(isFinitePart(y)));
  const [sizeRe, sizeIm] = guardParts(isRare, [re, size(im)], special);
  return [copySign(sizeRe, x), copySign(sizeIm, y)];
};

/** The inverse hyperbolic sine. */
const asinh: ComplexFunction = turned(asin);
/** The inverse tangent. */
const atan: ComplexFunction = turned(atanh);

export { acos, acosh, asin, asinh, atan, atanh };
