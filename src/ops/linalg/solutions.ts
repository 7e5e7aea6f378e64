/**
 * Solutions of linear systems, inverses and determinants: each matrix in one call, or in panels where it is too large
 * (elimination.ts).
 */

import type { DType } from "../../data/dtype.js";
import { ShapeError } from "../../data/errors.js";
import type { FloatingOf } from "../../data/typed.js";
import type { Handle } from "../handle.js";
import type { ArrayInput } from "../literal.js";
import { takes } from "../parameters.js";
import { matmul } from "../products/matmul.js";
import { astype } from "../selection.js";
import { expandDims, squeeze } from "../transpose.js";
import type { Floated, FloatedOrReal, MadeArray, TypedHandle, WithDType } from "../typed-handle.js";
import { panelWidth } from "./elimination.js";
import { identity } from "./masks.js";
import { detInPanels, type SignAndLog, slogdetInPanels, solveInPanels } from "./panels.js";
import { qr } from "./qr.js";
import { inOneStack, solveTriangle, system } from "./triangular.js";
import {
  adjoint,
  asMatrices,
  asSquare,
  commonFloat,
  heightOf,
  matrixRoutine,
  realPart,
  rowsFrom,
  sidesOf,
  widthOf,
  withoutRow,
} from "./whole-matrix.js";

/**
 * The solution X of A · X = B, by LU with partial pivoting. B is a matrix or, with one axis, a vector; stacks of A and
 * of B broadcast.
 *
 * Accepts real and complex dtypes; integers become float64. Memory for a task: the matrix, its factors, and a chunk of
 * columns of B; large matrices are factored in panels, as in `lu`. Throws a ShapeError where the shapes do not match;
 * computing rejects with a LinAlgError for a singular matrix.
 * @example linalg.solve(a, b)
 */
export const solve = takes<{
  <A extends TypedHandle>(a: A, b: TypedHandle<A["dtype"]>): Floated<A>;
  <A extends TypedHandle>(a: A, b: TypedHandle | ArrayInput): WithDType<A, FloatingOf<DType>>;
  (a: ArrayInput, b: ArrayInput): MadeArray;
  <A extends Handle>(a: A | ArrayInput, b: A | ArrayInput): A;
}>("solve", { a: "array", b: "array" }, <A extends Handle>(a: A, b: A): A => {
  const [matrix, right, isVector] = system(a, b, "solve");
  const [n, r] = sidesOf(right.expr.meta);
  const flops = (2 * n ** 3) / 3 + 2 * n * n * r;
  const width = panelWidth(matrix);
  const x =
    width === null
      ? matrixRoutine([matrix, right], { name: "solve", columnsOf: 1, flops })
      : solveInPanels(matrix, right, width, "solve");
  return isVector ? squeeze(x, -1) : x;
});

/**
 * The inverses of square matrices, by LU with partial pivoting. To solve a system, {@link solve} is faster and better.
 *
 * Accepts real and complex dtypes; integers become float64. A task takes three times the memory of a matrix; large ones
 * go in panels, as `lu` says. Throws a ShapeError for matrices that are not square; computing rejects with a
 * LinAlgError for a singular one.
 * @example linalg.inv(a)
 */
export const inv = takes<{
  <A extends TypedHandle>(a: A): Floated<A>;
  (a: ArrayInput): MadeArray;
  <A extends Handle>(a: A | ArrayInput): A;
}>("inv", { a: "array" }, <A extends Handle>(a: A): A => {
  const square = asSquare(a, "inv");
  const n = widthOf(square);
  const width = panelWidth(square);
  if (width !== null) return solveInPanels(square, identity(square, n, square.expr.meta.dtype), width, "inv");
  return matrixRoutine([square], { name: "inv", flops: 2 * n ** 3 });
});

/**
 * The determinants of square matrices, by LU with partial pivoting. That of a matrix of no rows is 1.
 *
 * Accepts real and complex dtypes; integers become float64. Large matrices are factored in panels, as in `lu`. Throws a
 * ShapeError for matrices that are not square.
 * @example linalg.det(a)
 */
export const det = takes<{
  <A extends TypedHandle>(a: A): Floated<A>;
  (a: ArrayInput): MadeArray;
  <A extends Handle>(a: A | ArrayInput): A;
}>("det", { a: "array" }, <A extends Handle>(a: A): A => {
  const square = asSquare(a, "det");
  const n = widthOf(square);
  const width = panelWidth(square);
  if (width !== null) return detInPanels(square, width);
  return withoutRow(matrixRoutine([square], { name: "det", flops: (2 * n ** 3) / 3 }), 2);
});

/**
 * The signs of the determinants of square matrices and the logarithms of their absolute values, where the determinant
 * itself would leave the range of floats.
 *
 * Accepts real and complex dtypes; integers become float64. Large matrices are factored in panels, as in `lu`. Throws a
 * ShapeError for matrices that are not square.
 * @example const { sign, logabsdet } = linalg.slogdet(a)
 */
export const slogdet = takes<{
  <A extends TypedHandle>(a: A): SignAndLog<FloatedOrReal<A>>;
  (a: ArrayInput): SignAndLog<MadeArray>;
  <A extends Handle>(a: A | ArrayInput): SignAndLog<A>;
}>("slogdet", { a: "array" }, <A extends Handle>(a: A): SignAndLog<A> => {
  const square = asSquare(a, "slogdet");
  const n = widthOf(square);
  const width = panelWidth(square);
  if (width !== null) return slogdetInPanels(square, width);
  const both = matrixRoutine([square], { name: "slogdet", flops: (2 * n ** 3) / 3 });
  return { sign: withoutRow(rowsFrom(both, 0, 1), 2), logabsdet: realPart(withoutRow(rowsFrom(both, 1, 1), 2)) };
});

/**
 * The least-squares solution of A · X = B for matrices A of full rank: by QR in blocks of rows, so that A may be of any
 * height. B is a matrix of as many rows or, with one axis, a vector; stacks of A and of B broadcast. Where A is wider
 * than tall, the solution of the smallest norm.
 *
 * Accepts real and complex dtypes; integers become float64. One pass makes Q and R, another one Qᴴ · B. Throws a
 * ShapeError where shapes do not fit; computing rejects with a LinAlgError where the rank is exactly deficient.
 * @example linalg.lstsq(a, b)
 */
export const lstsq = takes<{
  <A extends TypedHandle>(a: A, b: TypedHandle<A["dtype"]>): Floated<A>;
  <A extends TypedHandle>(a: A, b: TypedHandle | ArrayInput): WithDType<A, FloatingOf<DType>>;
  (a: ArrayInput, b: ArrayInput): MadeArray;
  <A extends Handle>(a: A | ArrayInput, b: A | ArrayInput): A;
}>("lstsq", { a: "array", b: "array" }, <A extends Handle>(a: A, b: A): A => {
  const matrices = asMatrices(a, "lstsq");
  const isVector = b.expr.meta.shape.length === 1;
  const columns = asMatrices(isVector ? expandDims(b, 1) : b, "lstsq");
  const [m, n] = sidesOf(matrices.expr.meta);
  if (heightOf(columns) !== m) {
    const both = `[${a.expr.meta.shape.join(", ")}] and [${b.expr.meta.shape.join(", ")}]`;
    throw new ShapeError(`lstsq: ${both} do not fit; expected a side of as many rows as the matrix`);
  }
  const dtype = commonFloat([matrices.expr.meta.dtype, columns.expr.meta.dtype]);
  const [matrix, right] = inOneStack(astype(matrices, dtype), astype(columns, dtype), "lstsq");
  const { q, r } = qr(m < n ? adjoint(matrix) : matrix);
  const x =
    m < n
      ? matmul(q, solveTriangle(adjoint(r), right, { lower: true, unit: false }))
      : solveTriangle(r, matmul(adjoint(q), right), { lower: false, unit: false });
  return isVector ? squeeze(x, -1) : x;
});
