/** Triangles, identities and permutations: chosen element by element from the numbers of rows and columns. */
import type { DType } from "../../data/dtype.js";
import { equal, greater, lessEqual } from "../arithmetic.js";
import type { Handle } from "../define.js";
import { astype, where } from "../selection.js";
import { countedExpr } from "../sources.js";
import { expandDims } from "../views.js";
import { turned } from "./whole.js";

const sidesOf = ({ expr }: Handle): [number, number] => expr.meta.shape.slice(-2) as [number, number];

/** The numbers 0, 1, … as a row. */
function numbers<A extends Handle>(like: A, length: number): A {
  return expandDims(like.wrap(countedExpr([length], [[length]])), 0);
}

/** The numbers of the rows of matrices, as a column, and of their columns, as a row. */
function places<A extends Handle>(x: A): [row: A, column: A] {
  const [m, n] = sidesOf(x);
  return [turned(numbers(x, m)), numbers(x, n)];
}

/** The lower triangles of matrices, with ones on their diagonals. */
export function unitLower<A extends Handle>(x: A): A {
  const [row, column] = places(x);
  return where(greater(row, column), x, astype(equal(row, column), x.expr.meta.dtype));
}

/** The upper triangles of matrices. */
export function upperTriangle<A extends Handle>(x: A): A {
  const [row, column] = places(x);
  return where(lessEqual(row, column), x, 0);
}

/** The identity matrix; `like` says of which class. */
export function identity<A extends Handle>(like: A, n: number, dtype: DType): A {
  const line = numbers(like, n);
  return astype(equal(turned(line), line), dtype);
}

/** The matrices P by which rows get back to where they were: row i of X is row `order[i]` of P · X. */
export function permutation<A extends Handle>(order: A): A {
  const [row] = places(order);
  return astype(equal(row, turned(order)), order.expr.meta.dtype);
}
