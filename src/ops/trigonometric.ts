/** Trigonometric and hyperbolic functions and their inverses; angles are in radians. */
import { toFloating } from "../data/dtype.js";
import * as s from "../program/scalar.js";
import { allKinds } from "./dtypes.js";
import { type Unary, unary } from "./elementwise.js";

const floating = { kinds: allKinds, computes: toFloating, ulps: 4 };

/**
 * The sine of an angle in radians.
 *
 * Accepts all dtypes; integers and bools become float64. The shape is unchanged.
 * @example x.sin()
 */
export const sin: Unary = unary("sin", floating, (x) => s.unary("sin", x));

/**
 * The cosine of an angle in radians.
 *
 * Accepts all dtypes; integers and bools become float64. The shape is unchanged.
 * @example x.cos()
 */
export const cos: Unary = unary("cos", floating, (x) => s.unary("cos", x));

/**
 * The tangent of an angle in radians.
 *
 * Accepts all dtypes; integers and bools become float64. The shape is unchanged.
 * @example x.tan()
 */
export const tan: Unary = unary("tan", { ...floating, ulps: 16, domain: [-1.5, 1.5] }, (x) => s.unary("tan", x));

/**
 * The hyperbolic tangent.
 *
 * Accepts all dtypes; integers and bools become float64. The shape is unchanged.
 * @example x.tanh()
 */
export const tanh: Unary = unary("tanh", { ...floating, ulps: 16 }, (x) => s.unary("tanh", x));

/**
 * The angle from −π/2 to π/2 whose sine the element is; NaN beyond −1 and 1.
 *
 * Accepts all dtypes; integers and bools become float64. The shape is unchanged.
 * @example x.asin()
 */
export const asin: Unary = unary("asin", { ...floating, numpy: "np.arcsin(x)", domain: [-1, 1] }, (x) =>
  s.unary("asin", x),
);

/**
 * The angle from 0 to π whose cosine the element is; NaN beyond −1 and 1.
 *
 * Accepts all dtypes; integers and bools become float64. The shape is unchanged.
 * @example x.acos()
 */
export const acos: Unary = unary("acos", { ...floating, numpy: "np.arccos(x)", domain: [-1, 1] }, (x) =>
  s.unary("acos", x),
);

/**
 * The angle from −π/2 to π/2 whose tangent the element is.
 *
 * Accepts all dtypes; integers and bools become float64. The shape is unchanged.
 * @example x.atan()
 */
export const atan: Unary = unary("atan", { ...floating, numpy: "np.arctan(x)" }, (x) => s.unary("atan", x));

/**
 * The hyperbolic sine.
 *
 * Accepts all dtypes; integers and bools become float64. The shape is unchanged.
 * @example x.sinh()
 */
export const sinh: Unary = unary("sinh", { ...floating, ulps: 16 }, (x) => s.unary("sinh", x));

/**
 * The hyperbolic cosine.
 *
 * Accepts all dtypes; integers and bools become float64. The shape is unchanged.
 * @example x.cosh()
 */
export const cosh: Unary = unary("cosh", { ...floating, ulps: 16 }, (x) => s.unary("cosh", x));

/**
 * The number whose hyperbolic sine the element is.
 *
 * Accepts all dtypes; integers and bools become float64. The shape is unchanged.
 * @example x.asinh()
 */
export const asinh: Unary = unary("asinh", { ...floating, numpy: "np.arcsinh(x)" }, (x) => s.unary("asinh", x));

/**
 * The number from 0 on whose hyperbolic cosine the element is; NaN below 1.
 *
 * Accepts all dtypes; integers and bools become float64. The shape is unchanged.
 * @example x.acosh()
 */
export const acosh: Unary = unary("acosh", { ...floating, numpy: "np.arccosh(x)", domain: [1, 100] }, (x) =>
  s.unary("acosh", x),
);

/**
 * The number whose hyperbolic tangent the element is; NaN beyond −1 and 1.
 *
 * Accepts all dtypes; integers and bools become float64. The shape is unchanged.
 * @example x.atanh()
 */
export const atanh: Unary = unary("atanh", { ...floating, numpy: "np.arctanh(x)", domain: [-1, 1] }, (x) =>
  s.unary("atanh", x),
);
