/**
 * A product of matrices in plain JavaScript, for the routines of backends that have no faster one. A row of the output at a
 * time, as in matmul.ts; the result lies by rows or by columns.
 */
import { type Matrix, turned } from "./matrix.js";

/** Adds `sign` · A · B onto C. */
export function multiply(c: Matrix, a: Matrix, b: Matrix, sign: 1 | -1): void {
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
