/** Solutions of linear systems, inverses and determinants: each matrix in one block. */
import type { Handle } from "../define.js";
import { matmul } from "../matmul.js";
import { astype } from "../selection.js";
import { expandDims, slice, squeeze } from "../views.js";
import { qr } from "./qr.js";
import { solveTriangle, system } from "./triangular.js";
import { adjoint, asMatrices, asSquare, commonFloat, realPart, rowsFrom, squared, whole, withoutRow } from "./whole.js";

/**
 * The solution X of A · X = B, by LU with partial pivoting. B is a matrix, or a vector where A is one matrix; stacks of A and
 * of B agree.
 *
 * Takes real and complex dtypes; integers become float64. Memory for a task: the matrix, its factors, and a chunk of columns of
 * B. Throws a ShapeError where shapes do not fit; computing rejects with a LinAlgError for a singular matrix.
 * @example linalg.solve(a, b)
 */
export function solve<A extends Handle>(a: A, b: A): A {
  const [matrix, right, isVector] = system(a, b, "solve");
  const [n, r] = right.expr.meta.shape.slice(-2) as [number, number];
  const flops = (2 * n ** 3) / 3 + 2 * n * n * r;
  const x = whole([matrix, right], { name: "solve", rows: [n], columns: r, columnsOf: 1, flops });
  return isVector ? squeeze(x, -1) : x;
}

/**
 * The inverses of square matrices, by LU with partial pivoting. To solve a system, {@link solve} is faster and better.
 *
 * Takes real and complex dtypes; integers become float64. Memory for a task: three times a matrix. Throws a ShapeError for
 * matrices that are not square; computing rejects with a LinAlgError for a singular one.
 * @example linalg.inv(a)
 */
export function inv<A extends Handle>(a: A): A {
  const square = asSquare(a, "inv");
  const n = square.expr.meta.shape.at(-1)!;
  return whole([square], { name: "inv", rows: [n], columns: n, flops: 2 * n ** 3 });
}

/**
 * The determinants of square matrices, by LU with partial pivoting. That of a matrix of no rows is 1.
 *
 * Takes real and complex dtypes; integers become float64. Throws a ShapeError for matrices that are not square.
 * @example linalg.det(a)
 */
export function det<A extends Handle>(a: A): A {
  const square = asSquare(a, "det");
  const n = square.expr.meta.shape.at(-1)!;
  return withoutRow(whole([square], { name: "det", rows: [1], columns: 1, flops: (2 * n ** 3) / 3 }), 2);
}

/** What {@link lu} gives. */
export interface Lu<A> {
  /** A permutation of rows, as a matrix. */
  readonly p: A;
  /** Lower triangular with a diagonal of ones. */
  readonly l: A;
  /** Upper triangular. */
  readonly u: A;
}

/**
 * The factors P · L · U of matrices, with partial pivoting: L [m, k] and U [k, n] with k = min(m, n).
 *
 * Takes real and complex dtypes; integers become float64. Memory for a task: five squares of the longer side. Throws a ShapeError
 * for fewer than two axes. A singular matrix has factors too.
 * @example const { p, l, u } = linalg.lu(a)
 */
export function lu<A extends Handle>(a: A): Lu<A> {
  const matrices = asMatrices(a, "lu");
  const { shape } = matrices.expr.meta;
  const [m, n] = shape.slice(-2) as [number, number];
  const [side, k] = [Math.max(m, n), Math.min(m, n)];
  const block = whole([squared(matrices, side)], {
    ...{ name: "lu", rows: [side, side, side], columns: side },
    flops: (2 * side ** 3) / 3,
  });
  const corner = (from: number, rows: number, columns: number): A => {
    const all = shape.slice(0, -2).map(() => null);
    return slice(rowsFrom(block, from, rows), [...all, null, [0, columns]]);
  };
  return { p: realPart(corner(0, m, m)), l: corner(side, m, k), u: corner(2 * side, k, n) };
}

/** What {@link slogdet} gives. */
export interface SignAndLog<A> {
  /** 1, −1, or 0 for a singular matrix; of a complex one a number of size 1, or 0. */
  readonly sign: A;
  /** The natural logarithm of the size of the determinant. */
  readonly logabsdet: A;
}

/**
 * The signs of the determinants of square matrices and the logarithms of their sizes, where the determinant itself would leave
 * the range of floats.
 *
 * Takes real and complex dtypes; integers become float64. Throws a ShapeError for matrices that are not square.
 * @example const { sign, logabsdet } = linalg.slogdet(a)
 */
export function slogdet<A extends Handle>(a: A): SignAndLog<A> {
  const square = asSquare(a, "slogdet");
  const n = square.expr.meta.shape.at(-1)!;
  const both = whole([square], { name: "slogdet", rows: [1, 1], columns: 1, flops: (2 * n ** 3) / 3 });
  return { sign: withoutRow(rowsFrom(both, 0, 1), 2), logabsdet: realPart(withoutRow(rowsFrom(both, 1, 1), 2)) };
}

/**
 * The least-squares solution of A · X = B for a matrix A of full column rank that is at least as tall as wide: by QR in blocks
 * of rows, so that A may be of any height. B is a matrix or a vector of as many rows.
 *
 * Takes real and complex dtypes; integers become float64. One pass makes Q and R, another one Qᴴ · B. Throws a ShapeError where
 * shapes do not fit; computing rejects with a LinAlgError where the rank is exactly deficient.
 * @example linalg.lstsq(a, b)
 */
export function lstsq<A extends Handle>(a: A, b: A): A {
  const matrix = asMatrices(a, "lstsq");
  const isVector = b.expr.meta.shape.length === 1;
  const right = asMatrices(isVector ? expandDims(b, 1) : b, "lstsq");
  const { q, r } = qr(astype(matrix, commonFloat([matrix.expr.meta.dtype, right.expr.meta.dtype])));
  const x = solveTriangle(r, matmul(adjoint(q), right), { lower: false, unit: false });
  return isVector ? squeeze(x, -1) : x;
}
