/** Logical operators, for which all numbers but 0 are true, and bitwise operators. */
import * as s from "../program/scalar.js";
import { allKinds, wholeKinds } from "./dtypes.js";
import { type Binary, binary, type Unary, unary } from "./elementwise.js";

const truth = (x: s.Scalar): s.Scalar => s.cast(x, "bool");

/**
 * True where both are not zero.
 *
 * Accepts all dtypes. Both shapes broadcast.
 * @example x.logicalAnd(y)
 */
export const logicalAnd: Binary<"bool"> = binary(
  "logicalAnd",
  { kinds: allKinds, numpy: "np.logical_and(x, y)" },
  (x, y) => s.and(truth(x), truth(y)),
);

/**
 * True where either is not zero.
 *
 * Accepts all dtypes. Both shapes broadcast.
 * @example x.logicalOr(y)
 */
export const logicalOr: Binary<"bool"> = binary(
  "logicalOr",
  { kinds: allKinds, numpy: "np.logical_or(x, y)" },
  (x, y) => s.or(truth(x), truth(y)),
);

/**
 * True where exactly one is not zero.
 *
 * Accepts all dtypes. Both shapes broadcast.
 * @example x.logicalXor(y)
 */
export const logicalXor: Binary<"bool"> = binary(
  "logicalXor",
  { kinds: allKinds, numpy: "np.logical_xor(x, y)" },
  (x, y) => s.binary("xor", truth(x), truth(y)),
);

/**
 * True where the element is zero.
 *
 * Accepts all dtypes. The shape is unchanged.
 * @example x.logicalNot()
 */
export const logicalNot: Unary<"bool"> = unary("logicalNot", { kinds: allKinds, numpy: "np.logical_not(x)" }, (x) =>
  s.unary("not", truth(x)),
);

/**
 * The bits set in both.
 *
 * Accepts bools and integers (others throw a DTypeError). Both shapes broadcast.
 * @example x.bitwiseAnd(y)
 */
export const bitwiseAnd: Binary = binary("bitwiseAnd", { kinds: wholeKinds, numpy: "np.bitwise_and(x, y)" }, s.and);

/**
 * The bits set in either.
 *
 * Accepts bools and integers (others throw a DTypeError). Both shapes broadcast.
 * @example x.bitwiseOr(y)
 */
export const bitwiseOr: Binary = binary("bitwiseOr", { kinds: wholeKinds, numpy: "np.bitwise_or(x, y)" }, s.or);

/**
 * The bits set in exactly one.
 *
 * Accepts bools and integers (others throw a DTypeError). Both shapes broadcast.
 * @example x.bitwiseXor(y)
 */
export const bitwiseXor: Binary = binary("bitwiseXor", { kinds: wholeKinds, numpy: "np.bitwise_xor(x, y)" }, (x, y) =>
  s.binary("xor", x, y),
);

/**
 * All bits inverted; for bools, the logical not.
 *
 * Accepts bools and integers (others throw a DTypeError). The shape is unchanged.
 * @example x.bitwiseInvert()
 */
export const bitwiseInvert: Unary<"same"> = unary(
  "bitwiseInvert",
  { kinds: wholeKinds, numpy: "np.bitwise_not(x)" },
  (x) => s.unary("not", x),
);

/**
 * The bits shifted to the left; counts at or beyond the width give 0.
 *
 * Accepts integers (others throw a DTypeError). Both shapes broadcast.
 * @example x.bitwiseLeftShift(y)
 */
export const bitwiseLeftShift: Binary = binary(
  "bitwiseLeftShift",
  { kinds: ["int", "uint"], numpy: "np.left_shift(x, y)", domain: [0, 7] },
  (x, y) => s.binary("shl", x, y),
);

/**
 * The bits shifted to the right, keeping the sign; counts at or beyond the width give 0 or −1.
 *
 * Accepts integers (others throw a DTypeError). Both shapes broadcast.
 * @example x.bitwiseRightShift(y)
 */
export const bitwiseRightShift: Binary = binary(
  "bitwiseRightShift",
  { kinds: ["int", "uint"], numpy: "np.right_shift(x, y)", domain: [0, 7] },
  (x, y) => s.binary("shr", x, y),
);
