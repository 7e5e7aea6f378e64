/** Single elements of an array in memory, as JavaScript values and as JSON. */

import { type DType, type Element, factsOf, type TypedArray } from "../data/dtype.js";
import { InternalError } from "../data/errors.js";
import type { ElementOf } from "../data/typed.js";

/** An element as JSON can hold it; see {@link NDArray.toJSON}. */
export type JSONElement = number | boolean | string | [re: number | string, im: number | string];

/** The element at a position in C order. */
export function elementAt<D extends DType>(
  array: { readonly dtype: D; readonly data: TypedArray },
  position: number,
): ElementOf<D> {
  return valueAt(array, position) as ElementOf<D>; // the dtype says which of the values it is
}

function valueAt(array: { readonly dtype: DType; readonly data: TypedArray }, position: number): Element {
  const { dtype, data } = array;
  const { kind } = factsOf(dtype);
  if (kind === "complex") return { re: Number(data[2 * position]), im: Number(data[2 * position + 1]) };
  const value = data[position];
  if (value === undefined)
    throw new InternalError(`internal error: an array of ${data.length} elements has none at ${position}`);
  return kind === "bool" ? value !== 0 : value;
}

/** An element as {@link NDArray.toJSON} has it. */
export function toJSONElement(value: Element): JSONElement {
  const safe = (number: number) => (Number.isFinite(number) ? number : String(number));
  if (typeof value === "object") return [safe(value.re), safe(value.im)];
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  return typeof value === "number" ? safe(value) : value;
}
