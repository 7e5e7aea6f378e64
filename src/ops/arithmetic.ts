/** Arithmetic operators. */
import { factsOf, toFloating } from "../data/dtype.js";
import { sign as unitOf } from "../program/complex-functions/sign.js";
import { refusePower } from "../program/evaluate.js";
import * as s from "../program/scalar.js";
import { allKinds, numberKinds, realKinds } from "./dtypes.js";
import { type Binary, binary, type Unary, unary } from "./elementwise.js";

/** The largest exponent for which a power of integers becomes products. */
const MOST_FACTORS = 64;

const widePart = (which: "re" | "im", z: s.Scalar): s.Scalar => s.cast(s.part(which, z), "float64");
const isBool = (x: s.Scalar): boolean => x.dtype === "bool";
const zeroOf = (x: s.Scalar): s.Scalar => s.constant(0, x.dtype);

/**
 * The sum of two elements; for bools, true where either is true.
 *
 * Accepts all dtypes. Both shapes broadcast.
 * @example x.add(1)
 */
export const add: Binary = binary("add", { kinds: allKinds }, (x, y) => (isBool(x) ? s.or(x, y) : s.add(x, y)));

/**
 * The difference of two elements. Not defined for two bool arrays.
 *
 * Accepts integers, floats and complex numbers (others throw a DTypeError). Both shapes broadcast.
 * @example x.subtract(x.mean(0))
 */
export const subtract: Binary = binary("subtract", { kinds: numberKinds }, s.sub);

/**
 * The product of two elements; for bools, true where both are true.
 *
 * Accepts all dtypes. Both shapes broadcast.
 * @example x.multiply(2)
 */
export const multiply: Binary = binary("multiply", { kinds: allKinds }, (x, y) =>
  isBool(x) ? s.and(x, y) : s.mul(x, y),
);

/**
 * The quotient of two elements. Integers and bools give float64; division by zero gives an infinity or NaN.
 *
 * Accepts all dtypes. Both shapes broadcast.
 * @example x.divide(y)
 */
export const divide: Binary<"floating"> = binary("divide", { kinds: allKinds, computes: toFloating, ulps: 4 }, s.div);

/**
 * The quotient rounded towards −∞. Integer division by zero gives 0, as in NumPy. With infinities it is the quotient
 * itself, as the Array API standard says: ∞ by a finite number is ±∞, and a finite number by ∞ is ±0.
 *
 * Accepts integers and floats (others throw a DTypeError). Both shapes broadcast.
 * @example x.floorDivide(10)
 */
export const floorDivide: Binary = binary(
  "floorDivide",
  { kinds: ["int", "uint", "float"], numpy: "floorDivide(x, y)" },
  (x, y) => s.binary("floordiv", x, y),
);

/**
 * The remainder of {@link floorDivide}, with the sign of the divisor.
 *
 * Accepts integers and floats (others throw a DTypeError). Both shapes broadcast.
 * @example x.remainder(10)
 */
export const remainder: Binary = binary("remainder", { kinds: ["int", "uint", "float"] }, (x, y) =>
  s.binary("mod", x, y),
);

/**
 * The first element to the power of the second. Powers of integers wrap around; a negative one is an ArgumentError, at
 * once for a value, and while computing (as the cause of a ComputeError) for an element of an array. Powers of complex
 * numbers by whole exponents below 100 are products, bit for bit those of `np.power`.
 *
 * Accepts integers, floats and complex numbers (others throw a DTypeError). Both shapes broadcast.
 * @example x.pow(2)
 */
export const pow: Binary = binary(
  "pow",
  { kinds: numberKinds, numpy: "np.power(x, y)", ulps: 64, domain: [0.5, 4] },
  (x, y) => {
    if (y.op !== "const") return s.binary("pow", x, y);
    const { kind } = factsOf(y.dtype);
    const exponent = Number(y.value);
    const isShort = exponent >= 0 && exponent <= MOST_FACTORS;
    if (exponent < 0 && kind === "int") refusePower();
    if (kind === "int" || kind === "uint") return isShort ? wholePower(x, exponent) : s.binary("pow", x, y);
    // squares and roots are exact, unlike a general power
    if (kind === "float" && y.value === 2) return s.mul(x, x);
    return kind === "float" && y.value === 0.5 ? s.unary("sqrt", x) : s.binary("pow", x, y);
  },
);

/** A power of integers as products, which wrap around just as the power does. */
function wholePower(x: s.Scalar, exponent: number): s.Scalar {
  if (exponent === 0) return s.constant(1, x.dtype);
  if (exponent === 1) return x;
  const half = wholePower(x, Math.floor(exponent / 2));
  const square = s.mul(half, half);
  return exponent % 2 === 1 ? s.mul(square, x) : square;
}

/**
 * The larger of two elements; NaN where either is NaN.
 *
 * Accepts bools, integers and floats (others throw a DTypeError). Both shapes broadcast.
 * @example x.maximum(0)
 */
export const maximum: Binary = binary("maximum", { kinds: realKinds }, (x, y) =>
  isBool(x) ? s.or(x, y) : s.binary("max", x, y),
);

/**
 * The smaller of two elements; NaN where either is NaN.
 *
 * Accepts bools, integers and floats (others throw a DTypeError). Both shapes broadcast.
 * @example x.minimum(1)
 */
export const minimum: Binary = binary("minimum", { kinds: realKinds }, (x, y) =>
  isBool(x) ? s.and(x, y) : s.binary("min", x, y),
);

/**
 * The element with the opposite sign; unsigned integers wrap around.
 *
 * Accepts integers, floats and complex numbers (others throw a DTypeError). The shape is unchanged.
 * @example x.negative()
 */
export const negative: Unary<"same"> = unary("negative", { kinds: numberKinds }, (x) => s.unary("neg", x));

/**
 * The element itself.
 *
 * Accepts integers, floats and complex numbers (others throw a DTypeError). The shape is unchanged.
 * @example x.positive()
 */
export const positive: Unary<"same"> = unary("positive", { kinds: numberKinds }, (x) => x);

/**
 * The absolute value; of a complex number its modulus, a float.
 *
 * Accepts all dtypes. The shape is unchanged.
 * @example x.abs()
 */
export const abs: Unary<"real"> = unary("abs", { kinds: allKinds, ulps: 2 }, (x) =>
  isBool(x) || factsOf(x.dtype).kind === "uint" ? x : s.unary("abs", x),
);

/**
 * −1, 0 or 1, depending on the sign; NaN for NaN; for a complex number z / |z|, where an infinite part counts for more
 * than a finite one and two of them give NaN.
 *
 * Accepts integers, floats and complex numbers (others throw a DTypeError). The shape is unchanged.
 * @example x.sign()
 */
export const sign: Unary<"same"> = unary("sign", { kinds: numberKinds, ulps: 4 }, (x) => {
  const zero = zeroOf(x);
  if (factsOf(x.dtype).kind === "complex")
    return s.cast(s.complex(...unitOf([widePart("re", x), widePart("im", x)])), x.dtype);
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
 * Accepts integers, floats and complex numbers (others throw a DTypeError). The shape is unchanged.
 * @example x.square()
 */
export const square: Unary<"same"> = unary("square", { kinds: numberKinds }, (x) => s.mul(x, x));

/**
 * One divided by the element, in floating point.
 *
 * Accepts floats and complex numbers (others throw a DTypeError). The shape is unchanged.
 * @example x.reciprocal()
 */
export const reciprocal: Unary<"same"> = unary("reciprocal", { kinds: ["float", "complex"], ulps: 4 }, (x) =>
  s.div(s.constant(1, x.dtype), x),
);
