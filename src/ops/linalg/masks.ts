/** Triangles, identities and permutations: chosen element by element from the numbers of rows and columns. */
import type { DType } from "../../data/dtype.js";
import { at } from "../../data/lists.js";
import { equal, greater, lessEqual } from "../comparison.js";
import type { Handle } from "../handle.js";
import { astype, where } from "../selection.js";
import { countedExpr } from "../sources.js";
import { expandDims } from "../transpose.js";
import { transposed } from "./whole-matrix.js";

/** The numbers 0, 1, … as a row in chunks of these sizes. */
function numbers<A extends Handle>(like: A, sizes: readonly number[]): A {
  const length = sizes.reduce((sum, size) => sum + size, 0);
  return expandDims(like.wrap(countedExpr([length], [sizes])), 0);
}

/** The numbers of the rows of matrices, as a column, and of their columns, as a row. */
function places<A extends Handle>(x: A): [row: A, column: A] {
  const { chunks } = x.expr.meta;
  return [transposed(numbers(x, at(chunks, -2))), numbers(x, at(chunks, -1))];
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

/** The identity matrix, of the class of `like`. */
export function identity<A extends Handle>(like: A, n: number, dtype: DType): A {
  const line = numbers(like, [n]);
  return astype(equal(transposed(line), line), dtype);
}

/** The permutation matrices P that undo an order: row i of X is row `order[i]` of P · X. */
export function permutation<A extends Handle>(order: A): A {
  const [row] = places(order);
  return astype(equal(row, transposed(order)), order.expr.meta.dtype);
}
