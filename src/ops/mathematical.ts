/** Mathematical functions of one or two real or complex numbers. Integers and bools are computed in float64. */
import { factsOf, toFloating } from "../data/dtype.js";
import * as error from "../program/functions/error.js";
import * as gammas from "../program/functions/gamma.js";
import * as s from "../program/scalar.js";
import { allKinds, realKinds } from "./dtypes.js";
import { type Binary, binary, type Unary, unary } from "./elementwise.js";

const floating = { kinds: allKinds, computes: toFloating, ulps: 4 };
const realOnly = { kinds: realKinds, computes: toFloating, ulps: 4 };

/**
 * The square root; NaN for negative real numbers.
 *
 * Accepts all dtypes; integers and bools become float64. The shape is unchanged.
 * @example x.sqrt()
 */
export const sqrt: Unary = unary("sqrt", { ...floating, domain: [0, 100] }, (x) => s.unary("sqrt", x));

/**
 * The cube root, negative for negative numbers.
 *
 * Accepts real numbers; integers and bools become float64 (others throw a DTypeError). The shape is unchanged.
 * @example x.cbrt()
 */
export const cbrt: Unary = unary("cbrt", realOnly, (x) => s.unary("cbrt", x));

/**
 * e to the power of the element.
 *
 * Accepts all dtypes; integers and bools become float64. The shape is unchanged.
 * @example x.exp()
 */
export const exp: Unary = unary("exp", floating, (x) => s.unary("exp", x));

/**
 * e to the power of the element, minus 1; exact near 0.
 *
 * Accepts all dtypes; integers and bools become float64. The shape is unchanged.
 * @example x.expm1()
 */
export const expm1: Unary = unary("expm1", floating, (x) => s.unary("expm1", x));

/**
 * 2 to the power of the element.
 *
 * Accepts real numbers; integers and bools become float64 (others throw a DTypeError). The shape is unchanged.
 * @example x.exp2()
 */
export const exp2: Unary = unary("exp2", realOnly, (x) => s.unary("exp2", x));

/**
 * The natural logarithm; −∞ at 0, NaN below.
 *
 * Accepts all dtypes; integers and bools become float64. The shape is unchanged.
 * @example x.log()
 */
export const log: Unary = unary("log", { ...floating, domain: [0.01, 100] }, (x) => s.unary("log", x));

/**
 * The natural logarithm of 1 + the element; exact near 0.
 *
 * Accepts all dtypes; integers and bools become float64. The shape is unchanged.
 * @example x.log1p()
 */
export const log1p: Unary = unary("log1p", { ...floating, domain: [-0.9, 100] }, (x) => s.unary("log1p", x));

/**
 * The logarithm to base 2.
 *
 * Accepts all dtypes; integers and bools become float64. The shape is unchanged.
 * @example x.log2()
 */
export const log2: Unary = unary("log2", { ...floating, domain: [0.01, 100] }, (x) => s.unary("log2", x));

/**
 * The logarithm to base 10.
 *
 * Accepts all dtypes; integers and bools become float64. The shape is unchanged.
 * @example x.log10()
 */
export const log10: Unary = unary("log10", { ...floating, domain: [0.01, 100] }, (x) => s.unary("log10", x));

/**
 * The angle in radians, from −π to π, whose tangent is x / y, in the quadrant of the point (y, x).
 *
 * Accepts real numbers; integers and bools become float64 (others throw a DTypeError). Both shapes broadcast.
 * @example x.atan2(y)
 */
export const atan2: Binary<"floating"> = binary("atan2", { ...realOnly, numpy: "np.arctan2(x, y)" }, (x, y) =>
  s.binary("atan2", x, y),
);

/**
 * The length of the hypotenuse: √(x² + y²) without intermediate overflow.
 *
 * Accepts real numbers; integers and bools become float64 (others throw a DTypeError). Both shapes broadcast.
 * @example x.hypot(y)
 */
export const hypot: Binary<"floating"> = binary("hypot", realOnly, (x, y) => s.binary("hypot", x, y));

/**
 * The error function: 2 / √π times the integral of e^(−t²) from 0 to the element.
 *
 * Accepts real numbers; integers and bools become float64 (others throw a DTypeError). The shape is unchanged. Within 4
 * ulp.
 * @example x.erf()
 */
export const erf: Unary = unary("erf", { ...realOnly, numpy: "erf(x)" }, error.erf);

/**
 * The complementary error function 1 − erf, exact where erf is close to 1.
 *
 * Accepts real numbers; integers and bools become float64 (others throw a DTypeError). The shape is unchanged. Within 4
 * ulp.
 * @example x.erfc()
 */
export const erfc: Unary = unary("erfc", { ...realOnly, numpy: "erfc(x)" }, error.erfc);

/**
 * The gamma function, (x − 1)! for whole numbers, which is exact up to 22!; NaN at the negative whole numbers and −∞,
 * ±∞ at ±0.
 *
 * Accepts real numbers; integers and bools become float64 (others throw a DTypeError). The shape is unchanged. Within 4
 * ulp.
 * @example x.gamma()
 */
export const gamma: Unary = unary("gamma", { ...realOnly, numpy: "gamma(x)", domain: [-8, 30] }, gammas.gamma);

/**
 * The natural logarithm of the absolute value of the gamma function, SciPy's `gammaln`; +∞ at 0, the negative whole
 * numbers and ±∞.
 *
 * Accepts real numbers; integers and bools become float64 (others throw a DTypeError). The shape is unchanged. Within 4
 * ulp; for negative x, where it crosses 0 twice between poles, within 4 ulp of the largest of 1, |logGamma(x)|
 * and |logGamma(−x)|.
 * @example x.logGamma()
 */
export const logGamma: Unary = unary(
  "logGamma",
  // the function has a zero near −2.5
  { ...realOnly, ulps: 64, numpy: "logGamma(x)", domain: [0.01, 100] },
  gammas.logGamma,
);

const isWhole = (x: s.Scalar): boolean => factsOf(x.dtype).kind !== "float";

/**
 * The largest whole number not above the element; integers are unchanged.
 *
 * Accepts bools, integers and floats (others throw a DTypeError). The shape is unchanged.
 * @example x.floor()
 */
export const floor: Unary<"same"> = unary("floor", { kinds: realKinds }, (x) => (isWhole(x) ? x : s.unary("floor", x)));

/**
 * The smallest whole number not below the element; integers are unchanged.
 *
 * Accepts bools, integers and floats (others throw a DTypeError). The shape is unchanged.
 * @example x.ceil()
 */
export const ceil: Unary<"same"> = unary("ceil", { kinds: realKinds }, (x) => (isWhole(x) ? x : s.unary("ceil", x)));

/**
 * The integer part; integers are unchanged.
 *
 * Accepts bools, integers and floats (others throw a DTypeError). The shape is unchanged.
 * @example x.trunc()
 */
export const trunc: Unary<"same"> = unary("trunc", { kinds: realKinds }, (x) => (isWhole(x) ? x : s.unary("trunc", x)));

const never = s.constant(false, "bool");
const isInfinite = (x: s.Scalar): s.Scalar =>
  s.compare("eq", s.unary("abs", x), s.constant(Number.POSITIVE_INFINITY, x.dtype));
const hasFraction = (x: s.Scalar): boolean => ["float", "complex"].includes(factsOf(x.dtype).kind);

/**
 * True where the element is not a number; for complex numbers, where either part is not.
 *
 * Accepts all dtypes. The shape is unchanged.
 * @example x.isnan()
 */
export const isnan: Unary<"bool"> = unary("isnan", { kinds: allKinds }, (x) =>
  hasFraction(x) ? s.realParts(x).map(s.isNan).reduce(s.or) : never,
);

/**
 * True where the element is an infinity; for complex numbers, where either part is.
 *
 * Accepts all dtypes. The shape is unchanged.
 * @example x.isinf()
 */
export const isinf: Unary<"bool"> = unary("isinf", { kinds: allKinds }, (x) =>
  hasFraction(x) ? s.realParts(x).map(isInfinite).reduce(s.or) : never,
);

/**
 * True where the element is neither an infinity nor NaN.
 *
 * Accepts all dtypes. The shape is unchanged.
 * @example x.isfinite()
 */
export const isfinite: Unary<"bool"> = unary("isfinite", { kinds: allKinds }, (x) =>
  hasFraction(x)
    ? s.unary(
        "not",
        s
          .realParts(x)
          .flatMap((part) => [s.isNan(part), isInfinite(part)])
          .reduce(s.or),
      )
    : s.constant(true, "bool"),
);

/**
 * The real part; real numbers are unchanged.
 *
 * Accepts all dtypes. The shape is unchanged.
 * @example x.real()
 */
export const real: Unary<"real"> = unary("real", { kinds: allKinds }, (x) =>
  factsOf(x.dtype).kind === "complex" ? s.part("re", x) : x,
);

/**
 * The imaginary part; 0 for real numbers.
 *
 * Accepts all dtypes. The shape is unchanged.
 * @example x.imag()
 */
export const imag: Unary<"real"> = unary("imag", { kinds: allKinds }, (x) =>
  factsOf(x.dtype).kind === "complex" ? s.part("im", x) : s.constant(0, x.dtype),
);

/**
 * The complex conjugate; real numbers are unchanged.
 *
 * Accepts all dtypes. The shape is unchanged.
 * @example x.conj()
 */
export const conj: Unary<"same"> = unary(
  "conj",
  { kinds: allKinds, numpy: "np.conj(x) if x.dtype != bool else x" },
  (x) => (factsOf(x.dtype).kind === "complex" ? s.complex(s.part("re", x), s.unary("neg", s.part("im", x))) : x),
);
