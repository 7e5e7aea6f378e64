/**
 * The one rule for constants: a value that a user writes becomes an element of a dtype that can hold it, or an error.
 *
 * An integer dtype takes whole numbers in its range; of a fraction the part towards zero is taken, as NumPy does. NaN,
 * infinities and numbers out of range are refused, and so is an imaginary part for a real dtype. A float rounds.
 */
import { type DType, type Element, holds, isComplex, isInteger, limitsOf } from "../data/dtype.js";
import { DTypeError } from "../data/errors.js";
import { shown } from "../data/shown.js";
import { toElement } from "./scalar.js";

/** The value as an element of a dtype; see the head of this file. */
export function checkedElement(value: Element, dtype: DType, operation: string, advice = ""): Element {
  if (typeof value === "object" && !isComplex(dtype)) {
    throw new DTypeError(`${operation}: ${shown(value)} is complex and does not fit into ${dtype}${advice}`);
  }
  const whole = typeof value === "number" ? Math.trunc(value) : value;
  // NaN is in no range
  if (isInteger(dtype) && typeof whole !== "object" && typeof whole !== "boolean" && !holds(dtype, whole)) {
    const [lowest, highest] = limitsOf(dtype);
    const hint = dtype === "int64" && holds("uint64", whole) ? "; uint64 holds it" : "";
    throw new DTypeError(
      `${operation}: ${shown(value)} does not fit into ${dtype} (${lowest} to ${highest})${advice || hint}`,
    );
  }
  return toElement(value, dtype);
}
