/**
 * The Cholesky factor L of a symmetric or Hermitian matrix A = L · Lᴴ, by halves: L₁₁ from A₁₁, L₂₁ = A₂₁ L₁₁⁻ᴴ, then
 * the same of A₂₂ − L₂₁ L₂₁ᴴ, of which only the lower triangle is computed (LAPACK's dpotrf2; Gustavson 1997).
 * Invariant: the upper triangle of A is never read.
 */
import type { CholeskyParams } from "../program/routines/factorizations.js";
import { checkBlocks, notDefinite, sideOf } from "./blocks.js";
import { factorSmallComplex } from "./complex/unblocked.js";
import {
  adjoint,
  at,
  hasImaginaryParts,
  type Matrix,
  type MatrixKernels,
  type Multiply,
  part,
  store,
  Workspace,
} from "./matrix.js";
import type { RoutineArguments } from "./routine.js";
import { halfOf, solveTriangle } from "./triangular.js";

/** Matrices up to this are done without products. */
const SMALL_FACTOR_ROWS = 32;

/** Up to this, a symmetric update computes both triangles. */
const SMALL_UPDATE_ROWS = 128;

function factorSmall({ data, first, rows: n, rowStride }: Matrix): number {
  for (let i = 0; i < n; i++) {
    const row = first + i * rowStride;
    for (let j = 0; j <= i; j++) {
      const other = first + j * rowStride;
      let sum = data[row + j]!;
      for (let p = 0; p < j; p++) sum -= data[row + p]! * data[other + p]!;
      if (j < i) data[row + j] = sum / data[other + j]!;
      else if (sum > 0) data[row + j] = Math.sqrt(sum);
      else return i + 1;
    }
  }
  return 0;
}

/** Adds `sign` · A · Aᴴ onto the lower triangle of C; what it leaves in the upper one means nothing. */
export function addSquare(c: Matrix, a: Matrix, sign: 1 | -1, multiply: Multiply): void {
  const n = c.rows;
  if (n <= SMALL_UPDATE_ROWS) return void multiply(c, a, adjoint(a), sign);
  const half = halfOf(n);
  const [top, bottom] = [part(a, 0, 0, half, a.columns), part(a, half, 0, n - half, a.columns)];
  addSquare(part(c, 0, 0, half, half), top, sign, multiply);
  multiply(part(c, half, 0, n - half, half), bottom, adjoint(top), sign);
  addSquare(part(c, half, half, n - half, n - half), bottom, sign, multiply);
}

/**
 * Replaces the lower triangle of A by L. Gives 0, or the order of the first leading minor that is not positive, with
 * which it stops.
 */
export function factorLower(a: Matrix, kernels: MatrixKernels): number {
  const n = a.rows;
  if (n <= SMALL_FACTOR_ROWS) return (hasImaginaryParts(a) ? factorSmallComplex : factorSmall)(a);
  const half = halfOf(n);
  const [first, below] = [part(a, 0, 0, half, half), part(a, half, 0, n - half, half)];
  const last = part(a, half, half, n - half, n - half);
  const failed = factorLower(first, kernels);
  if (failed > 0) return failed;
  // L₁₁ · L₂₁ᴴ = A₂₁ᴴ
  solveTriangle(first, adjoint(below), { lower: true, unit: false }, kernels);
  addSquare(last, below, -1, kernels.multiply);
  const failedBelow = factorLower(last, kernels);
  return failedBelow > 0 ? half + failedBelow : 0;
}

/** The routine `cholesky`: the input [n, n], the output of the same shape. */
export function cholesky(call: RoutineArguments<CholeskyParams>): void {
  sideOf("cholesky", call.inputs[0]!);
  checkBlocks("cholesky", call);
  const a = new Workspace(call.workspace, call.inputs[0]!).load(call.inputs[0]!);
  const order = factorLower(a, call);
  if (order > 0) throw notDefinite(order);
  const { upper } = call.params;
  if (upper) store(adjoint(a), call.outputs[0]!, (u, i, j) => (j < i ? 0 : at(u, i, j)));
  else store(a, call.outputs[0]!, (l, i, j) => (j > i ? 0 : at(l, i, j)));
}
