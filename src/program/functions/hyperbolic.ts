/**
 * sinh, cosh, tanh from powers of e; asinh, acosh, atanh from logarithms of 1 + y.
 *
 * Where a function is close to its argument it is found as "argument and a correction", never as a difference of
 * numbers near 1. Invariant: everything is computed of |x|; the sign comes last, so zeros keep theirs.
 */
import type { Scalar } from "../scalar.js";
import * as s from "../scalar.js";
import { hyperbolicSine } from "./coefficients.js";
import { powerLess1, powerOfE } from "./exponential.js";
import { logOf1Plus, natural, withExponent } from "./logarithm.js";
import {
  choose,
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
  withSign,
} from "./terms.js";

/** e^a / 2 for 0 ≤ a ≤ 711: 2^(k − 2) is finite where 2^(k − 1) is not yet multiplied by what is less than 1. */
function halfPower(a: Scalar, precision: Precision): Scalar {
  const { k, tail } = powerOfE(a, precision);
  return product(sum(1, tail), powerOf2(minus(k, 2)), 2);
}

const overflows = (a: Scalar): Scalar => greater(a, 711);

function coshBy(precision: Precision): (x: Scalar) => Scalar {
  return (x) => {
    const power = halfPower(size(x), precision);
    return s.guard(overflows(size(x)), sum(power, over(0.25, power)), product(size(x), Number.POSITIVE_INFINITY));
  };
}

/** The hyperbolic cosine: e^a / 2 + 1 / (2 e^a). */
export const cosh: (x: Scalar) => Scalar = forBoth(coshBy("double"), coshBy("single"));

function sinhBy(precision: Precision): (x: Scalar) => Scalar {
  return (x) => {
    const a = size(x);
    const z = product(a, a);
    const near0 = productPlus(a, product(z, polynomial(z, hyperbolicSine[precision])), a);
    const power = halfPower(a, precision);
    const y = choose(less(a, 1), near0, minus(power, over(0.25, power)));
    return withSign(s.guard(overflows(a), y, product(a, Number.POSITIVE_INFINITY)), x);
  };
}

/** The hyperbolic sine: e^a / 2 − 1 / (2 e^a), or its polynomial where that would cancel. */
export const sinh: (x: Scalar) => Scalar = forBoth(sinhBy("double"), sinhBy("single"));

/** The hyperbolic tangent: t / (t + 2) with t = e^2a − 1. From 20 on it is 1. */
export const tanh: (x: Scalar) => Scalar = forBoth(
  (x) => tangent(x, "double"),
  (x) => tangent(x, "single"),
);

function tangent(x: Scalar, precision: Precision): Scalar {
  const a = size(x);
  const t = powerLess1(product(choose(greater(a, 20), 20, a), 2), precision);
  return withSign(over(t, sum(t, 2)), x);
}

/** Beyond this, 1 + x² is x² to the last bit, and log 2x is enough. */
const wide = 2 ** 28;

/** log(2a), for large a. */
const logOfDouble = (a: Scalar, precision: Precision): Scalar => sum(natural(withExponent(a, precision)), Math.LN2);

function asinhBy(precision: Precision): (x: Scalar) => Scalar {
  return (x) => {
    const a = size(x);
    const square = product(a, a);
    const y = logOf1Plus(precision, a, over(square, sum(1, s.unary("sqrt", sum(1, square)))));
    const large = choose(less(a, Number.POSITIVE_INFINITY), logOfDouble(a, precision), a);
    return withSign(s.guard(greater(a, wide), y, large), x);
  };
}

/** The inverse hyperbolic sine: log(1 + (a + a² / (1 + √(1 + a²)))). */
export const asinh: (x: Scalar) => Scalar = forBoth(asinhBy("double"), asinhBy("single"));

function acoshBy(precision: Precision): (x: Scalar) => Scalar {
  return (x) => {
    const t = minus(x, 1);
    const y = logOf1Plus(precision, t, s.unary("sqrt", sum(product(t, 2), product(t, t))));
    const large = choose(less(x, Number.POSITIVE_INFINITY), logOfDouble(x, precision), x);
    return s.guard(s.or(less(x, 1), greater(x, wide)), y, choose(less(x, 1), Number.NaN, large));
  };
}

/** The inverse hyperbolic cosine: log(1 + (t + √(2t + t²))) with t = x − 1; NaN below 1. */
export const acosh: (x: Scalar) => Scalar = forBoth(acoshBy("double"), acoshBy("single"));

function atanhBy(precision: Precision): (x: Scalar) => Scalar {
  return (x) => {
    const a = size(x);
    const t = product(a, 2);
    const y = product(logOf1Plus(precision, t, over(product(t, a), minus(1, a))), 0.5);
    const atLimit = choose(greater(a, 1), Number.NaN, Number.POSITIVE_INFINITY);
    const beyond = s.compare("ge", a, s.constant(1, "float64"));
    return withSign(s.guard(beyond, y, atLimit), x);
  };
}

/** The inverse hyperbolic tangent: log(1 + 2a / (1 − a)) / 2; infinite at 1, NaN beyond. */
export const atanh: (x: Scalar) => Scalar = forBoth(atanhBy("double"), atanhBy("single"));
