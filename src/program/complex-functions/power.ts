/**
 * Powers. A whole exponent below 100 is one of products, in the order and the precision in which NumPy takes them; for
 * any other, the power is e^(w log z), in float64. Invariant: with a whole exponent each bit of the result is NumPy's,
 * that of special values too.
 */
import * as s from "../scalar.js";
import { constant, type Scalar, select, unary } from "../scalar.js";
import { product, quotient } from "./arithmetic.js";
import { exp } from "./exponential.js";
import { log } from "./logarithm.js";
import { both, type Parts, partsAs } from "./parts.js";

/** Whole exponents are smaller than this. */
const LIMIT = 100;
/** How many binary digits such an exponent has. */
const DIGITS = 7;

const realOf = (value: number, like: Scalar): Parts => [constant(value, like.dtype), constant(0, like.dtype)];
const selectParts = (condition: Scalar, a: Parts, b: Parts): Parts => [
  select(condition, a[0], b[0]),
  select(condition, a[1], b[1]),
];
const isReal = ([re, im]: Parts, value: number): Scalar =>
  both(s.compare("eq", re, constant(value, re.dtype)), s.compare("eq", im, constant(0, im.dtype)));

/** 1 · z, which is not always z: −0 becomes +0, and an infinite part makes the other one NaN. */
const once = (z: Parts): Parts => product(realOf(1, z[0]), z);

const isWhole = (exponent: number): boolean => Number.isInteger(exponent) && Math.abs(exponent) < LIMIT;

/** The power of a known whole exponent. */
function knownPower(z: Parts, exponent: number): Parts {
  if (exponent === 1) return z;
  const square = product(z, z);
  if (exponent === 2) return square;
  if (exponent === 3) return product(z, square);
  let result: Parts | undefined;
  let factor = z;
  for (let rest = Math.abs(exponent); ; factor = product(factor, factor)) {
    if (rest % 2 === 1) result = result ? product(result, factor) : once(factor);
    rest = Math.floor(rest / 2);
    if (rest === 0) break;
  }
  return exponent < 0 ? quotient(realOf(1, z[0]), result as Parts) : (result as Parts);
}

/** The power of a whole exponent that elements hold: each digit of the exponent takes a factor or leaves it. */
function anyPower(z: Parts, exponent: Scalar): Parts {
  const { dtype } = exponent;
  const [two, half] = [constant(2, dtype), constant(0.5, dtype)];
  const is = (value: number): Scalar => s.compare("eq", exponent, constant(value, dtype));
  let factor = z;
  let result = realOf(1, exponent);
  let rest = unary("abs", exponent);
  for (let digit = 0; digit < DIGITS; digit++) {
    const next = unary("floor", s.mul(rest, half));
    const isOdd = s.compare("ne", rest, s.mul(next, two));
    const taken = digit === 0 ? selectParts(s.or(is(1), is(3)), z, once(z)) : product(result, factor);
    // the square itself: 1 · z² would not keep its infinities
    result =
      digit === 1 ? selectParts(is(2), factor, selectParts(isOdd, taken, result)) : selectParts(isOdd, taken, result);
    rest = next;
    factor = product(factor, factor);
  }
  const isNegative = s.compare("lt", exponent, constant(0, dtype));
  return selectParts(isNegative, quotient(realOf(1, exponent), result), result);
}

/** e^(w log z). */
function generalPower(z: Parts, w: Parts): Parts {
  return partsAs(exp(product(partsAs(w, "float64"), log(partsAs(z, "float64")))), z[0].dtype);
}

/** Where an exponent is real, whole and small. */
function isWholeElement([re, im]: Parts): Scalar {
  const isSmall = s.compare("lt", unary("abs", re), constant(LIMIT, re.dtype));
  return both(isSmall, s.compare("eq", re, unary("floor", re)), s.compare("eq", im, constant(0, im.dtype)));
}

/** z^w. Of 0 it is 0 where the exponent has a positive real part, and otherwise NaN; with the exponent 0 it is 1. */
export function power(z: Parts, w: Parts): Parts {
  const [re, im] = w;
  const [zero, none] = [constant(0, re.dtype), constant(Number.NaN, re.dtype)];
  const of0 = select(s.compare("gt", re, zero), zero, none);
  const unless0 = (other: Parts): Parts => selectParts(isReal(z, 0), [of0, of0], other);
  if (re.op === "const" && im.op === "const") {
    const exponent = Number(re.value);
    if (im.value !== 0 || !isWhole(exponent)) return unless0(generalPower(z, w));
    return exponent === 0 ? realOf(1, re) : unless0(knownPower(z, exponent));
  }
  const other = selectParts(isWholeElement(w), anyPower(z, re), generalPower(z, w));
  return selectParts(isReal(w, 0), realOf(1, re), unless0(other));
}
