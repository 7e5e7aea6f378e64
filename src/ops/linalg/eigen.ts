/** Eigenvalues and eigenvectors of matrices, each in one block. */
import { type DType, factsOf } from "../../data/dtype.js";
import type { Handle } from "../handle.js";
import type { ArrayInput } from "../literal.js";
import { takes } from "../parameters.js";
import type { Complexed, FloatedOrReal, MadeArray, RealFloated, TypedHandle } from "../typed-handle.js";
import { asSquare, matrixRoutine, realPart, rowsFrom, widthOf, withoutRow } from "./whole-matrix.js";

/** The result of {@link eigh} and {@link eig}. */
export interface Eigen<A> {
  /** The eigenvalues; of symmetric and Hermitian matrices ascending. */
  readonly eigenvalues: A;
  /** The eigenvectors, in columns. */
  readonly eigenvectors: A;
}

/**
 * The eigenvalues and eigenvectors of symmetric or Hermitian matrices, A = V · diag(w) · Vᴴ. Only the lower triangle is
 * read, and of the diagonal the real parts.
 *
 * Accepts real and complex dtypes; integers become float64. The eigenvalues are real. A task takes four times the
 * memory of a matrix. Throws a ShapeError for matrices that are not square.
 * @example const { eigenvalues, eigenvectors } = linalg.eigh(a)
 */
export const eigh = takes<{
  <A extends TypedHandle>(a: A): Eigen<FloatedOrReal<A>>;
  (a: ArrayInput): Eigen<MadeArray>;
  <A extends Handle>(a: A | ArrayInput): Eigen<A>;
}>("eigh", { a: "array" }, <A extends Handle>(a: A): Eigen<A> => {
  const square = asSquare(a, "eigh");
  const n = widthOf(square);
  const block = matrixRoutine([square], {
    name: "eigh",
    params: { vectors: true },
    flops: 9 * n ** 3,
  });
  return { eigenvalues: realPart(withoutRow(rowsFrom(block, 0, 1))), eigenvectors: rowsFrom(block, 1, n) };
});

/**
 * The eigenvalues of symmetric or Hermitian matrices, ascending.
 *
 * Accepts real and complex dtypes; integers become float64. Throws the same errors as {@link eigh}.
 * @example linalg.eigvalsh(a)
 */
export const eigvalsh = takes<{
  <A extends TypedHandle>(a: A): RealFloated<A>;
  (a: ArrayInput): MadeArray;
  <A extends Handle>(a: A | ArrayInput): A;
}>("eigvalsh", { a: "array" }, <A extends Handle>(a: A): A => {
  const square = asSquare(a, "eigvalsh");
  const n = widthOf(square);
  const { dtype } = square.expr.meta;
  const flops = (4 * n ** 3) / 3;
  return withoutRow(
    matrixRoutine([square], { name: "eigh", params: { vectors: false }, dtype: factsOf(dtype).part, flops }),
  );
});

const complexOf = (dtype: DType): DType => (factsOf(dtype).part === "float32" ? "complex64" : "complex128");

/**
 * The eigenvalues and right eigenvectors of square matrices, A · V = V · diag(w), as complex numbers; in no particular
 * order.
 *
 * Accepts real and complex dtypes; integers become float64. A task takes several times the memory of a matrix. Throws a
 * ShapeError for matrices that are not square; computing rejects with a LinAlgError where the iteration does not
 * converge.
 * @example const { eigenvalues, eigenvectors } = linalg.eig(a)
 */
export const eig = takes<{
  <A extends TypedHandle>(a: A): Eigen<Complexed<A>>;
  (a: ArrayInput): Eigen<MadeArray>;
  <A extends Handle>(a: A | ArrayInput): Eigen<A>;
}>("eig", { a: "array" }, <A extends Handle>(a: A): Eigen<A> => {
  const square = asSquare(a, "eig");
  const n = widthOf(square);
  const { dtype } = square.expr.meta;
  const flops = 25 * n ** 3;
  const block = matrixRoutine([square], { name: "eig", params: { vectors: true }, dtype: complexOf(dtype), flops });
  return { eigenvalues: withoutRow(rowsFrom(block, 0, 1)), eigenvectors: rowsFrom(block, 1, n) };
});

/**
 * The eigenvalues of square matrices, as complex numbers; in no particular order.
 *
 * Accepts real and complex dtypes; integers become float64. Throws the same errors as {@link eig}.
 * @example linalg.eigvals(a)
 */
export const eigvals = takes<{
  <A extends TypedHandle>(a: A): Complexed<A>;
  (a: ArrayInput): MadeArray;
  <A extends Handle>(a: A | ArrayInput): A;
}>("eigvals", { a: "array" }, <A extends Handle>(a: A): A => {
  const square = asSquare(a, "eigvals");
  const n = widthOf(square);
  const { dtype } = square.expr.meta;
  const flops = 10 * n ** 3;
  return withoutRow(
    matrixRoutine([square], { name: "eig", params: { vectors: false }, dtype: complexOf(dtype), flops }),
  );
});
