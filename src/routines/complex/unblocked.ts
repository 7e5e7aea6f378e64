/**
 * What complex algorithms do without products, row by row: small triangular systems, small Cholesky factors, panels of
 * LU factors. The blocked algorithms around them are written once, for real and complex matrices.
 */
import type { Complex } from "../../data/dtype.js";
import { at, conjugated, exchange, imaginaryPart, type Matrix, realPart, type Triangle } from "../matrix.js";
import { SMALL_TRIANGLE_ROWS } from "../triangular.js";
import { addTimes, divideBy, negative, numberAt, put, quotient, rowAt, sumOfProducts } from "./rows.js";

/** See `SolveSmall`. */
export function solveSmallComplex(t: Matrix, b: Matrix, { lower, unit }: Triangle): boolean {
  const n = t.rows;
  if (n > SMALL_TRIANGLE_ROWS) return false;
  for (let q = 0; q < n; q++) {
    const i = lower ? q : n - 1 - q;
    const row = rowAt(b, i);
    const [from, to] = lower ? [0, i] : [i + 1, n];
    for (let p = from; p < to; p++) addTimes(row, negative(numberAt(t, i, p)), rowAt(b, p));
    if (!unit) divideBy(row, numberAt(t, i, i));
  }
  return true;
}

/** Factors a small Hermitian matrix in place; gives 0, or the order of the first leading minor that is not positive. */
export function factorSmallComplex(a: Matrix): number {
  for (let i = 0; i < a.rows; i++) {
    for (let j = 0; j <= i; j++) {
      const { re, im } = negative(sumOfProducts(rowAt(a, i, 0, j), conjugated(rowAt(a, j, 0, j))));
      const { re: x, im: y } = numberAt(a, i, j);
      const rest = { re: x + re, im: y + im };
      if (j < i) put(a, i, j, { re: rest.re / at(a, j, j), im: rest.im / at(a, j, j) });
      else if (rest.re > 0) put(a, i, j, { re: Math.sqrt(rest.re), im: 0 });
      else return i + 1;
    }
  }
  return 0;
}

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
