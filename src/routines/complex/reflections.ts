/** Householder reflections of complex vectors (LAPACK's zlarfg and zlarft); see ../reflections.ts. */
import type { Complex } from "../../data/dtype.js";
import { conjugated, imaginaryPart, type Matrix, part, realPart, rowOf, turned } from "../matrix.js";
import { addTimes, divideBy, numberAt, put, rowAt, sumOfProducts, times } from "./rows.js";

/** The length of a vector, of which no square leaves the range of floats. */
function lengthOf(x: Matrix): number {
  let [largest, sum] = [0, 0];
  for (const { data, first, columns, columnStride } of [realPart(x), imaginaryPart(x)])
    for (let j = 0; j < columns; j++) largest = Math.max(largest, Math.abs(data[first + j * columnStride]!));
  if (largest === 0) return 0;
  for (const { data, first, columns, columnStride } of [realPart(x), imaginaryPart(x)])
    for (let j = 0; j < columns; j++) sum += (data[first + j * columnStride]! / largest) ** 2;
  return largest * Math.sqrt(sum);
}

/** A reflection that leaves of a vector its first number. */
export interface ComplexReflection {
  readonly scale: Complex;
  /** What the first number becomes: a real one. */
  readonly length: number;
}

/**
 * Replaces the numbers of a row behind its first by the vector of the reflection whose adjoint makes them 0. The first
 * place, where the vector has its 1, keeps its number.
 */
export function reflectComplex(x: Matrix): ComplexReflection {
  const alpha = numberAt(x, 0, 0);
  const rest = rowAt(x, 0, 1);
  const tail = lengthOf(rest);
  if (tail === 0 && alpha.im === 0) return { scale: { re: 0, im: 0 }, length: alpha.re };
  const size = Math.hypot(alpha.re, alpha.im, tail);
  const length = alpha.re < 0 || Object.is(alpha.re, -0) ? size : -size;
  divideBy(rest, { re: alpha.re - length, im: alpha.im });
  return { scale: { re: (length - alpha.re) / length, im: -alpha.im / length }, length };
}

/** True for a reflection that changes nothing. */
export function isIdentity({ scale }: ComplexReflection): boolean {
  return scale.re === 0 && scale.im === 0;
}

/** (I − τ v vᴴ)ᴴ · A. The row `v` holds the vector with its 1, without being conjugated. */
export function applyAdjoint(a: Matrix, v: Matrix, scale: Complex): void {
  const sums = rowOf(a.columns, true);
  const [conjugates, factor] = [conjugated(v), { re: -scale.re, im: scale.im }];
  for (let i = 0; i < a.rows; i++) addTimes(sums, numberAt(conjugates, 0, i), rowAt(a, i));
  for (let i = 0; i < a.rows; i++) addTimes(rowAt(a, i), times(factor, numberAt(v, 0, i)), sums);
}

/** T of a panel, from the products of its vectors: T[:j, j] = −τ T[:j, :j] · V[:, :j]ᴴ v. */
export function fillTriangle(t: Matrix, products: Matrix, scales: Matrix): void {
  for (let j = 0; j < t.columns; j++) {
    const scale = numberAt(scales, 0, j);
    for (let i = 0; i < t.rows; i++) put(t, i, j, i === j ? scale : { re: 0, im: 0 });
    for (let i = 0; i < j; i++) {
      const column = { ...rowAt(products, i, j, j + 1), columns: j - i, columnStride: products.rowStride };
      const { re, im } = times(scale, sumOfProducts(rowAt(t, i, i, j), column));
      put(t, i, j, { re: -re, im: -im });
    }
  }
}

/** Reflects the columns of a narrow matrix one after the other; `scales` gets their factors τ. */
export function reflectNarrowComplex(a: Matrix, scales: Matrix): void {
  for (let j = 0; j < Math.min(a.rows, a.columns); j++) {
    const column = turned(part(a, j, j, a.rows - j, 1));
    const reflection = reflectComplex(column);
    put(scales, 0, j, reflection.scale);
    // the vector's 1, as long as it is used
    put(a, j, j, { re: 1, im: 0 });
    if (!isIdentity(reflection))
      applyAdjoint(part(a, j, j + 1, a.rows - j, a.columns - j - 1), column, reflection.scale);
    put(a, j, j, { re: reflection.length, im: 0 });
  }
}
