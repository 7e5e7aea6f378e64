/**
 * Solutions of linear systems, inverses and determinants: each matrix in one call, or in panels where it is too large
 * (elimination.ts).
 */
import { abs, add, multiply, sign as signOf } from "../arithmetic.js";
import type { Handle } from "../define.js";
import { diagonal } from "../diagonal.js";
import { log } from "../mathematical.js";
import { matmul } from "../matmul.js";
import { prod, sum } from "../reductions.js";
import { concat, expandDims, rechunk, squeeze } from "../views.js";
import { eliminate, panelWidth } from "./elimination.js";
import { joinedUpper } from "./lu.js";
import { identity } from "./masks.js";
import { qr } from "./qr.js";
import { part, solveTriangle, system, triangularBlocks } from "./triangular.js";
import { asMatrices, asSquare, rowsFrom, turned, whole, withoutRow } from "./whole.js";

/** Solves in panels of so many columns; right sides pass them as the columns of the matrix do. */
function solveInPanels<A extends Handle>(a: A, b: A, width: number, operation: string): A {
  const [n, r] = b.expr.meta.shape as [number, number];
  const columns = b.expr.meta.chunks[1]!;
  const narrow = columns.every((size) => size <= width) ? columns : width;
  const both = concat([rechunk(a, [a.expr.meta.chunks[0]!, width]), rechunk(b, [b.expr.meta.chunks[0]!, narrow])], {
    axis: 1,
  });
  const rows = joinedUpper(eliminate(both, n, width, { operation, regular: true }));
  return triangularBlocks(part(rows, [0, n], [0, n]), part(rows, [0, n], [n, n + r]), false, false, width);
}

/** The pivots of a matrix in panels, with the signs of the panels' permutations. */
function pivots<A extends Handle>(a: A, width: number, operation: string): [pivots: A, signs: A] {
  const { shape, chunks } = a.expr.meta;
  const panels = eliminate(rechunk(a, [chunks[0]!, width]), shape[1]!, width, { operation, regular: false });
  return [concat(panels.map(({ factors }) => diagonal(factors))), concat(panels.map(({ sign }) => sign))];
}

/**
 * The solution X of A · X = B, by LU with partial pivoting. B is a matrix, or a vector where A is one matrix; stacks of A and
 * of B agree.
 *
 * Takes real dtypes; integers become float64. Memory for a task: the matrix, its factors, and a chunk of columns of B; large
 * matrices go in panels, as {@link lu} says. Throws a ShapeError where shapes do not fit; computing rejects with a LinAlgError
 * for a singular matrix.
 * @example linalg.solve(a, b)
 */
export function solve<A extends Handle>(a: A, b: A): A {
  const [matrix, right, isVector] = system(a, b, "solve");
  const [n, r] = right.expr.meta.shape.slice(-2) as [number, number];
  const flops = (2 * n ** 3) / 3 + 2 * n * n * r;
  const width = panelWidth(matrix.expr.meta);
  const x =
    width === null
      ? whole([matrix, right], { name: "solve", rows: [n], columns: r, columnsOf: 1, flops })
      : solveInPanels(matrix, right, width, "solve");
  return isVector ? squeeze(x, -1) : x;
}

/**
 * The inverses of square matrices, by LU with partial pivoting. To solve a system, {@link solve} is faster and better.
 *
 * Takes real dtypes; integers become float64. Memory for a task: three times a matrix; large ones go in panels, as {@link lu}
 * says. Throws a ShapeError for matrices that are not square; computing rejects with a LinAlgError for a singular one.
 * @example linalg.inv(a)
 */
export function inv<A extends Handle>(a: A): A {
  const square = asSquare(a, "inv");
  const { meta } = square.expr;
  const n = meta.shape.at(-1)!;
  const width = panelWidth(meta);
  if (width !== null) return solveInPanels(square, identity(square, n, meta.dtype), width, "inv");
  return whole([square], { name: "inv", rows: [n], columns: n, flops: 2 * n ** 3 });
}

/**
 * The determinants of square matrices, by LU with partial pivoting. That of a matrix of no rows is 1.
 *
 * Takes real dtypes; integers become float64. Large matrices go in panels, as {@link lu} says. Throws a ShapeError for matrices
 * that are not square.
 * @example linalg.det(a)
 */
export function det<A extends Handle>(a: A): A {
  const square = asSquare(a, "det");
  const n = square.expr.meta.shape.at(-1)!;
  const width = panelWidth(square.expr.meta);
  if (width !== null) {
    const [diagonal, signs] = pivots(square, width, "det");
    return add(multiply(prod(diagonal), prod(signs)), 0); // not −0
  }
  return withoutRow(whole([square], { name: "det", rows: [1], columns: 1, flops: (2 * n ** 3) / 3 }), 2);
}

/** What {@link slogdet} gives. */
export interface SignAndLog<A> {
  /** 1, −1, or 0 for a singular matrix. */
  readonly sign: A;
  /** The natural logarithm of the size of the determinant. */
  readonly logabsdet: A;
}

/**
 * The signs of the determinants of square matrices and the logarithms of their sizes, where the determinant itself would leave
 * the range of floats.
 *
 * Takes real dtypes; integers become float64. Large matrices go in panels, as {@link lu} says. Throws a ShapeError for matrices
 * that are not square.
 * @example const { sign, logabsdet } = linalg.slogdet(a)
 */
export function slogdet<A extends Handle>(a: A): SignAndLog<A> {
  const square = asSquare(a, "slogdet");
  const n = square.expr.meta.shape.at(-1)!;
  const width = panelWidth(square.expr.meta);
  if (width !== null) {
    const [diagonal, signs] = pivots(square, width, "slogdet");
    const sign = add(multiply(prod(signOf(diagonal)), prod(signs)), 0); // not −0
    return { sign, logabsdet: sum(log(abs(diagonal))) };
  }
  const both = whole([square], { name: "slogdet", rows: [1, 1], columns: 1, flops: (2 * n ** 3) / 3 });
  return { sign: withoutRow(rowsFrom(both, 0, 1), 2), logabsdet: withoutRow(rowsFrom(both, 1, 1), 2) };
}

/**
 * The least-squares solution of A · X = B for a matrix A of full column rank that is at least as tall as wide: by QR in blocks
 * of rows, so that A may be of any height. B is a matrix or a vector of as many rows.
 *
 * Takes real dtypes; integers become float64. One pass makes Q and R, another one Qᵀ · B. Throws a ShapeError where shapes do
 * not fit; computing rejects with a LinAlgError where the rank is exactly deficient.
 * @example linalg.lstsq(a, b)
 */
export function lstsq<A extends Handle>(a: A, b: A): A {
  const matrix = asMatrices(a, "lstsq");
  const isVector = b.expr.meta.shape.length === 1;
  const right = asMatrices(isVector ? expandDims(b, 1) : b, "lstsq");
  const { q, r } = qr(matrix);
  const x = solveTriangle(r, matmul(turned(q), right), { lower: false, unit: false });
  return isVector ? squeeze(x, -1) : x;
}
