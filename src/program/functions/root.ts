/**
 * cbrt and hypot.
 *
 * cbrt: x = 2^(3n) · m with ⅓ < m < 3, a polynomial guess, one step of Halley's method, and one of Newton's from a
 * guess of so few bits that its square is exact (the plan of fdlibm's cbrt). hypot: √(x² + y²) of numbers that are
 * brought near 1 where their squares would over- or underflow. Invariant: all scaling is by powers of two, so nothing
 * is rounded twice.
 */

import type { Scalar } from "../scalar.js";
import * as s from "../scalar.js";
import { cubeRoot } from "./coefficients.js";
import { separated } from "./logarithm.js";
import {
  choose,
  equal,
  forBoth,
  greater,
  less,
  minus,
  nearest,
  over,
  polynomial,
  powerOf2,
  product,
  size,
  sum,
  whole,
  withSign,
} from "./terms.js";

function rootOfNormal(a: Scalar): Scalar {
  const { k, m: mantissa } = separated(a);
  const third = nearest(product(k, 1 / 3));
  const m = product(mantissa, powerOf2(minus(k, product(third, 3))));
  const guess = polynomial(m, cubeRoot.double);
  const cube = product(guess, guess, guess);
  const halley = product(guess, over(sum(cube, m, m), sum(cube, cube, m)));
  // 26 bits, so that the square is exact
  const short = s.fromBits(s.and(s.bits(halley), whole(-(2n ** 27n))));
  const rest = over(m, product(short, short));
  const root = sum(short, product(short, over(minus(rest, short), sum(short, short, rest))));
  return product(root, powerOf2(third));
}

/** The cube root. */
export const cbrt: (x: Scalar) => Scalar = forBoth((x) => {
  const a = size(x);
  const isNormal = s.and(s.compare("ge", a, s.constant(2 ** -1022, "float64")), less(a, Number.POSITIVE_INFINITY));
  const isSubnormal = s.and(greater(a, 0), less(a, 1));
  const special = choose(isSubnormal, product(rootOfNormal(product(a, 2 ** 54)), 2 ** -18), a);
  return withSign(s.guard(s.unary("not", isNormal), rootOfNormal(a), special), x);
});

/** √(x² + y²). An infinity counts for more than NaN. */
export const hypot: (x: Scalar, y: Scalar) => Scalar = forBoth(
  (x, y) => {
    const [a, b] = [size(x), size(y)];
    const largest = s.binary("max", a, b);
    const by = (factor: number): Scalar => {
      const [c, d] = [product(a, factor), product(b, factor)];
      return product(s.unary("sqrt", sum(product(c, c), product(d, d))), 1 / factor);
    };
    const infinite = s.or(equal(a, Number.POSITIVE_INFINITY), equal(b, Number.POSITIVE_INFINITY));
    const scaled = choose(infinite, Number.POSITIVE_INFINITY, choose(greater(largest, 1), by(2 ** -600), by(2 ** 600)));
    const isFar = s.unary("not", s.and(greater(largest, 2 ** -450), less(largest, 2 ** 500)));
    return s.guard(isFar, s.unary("sqrt", sum(product(a, a), product(b, b))), scaled);
  },
  (x, y) => {
    const infinite = s.or(equal(size(x), Number.POSITIVE_INFINITY), equal(size(y), Number.POSITIVE_INFINITY));
    return choose(infinite, Number.POSITIVE_INFINITY, s.unary("sqrt", sum(product(x, x), product(y, y))));
  },
);
