/**
 * Forms that reflections bring complex matrices into: the Hessenberg form of any square matrix (LAPACK's zgehd2), the
 * real tridiagonal form of a Hermitian one (zhetd2), and the real bidiagonal form for singular values (zgebd2).
 */
import type { Complex } from "../../data/dtype.js";
import type { Reduced } from "../bidiagonal.js";
import { at, conjugated, type Matrix, part, rowOf, turned } from "../matrix.js";
import { applyAdjoint, isIdentity, reflectComplex } from "./reflections.js";
import { addTimes, negative, numberAt, put, rowAt, scale, sumOfProducts, times } from "./rows.js";

const one = { re: 1, im: 0 };

/** Reduces in place and gives the factors of the reflections, whose vectors lie below the second diagonal. */
export function toHessenbergComplex(a: Matrix): Matrix {
  const n = a.rows;
  const scales = rowOf(Math.max(0, n - 2), true);
  for (let k = 0; k + 2 < n; k++) {
    const column = turned(part(a, k + 1, k, n - k - 1, 1));
    const reflection = reflectComplex(column);
    put(scales, 0, k, reflection.scale);
    put(a, k + 1, k, one);
    if (!isIdentity(reflection)) {
      applyAdjoint(part(a, k + 1, k + 1, n - k - 1, n - k - 1), column, reflection.scale);
      const conjugates = conjugated(column);
      for (let i = 0; i < n; i++) {
        const row = rowAt(a, i, k + 1);
        addTimes(row, negative(times(reflection.scale, sumOfProducts(row, column))), conjugates);
      }
    }
    put(a, k + 1, k, { re: reflection.length, im: 0 });
  }
  return scales;
}

/** A symmetric tridiagonal matrix: its diagonal, and the numbers beside it. */
export interface Tridiagonal {
  readonly diagonal: Float64Array;
  readonly beside: Float64Array;
  /** The factors of the reflections, whose vectors lie below the second diagonal. */
  readonly scales: Matrix;
}

/** τ A v for the lower triangle of A from row `k` on, each row once for itself and once for its mirror image. */
function productOf(a: Matrix, k: number, v: Matrix, factor: Complex): Matrix {
  const n = a.rows;
  const w = rowOf(n, true);
  for (let i = k; i < n; i++) {
    const row = rowAt(a, i, k, i);
    const { re, im } = sumOfProducts(row, rowAt(v, 0, k, i));
    addTimes(rowAt(w, 0, k, i), numberAt(v, 0, i), conjugated(row));
    const own = numberAt(v, 0, i);
    const known = numberAt(w, 0, i);
    const diagonal = at(a, i, i);
    put(w, 0, i, { re: known.re + re + diagonal * own.re, im: known.im + im + diagonal * own.im });
  }
  scale(w, factor);
  return w;
}

/** Reduces the lower triangle in place. */
export function tridiagonalizeComplex(a: Matrix): Tridiagonal {
  const n = a.rows;
  const [diagonal, beside] = [new Float64Array(n), new Float64Array(n)];
  const scales = rowOf(Math.max(0, n - 1), true);
  for (let k = 0; k + 1 < n; k++) {
    const column = turned(part(a, k + 1, k, n - k - 1, 1));
    const reflection = reflectComplex(column);
    diagonal[k] = at(a, k, k);
    beside[k] = reflection.length;
    put(scales, 0, k, reflection.scale);
    if (isIdentity(reflection)) continue;
    const v = rowOf(n, true);
    put(v, 0, k + 1, one);
    for (let i = k + 2; i < n; i++) put(v, 0, i, numberAt(a, i, k));
    // A − v wᴴ − w vᴴ with w = τ A v − |τ|² (vᴴ A v) / 2 · v
    const w = productOf(a, k + 1, v, reflection.scale);
    const { re, im } = sumOfProducts(conjugated(w), v);
    const { re: x, im: y } = reflection.scale;
    addTimes(w, { re: (-(x * re) + y * im) / 2, im: 0 }, v);
    const [conjugateV, conjugateW] = [conjugated(v), conjugated(w)];
    for (let i = k + 1; i < n; i++) {
      const row = rowAt(a, i, k + 1, i + 1);
      addTimes(row, negative(numberAt(v, 0, i)), rowAt(conjugateW, 0, k + 1, i + 1));
      addTimes(row, negative(numberAt(w, 0, i)), rowAt(conjugateV, 0, k + 1, i + 1));
    }
  }
  if (n > 0) diagonal[n - 1] = at(a, n - 1, n - 1);
  return { diagonal, beside, scales };
}

/** Changes the numbers of a row into their conjugates. */
function conjugateRow({ data, first, columns, imaginary }: Matrix): void {
  for (let p = first + imaginary; p < first + imaginary + columns; p++) data[p] = -data[p]!;
}

/**
 * Makes a square matrix bidiagonal in place. The vectors of the reflections of rows lie in their rows unchanged, so V
 * is their product.
 */
export function bidiagonalizeComplex(a: Matrix): Reduced {
  const n = a.rows;
  const [diagonal, beside] = [new Float64Array(n), new Float64Array(n)];
  const [ofColumns, ofRows] = [rowOf(n, true), rowOf(Math.max(0, n - 1), true)];
  for (let k = 0; k < n; k++) {
    const rest = n - k - 1;
    const column = turned(part(a, k, k, n - k, 1));
    const below = reflectComplex(column);
    diagonal[k] = below.length;
    put(ofColumns, 0, k, below.scale);
    put(a, k, k, one);
    if (!isIdentity(below)) applyAdjoint(part(a, k, k + 1, n - k, rest), column, below.scale);
    if (rest === 0) break;
    const row = rowAt(a, k, k + 1);
    conjugateRow(row);
    const behind = reflectComplex(row);
    beside[k] = behind.length;
    put(ofRows, 0, k, behind.scale);
    put(a, k, k + 1, one);
    if (isIdentity(behind)) continue;
    const conjugates = conjugated(row);
    for (let i = k + 1; i < n; i++) {
      const other = rowAt(a, i, k + 1);
      addTimes(other, negative(times(behind.scale, sumOfProducts(other, row))), conjugates);
    }
  }
  return { diagonal, beside, ofColumns, ofRows };
}
