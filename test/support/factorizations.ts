/** What tests of factorizations share: shapes around the edges of panels, random matrices, and errors as values. */
import { LinAlgError, NDArray } from "chunkwise";
import { randomOf } from "../conformance/backend/values.js";
import { thrownBy } from "./folder.js";

export type Complex = "complex64" | "complex128";
/** The shapes of outputs. */
export type Shapes = readonly (readonly number[])[];

/** The sides of square matrices. */
export const sides = [0, 1, 2, 3, 16, 17, 33, 65, 130];

/** The shapes of matrices that are not square, or need not be. */
export const oblong = [
  [0, 3],
  [3, 0],
  [1, 1],
  [1, 4],
  [4, 1],
  [5, 3],
  [3, 5],
  [40, 33],
  [33, 40],
  [100, 20],
  [20, 100],
  [70, 70],
  [130, 65],
] as const;

/** Numbers between -1 and 1. */
export function numbers(count: number, seed: number): Float64Array {
  const next = randomOf(seed);
  return Float64Array.from({ length: count }, () => 2 * next() - 1);
}

/** An array of complex numbers from their parts. */
export function complex(dtype: Complex, shape: readonly number[], values: Iterable<number>): NDArray {
  return new NDArray(dtype, shape, (dtype === "complex64" ? Float32Array : Float64Array).from(values));
}

/** The error of linear algebra that a call throws. */
export function failure(run: () => unknown): LinAlgError {
  const error = thrownBy(run);
  if (error instanceof LinAlgError) return error;
  throw error;
}
