/** Eigenvalues and eigenvectors of symmetric matrices, each in one block. */
import type { Handle } from "../define.js";
import { asSquare, rowsFrom, whole, withoutRow } from "./whole.js";

/** What {@link eigh} gives. */
export interface Eigen<A> {
  /** The eigenvalues, ascending. */
  readonly eigenvalues: A;
  /** The eigenvectors, in columns. */
  readonly eigenvectors: A;
}

/**
 * The eigenvalues and eigenvectors of symmetric matrices, A = V · diag(w) · Vᵀ. Only the lower triangle is read.
 *
 * Takes real dtypes; integers become float64. Memory for a task: four times a matrix. Throws a ShapeError for matrices that are
 * not square, a DTypeError for complex numbers.
 * @example const { eigenvalues, eigenvectors } = linalg.eigh(a)
 */
export function eigh<A extends Handle>(a: A): Eigen<A> {
  const square = asSquare(a, "eigh");
  const n = square.expr.meta.shape.at(-1)!;
  const block = whole([square], {
    name: "eigh",
    params: { vectors: true },
    rows: [1, n],
    columns: n,
    flops: 9 * n ** 3,
  });
  return { eigenvalues: withoutRow(rowsFrom(block, 0, 1)), eigenvectors: rowsFrom(block, 1, n) };
}

/**
 * The eigenvalues of symmetric matrices, ascending.
 *
 * Takes real dtypes; integers become float64. Throws what {@link eigh} throws.
 * @example linalg.eigvalsh(a)
 */
export function eigvalsh<A extends Handle>(a: A): A {
  const square = asSquare(a, "eigvalsh");
  const n = square.expr.meta.shape.at(-1)!;
  return withoutRow(
    whole([square], { name: "eigh", params: { vectors: false }, rows: [1], columns: n, flops: (4 * n ** 3) / 3 }),
  );
}
