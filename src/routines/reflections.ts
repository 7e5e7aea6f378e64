/**
 * Householder reflections I − τ v vᴴ, and many of them as one product I − V T Vᴴ (Schreiber and Van Loan's compact WY
 * form, 1989; LAPACK's dlarfg, dlarft and dlarfb).
 *
 *     ┌ x x x x ┐      the vector of reflection j lies below the diagonal of column j; a 1 in the diagonal and zeros
 *     │ v x x x │      above it are implied, so that place holds what the reflections have made of the matrix
 *     └ v v x x ┘
 *
 * Signs are LAPACK's: a reflection turns a vector into −sign(α) · its length, for complex numbers −sign(Re α), a real
 * number. For that τ is complex, and it is (I − τ v vᴴ)ᴴ that turns the vector. The factors τ of a matrix are a row of
 * numbers.
 */
import { fillTriangle } from "./complex/reflections.js";
import {
  adjoint,
  at,
  hasImaginaryParts,
  imaginaryPart,
  type Matrix,
  type Multiply,
  part,
  realPart,
  type Workspace,
} from "./matrix.js";

/** A reflection that leaves of a vector its first number. */
export interface Reflection {
  readonly scale: number;
  /** What the first number becomes. */
  readonly length: number;
}

/**
 * Replaces `count` numbers, from `first` on and `step` apart, by the vector of the reflection that makes all but the
 * first of them 0. The first place, where the vector has its 1, keeps its number.
 */
export function reflectVector(data: Float64Array, first: number, step: number, count: number): Reflection {
  let largest = 0;
  for (let i = 1, p = first + step; i < count; i++, p += step) largest = Math.max(largest, Math.abs(data[p]!));
  const alpha = data[first]!;
  if (largest === 0) return { scale: 0, length: alpha };
  let sum = 0;
  // squares of the largest numbers leave the range of floats
  for (let i = 1, p = first + step; i < count; i++, p += step) sum += (data[p]! / largest) ** 2;
  const size = Math.hypot(alpha, largest * Math.sqrt(sum));
  const length = alpha < 0 || Object.is(alpha, -0) ? size : -size;
  const divisor = alpha - length;
  for (let i = 1, p = first + step; i < count; i++, p += step) data[p] = data[p]! / divisor;
  return { scale: (length - alpha) / length, length };
}

/** Memory for a panel of reflections while it is applied; see `panel` in program/routines/factorizations.ts. */
export interface PanelBuffers {
  /** [rows, width]: V with its ones and zeros. */
  readonly v: Matrix;
  /** Twice [width, columns]. */
  readonly w: Matrix;
  readonly tw: Matrix;
  /** [width, width]. */
  readonly t: Matrix;
}

/** Takes what panels of `width` reflections need: of vectors with `rows` rows, applied to `columns` columns. */
export function panelBuffers(space: Workspace, width: number, rows: number, columns: number): PanelBuffers {
  return {
    v: space.take(rows, width),
    w: space.take(width, Math.max(width, columns)),
    tw: space.take(width, columns),
    t: space.take(width, width),
  };
}

const realMatricesOf = (matrix: Matrix): readonly Matrix[] =>
  hasImaginaryParts(matrix) ? [realPart(matrix), imaginaryPart(matrix)] : [matrix];

function clear(matrix: Matrix): void {
  for (const { data, first, rows, columns, rowStride } of realMatricesOf(matrix)) {
    for (let i = 0; i < rows; i++) data.fill(0, first + i * rowStride, first + i * rowStride + columns);
  }
}

/** Copies the vectors of a panel, or a part of them, with the zeros that are implied and `one` in the diagonal. */
function copyVectors(v: Matrix, a: Matrix, start: number, one: 0 | 1): void {
  for (let i = 0; i < v.rows; i++) {
    const to = v.first + i * v.rowStride;
    for (let j = 0; j < v.columns; j++) v.data[to + j] = i > j ? at(a, start + i, start + j) : i === j ? one : 0;
  }
}

/** T of a panel, from the products of its vectors: T[:j, j] = −τ T[:j, :j] · V[:, :j]ᴴ v. */
function fillReal(t: Matrix, products: Matrix, scales: Matrix): void {
  for (let j = 0; j < t.columns; j++) {
    const scale = at(scales, 0, j);
    for (let i = 0; i < t.rows; i++) {
      let sum = 0;
      for (let p = i; p < j; p++) sum += at(t, i, p) * at(products, p, j);
      t.data[t.first + i * t.rowStride + j] = i < j ? -scale * sum : i === j ? scale : 0;
    }
  }
}

/**
 * Applies the reflections of columns `start` … `start + scales.columns` of A to the rows of C from `start` on: the
 * first of them last, or, inverted, first.
 */
export function applyPanel(
  a: Matrix,
  start: number,
  scales: Matrix,
  c: Matrix,
  inverted: boolean,
  buffers: PanelBuffers,
  multiply: Multiply,
): void {
  if (c.columns === 0) return;
  const width = scales.columns;
  const rows = a.rows - start;
  const v = part(buffers.v, 0, 0, rows, width);
  copyVectors(realPart(v), realPart(a), start, 1);
  if (hasImaginaryParts(v)) copyVectors(imaginaryPart(v), imaginaryPart(a), start, 0);
  const t = part(buffers.t, 0, 0, width, width);
  const products = part(buffers.w, 0, 0, width, width);
  clear(products);
  multiply(products, adjoint(v), v, 1);
  (hasImaginaryParts(t) ? fillTriangle : fillReal)(t, products, scales);
  const [w, tw] = [part(buffers.w, 0, 0, width, c.columns), part(buffers.tw, 0, 0, width, c.columns)];
  clear(w);
  clear(tw);
  const below = part(c, start, 0, rows, c.columns);
  multiply(w, adjoint(v), below, 1);
  multiply(tw, inverted ? adjoint(t) : t, w, 1);
  multiply(below, v, tw, -1);
}

/** Turns C into Q · C, where Q is the product of all reflections in the columns of A. */
export function applyReflections(
  a: Matrix,
  scales: Matrix,
  c: Matrix,
  buffers: PanelBuffers,
  multiply: Multiply,
): void {
  const width = buffers.t.columns;
  const k = scales.columns;
  for (let start = Math.floor((k - 1) / width) * width; k > 0 && start >= 0; start -= width) {
    const mine = part(scales, 0, start, 1, Math.min(width, k - start));
    applyPanel(a, start, mine, c, false, buffers, multiply);
  }
}
