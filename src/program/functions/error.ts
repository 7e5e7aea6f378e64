/**
 * erf and erfc: a polynomial of the odd part near 0, and one of what is left of erfc without e^(−x²).
 *
 *     |x| < 1   erf x = x + x · p(x²),   erfc x = (1 − x) − x · p(x²)
 *     x ≥ ⅞     erfc x = e^(−x²) / x · q(t),   t = (x − 4) / (x + 4)
 *
 * t brings all numbers into one interval, as with Shepherd and Laframboise (Mathematics of Computation 36, 1981); q
 * lies between 0.4 and 0.6. Invariant: what the square of x loses by rounding is put back, since e^(−x²) turns an error
 * of the exponent into one of the result that is 700 times as large.
 */
import type { Scalar } from "../scalar.js";
import { errorComplement, errorFunction } from "./coefficients.js";
import { powerOfE, scaled } from "./exponential.js";
import {
  choose,
  exactProduct,
  forBoth,
  greater,
  less,
  minus,
  mostlyFirst,
  over,
  type Precision,
  powerOf2,
  product,
  productPlus,
  size,
  sum,
} from "./terms.js";

/** p(x²), for |x| ≤ 1: its second coefficient is the largest. */
function slopeOf(x: Scalar, precision: Precision): Scalar {
  const [first, ...others] = errorFunction[precision];
  const z = product(x, x);
  return productPlus(z, mostlyFirst(z, others), first);
}

/** From here on erfc is 0. */
const end = { double: 28, single: 12 } as const;

/** erfc for a ≥ ⅞. */
function complement(a: Scalar, precision: Precision): Scalar {
  const x = choose(greater(a, end[precision]), end[precision], a);
  const rest = over(mostlyFirst(over(minus(x, 4), sum(x, 4)), errorComplement[precision]), x);
  if (precision === "single") {
    // its square is exact
    const { k, tail } = powerOfE(minus(0, product(x, x)), precision);
    return product(productPlus(rest, tail, rest), powerOf2(k));
  }
  const square = exactProduct(x, x);
  const { k, tail } = powerOfE(minus(0, square.high), precision, minus(0, square.low));
  return scaled(productPlus(rest, tail, rest), k);
}

function erfBy(precision: Precision): (x: Scalar) => Scalar {
  return (x) => {
    const y = minus(1, complement(size(x), precision));
    const near0 = productPlus(x, slopeOf(x, precision), x);
    return choose(less(size(x), 1), near0, choose(less(x, 0), minus(0, y), y));
  };
}

function erfcBy(precision: Precision): (x: Scalar) => Scalar {
  return (x) => {
    const y = complement(size(x), precision);
    const far = choose(less(x, 0), minus(2, y), y);
    // 1 − x is exact where erfc is small
    const near0 = minus(minus(1, x), product(x, slopeOf(x, precision)));
    return choose(less(size(x), 0.875), near0, far);
  };
}

/** The error function. */
export const erf: (x: Scalar) => Scalar = forBoth(erfBy("double"), erfBy("single"));
/** What the error function lacks to 1. */
export const erfc: (x: Scalar) => Scalar = forBoth(erfcBy("double"), erfcBy("single"));
