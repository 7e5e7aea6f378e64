/**
 * Bidiagonal forms of complex matrices (LAPACK's zgebd2), which are real.
 *
 * The vectors of the reflections of rows stand in their rows as they are, so V is their product.
 */
import type { Reduced } from "../bidiagonal.js";
import { conjugated, type Matrix, part, rowOf, turned } from "../matrix.js";
import { applyAdjoint, isIdentity, reflectComplex } from "./reflections.js";
import { addTimes, negative, put, rowAt, sumOfProducts, times } from "./rows.js";

const one = { re: 1, im: 0 };

/** Changes the numbers of a row into their conjugates. */
function conjugateRow({ data, first, columns, imaginary }: Matrix): void {
  for (let p = first + imaginary; p < first + imaginary + columns; p++) data[p] = -data[p]!;
}

/** Makes a square matrix bidiagonal in place. */
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
