/**
 * When the result of a fold is right, although a backend may meet the points in any order.
 *
 * Tolerances: float sums within 1e-12 (float64) or 1e-5 (float32) of Σ|x|, products within the same of |Πx|. Where some
 * order overflows and another does not, any result is right.
 */
import type { DType } from "#src/data/dtype";
import type { Value } from "#src/program/evaluate";
import type { Primitive } from "#src/program/scalar";
import type { Judge } from "./mirror.js";
import { inexactPrimitives, ulps } from "./values.js";

const tolerance = (dtype: DType): number => (dtype === "float32" ? 1e-5 : 1e-12);
const exponents = (dtype: DType): number => (dtype === "float32" ? 120 : 1000);

const finite = (history: readonly Value[]): number[] => history.map(Number).filter(Number.isFinite);

/** For minima and maxima: a zero may have either sign. */
export const anyZero: Judge = (_, actual, expected) => actual === expected;

/** For sums of floats. */
export const sum: Judge = (dtype, actual, expected, history) => {
  const size = finite(history).reduce((total, x) => total + Math.abs(x), 0);
  if (Math.log2(size) > exponents(dtype)) return true;
  return actual === expected || Math.abs(Number(actual) - Number(expected)) <= tolerance(dtype) * size;
};

/** For products of floats. */
export const product: Judge = (dtype, actual, expected, history) => {
  const logarithms = finite(history)
    .filter((x) => x !== 0)
    .map((x) => Math.abs(Math.log2(Math.abs(x))));
  if (logarithms.reduce((total, x) => total + x, 0) > exponents(dtype)) return true;
  return (
    actual === expected || Math.abs(Number(actual) - Number(expected)) <= tolerance(dtype) * Math.abs(Number(expected))
  );
};

/** For a primitive that is applied once. */
export function once(op: Primitive): Judge | undefined {
  if (inexactPrimitives.has(op)) return (dtype, actual, expected) => ulps(dtype, actual, expected) <= 5;
  return op === "min" || op === "max" ? anyZero : undefined;
}
