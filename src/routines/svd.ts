/**
 * Singular values and vectors, A = U · S · Vᴴ: a tall matrix is first factored into Q · R, the square one that is left
 * is made bidiagonal by reflections from both sides (Golub and Kahan, 1965; Chan, 1982), and that one diagonal
 * (bidiagonal.ts). A wide matrix goes as its adjoint. The bidiagonal of a complex matrix is real, so only the
 * reflections differ.
 *
 *     [m, n] ─ QR ─▶ R [n, n] ─ reflections ─▶ ┌ d e     ┐ ─ QR steps ─▶ S, descending
 *                                              │   d e   │
 *                                              └     d   ┘
 */
import type { SvdParams } from "../program/routines/factorizations.js";
import { bringToDiagonal, type Reduced } from "./bidiagonal.js";
import { checkBlocks, checkFinite } from "./blocks.js";
import { bidiagonalizeComplex } from "./complex/reductions.js";
import {
  adjoint,
  at,
  conjugated,
  copy,
  hasImaginaryParts,
  type Matrix,
  part,
  rowOf,
  scaleIntoRange,
  store,
  storeReal,
  turned,
  Workspace,
} from "./matrix.js";
import { reflect } from "./qr.js";
import { applyReflections, panelBuffers, reflectVector } from "./reflections.js";
import type { RoutineArguments } from "./routine.js";

/** Takes a reflection of the rows from `k` on off the columns behind `k`: A − τ v (vᵀ A). */
function reflectBelow({ data, first, rows: n, rowStride }: Matrix, k: number, scale: number, sums: Float64Array): void {
  const top = first + k * rowStride;
  for (let q = k + 1; q < n; q++) sums[q] = data[top + q]!;
  for (let i = k + 1; i < n; i++) {
    const row = first + i * rowStride;
    const v = data[row + k]!;
    for (let q = k + 1; q < n; q++) sums[q] = sums[q]! + v * data[row + q]!;
  }
  for (let q = k + 1; q < n; q++) {
    sums[q] = sums[q]! * scale;
    data[top + q] = data[top + q]! - sums[q]!;
  }
  for (let i = k + 1; i < n; i++) {
    const row = first + i * rowStride;
    const v = data[row + k]!;
    for (let q = k + 1; q < n; q++) data[row + q] = data[row + q]! - v * sums[q]!;
  }
}

/** Takes a reflection of the columns behind `k`, whose vector lies in row `k`, off the rows below. */
function reflectBehind({ data, first, rows: n, rowStride }: Matrix, k: number, scale: number): void {
  const vector = first + k * rowStride;
  for (let i = k + 1; i < n; i++) {
    const row = first + i * rowStride;
    let sum = data[row + k + 1]!;
    for (let q = k + 2; q < n; q++) sum += data[row + q]! * data[vector + q]!;
    sum *= scale;
    data[row + k + 1] = data[row + k + 1]! - sum;
    for (let q = k + 2; q < n; q++) data[row + q] = data[row + q]! - sum * data[vector + q]!;
  }
}

/** Makes a square matrix bidiagonal in place. */
function bidiagonalize(a: Matrix): Reduced {
  if (hasImaginaryParts(a)) return bidiagonalizeComplex(a);
  const { data, first, rows: n, rowStride } = a;
  const rest = Math.max(0, n - 1);
  const [diagonal, beside, sums] = [new Float64Array(n), new Float64Array(n), new Float64Array(n)];
  const [ofColumns, ofRows] = [rowOf(n, false), rowOf(rest, false)];
  for (let k = 0; k < n; k++) {
    const corner = first + k * (rowStride + 1);
    const column = reflectVector(data, corner, rowStride, n - k);
    diagonal[k] = column.length;
    ofColumns.data[k] = column.scale;
    if (column.scale !== 0) reflectBelow(a, k, column.scale, sums);
    if (k + 1 === n) break;
    const row = reflectVector(data, corner + 1, 1, n - k - 1);
    beside[k] = row.length;
    ofRows.data[k] = row.scale;
    if (row.scale !== 0) reflectBehind(a, k, row.scale);
  }
  return { diagonal, beside, ofColumns, ofRows };
}

/** The routine `svd`: the input [m, n]; the outputs U, S and Vᴴ, or S alone, as {@link SvdParams} says. */
export function svd(call: RoutineArguments<SvdParams>): void {
  const { mode } = call.params;
  const { multiply, outputs } = call;
  const input = call.inputs[0]!;
  const [rows, columns] = input.shape as [number, number];
  const k = Math.min(rows, columns);
  const sides = mode === "complete" ? [rows, columns] : [k, k];
  checkBlocks("svd", call);
  checkFinite("svd", input);
  const space = new Workspace(call.workspace, input);
  const wide = columns > rows;
  const [m, n] = wide ? [columns, rows] : [rows, columns];
  const loaded = space.load(input);
  const unit = scaleIntoRange(loaded);
  const a = space.take(m, n);
  copy(wide ? adjoint(loaded) : loaded, a);
  const withVectors = mode !== "values";
  // vectors of the long side: n, or all of them
  const many = mode === "complete" ? m : n;
  const reflected = m > n ? reflect(a, withVectors ? many : 0, space, multiply) : null;
  const square = space.zeros(n, n);
  copy(part(a, 0, 0, n, n), square, (from, i, j) => (reflected !== null && j < i ? 0 : at(from, i, j)));
  const reduced = bidiagonalize(square);
  // by rows, so that rotations run along memory
  const left = withVectors ? space.identity(many, m) : null;
  const right = withVectors ? space.identity(n, n) : null;
  if (left !== null && right !== null && n > 0) {
    const buffers = panelBuffers(space, 32, n, n);
    applyReflections(square, reduced.ofColumns, turned(part(left, 0, 0, n, n)), buffers, multiply);
    if (n > 1) {
      const vectors = turned(part(square, 0, 1, n - 1, n - 1));
      applyReflections(vectors, reduced.ofRows, turned(part(right, 1, 1, n - 1, n - 1)), buffers, multiply);
    }
  }
  const inside = left && part(left, 0, 0, n, n);
  bringToDiagonal(reduced, inside, right, call.rotate);
  if (left !== null) reflected?.applyQ(turned(left));
  const { diagonal } = reduced;
  const order = Array.from(diagonal.keys()).sort((x, y) => Math.abs(diagonal[y]!) - Math.abs(diagonal[x]!));
  storeReal(
    order.map((from) => unit * Math.abs(diagonal[from]!)),
    outputs[withVectors ? 1 : 0]!,
  );
  if (left === null || right === null) return;
  // the vectors of the long side, and those of the short one, which take the signs of their values
  const long: typeof at = (of, i, j) => at(of, i < n ? order[i]! : i, j);
  const short: typeof at = (of, i, j) => (diagonal[order[i]!]! < 0 ? -1 : 1) * at(of, order[i]!, j);
  const [u, v] = wide ? [right, left] : [left, right];
  const [ofU, ofV] = wide ? [short, long] : [long, short];
  store({ ...u, rows, columns: sides[0]! }, outputs[0]!, (of, i, j) => ofU(of, j, i));
  store(conjugated({ ...v, rows: sides[1]!, columns }), outputs[2]!, ofV);
}
