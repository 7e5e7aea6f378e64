/** Panels of complex matrices that are factored without products; see the real one in ../lu.ts. */
import type { Complex } from "../../data/dtype.js";
import { exchange, imaginaryPart, type Matrix, realPart } from "../matrix.js";
import { addTimes, negative, numberAt, put, quotient, rowAt } from "./rows.js";

/** What pivots are compared by; LAPACK's, so that rows come in the order that it takes. */
const sizeOf = ({ re, im }: Complex): number => Math.abs(re) + Math.abs(im);

function pivotOf(a: Matrix, column: number): number {
  let [pivot, largest] = [column, -1];
  for (let i = column; i < a.rows; i++) {
    const size = sizeOf(numberAt(a, i, column));
    // a NaN is taken, so that it is seen
    if (Number.isNaN(size)) return i;
    if (size > largest) [pivot, largest] = [i, size];
  }
  return pivot;
}

/** Factors columns in place and exchanges rows of the whole matrix; `exchanges` gets the row for each column. */
export function factorPanelComplex(whole: Matrix, from: number, width: number, exchanges: Int32Array): void {
  const to = Math.min(from + width, whole.columns);
  for (let j = from; j < Math.min(to, whole.rows); j++) {
    const other = pivotOf(whole, j);
    exchanges[j] = other;
    if (other !== j) for (const numbers of [realPart(whole), imaginaryPart(whole)]) exchange(numbers, other, j);
    const pivot = numberAt(whole, j, j);
    if (sizeOf(pivot) === 0) continue; // singular: U has a 0 there
    const top = rowAt(whole, j, j + 1, to);
    for (let i = j + 1; i < whole.rows; i++) {
      const factor = quotient(numberAt(whole, i, j), pivot);
      put(whole, i, j, factor);
      addTimes(rowAt(whole, i, j + 1, to), negative(factor), top);
    }
  }
}
