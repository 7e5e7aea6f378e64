/** The exponential of matrices, each in one block. */
import type { Handle } from "../handle.js";
import type { ArrayInput } from "../literal.js";
import { takes } from "../parameters.js";
import type { Floated, MadeArray, TypedHandle } from "../typed-handle.js";
import { asSquare, matrixRoutine, widthOf } from "./whole-matrix.js";

/**
 * The exponential of square matrices, I + A + A² / 2 + …: by scaling and squaring with Padé's approximant of degree 13
 * (Higham, 2005).
 *
 * Accepts real and complex dtypes; integers become float64. A task takes nine times the memory of a matrix, in float64.
 * Throws a ShapeError for matrices that are not square. The exponential of a matrix with NaN or an infinity is NaN
 * everywhere.
 * @example linalg.expm(a)
 */
export const expm = takes<{
  <A extends TypedHandle>(a: A): Floated<A>;
  (a: ArrayInput): MadeArray;
  <A extends Handle>(a: A | ArrayInput): A;
}>("expm", { a: "array" }, <A extends Handle>(a: A): A => {
  const square = asSquare(a, "expm");
  const n = widthOf(square);
  // six products, a solution, and squarings, whose number depends on the values
  return matrixRoutine([square], { name: "expm", flops: 20 * n ** 3 });
});
