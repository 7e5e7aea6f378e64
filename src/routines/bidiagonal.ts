/**
 * The singular values of an upper bidiagonal matrix by implicitly shifted QR steps (Golub and Reinsch, 1970; LINPACK's
 * dsvdc; Golub and Van Loan, 8.6), with the rotations gathered in the singular vectors, which lie by rows.
 *
 * Invariant: rows of `left` and `right` change only by rotations, so they stay orthonormal.
 */
import { LinAlgError } from "../data/errors.js";
import { givensRotation } from "./givens.js";
import type { Matrix, Rotate } from "./matrix.js";

/** A bidiagonal matrix: `diagonal[i]`, and `beside[i]` to its right. */
export interface Bidiagonal {
  readonly diagonal: Float64Array;
  readonly beside: Float64Array;
}

/** A matrix that became bidiagonal, and the factors of the reflections of its columns and of its rows. */
export interface Reduced extends Bidiagonal {
  readonly ofColumns: Matrix;
  readonly ofRows: Matrix;
}

/** The square of the singular value that a step is to bring out, subtracted: Wilkinson's shift of the last 2 × 2. */
function shiftOf(d: Float64Array, e: Float64Array, low: number, high: number): number {
  const unit = Math.max(
    Math.abs(d[high]!),
    Math.abs(d[high - 1]!),
    Math.abs(e[high - 1]!),
    Math.abs(d[low]!),
    Math.abs(e[low]!),
  );
  const last = d[high]! / unit;
  const before = d[high - 1]! / unit;
  const corner = e[high - 1]! / unit;
  const b = ((before + last) * (before - last) + corner * corner) / 2;
  const c = (last * corner) ** 2;
  if (b === 0 && c === 0) return 0;
  const root = Math.sqrt(b * b + c);
  return (c / (b + (b < 0 ? -root : root))) * unit * unit;
}

/** Brings the diagonal to the singular values, not yet in order; null where no vectors are wanted. */
export function bringToDiagonal(
  { diagonal: d, beside: e }: Bidiagonal,
  left: Matrix | null,
  right: Matrix | null,
  rotate: Rotate,
): void {
  const n = d.length;
  let norm = 0;
  for (let i = 0; i < n; i++) norm = Math.max(norm, Math.abs(d[i]!) + Math.abs(e[i]!));
  const negligible = norm * 2 ** -60;
  const small = (x: number, near: number): boolean => Math.abs(x) <= 2 ** -52 * near + negligible;
  let sweeps = 0;
  for (let high = n - 1; high >= 0; ) {
    if (sweeps > 60) {
      throw new LinAlgError(`svd: singular value ${high} did not converge`, { reason: "not converged", order: high });
    }
    let low = high;
    while (low > 0 && !small(e[low - 1]!, Math.abs(d[low - 1]!) + Math.abs(d[low]!))) low--;
    if (low > 0) e[low - 1] = 0;
    if (low === high) {
      high--;
      sweeps = 0;
      continue;
    }
    sweeps++;
    let zero = high;
    while (zero >= low && !small(d[zero]!, 0)) zero--;
    if (zero >= low) {
      d[zero] = 0;
      if (zero < high) clearRow(d, e, zero, high, left, rotate);
      else clearColumn(d, e, low, high, right, rotate);
      continue;
    }
    step(d, e, low, high, left, right, rotate);
  }
}

/** A 0 in the diagonal: its row is turned into the rows below, until nothing is left of it. */
function clearRow(
  d: Float64Array,
  e: Float64Array,
  zero: number,
  high: number,
  left: Matrix | null,
  rotate: Rotate,
): void {
  let f = e[zero]!;
  e[zero] = 0;
  for (let j = zero + 1; j <= high && f !== 0; j++) {
    const { c, s, r } = givensRotation(d[j]!, f);
    d[j] = r;
    if (j < high) {
      f = -s * e[j]!;
      e[j] = c * e[j]!;
    }
    if (left) rotate(left, j, zero, c, s);
  }
}

/** A 0 at the diagonal's end: its column is turned into the columns before it. */
function clearColumn(
  d: Float64Array,
  e: Float64Array,
  low: number,
  high: number,
  right: Matrix | null,
  rotate: Rotate,
): void {
  let f = e[high - 1]!;
  e[high - 1] = 0;
  for (let j = high - 1; j >= low && f !== 0; j--) {
    const { c, s, r } = givensRotation(d[j]!, f);
    d[j] = r;
    if (j > low) {
      f = -s * e[j - 1]!;
      e[j - 1] = c * e[j - 1]!;
    }
    if (right) rotate(right, j, high, c, s);
  }
}

/** One step: a rotation of the first columns brings in the shift, and the bulge that it makes is chased out. */
function step(
  d: Float64Array,
  e: Float64Array,
  low: number,
  high: number,
  left: Matrix | null,
  right: Matrix | null,
  rotate: Rotate,
): void {
  const shift = shiftOf(d, e, low, high);
  let f = (d[low]! + d[high]!) * (d[low]! - d[high]!) + shift;
  let g = d[low]! * e[low]!;
  for (let j = low; j < high; j++) {
    const one = givensRotation(f, g);
    if (j > low) e[j - 1] = one.r;
    f = one.c * d[j]! + one.s * e[j]!;
    e[j] = one.c * e[j]! - one.s * d[j]!;
    g = one.s * d[j + 1]!;
    d[j + 1] = one.c * d[j + 1]!;
    if (right) rotate(right, j, j + 1, one.c, one.s);
    const two = givensRotation(f, g);
    d[j] = two.r;
    f = two.c * e[j]! + two.s * d[j + 1]!;
    d[j + 1] = two.c * d[j + 1]! - two.s * e[j]!;
    if (j + 1 < high) {
      g = two.s * e[j + 1]!;
      e[j + 1] = two.c * e[j + 1]!;
    }
    if (left) rotate(left, j, j + 1, two.c, two.s);
  }
  e[high - 1] = f;
}
