/** Shapes that users give. */
import { ShapeError } from "./errors.js";
import { shown } from "./shown.js";

/** Checks a shape that came from outside. */
export function checkShape(shape: unknown, operation: string): readonly number[] {
  const list = typeof shape === "number" ? [shape] : shape;
  const bad = Array.isArray(list) ? list.find((length) => !Number.isSafeInteger(length) || length < 0) : list;
  if (!Array.isArray(list) || bad !== undefined) {
    throw new ShapeError(
      `${operation}: ${shown(shape)} is not a shape; ` +
        "expected a list of whole numbers of at least 0, such as [1000, 1024]",
    );
  }
  if (!Number.isSafeInteger(list.reduce((a, b) => a * b, 1)))
    throw new ShapeError(`${operation}: shape ${shown(list)} has more than 2^53 elements`);
  return list;
}
