/** Hessenberg forms of complex matrices (LAPACK's zgehd2). */
import { conjugated, type Matrix, part, rowOf, turned } from "../matrix.js";
import { applyAdjoint, isIdentity, reflectComplex } from "./reflections.js";
import { addTimes, negative, put, rowAt, sumOfProducts, times } from "./rows.js";

/** Reduces in place and gives the factors of the reflections, whose vectors stand below the second diagonal. */
export function toHessenbergComplex(a: Matrix): Matrix {
  const n = a.rows;
  const scales = rowOf(Math.max(0, n - 2), true);
  for (let k = 0; k + 2 < n; k++) {
    const column = turned(part(a, k + 1, k, n - k - 1, 1));
    const reflection = reflectComplex(column);
    put(scales, 0, k, reflection.scale);
    put(a, k + 1, k, { re: 1, im: 0 });
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
