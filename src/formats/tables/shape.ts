/**
 * The arrays that can be written as a table: one axis (a column) or two (rows, columns), real numbers, named columns.
 */
import { factsOf } from "../../data/dtype.js";
import { ArgumentError, DTypeError, ShapeError } from "../../data/errors.js";
import { shown } from "../../data/shown.js";
import type { NewArray } from "../format.js";

/**
 * Checks that an array can be a table, and returns the names of its columns: the given ones, or those that the array
 * has in the table that it comes from.
 */
export function namesFor(
  { dtype, shape, variable }: Pick<NewArray, "dtype" | "shape" | "variable">,
  given: readonly string[] | undefined,
  operation: string,
): string[] {
  const names = given ?? variable?.columns;
  if (factsOf(dtype).kind === "complex") {
    throw new DTypeError(`${operation}: a column cannot be ${dtype}; write the real and the imaginary part`);
  }
  if (shape.length !== 1 && shape.length !== 2) {
    throw new ShapeError(`${operation}: a table has one axis or two (rows, columns); the array has ${shape.length}`);
  }
  const count = shape[1] ?? 1;
  if (count === 0) throw new ShapeError(`${operation}: the array has no columns; a table needs at least one`);
  if (names === undefined) return Array.from({ length: count }, (_, i) => `column_${i}`);
  if (!Array.isArray(names) || names.some((name) => typeof name !== "string")) {
    throw new ArgumentError(`${operation}: columns must be a list of names; got ${shown(names)}`);
  }
  if (names.length !== count) {
    throw new ArgumentError(`${operation}: got ${names.length} names; the array has ${count} columns`);
  }
  const twice = names.length - new Set(names).size;
  if (twice > 0)
    throw new ArgumentError(`${operation}: the names of columns must differ; ${twice} of them are repeated`);
  return [...names];
}
