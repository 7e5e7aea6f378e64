/** Comparisons; the result is bool. */
import * as s from "../program/scalar.js";
import { allKinds, realKinds } from "./dtypes.js";
import { type Binary, binary } from "./elementwise.js";

/**
 * True where both are equal.
 *
 * Accepts all dtypes. Both shapes broadcast.
 * @example x.equal(y)
 */
export const equal: Binary = binary("equal", { kinds: allKinds }, (x, y) => s.compare("eq", x, y));

/**
 * True where they differ; NaN differs from everything.
 *
 * Accepts all dtypes. Both shapes broadcast.
 * @example x.notEqual(y)
 */
export const notEqual: Binary = binary("notEqual", { kinds: allKinds, numpy: "np.not_equal(x, y)" }, (x, y) =>
  s.compare("ne", x, y),
);

/**
 * True where the first is smaller.
 *
 * Accepts bools, integers and floats (others throw a DTypeError). Both shapes broadcast.
 * @example x.less(y)
 */
export const less: Binary = binary("less", { kinds: realKinds }, (x, y) => s.compare("lt", x, y));

/**
 * True where the first is smaller or equal.
 *
 * Accepts bools, integers and floats (others throw a DTypeError). Both shapes broadcast.
 * @example x.lessEqual(y)
 */
export const lessEqual: Binary = binary("lessEqual", { kinds: realKinds, numpy: "np.less_equal(x, y)" }, (x, y) =>
  s.compare("le", x, y),
);

/**
 * True where the first is larger.
 *
 * Accepts bools, integers and floats (others throw a DTypeError). Both shapes broadcast.
 * @example x.greater(y)
 */
export const greater: Binary = binary("greater", { kinds: realKinds }, (x, y) => s.compare("gt", x, y));

/**
 * True where the first is larger or equal.
 *
 * Accepts bools, integers and floats (others throw a DTypeError). Both shapes broadcast.
 * @example x.greaterEqual(y)
 */
export const greaterEqual: Binary = binary(
  "greaterEqual",
  { kinds: realKinds, numpy: "np.greater_equal(x, y)" },
  (x, y) => s.compare("ge", x, y),
);
