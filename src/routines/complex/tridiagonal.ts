/** Tridiagonal forms of Hermitian matrices (LAPACK's zhetd2), which are real. */
import type { Complex } from "../../data/dtype.js";
import { at, conjugated, type Matrix, part, rowOf, turned } from "../matrix.js";
import { isIdentity, reflectComplex } from "./reflections.js";
import { addTimes, negative, numberAt, put, rowAt, scale, sumOfProducts } from "./rows.js";

/** A symmetric tridiagonal matrix: its diagonal, and what stands beside it. */
export interface Tridiagonal {
  readonly diagonal: Float64Array;
  readonly beside: Float64Array;
  /** The factors of the reflections, whose vectors stand below the second diagonal. */
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
    put(v, 0, k + 1, { re: 1, im: 0 });
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
