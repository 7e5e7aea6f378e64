/** Axes that users give. */
import { AxisError } from "./errors.js";
import { shown } from "./shown.js";

/** "1 axis", "3 axes". */
export const axesText = (count: number): string => (count === 1 ? "1 axis" : `${count} axes`);

/** Checks one axis; negative ones count from the end. */
export function normalizeAxis(axis: unknown, ndim: number, operation: string): number {
  if (typeof axis !== "number") throw new AxisError(`${operation}: an axis must be a whole number; got ${shown(axis)}`);
  if (!Number.isInteger(axis) || axis < -ndim || axis >= ndim) {
    const range = ndim === 0 ? "an array of no axes takes none" : `expected -${ndim} to ${ndim - 1}`;
    throw new AxisError(`${operation}: axis ${axis} is out of range for an array of ${axesText(ndim)}; ${range}`);
  }
  return axis < 0 ? axis + ndim : axis;
}

/** Checks an axis or a list of axes; null and undefined mean all. Sorted. */
export function normalizeAxes(axis: unknown, ndim: number, operation: string): number[] {
  if (axis === null || axis === undefined) return Array.from({ length: ndim }, (_, i) => i);
  const axes = Array.from<unknown>(Array.isArray(axis) ? axis : [axis]).map((one) =>
    normalizeAxis(one, ndim, operation),
  );
  const twice = axes.find((one, i) => axes.indexOf(one) !== i);
  if (twice !== undefined) throw new AxisError(`${operation}: axis ${twice} is named twice`);
  return axes.sort((a, b) => a - b);
}
