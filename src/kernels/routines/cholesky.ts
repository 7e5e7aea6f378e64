/**
 * The Cholesky factor L of a symmetric matrix A = L · Lᵀ, by halves: L₁₁ from A₁₁, L₂₁ = A₂₁ L₁₁⁻ᵀ, then the same of
 * A₂₂ − L₂₁ L₂₁ᵀ, of which only the lower triangle is computed (LAPACK's dpotrf2; Gustavson 1997). Invariant: the upper
 * triangle of A is never read.
 */
import { LinAlgError } from "../../data/errors.js";
import { at, checkBlocks, type Matrix, type Multiply, part, sideOf, store, turned, Workspace } from "./matrix.js";
import type { RoutineArguments } from "./routine.js";
import { halfOf, solveTriangle } from "./triangular.js";

/** What the routine `cholesky` is told. */
export interface CholeskyParams {
  /** True for the factor U = Lᵀ. The lower triangle is read all the same. */
  readonly upper: boolean;
}

/** Matrices up to this are done without products. */
const SMALLEST = 32;

/** Up to this, a symmetric update computes both triangles. */
const SQUARE = 128;

function factorSmall({ data, first, rows: n, rowStride }: Matrix, order: number): void {
  for (let i = 0; i < n; i++) {
    const row = first + i * rowStride;
    for (let j = 0; j <= i; j++) {
      const other = first + j * rowStride;
      let sum = data[row + j]!;
      for (let p = 0; p < j; p++) sum -= data[row + p]! * data[other + p]!;
      if (j < i) data[row + j] = sum / data[other + j]!;
      else if (sum > 0) data[row + j] = Math.sqrt(sum);
      else {
        const minor = order + i + 1;
        throw new LinAlgError(`cholesky: the leading minor of order ${minor} is not positive definite`, {
          reason: "not positive definite",
          order: minor,
        });
      }
    }
  }
}

/** C − A · Aᵀ in the lower triangle. */
function downdate(c: Matrix, a: Matrix, multiply: Multiply): void {
  const n = c.rows;
  if (n <= SQUARE) return void multiply(c, a, turned(a), -1);
  const half = halfOf(n);
  const [top, bottom] = [part(a, 0, 0, half, a.columns), part(a, half, 0, n - half, a.columns)];
  downdate(part(c, 0, 0, half, half), top, multiply);
  multiply(part(c, half, 0, n - half, half), bottom, turned(top), -1);
  downdate(part(c, half, half, n - half, n - half), bottom, multiply);
}

function factor(a: Matrix, order: number, multiply: Multiply): void {
  const n = a.rows;
  if (n <= SMALLEST) return void factorSmall(a, order);
  const half = halfOf(n);
  const [first, below] = [part(a, 0, 0, half, half), part(a, half, 0, n - half, half)];
  const last = part(a, half, half, n - half, n - half);
  factor(first, order, multiply);
  // L₁₁ · L₂₁ᵀ = A₂₁ᵀ
  solveTriangle(first, turned(below), { lower: true, unit: false }, multiply);
  downdate(last, below, multiply);
  factor(last, order + half, multiply);
}

/** The routine `cholesky`: the input [n, n], the output of the same shape. */
export function cholesky(call: RoutineArguments): void {
  const n = sideOf("cholesky", call.inputs[0]!);
  checkBlocks("cholesky", call, [[n, n]]);
  const a = new Workspace(call.workspace).load(call.inputs[0]!);
  factor(a, 0, call.multiply);
  const { upper } = call.params as CholeskyParams;
  store(a, call.outputs[0]!, (i, j) => {
    if (upper) return j < i ? 0 : at(a, j, i);
    return j > i ? 0 : at(a, i, j);
  });
}
