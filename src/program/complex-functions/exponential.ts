/**
 * exp, expm1, and the circular and hyperbolic functions: products of a real exponential and a point of the unit circle.
 *
 * Beyond e^709 the exponential overflows although its product need not: there it is multiplied in as four factors.
 * Invariant: the special values are those of C99, annex G, and of the Array API standard; a sign that they leave open
 * is that of the formula.
 */
import { choose, equal, greater, less, minus, over, product, size, sum, term } from "../functions/terms.js";
import * as s from "../scalar.js";
import { type Scalar, unary } from "../scalar.js";
import {
  both,
  type ComplexFunction,
  copySign,
  either,
  guardParts,
  isFinitePart,
  isInfinite,
  negate,
  not,
  type Parts,
  turned,
  zeroOf,
} from "./parts.js";

/** Up to here e^x and its products are finite, and neither is subnormal. */
const ORDINARY = 700;

/** Where e^x and its products need no care. */
const isOrdinary = ([x, y]: Parts): Scalar => both(less(size(x), ORDINARY), isFinitePart(y));

/** y · e^x · factor for any x, rounded as if e^x could not overflow; 0 and ∞ beyond ±2000, where it always does. */
function timesPower(y: Scalar, x: Scalar, factor = 1): Scalar {
  const limited = s.binary("max", term(-2000), s.binary("min", x, term(2000)));
  const quarter = unary("exp", product(limited, 0.25));
  return product(y, quarter, quarter, quarter, product(quarter, factor));
}

/** e^z. */
export const exp: ComplexFunction = ([x, y]) => {
  const [cos, sin, power] = [unary("cos", y), unary("sin", y), unary("exp", x)];
  const isReal = equal(y, 0);
  const isLost = both(isInfinite(x), not(isFinitePart(y)));
  return guardParts(
    not(isOrdinary([x, y])),
    [product(power, cos), product(power, sin)],
    [
      choose(either(isReal, isLost), power, timesPower(cos, x)),
      choose(isReal, y, choose(both(isLost, less(x, 0)), 0, timesPower(sin, x))),
    ],
  );
};

/** e^z − 1: the real part is (e^x − 1) cos y − 2 sin² (y/2), exact near 0. */
export const expm1: ComplexFunction = ([x, y]) => {
  const [re, im] = exp([x, y]);
  const half = unary("sin", product(y, 0.5));
  const near = minus(product(unary("expm1", x), unary("cos", y)), product(half, half, 2));
  return [s.guard(not(isOrdinary([x, y])), near, minus(re, 1)), im];
};

/** What sinh and cosh share. */
interface Hyperbolic {
  /** Where the usual product must not be taken. */
  readonly isRare: Scalar;
  readonly isHuge: Scalar;
  /** Where the number has no direction: infinite along x, not finite along y. */
  readonly isLost: Scalar;
  /** Where a factor is 0, whatever the other one is: on the real axis, and for 0 + i∞. */
  readonly isNothing: Scalar;
  /** y · e^|x| / 2. */
  readonly huge: (y: Scalar) => Scalar;
}

function hyperbolic([x, y]: Parts): Hyperbolic {
  const isHuge = greater(size(x), ORDINARY);
  const isZero = either(equal(x, 0), equal(y, 0));
  return {
    isRare: either(isZero, not(isOrdinary([x, y]))),
    isHuge,
    isLost: both(isInfinite(x), not(isFinitePart(y))),
    isNothing: either(both(equal(x, 0), not(isFinitePart(y))), equal(y, 0)),
    huge: (of) => timesPower(of, size(x), 0.5),
  };
}

/** sinh x cos y + i cosh x sin y. */
export const sinh: ComplexFunction = ([x, y]) => {
  const { isRare, isHuge, isLost, isNothing, huge } = hyperbolic([x, y]);
  const [cos, sin, odd, even] = [unary("cos", y), unary("sin", y), unary("sinh", x), unary("cosh", x)];
  const [re, im] = [product(odd, cos), product(even, sin)];
  const isPlain = either(isNothing, isLost);
  return guardParts(
    isRare,
    [re, im],
    [
      choose(isPlain, odd, choose(isHuge, product(huge(cos), copySign(1, x)), re)),
      choose(equal(y, 0), y, choose(isHuge, huge(sin), im)),
    ],
  );
};

/** cosh x cos y + i sinh x sin y. */
export const cosh: ComplexFunction = ([x, y]) => {
  const { isRare, isHuge, isLost, isNothing, huge } = hyperbolic([x, y]);
  const [cos, sin, odd, even] = [unary("cos", y), unary("sin", y), unary("sinh", x), unary("cosh", x)];
  const [re, im] = [product(even, cos), product(odd, sin)];
  return guardParts(
    isRare,
    [re, im],
    [
      choose(either(equal(y, 0), isLost), even, choose(isHuge, huge(cos), re)),
      choose(isNothing, zeroOf(x, y), choose(isHuge, product(huge(sin), copySign(1, x)), im)),
    ],
  );
};

/** From here on the real part of tanh is ±1. */
const FLAT = 22;

/** (sinh x cosh x + i sin y cos y) / (sinh² x + cos² y); far out ±1 + 4i sin y cos y e^(−2|x|). */
export const tanh: ComplexFunction = ([x, y]) => {
  const [cos, sin, odd, even] = [unary("cos", y), unary("sin", y), unary("sinh", x), unary("cosh", x)];
  const below = sum(product(odd, odd), product(cos, cos));
  const around = product(sin, cos);
  const [re, im] = [over(product(odd, even), below), over(around, below)];
  const isFar = greater(size(x), FLAT);
  const isOpen = not(isFinitePart(y));
  const isLost = both(isInfinite(x), isOpen);
  const far = product(around, 4, unary("exp", product(size(x), -2)));
  const farRe = choose(both(isOpen, isFinitePart(x)), Number.NaN, copySign(1, x));
  return guardParts(
    not(both(less(size(x), FLAT), isFinitePart(y))),
    [re, im],
    [
      choose(equal(x, 0), x, choose(isFar, farRe, re)),
      choose(equal(y, 0), y, choose(isLost, copySign(0, y), choose(isFar, far, im))),
    ],
  );
};

/** The sine: cosh y sin x + i sinh y cos x. */
export const sin: ComplexFunction = turned(sinh);
/** The tangent. */
export const tan: ComplexFunction = turned(tanh);
/** The cosine: cosh y cos x − i sinh y sin x. */
export const cos: ComplexFunction = ([x, y]) => {
  const [re, im] = cosh([y, x]);
  return [re, negate(im)];
};
