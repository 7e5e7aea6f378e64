/**
 * erf and erfc: a polynomial of the odd part near 0, and one of what is left of erfc without e^(−x²).
 *
 *     |x| < 1   erf x = x + x · p(x²)
 *     x ≥ ½     erfc x = e^(−x²) / (1 + 2x) · q(t),   t = (x − 4) / (x + 4)
 *
 * The second is the form of Shepherd and Laframboise (Mathematics of Computation 36, 1981): t brings all numbers into one
 * interval, in which q lies between 1 and 1.3. Invariant: what the square of x loses by rounding is put back, since e^(−x²)
 * turns an error of the exponent into one of the result that is 700 times as large.
 */
import type { Scalar } from "../scalar.js";
import * as s from "../scalar.js";
import { errorComplement, errorFunction } from "./coefficients.js";
import {
  choose,
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
} from "./terms.js";

/** erf for |x| ≤ 1. It keeps the sign of 0. */
const near0 = (x: Scalar, precision: Precision): Scalar =>
  productPlus(x, polynomial(product(x, x), errorFunction[precision]), x);

/** From here on erfc is 0. */
const end = 28;
/** A product with it cuts a number in two of 26 bits each, whose products are exact (Veltkamp). */
const splitter = 2 ** 27 + 1;

/** What x² has lost by being rounded. */
function lostBySquare(x: Scalar, square: Scalar): Scalar {
  const moved = product(x, splitter);
  const high = minus(moved, minus(moved, x));
  const low = minus(x, high);
  return sum(minus(product(high, high), square), product(high, low, 2), product(low, low));
}

/** erfc for a ≥ ½. */
function complement(a: Scalar, precision: Precision): Scalar {
  const x = choose(greater(a, end), end, a);
  const square = product(x, x);
  const t = over(minus(x, 4), sum(x, 4));
  const rest = over(polynomial(t, errorComplement[precision]), productPlus(x, 2, 1));
  const power = s.unary("exp", minus(0, square));
  // the square of a float32 is exact
  if (precision === "single") return product(power, rest);
  return product(power, minus(rest, product(rest, lostBySquare(x, square))));
}

function erfBy(precision: Precision): (x: Scalar) => Scalar {
  return (x) => {
    const y = minus(1, complement(size(x), precision));
    return choose(less(size(x), 1), near0(x, precision), choose(less(x, 0), minus(0, y), y));
  };
}

function erfcBy(precision: Precision): (x: Scalar) => Scalar {
  return (x) => {
    const y = complement(size(x), precision);
    const far = choose(less(x, 0), minus(2, y), y);
    return choose(less(size(x), 0.5), minus(1, near0(x, precision)), far);
  };
}

/** The error function. */
export const erf: (x: Scalar) => Scalar = forBoth(erfBy("double"), erfBy("single"));
/** What the error function lacks to 1. */
export const erfc: (x: Scalar) => Scalar = forBoth(erfcBy("double"), erfcBy("single"));
