/**
 * Triangular systems T · X = B, solved in place, by halves: X₁ from T₁₁, B₂ − T₂₁ X₁, X₂ from T₂₂. All but the smallest
 * triangles is products. After Gustavson, "Recursion leads to automatic variable blocking for dense linear-algebra
 * algorithms" (1997).
 */
import { LinAlgError } from "../data/errors.js";
import type { TriangularParams } from "../program/routines/factorizations.js";
import { checkBlocks, misfit, sideOf } from "./blocks.js";
import { isZero, type Matrix, type MatrixKernels, part, store, type Triangle, turned, Workspace } from "./matrix.js";
import type { RoutineArguments } from "./routine.js";

/**
 * Triangles in JavaScript, and panels of complex columns, are done without products up to here: one of so few steps
 * takes a quarter of the time.
 */
export const SMALL_TRIANGLE_ROWS = 8;

/**
 * A split into two: equal ones where these are multiples of 4, as the tiles of products are, so that parts lie evenly
 * in what they are parts of; otherwise the first one is a multiple of {@link SMALL_TRIANGLE_ROWS}.
 */
export function halfOf(length: number): number {
  return length % 8 === 0 && length > 8 * SMALL_TRIANGLE_ROWS
    ? length / 2
    : Math.ceil(length / (2 * SMALL_TRIANGLE_ROWS)) * SMALL_TRIANGLE_ROWS;
}

/** The right sides that are solved together: rows of this many of a small triangle stay in the L1 cache. */
const COLUMNS_TOGETHER = 128;

/** Small triangles in JavaScript, for backends that have nothing faster. */
export function solveSmall(t: Matrix, b: Matrix, triangle: Triangle): boolean {
  if (t.rows > SMALL_TRIANGLE_ROWS) return false;
  for (let j = 0; j < b.columns; j += COLUMNS_TOGETHER)
    solveRows(t, part(b, 0, j, b.rows, Math.min(COLUMNS_TOGETHER, b.columns - j)), triangle);
  return true;
}

function solveRows(t: Matrix, b: Matrix, { lower, unit }: Triangle): void {
  const { rows: n, data, columnStride: along } = t;
  const { columns, rowStride, columnStride: step, data: x } = b;
  for (let q = 0; q < n; q++) {
    const i = lower ? q : n - 1 - q;
    const row = b.first + i * rowStride;
    const end = row + columns * step;
    const [from, to] = lower ? [0, i] : [i + 1, n];
    let p = from;
    // four rows at a time: what takes time is memory
    for (; p + 4 <= to; p += 4) {
      const factor = t.first + i * t.rowStride + p * along;
      const [f, g] = [data[factor]!, data[factor + along]!];
      const [h, k] = [data[factor + 2 * along]!, data[factor + 3 * along]!];
      const first = b.first + p * rowStride - row;
      const [second, third, fourth] = [first + rowStride, first + 2 * rowStride, first + 3 * rowStride];
      for (let at = row; at < end; at += step) {
        const sum = f * x[at + first]! + g * x[at + second]! + h * x[at + third]! + k * x[at + fourth]!;
        x[at] = x[at]! - sum;
      }
    }
    for (; p < to; p++) {
      const factor = data[t.first + i * t.rowStride + p * along]!;
      const other = b.first + p * rowStride - row;
      for (let at = row; at < end; at += step) x[at] = x[at]! - factor * x[at + other]!;
    }
    if (unit) continue;
    const pivot = data[t.first + i * (t.rowStride + along)]!;
    for (let at = row; at < end; at += step) x[at] = x[at]! / pivot;
  }
}

/** Replaces B by T⁻¹ · B. */
export function solveTriangle(t: Matrix, b: Matrix, triangle: Triangle, kernels: MatrixKernels): void {
  if (kernels.solveSmall(t, b, triangle)) return;
  const n = t.rows;
  const half = halfOf(n);
  const [top, bottom] = [part(b, 0, 0, half, b.columns), part(b, half, 0, n - half, b.columns)];
  const [first, last] = [part(t, 0, 0, half, half), part(t, half, half, n - half, n - half)];
  if (triangle.lower) {
    solveTriangle(first, top, triangle, kernels);
    kernels.multiply(bottom, part(t, half, 0, n - half, half), top, -1);
    solveTriangle(last, bottom, triangle, kernels);
  } else {
    solveTriangle(last, bottom, triangle, kernels);
    kernels.multiply(top, part(t, 0, half, half, n - half), bottom, -1);
    solveTriangle(first, top, triangle, kernels);
  }
}

/** The routine `solveTriangular`: inputs [n, n] and [n, r], the output [n, r]. A 0 on the diagonal is an error. */
export function solveTriangular(call: RoutineArguments<TriangularParams>): void {
  const { inputs, outputs, params, workspace } = call;
  const [a, b] = inputs;
  const n = sideOf("solveTriangular", a!);
  checkBlocks("solveTriangular", call);
  if (b!.shape[0] !== n) throw misfit("solveTriangular", inputs, outputs);
  const { lower, unit, transposed } = params;
  const space = new Workspace(workspace, a!);
  const [t, x] = [space.load(a!), space.load(b!)];
  for (let i = 0; !unit && i < n; i++) {
    if (isZero(t, i, i)) {
      throw new LinAlgError(`solveTriangular: singular matrix: the diagonal is 0 at ${i}`, {
        reason: "singular",
        order: i,
      });
    }
  }
  solveTriangle(transposed ? turned(t) : t, x, { lower: transposed ? !lower : lower, unit }, call);
  store(x, outputs[0]!);
}
