/** The exponential of matrices, each in one block. */
import type { Handle } from "../handle.js";
import { asSquare, matrixRoutine, widthOf } from "./whole-matrix.js";

/**
 * The exponential of square matrices, I + A + A² / 2 + …: by scaling and squaring with Padé's approximant of degree 13 (Higham,
 * 2005).
 *
 * Takes real and complex dtypes; integers become float64. Memory for a task: nine times a matrix, in float64. Throws a ShapeError
 * for matrices that are not square. The exponential of a matrix with NaN or an infinity is NaN everywhere.
 * @example linalg.expm(a)
 */
export function expm<A extends Handle>(a: A): A {
  const square = asSquare(a, "expm");
  const n = widthOf(square);
  // six products, a solution, and squarings, of which nobody knows yet how many
  return matrixRoutine([square], { name: "expm", flops: 20 * n ** 3 });
}
