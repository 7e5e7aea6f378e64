/** Plane rotations of rows, along memory: in JavaScript, for backends that have nothing faster. */
import type { Matrix } from "./matrix.js";

/** Row i becomes c · row i + s · row j, and row j becomes c · row j − s · row i. */
export function rotate({ data, first, rowStride, columns }: Matrix, i: number, j: number, c: number, s: number): void {
  const a = first + i * rowStride;
  const b = first + j * rowStride;
  for (let q = 0; q < columns; q++) {
    const x = data[a + q]!;
    const y = data[b + q]!;
    data[a + q] = c * x + s * y;
    data[b + q] = c * y - s * x;
  }
}

/** The rotation that turns (x, y) into (r, 0). */
export function givensRotation(x: number, y: number): { readonly c: number; readonly s: number; readonly r: number } {
  if (y === 0) return { c: 1, s: 0, r: x };
  const r = Math.hypot(x, y);
  return { c: x / r, s: y / r, r };
}
