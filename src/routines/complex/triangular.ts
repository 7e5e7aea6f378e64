/** Triangular systems of complex numbers that are solved row by row. */
import type { Matrix, Triangle } from "../matrix.js";
import { SMALLEST } from "../triangular.js";
import { addTimes, divideBy, negative, numberAt, rowAt } from "./rows.js";

/** See `SolveSmall`. */
export function solveSmallComplex(t: Matrix, b: Matrix, { lower, unit }: Triangle): boolean {
  const n = t.rows;
  if (n > SMALLEST) return false;
  for (let q = 0; q < n; q++) {
    const i = lower ? q : n - 1 - q;
    const row = rowAt(b, i);
    const [from, to] = lower ? [0, i] : [i + 1, n];
    for (let p = from; p < to; p++) addTimes(row, negative(numberAt(t, i, p)), rowAt(b, p));
    if (!unit) divideBy(row, numberAt(t, i, i));
  }
  return true;
}
