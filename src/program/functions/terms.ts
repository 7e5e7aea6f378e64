/**
 * The words in which functions are written out: float64 arithmetic on scalars, polynomials, powers of two.
 *
 * A machine need not have a fused multiply-add, so what must be exact is arranged to be: constants with short
 * mantissas, sums of a large and a small number. Where rounding once instead of twice does no harm, `productPlus`
 * leaves it to the machine. Invariant: nothing here looks at a value; NaN passes through all arithmetic.
 */

import { at } from "../../data/lists.js";
import * as s from "../scalar.js";
import { cast, compare, constant, fromBits, type Scalar, select, unary } from "../scalar.js";

/** A scalar, or a float64 constant. */
export type Term = Scalar | number;

/** Of what a result is rounded to: float64, or float32. */
export type Precision = "double" | "single";

/** The scalar of a term. */
export const term = (x: Term): Scalar => (typeof x === "number" ? constant(x, "float64") : x);
/** The sum, from the left. */
export const sum = (...terms: readonly Term[]): Scalar => terms.map(term).reduce(s.add);
/** The product, from the left. */
export const product = (...terms: readonly Term[]): Scalar => terms.map(term).reduce(s.mul);
/** a − b. */
export const minus = (a: Term, b: Term): Scalar => s.sub(term(a), term(b));
/** a · b + c, rounded once or twice. */
export const productPlus = (a: Term, b: Term, c: Term): Scalar => s.fma(term(a), term(b), term(c));
/** x − a · factor, rounded once or twice. */
export const minusProduct = (x: Term, a: Term, factor: number): Scalar => productPlus(a, -factor, x);
/** a / b. */
export const over = (a: Term, b: Term): Scalar => s.div(term(a), term(b));
/** |x|. */
export const size = (x: Scalar): Scalar => unary("abs", x);
/** Where a < b. */
export const less = (a: Term, b: Term): Scalar => compare("lt", term(a), term(b));
/** Where a > b. */
export const greater = (a: Term, b: Term): Scalar => compare("gt", term(a), term(b));
/** Where a = b. */
export const equal = (a: Term, b: Term): Scalar => compare("eq", term(a), term(b));
/** `condition ? a : b`. */
export const choose = (condition: Scalar, a: Term, b: Term): Scalar => select(condition, term(a), term(b));
/** An int64 constant. */
export const whole = (x: bigint): Scalar => constant(x, "int64");
/** The bits of an integer, moved towards the high end. */
export const left = (x: Scalar, count: bigint): Scalar => s.binary("shl", x, whole(count));

/** A number as the sum of two. */
export interface Sum {
  readonly high: Scalar;
  readonly low: Scalar;
}

/** Cuts a number in two of 26 bits, whose products are exact (Veltkamp). Right below 2^996. */
function cut(x: Scalar): Sum {
  const moved = product(x, 2 ** 27 + 1);
  const high = minus(moved, minus(moved, x));
  return { high, low: minus(x, high) };
}

/** a · b, and what that has lost by being rounded (Dekker). */
export function exactProduct(a: Scalar, b: Scalar): Sum {
  const high = product(a, b);
  const [c, d] = [cut(a), cut(b)];
  const most = sum(minus(product(c.high, d.high), high), product(c.high, d.low), product(c.low, d.high));
  return { high, low: sum(most, product(c.low, d.low)) };
}

/** From this many coefficients on, Horner's chain is longer than a processor looks ahead. */
const long = 7;

/**
 * c0 + c1 x + c2 x² + … A short one by Horner's rule: the fewest operations, and neighbouring elements hide their
 * latency. A long one by Estrin's scheme, (c0 + c1 x) + x² (c2 + c3 x) + …: measured, exp takes 3.6 ns for an element
 * instead of 4.9, sin 5.4 instead of 6.3, tanh 6.4 instead of 9.7.
 */
export function polynomial(x: Scalar, coefficients: readonly number[]): Scalar {
  let terms = coefficients.map(term);
  if (terms.length < long) return terms.reduceRight((rest, coefficient) => productPlus(rest, x, coefficient));
  for (let power = x; terms.length > 1; power = product(power, power)) {
    const pairs = terms.filter((_, i) => i % 2 === 0).map((low, i) => [low, terms[2 * i + 1]] as const);
    terms = pairs.map(([low, high]) => (high === undefined ? low : productPlus(high, power, low)));
  }
  return at(terms, 0);
}

/**
 * A polynomial whose first coefficient is most of it. That one is added last, so that one rounding counts; in Estrin's
 * scheme several do.
 */
export function mostlyFirst(x: Scalar, coefficients: readonly number[]): Scalar {
  return productPlus(x, polynomial(x, coefficients.slice(1)), at(coefficients, 0));
}

/** A float whose bits end in the whole number that was added to it: 1.5 · 2^52. */
export const anchor = 1.5 * 2 ** 52;
/** The same, 1023 further: there the low bits are the exponent field of 2^n. */
const exponentAnchor = anchor + 1023;

/** The nearest whole number, of less than 2^51; ties to even. */
export const nearest = (x: Scalar): Scalar => minus(sum(x, anchor), anchor);

/** The whole number nearest to x · factor. */
export const nearestProduct = (x: Scalar, factor: number): Scalar => minus(productPlus(x, factor, anchor), anchor);

/** 2^n for a whole n from −1022 to 1023. */
export const powerOf2 = (n: Scalar): Scalar => fromBits(left(s.bits(sum(n, exponentAnchor)), 52n));

/** The size of one number with the sign of another. */
export function withSign(x: Scalar, sign: Scalar): Scalar {
  return fromBits(s.or(s.bits(x), signOf(sign)));
}

/** The highest bit alone. */
export const signOf = (x: Scalar): Scalar => s.and(s.bits(x), whole(-(2n ** 63n)));

/** A function of float64 for both: float32 takes the way through float64, which its own version may make shorter. */
export function forBoth<A extends Scalar[]>(
  double: (...args: A) => Scalar,
  single: (...args: A) => Scalar = double,
): (...args: A) => Scalar {
  return (...args) => {
    if (at(args, 0).dtype === "float64") return double(...args);
    const wide = args.map((arg) => cast(arg, "float64")) as A;
    return cast(single(...wide), "float32");
  };
}
