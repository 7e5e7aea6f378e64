/**
 * sin, cos, tan: the argument less a multiple of π/2, then a polynomial.
 *
 * The reduction is Cody and Waite's with π/2 in four parts of 33 bits (the last has all that is left), so that each
 * product with a count below 2^20 is exact; what the subtractions round away is kept and put back. sin and cos reduce
 * to
 * |r| ≤ π/2 and need the polynomial of the sine alone; tan reduces to π/4. Beyond 2^20 the backend's own function takes
 * over, which knows as many digits of π as it needs. Invariant: functions are computed of |x|, the sign comes last, so
 * zeros keep theirs.
 */

import type { Scalar } from "../scalar.js";
import * as s from "../scalar.js";
import { cosineShort, sine, sineShort } from "./coefficients.js";
import {
  anchor,
  choose,
  forBoth,
  greater,
  left,
  minus,
  minusProduct,
  over,
  type Precision,
  polynomial,
  product,
  productPlus,
  signOf,
  size,
  sum,
  whole,
} from "./terms.js";

/** A reduced argument as the sum of two numbers; `low` is missing where float32 can do without. */
interface Reduced {
  readonly high: Scalar;
  readonly low?: Scalar;
}

const halfTurn = [1.5707963267341256, 6.077100506303966e-11, 2.0222662487111665e-21, 8.4784276603689e-32] as const;
/** All that is missing in the first part, as one number. */
const restOfHalfTurn = 6.077100506506192e-11;
const limit = 2 ** 20;

/** x − count · π/2. */
function reduced(x: Scalar, count: Scalar, precision: Precision): Reduced {
  const first = minusProduct(x, count, halfTurn[0]);
  if (precision === "single") return { high: minusProduct(first, count, restOfHalfTurn) };
  const second = minusProduct(first, count, halfTurn[1]);
  const rest = minusProduct(second, count, halfTurn[2]);
  const lost = sum(
    minusProduct(minus(first, second), count, halfTurn[1]),
    minusProduct(minus(second, rest), count, halfTurn[2]),
  );
  const missing = minusProduct(lost, count, halfTurn[3]);
  const high = sum(rest, missing);
  return { high, low: sum(minus(rest, high), missing) };
}

/** The sine of a reduced argument. */
function sineOf({ high, low }: Reduced, coefficients: readonly number[]): Scalar {
  const z = product(high, high);
  const factor = product(z, polynomial(z, coefficients));
  if (!low) return productPlus(high, factor, high);
  return sum(high, productPlus(high, factor, product(low, minusProduct(1, z, 0.5))));
}

/** The cosine of a reduced argument of at most π/4: 1 − z/2 with what that rounds away, and the rest. */
function cosineOf({ high, low }: Reduced, coefficients: readonly number[]): Scalar {
  const z = product(high, high);
  const half = product(z, 0.5);
  const most = minus(1, half);
  const tail = product(z, product(z, polynomial(z, coefficients)));
  const rest = low ? minus(tail, product(high, low)) : tail;
  return sum(most, sum(minus(minus(1, most), half), rest));
}

/** Numbers for which the reduction is not made go to the backend's own function. */
const unlessHuge = (op: "sin" | "cos" | "tan", x: Scalar, usual: Scalar): Scalar =>
  s.guard(greater(size(x), limit), usual, s.unary(op, x));

const withBits = (x: Scalar, ...turns: readonly Scalar[]): Scalar =>
  s.fromBits(turns.reduce((all, turn) => s.binary("xor", all, turn), s.bits(x)));

function sinBy(precision: Precision): (x: Scalar) => Scalar {
  return (x) => {
    const anchored = productPlus(size(x), 1 / Math.PI, anchor);
    const count = product(minus(anchored, anchor), 2);
    const y = sineOf(reduced(size(x), count, precision), sine[precision]);
    return unlessHuge("sin", x, withBits(y, left(s.bits(anchored), 63n), signOf(x)));
  };
}

function cosBy(precision: Precision): (x: Scalar) => Scalar {
  return (x) => {
    // cos(r + (2n + 1) π/2) = −(−1)^n sin r
    const anchored = sum(productPlus(size(x), 1 / Math.PI, -0.5), anchor);
    const count = sum(product(minus(anchored, anchor), 2), 1);
    const y = sineOf(reduced(size(x), count, precision), sine[precision]);
    return unlessHuge("cos", x, withBits(s.unary("neg", y), left(s.bits(anchored), 63n)));
  };
}

function tanBy(precision: Precision): (x: Scalar) => Scalar {
  return (x) => {
    const anchored = productPlus(size(x), 2 / Math.PI, anchor);
    const rest = reduced(size(x), minus(anchored, anchor), precision);
    const [a, b] = [sineOf(rest, sineShort[precision]), cosineOf(rest, cosineShort[precision])];
    const turned = s.compare("ne", s.and(s.bits(anchored), whole(1n)), whole(0n));
    const y = over(choose(turned, b, a), choose(turned, s.unary("neg", a), b));
    return unlessHuge("tan", x, withBits(y, signOf(x)));
  };
}

/** The sine. */
export const sin: (x: Scalar) => Scalar = forBoth(sinBy("double"), sinBy("single"));
/** The cosine. */
export const cos: (x: Scalar) => Scalar = forBoth(cosBy("double"), cosBy("single"));
/** The tangent. */
export const tan: (x: Scalar) => Scalar = forBoth(tanBy("double"), tanBy("single"));
