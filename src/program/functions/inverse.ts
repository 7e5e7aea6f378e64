/**
 * asin, acos, atan, atan2.
 *
 *     asin, acos   |x| ≤ ½: the polynomial in x²; else asin x = π/2 − 2 asin √((1 − x) / 2), whose range is the same
 *     atan         t = a, (a − 1) / (a + 1) or −1 / a, so that |t| ≤ tan π/8; the angle taken off is added at the end
 *
 * Invariant: all is computed of |x|; what is turned by is a sum of two numbers, and the small one is added first.
 */

import type { Scalar } from "../scalar.js";
import * as s from "../scalar.js";
import { arcsine, arctangent } from "./coefficients.js";
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
  withSign,
} from "./terms.js";

/** What is missing in Math.PI / 2. */
const halfPiLow = 6.123233995736766e-17;

/** What asin and acos share. */
interface Arc {
  /** √z, and √z · (1 + z p(z)), where z is x² or (1 − |x|) / 2. */
  readonly root: Scalar;
  readonly tail: Scalar;
  readonly isSmall: Scalar;
}

function arcOf(a: Scalar, precision: Precision): Arc {
  const isSmall = less(a, 0.5);
  const z = choose(isSmall, product(a, a), product(minus(1, a), 0.5));
  const root = choose(isSmall, a, s.unary("sqrt", z));
  return { root, tail: product(root, product(z, polynomial(z, arcsine[precision]))), isSmall };
}

function asinBy(precision: Precision): (x: Scalar) => Scalar {
  return (x) => {
    const { root, tail, isSmall } = arcOf(size(x), precision);
    const arc = sum(root, tail);
    const turned = minus(Math.PI / 2, minus(product(arc, 2), halfPiLow));
    return withSign(choose(isSmall, arc, turned), x);
  };
}

function acosBy(precision: Precision): (x: Scalar) => Scalar {
  return (x) => {
    const { root, tail, isSmall } = arcOf(size(x), precision);
    const signed = withSign(root, x);
    // of a small x: π/2 − x − tail
    const near0 = minus(Math.PI / 2, minus(signed, minus(halfPiLow, withSign(tail, x))));
    const twice = product(sum(root, tail), 2);
    const far = choose(less(x, 0), minus(Math.PI, minus(twice, 2 * halfPiLow)), twice);
    return choose(isSmall, near0, far);
  };
}

/** atan(y / x) for y, x ≥ 0, not both 0 and not both infinite. */
function angle(y: Scalar, x: Scalar, precision: Precision): Scalar {
  const isSteep = greater(y, product(x, 1 + Math.SQRT2));
  const isMiddle = greater(y, product(x, Math.SQRT2 - 1));
  const above = choose(isSteep, s.unary("neg", x), choose(isMiddle, minus(y, x), y));
  const below = choose(isSteep, y, choose(isMiddle, sum(y, x), x));
  const t = over(above, below);
  const z = product(t, t);
  const pick = (part: number): Scalar => choose(isSteep, 2 * part, choose(isMiddle, part, 0));
  const tail = productPlus(t, product(z, polynomial(z, arctangent[precision])), pick(halfPiLow / 2));
  return sum(pick(Math.PI / 4), sum(tail, t));
}

const atanBy =
  (precision: Precision) =>
  (x: Scalar): Scalar =>
    withSign(angle(size(x), term(1), precision), x);

/** Like {@link angle}, for all numbers: large ones are made smaller, so that their sum is finite. */
function atan2By(precision: Precision): (y: Scalar, x: Scalar) => Scalar {
  return (y, x) => {
    const [up, along] = [size(y), size(x)];
    const largest = s.binary("max", up, along);
    const isOdd = s.or(greater(largest, 2 ** 1000), equal(largest, 0));
    const both = equal(s.binary("min", up, along), Number.POSITIVE_INFINITY);
    // Both infinite: the diagonal. Both zero: along the axis.
    const scaled = (a: Scalar, zero: number): Scalar =>
      choose(both, 1, choose(equal(largest, 0), zero, product(a, 2 ** -2)));
    const first = angle(s.guard(isOdd, up, scaled(up, 0)), s.guard(isOdd, along, scaled(along, 1)), precision);
    const isBehind = s.compare("lt", s.bits(x), whole(0n));
    const turned = minus(Math.PI, minus(first, 2 * halfPiLow));
    return withSign(choose(isBehind, turned, first), y);
  };
}

/** The inverse sine; NaN beyond 1. */
export const asin: (x: Scalar) => Scalar = forBoth(asinBy("double"), asinBy("single"));
/** The inverse cosine; NaN beyond 1. */
export const acos: (x: Scalar) => Scalar = forBoth(acosBy("double"), acosBy("single"));
/** The inverse tangent. */
export const atan: (x: Scalar) => Scalar = forBoth(atanBy("double"), atanBy("single"));
/** The angle of the point (x, y), in all four quadrants. */
export const atan2: (y: Scalar, x: Scalar) => Scalar = forBoth(atan2By("double"), atan2By("single"));
