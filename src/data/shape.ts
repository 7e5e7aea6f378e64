/** Shapes that users give. */
import { ShapeError } from "./errors.js";
import { shown } from "./shown.js";

/** Whether all entries are lengths; a hole in the list is none. */
export const isShape = (list: readonly unknown[]): list is readonly number[] =>
  Array.from(list).every((length) => typeof length === "number" && Number.isSafeInteger(length) && length >= 0);

/** Checks a shape that came from outside. */
export function checkShape(shape: unknown, operation: string): readonly number[] {
  const list = typeof shape === "number" ? [shape] : shape;
  if (!Array.isArray(list) || !isShape(list)) {
    throw new ShapeError(
      `${operation}: ${shown(shape)} is not a shape; ` +
        "expected a list of whole numbers of at least 0, such as [1000, 1024]",
    );
  }
  if (!Number.isSafeInteger(list.reduce((a, b) => a * b, 1)))
    throw new ShapeError(`${operation}: shape ${shown(list)} has more than 2^53 elements`);
  return list;
}
