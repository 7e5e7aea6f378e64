/** The Cholesky factor of small Hermitian matrices. */
import { at, conjugated, type Matrix } from "../matrix.js";
import { negative, numberAt, put, rowAt, sumOfProducts } from "./rows.js";

/** Factors in place; gives 0, or the order of the first leading minor that is not positive. */
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
