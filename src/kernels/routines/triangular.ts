/**
 * Triangular systems T · X = B, solved in place, by halves: X₁ from T₁₁, B₂ − T₂₁ X₁, X₂ from T₂₂. All but the smallest
 * triangles is products. After Gustavson, "Recursion leads to automatic variable blocking for dense linear-algebra
 * algorithms" (1997).
 */
import { LinAlgError } from "../../data/errors.js";
import { checkBlocks, sideOf } from "./blocks.js";
import { solveSmallComplex } from "./complex/triangular.js";
import {
  isComplex,
  isZero,
  type Matrix,
  type Multiply,
  part,
  store,
  type Triangle,
  turned,
  Workspace,
} from "./matrix.js";
import type { RoutineArguments } from "./routine.js";

/** What the routine `solveTriangular` is told. */
export interface TriangularParams extends Triangle {
  /** True to solve with the transpose of the matrix. */
  readonly transposed: boolean;
}

/** Triangles up to this are solved row by row. */
const SMALLEST = 16;

/** A split into two, the first part a multiple of {@link SMALLEST}. */
export function halfOf(length: number): number {
  return Math.ceil(length / (2 * SMALLEST)) * SMALLEST;
}

function solveSmall(t: Matrix, b: Matrix, { lower, unit }: Triangle): void {
  const { rows: n, data } = t;
  const { columns, columnStride: step, data: x } = b;
  for (let q = 0; q < n; q++) {
    const i = lower ? q : n - 1 - q;
    const row = b.first + i * b.rowStride;
    const [from, to] = lower ? [0, i] : [i + 1, n];
    let p = from;
    // four at a time: what takes time is memory
    for (; p + 4 <= to; p += 4) {
      const factor = t.first + i * t.rowStride + p * t.columnStride;
      const [f, g, h, k] = [0, 1, 2, 3].map((more) => data[factor + more * t.columnStride]!) as [
        number,
        number,
        number,
        number,
      ];
      let other = b.first + p * b.rowStride;
      const [next, last] = [b.rowStride, row + columns * step];
      for (let at = row; at < last; at += step, other += step) {
        const sum = f * x[other]! + g * x[other + next]! + h * x[other + 2 * next]! + k * x[other + 3 * next]!;
        x[at] = x[at]! - sum;
      }
    }
    for (; p < to; p++) {
      const factor = data[t.first + i * t.rowStride + p * t.columnStride]!;
      const other = b.first + p * b.rowStride;
      for (let j = 0, at = 0; j < columns; j++, at += step) x[row + at] = x[row + at]! - factor * x[other + at]!;
    }
    if (unit) continue;
    const pivot = data[t.first + i * (t.rowStride + t.columnStride)]!;
    for (let j = 0, at = row; j < columns; j++, at += step) x[at] = x[at]! / pivot;
  }
}

/** Replaces B by T⁻¹ · B. */
export function solveTriangle(t: Matrix, b: Matrix, triangle: Triangle, multiply: Multiply): void {
  const n = t.rows;
  if (n <= SMALLEST) return void (isComplex(t) ? solveSmallComplex : solveSmall)(t, b, triangle);
  const half = halfOf(n);
  const [top, bottom] = [part(b, 0, 0, half, b.columns), part(b, half, 0, n - half, b.columns)];
  const [first, last] = [part(t, 0, 0, half, half), part(t, half, half, n - half, n - half)];
  if (triangle.lower) {
    solveTriangle(first, top, triangle, multiply);
    multiply(bottom, part(t, half, 0, n - half, half), top, -1);
    solveTriangle(last, bottom, triangle, multiply);
  } else {
    solveTriangle(last, bottom, triangle, multiply);
    multiply(top, part(t, 0, half, half, n - half), bottom, -1);
    solveTriangle(first, top, triangle, multiply);
  }
}

/** The routine `solveTriangular`: inputs [n, n] and [n, r], the output [n, r]. A 0 on the diagonal is an error. */
export function solveTriangular(call: RoutineArguments): void {
  const { inputs, outputs, params, workspace, multiply } = call;
  const [a, b] = inputs;
  const n = sideOf("solveTriangular", a!);
  checkBlocks("solveTriangular", call, [[b!.shape[0] === n ? n : -1, b!.shape[1]!]]);
  const { lower, unit, transposed } = params as TriangularParams;
  const room = new Workspace(workspace, a!);
  const [t, x] = [room.load(a!), room.load(b!)];
  for (let i = 0; !unit && i < n; i++) {
    if (isZero(t, i, i)) {
      throw new LinAlgError(`solveTriangular: singular matrix: the diagonal is 0 at ${i}`, {
        reason: "singular",
        order: i,
      });
    }
  }
  solveTriangle(transposed ? turned(t) : t, x, { lower: transposed ? !lower : lower, unit }, multiply);
  store(x, outputs[0]!);
}
