/**
 * The kernels of matrices in JavaScript, for backends that have nothing faster. They say what a faster kernel must
 * compute.
 */
import { rotate } from "./givens.js";
import { exchange, type Matrix, type MatrixKernels, turned } from "./matrix.js";
import { solveSmall } from "./triangular.js";

/** Adds `sign` · A · B onto C, a row of the output at a time, as in matmul.ts; C lies by rows or by columns. */
function multiply(c: Matrix, a: Matrix, b: Matrix, sign: 1 | -1): void {
  if (c.columnStride !== 1) return void multiply(turned(c), turned(b), turned(a), sign);
  const { rows: m, columns: n, data: to } = c;
  const k = a.columns;
  for (let i = 0; i < m; i++) {
    const row = c.first + i * c.rowStride;
    for (let p = 0; p < k; p++) {
      const factor = sign * a.data[a.first + i * a.rowStride + p * a.columnStride]!;
      let from = b.first + p * b.rowStride;
      for (let j = 0; j < n; j++, from += b.columnStride) to[row + j] = to[row + j]! + factor * b.data[from]!;
    }
  }
}

/** One column of an LU panel: see {@link MatrixKernels.eliminate}. */
function eliminate({ data, first, rows, columnStride }: Matrix, j: number): number {
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

/** All of them. */
export const plainKernels: MatrixKernels = { multiply, rotate, exchange, solveSmall, eliminate };
