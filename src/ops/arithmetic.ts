/** Arithmetic, comparison, logical and bitwise operators. */
import { factsOf, toFloating } from "../data/dtype.js";
import * as s from "../program/scalar.js";
import { type Binary, binary, type Unary, unary } from "./elementwise.js";

const numeric = ["int", "uint", "float", "complex"] as const;
const any = ["bool", ...numeric] as const;
const real = ["bool", "int", "uint", "float"] as const;
const whole = ["bool", "int", "uint"] as const;

const isBool = (x: s.Scalar): boolean => x.dtype === "bool";
const zeroOf = (x: s.Scalar): s.Scalar => s.constant(0, x.dtype);
const truth = (x: s.Scalar): s.Scalar => s.cast(x, "bool");

/**
 * Sum, element by element; of bools: either.
 *
 * Takes all dtypes. Both shapes broadcast.
 * @example x.add(1)
 */
export const add: Binary = binary("add", { kinds: any }, (x, y) => (isBool(x) ? s.or(x, y) : s.add(x, y)));

/**
 * Difference, element by element. Not defined for two bool arrays.
 *
 * Takes integers, floats and complex numbers (others throw a DTypeError). Both shapes broadcast.
 * @example x.subtract(x.mean(0))
 */
export const subtract: Binary = binary("subtract", { kinds: numeric }, s.sub);

/**
 * Product, element by element; of bools: both.
 *
 * Takes all dtypes. Both shapes broadcast.
 * @example x.multiply(2)
 */
export const multiply: Binary = binary("multiply", { kinds: any }, (x, y) => (isBool(x) ? s.and(x, y) : s.mul(x, y)));

/**
 * Quotient, element by element. Integers and bools give float64; division by zero gives an infinity or NaN.
 *
 * Takes all dtypes. Both shapes broadcast.
 * @example x.divide(y)
 */
export const divide: Binary = binary("divide", { kinds: any, computes: toFloating, ulps: 4 }, s.div);

/**
 * Quotient rounded towards −∞. Integer division by zero gives 0, as in NumPy.
 *
 * Takes integers and floats (others throw a DTypeError). Both shapes broadcast.
 * @example x.floorDivide(10)
 */
export const floorDivide: Binary = binary(
  "floorDivide",
  { kinds: ["int", "uint", "float"], numpy: "np.floor_divide(x, y)" },
  (x, y) => s.binary("floordiv", x, y),
);

/**
 * Remainder of {@link floorDivide}, with the sign of the divisor.
 *
 * Takes integers and floats (others throw a DTypeError). Both shapes broadcast.
 * @example x.remainder(10)
 */
export const remainder: Binary = binary("remainder", { kinds: ["int", "uint", "float"] }, (x, y) =>
  s.binary("mod", x, y),
);

/**
 * Power, element by element. Whole powers of integers wrap around; a negative whole power of an integer other than ±1 is 0.
 *
 * Takes integers, floats and complex numbers (others throw a DTypeError). Both shapes broadcast.
 * @example x.pow(2)
 */
export const pow: Binary = binary(
  "pow",
  { kinds: numeric, numpy: "np.power(x, y)", ulps: 64, domain: [0.5, 4] },
  (x, y) => {
    if (y.op !== "const") return s.binary("pow", x, y);
    const { kind } = factsOf(y.dtype);
    if (kind === "int" || kind === "uint") return wholePower(x, Number(y.value)) ?? s.binary("pow", x, y);
    // squares and roots are what they are called, not what a general power rounds to
    if (kind === "float" && y.value === 2) return s.mul(x, x);
    return kind === "float" && y.value === 0.5 ? s.unary("sqrt", x) : s.binary("pow", x, y);
  },
);

/** A power of integers as products, which wrap around just as the power does; null where there would be many. */
function wholePower(x: s.Scalar, exponent: number): s.Scalar | null {
  if (exponent < 0 || exponent > 64) return null;
  if (exponent === 0) return s.constant(1, x.dtype);
  if (exponent === 1) return x;
  const half = wholePower(x, Math.floor(exponent / 2))!;
  const square = s.mul(half, half);
  return exponent % 2 === 1 ? s.mul(square, x) : square;
}

/**
 * The larger of two elements; NaN where either is NaN.
 *
 * Takes bools, integers and floats (others throw a DTypeError). Both shapes broadcast.
 * @example x.maximum(0)
 */
export const maximum: Binary = binary("maximum", { kinds: real }, (x, y) =>
  isBool(x) ? s.or(x, y) : s.binary("max", x, y),
);

/**
 * The smaller of two elements; NaN where either is NaN.
 *
 * Takes bools, integers and floats (others throw a DTypeError). Both shapes broadcast.
 * @example x.minimum(1)
 */
export const minimum: Binary = binary("minimum", { kinds: real }, (x, y) =>
  isBool(x) ? s.and(x, y) : s.binary("min", x, y),
);

/**
 * True where both are equal.
 *
 * Takes all dtypes. Both shapes broadcast.
 * @example x.equal(y)
 */
export const equal: Binary = binary("equal", { kinds: any }, (x, y) => s.compare("eq", x, y));

/**
 * True where they differ; NaN differs from everything.
 *
 * Takes all dtypes. Both shapes broadcast.
 * @example x.notEqual(y)
 */
export const notEqual: Binary = binary("notEqual", { kinds: any, numpy: "np.not_equal(x, y)" }, (x, y) =>
  s.compare("ne", x, y),
);

/**
 * True where the first is smaller.
 *
 * Takes bools, integers and floats (others throw a DTypeError). Both shapes broadcast.
 * @example x.less(y)
 */
export const less: Binary = binary("less", { kinds: real }, (x, y) => s.compare("lt", x, y));

/**
 * True where the first is smaller or equal.
 *
 * Takes bools, integers and floats (others throw a DTypeError). Both shapes broadcast.
 * @example x.lessEqual(y)
 */
export const lessEqual: Binary = binary("lessEqual", { kinds: real, numpy: "np.less_equal(x, y)" }, (x, y) =>
  s.compare("le", x, y),
);

/**
 * True where the first is larger.
 *
 * Takes bools, integers and floats (others throw a DTypeError). Both shapes broadcast.
 * @example x.greater(y)
 */
export const greater: Binary = binary("greater", { kinds: real }, (x, y) => s.compare("gt", x, y));

/**
 * True where the first is larger or equal.
 *
 * Takes bools, integers and floats (others throw a DTypeError). Both shapes broadcast.
 * @example x.greaterEqual(y)
 */
export const greaterEqual: Binary = binary("greaterEqual", { kinds: real, numpy: "np.greater_equal(x, y)" }, (x, y) =>
  s.compare("ge", x, y),
);

/**
 * True where both are not zero.
 *
 * Takes all dtypes. Both shapes broadcast.
 * @example x.logicalAnd(y)
 */
export const logicalAnd: Binary = binary("logicalAnd", { kinds: any, numpy: "np.logical_and(x, y)" }, (x, y) =>
  s.and(truth(x), truth(y)),
);

/**
 * True where either is not zero.
 *
 * Takes all dtypes. Both shapes broadcast.
 * @example x.logicalOr(y)
 */
export const logicalOr: Binary = binary("logicalOr", { kinds: any, numpy: "np.logical_or(x, y)" }, (x, y) =>
  s.or(truth(x), truth(y)),
);

/**
 * True where exactly one is not zero.
 *
 * Takes all dtypes. Both shapes broadcast.
 * @example x.logicalXor(y)
 */
export const logicalXor: Binary = binary("logicalXor", { kinds: any, numpy: "np.logical_xor(x, y)" }, (x, y) =>
  s.binary("xor", truth(x), truth(y)),
);

/**
 * True where the element is zero.
 *
 * Takes all dtypes. The shape stays.
 * @example x.logicalNot()
 */
export const logicalNot: Unary = unary("logicalNot", { kinds: any, numpy: "np.logical_not(x)" }, (x) =>
  s.unary("not", truth(x)),
);

/**
 * The bits that both have.
 *
 * Takes bools and integers (others throw a DTypeError). Both shapes broadcast.
 * @example x.bitwiseAnd(y)
 */
export const bitwiseAnd: Binary = binary("bitwiseAnd", { kinds: whole, numpy: "np.bitwise_and(x, y)" }, s.and);

/**
 * The bits that either has.
 *
 * Takes bools and integers (others throw a DTypeError). Both shapes broadcast.
 * @example x.bitwiseOr(y)
 */
export const bitwiseOr: Binary = binary("bitwiseOr", { kinds: whole, numpy: "np.bitwise_or(x, y)" }, s.or);

/**
 * The bits that exactly one has.
 *
 * Takes bools and integers (others throw a DTypeError). Both shapes broadcast.
 * @example x.bitwiseXor(y)
 */
export const bitwiseXor: Binary = binary("bitwiseXor", { kinds: whole, numpy: "np.bitwise_xor(x, y)" }, (x, y) =>
  s.binary("xor", x, y),
);

/**
 * All bits turned over; of bools: not.
 *
 * Takes bools and integers (others throw a DTypeError). The shape stays.
 * @example x.bitwiseInvert()
 */
export const bitwiseInvert: Unary = unary("bitwiseInvert", { kinds: whole, numpy: "np.bitwise_not(x)" }, (x) =>
  s.unary("not", x),
);

/**
 * Bits moved to the left; counts at or beyond the width give 0.
 *
 * Takes integers (others throw a DTypeError). Both shapes broadcast.
 * @example x.bitwiseLeftShift(y)
 */
export const bitwiseLeftShift: Binary = binary(
  "bitwiseLeftShift",
  { kinds: ["int", "uint"], numpy: "np.left_shift(x, y)", domain: [0, 7] },
  (x, y) => s.binary("shl", x, y),
);

/**
 * Bits moved to the right, keeping the sign; counts at or beyond the width give 0 or −1.
 *
 * Takes integers (others throw a DTypeError). Both shapes broadcast.
 * @example x.bitwiseRightShift(y)
 */
export const bitwiseRightShift: Binary = binary(
  "bitwiseRightShift",
  { kinds: ["int", "uint"], numpy: "np.right_shift(x, y)", domain: [0, 7] },
  (x, y) => s.binary("shr", x, y),
);

/**
 * The number with the other sign; unsigned integers wrap around.
 *
 * Takes integers, floats and complex numbers (others throw a DTypeError). The shape stays.
 * @example x.negative()
 */
export const negative: Unary = unary("negative", { kinds: numeric }, (x) => s.unary("neg", x));

/**
 * The number itself.
 *
 * Takes integers, floats and complex numbers (others throw a DTypeError). The shape stays.
 * @example x.positive()
 */
export const positive: Unary = unary("positive", { kinds: numeric }, (x) => x);

/**
 * The absolute value; of a complex number its modulus, a float.
 *
 * Takes all dtypes. The shape stays.
 * @example x.abs()
 */
export const abs: Unary = unary("abs", { kinds: any, ulps: 2 }, (x) =>
  isBool(x) || factsOf(x.dtype).kind === "uint" ? x : s.unary("abs", x),
);

/**
 * −1, 0 or 1 by the sign; NaN stays; of a complex number z / |z|.
 *
 * Takes integers, floats and complex numbers (others throw a DTypeError). The shape stays.
 * @example x.sign()
 */
export const sign: Unary = unary("sign", { kinds: numeric, ulps: 4 }, (x) => {
  const zero = zeroOf(x);
  if (factsOf(x.dtype).kind === "complex")
    return s.select(s.compare("eq", x, zero), zero, s.div(x, s.cast(s.unary("abs", x), x.dtype)));
  const one = s.constant(1, x.dtype);
  if (factsOf(x.dtype).kind === "uint") return s.select(s.compare("eq", x, zero), zero, one);
  const signed = s.select(
    s.compare("gt", x, zero),
    one,
    s.select(s.compare("lt", x, zero), s.constant(-1, x.dtype), zero),
  );
  return factsOf(x.dtype).kind === "float" ? s.select(s.isNan(x), x, signed) : signed;
});

/**
 * The product of the element with itself.
 *
 * Takes integers, floats and complex numbers (others throw a DTypeError). The shape stays.
 * @example x.square()
 */
export const square: Unary = unary("square", { kinds: numeric }, (x) => s.mul(x, x));

/**
 * One divided by the element, in floating point.
 *
 * Takes floats and complex numbers (others throw a DTypeError). The shape stays.
 * @example x.reciprocal()
 */
export const reciprocal: Unary = unary("reciprocal", { kinds: ["float", "complex"], ulps: 4 }, (x) =>
  s.div(s.constant(1, x.dtype), x),
);
