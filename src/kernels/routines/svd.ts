/**
 * Singular values and vectors, A = U · S · Vᵀ: a tall matrix is first factored into Q · R, the square one that is left is made
 * bidiagonal by reflections from both sides (Golub and Kahan, 1965; Chan, 1982), and that one diagonal (bidiagonal.ts). A wide
 * matrix goes as its transpose.
 *
 *     [m, n] ─ QR ─▶ R [n, n] ─ reflections ─▶ ┌ d e     ┐ ─ QR steps ─▶ S, descending
 *                                              │   d e   │
 *                                              └     d   ┘
 */
import { type Bidiagonal, bringToDiagonal } from "./bidiagonal.js";
import { checkBlocks, checkFinite } from "./blocks.js";
import { at, type Matrix, part, store, tamed, turned, Workspace } from "./matrix.js";
import { reflect } from "./qr.js";
import { applyReflections, panelRoom, reflectVector } from "./reflections.js";
import type { RoutineArguments } from "./routine.js";

/** What the routine `svd` is told. */
export interface SvdParams {
  /** `reduced`: U [m, k], S [k], Vᵀ [k, n] with k = min(m, n); `complete`: U [m, m], Vᵀ [n, n]; `values`: S alone. */
  readonly mode: "reduced" | "complete" | "values";
}

/** A matrix that became bidiagonal, and the factors of the reflections of its columns and of its rows. */
interface Reduced extends Bidiagonal {
  readonly ofColumns: Float64Array;
  readonly ofRows: Float64Array;
}

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

/** Takes a reflection of the columns behind `k`, whose vector stands in row `k`, off the rows below. */
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
  const { data, first, rows: n, rowStride } = a;
  const rest = Math.max(0, n - 1);
  const [diagonal, beside, sums] = [new Float64Array(n), new Float64Array(n), new Float64Array(n)];
  const [ofColumns, ofRows] = [new Float64Array(n), new Float64Array(rest)];
  for (let k = 0; k < n; k++) {
    const corner = first + k * (rowStride + 1);
    const column = reflectVector(data, corner, rowStride, n - k);
    diagonal[k] = column.length;
    ofColumns[k] = column.scale;
    if (column.scale !== 0) reflectBelow(a, k, column.scale, sums);
    if (k + 1 === n) break;
    const row = reflectVector(data, corner + 1, 1, n - k - 1);
    beside[k] = row.length;
    ofRows[k] = row.scale;
    if (row.scale !== 0) reflectBehind(a, k, row.scale);
  }
  return { diagonal, beside, ofColumns, ofRows };
}

/** The routine `svd`: the input [m, n]; the outputs U, S and Vᵀ, or S alone, as {@link SvdParams} says. */
export function svd(call: RoutineArguments): void {
  const { mode } = call.params as SvdParams;
  const { multiply, outputs } = call;
  const input = call.inputs[0]!;
  const [rows, columns] = input.shape as [number, number];
  const k = Math.min(rows, columns);
  const sides = mode === "complete" ? [rows, columns] : [k, k];
  checkBlocks("svd", call, mode === "values" ? [[k]] : [[rows, sides[0]!], [k], [sides[1]!, columns]]); // biome-ignore format: a list
  checkFinite("svd", input);
  const space = new Workspace(call.workspace);
  const wide = columns > rows;
  const [m, n] = wide ? [columns, rows] : [rows, columns];
  const loaded = space.load(input);
  const unit = tamed(loaded);
  const a = space.take(m, n);
  for (let i = 0; i < m; i++)
    for (let j = 0; j < n; j++) a.data[a.first + i * n + j] = wide ? at(loaded, j, i) : at(loaded, i, j);
  const withVectors = mode !== "values";
  // vectors of the long side: n, or all of them
  const many = mode === "complete" ? m : n;
  const reflected = m > n ? reflect(a, withVectors ? many : 0, space, multiply) : null;
  const square = space.zeros(n, n);
  for (let i = 0; i < n; i++) {
    for (let j = reflected === null ? 0 : i; j < n; j++) square.data[square.first + i * n + j] = at(a, i, j);
  }
  const reduced = bidiagonalize(square);
  // by rows, so that rotations run along memory
  const left = withVectors ? space.identity(many, m) : null;
  const right = withVectors ? space.identity(n, n) : null;
  if (left !== null && right !== null && n > 0) {
    const room = panelRoom(space, 32, n, n);
    applyReflections(square, reduced.ofColumns, turned(part(left, 0, 0, n, n)), room, multiply);
    if (n > 1) {
      const vectors = turned(part(square, 0, 1, n - 1, n - 1));
      applyReflections(vectors, reduced.ofRows, turned(part(right, 1, 1, n - 1, n - 1)), room, multiply);
    }
  }
  const inside = left && part(left, 0, 0, n, n);
  bringToDiagonal(reduced, inside, right, call.rotate);
  if (left !== null) reflected?.applyQ(turned(left));
  const { diagonal } = reduced;
  const order = Array.from(diagonal.keys()).sort((x, y) => Math.abs(diagonal[y]!) - Math.abs(diagonal[x]!));
  const values = outputs[withVectors ? 1 : 0]!;
  for (const [i, from] of order.entries()) values.data[i] = unit * Math.abs(diagonal[from]!);
  if (left === null || right === null) return;
  /** A component of the i-th vector of the long side, or of the short one, which takes the sign of its value. */
  const long = (i: number, j: number): number => at(left, i < n ? order[i]! : i, j);
  const short = (i: number, j: number): number => (diagonal[order[i]!]! < 0 ? -1 : 1) * at(right, order[i]!, j);
  const [u, v] = wide ? [short, long] : [long, short];
  store({ ...left, rows, columns: sides[0]! }, outputs[0]!, (i, j) => u(j, i));
  store({ ...left, rows: sides[1]!, columns }, outputs[2]!, v);
}
