/** One column of an LU panel, in JavaScript: for backends that have nothing faster. */
import type { Matrix } from "./matrix.js";

/** See `Eliminate` in matrix.ts. */
export function eliminate({ data, first, rows, columnStride }: Matrix, j: number): number {
  const column = first + j * columnStride;
  let [pivot, largest] = [j, -1];
  for (let i = j; i < rows; i++) {
    let value = data[column + i]!;
    for (let p = 0, at = first + i; p < j; p++, at += columnStride) value -= data[at]! * data[column + p]!;
    data[column + i] = value;
    const size = Math.abs(value);
    // the first NaN is taken, so that it is seen
    if (size > largest || (Number.isNaN(size) && !Number.isNaN(largest))) [pivot, largest] = [i, size];
  }
  return pivot;
}
