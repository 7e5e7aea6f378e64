/**
 * The exponential of a matrix by scaling and squaring with Padé's approximant of degree 13 (Higham, "The scaling and
 * squaring method for the matrix exponential revisited", 2005, algorithm 2.3).
 *
 *     X = r(A / 2^s)^(2^s),   r(A) = (V − U)⁻¹ (V + U)      U the odd terms of a polynomial of A, V the even ones
 *
 * s is the smallest with ‖A / 2^s‖₁ ≤ 5.37, where the approximant is exact up to rounding. Lower degrees, which would
 * save products for matrices of a smaller norm, are left out.
 */
import { checkBlocks, sideOf } from "./blocks.js";
import { factorize } from "./lu.js";
import { type Matrix, type MatrixKernels, store, Workspace } from "./matrix.js";
import type { RoutineArguments } from "./routine.js";
import { solveTriangle } from "./triangular.js";

/** The largest norm for which degree 13 is enough. */
const LARGEST_NORM = 5.371920351148152;

/** The coefficients of the approximant, from that of the identity on. */
const PADE = [
  64764752532480000, 32382376266240000, 7771770303897600, 1187353796428800, 129060195264000, 10559470521600,
  670442572800, 33522128640, 1323241920, 40840800, 960960, 16380, 182, 1,
] as const; // biome-ignore format: a table

/** All numbers of a matrix that lies by rows, real and imaginary ones. */
function numbersOf({ data, first, rows, rowStride }: Matrix): Float64Array {
  return data.subarray(first, first + rows * rowStride);
}

/** Replaces a matrix by a sum of multiples of others that lie like it, and of the identity. */
function combine(to: Matrix, identity: number, terms: readonly (readonly [factor: number, of: Matrix])[]): void {
  const numbers = numbersOf(to);
  numbers.fill(0);
  for (const [factor, of] of terms) {
    const from = numbersOf(of);
    for (let i = 0; i < numbers.length; i++) numbers[i] = numbers[i]! + factor * from[i]!;
  }
  for (let i = 0; i < to.rows; i++) {
    const corner = i * (to.rowStride + 1);
    numbers[corner] = numbers[corner]! + identity;
  }
}

/** The largest sum of sizes in a column. */
function normOf({ data, first, rows, columns, rowStride, imaginary }: Matrix): number {
  let norm = 0;
  for (let j = 0; j < columns; j++) {
    let sum = 0;
    for (let i = 0; i < rows; i++) {
      const place = first + i * rowStride + j;
      sum += imaginary === 0 ? Math.abs(data[place]!) : Math.hypot(data[place]!, data[place + imaginary]!);
    }
    // NaN stays
    norm = sum > norm || Number.isNaN(sum) ? sum : norm;
    if (Number.isNaN(norm)) break;
  }
  return norm;
}

/** The approximant of a matrix of small norm; `a` is lost. */
function approximate(a: Matrix, space: Workspace, kernels: MatrixKernels): Matrix {
  const n = a.rows;
  const { multiply } = kernels;
  const [a2, a4, a6] = [space.zeros(n, n), space.zeros(n, n), space.zeros(n, n)];
  multiply(a2, a, a, 1);
  multiply(a4, a2, a2, 1);
  multiply(a6, a2, a4, 1);
  const [u, v, odd, even] = [space.zeros(n, n), space.take(n, n), space.take(n, n), space.take(n, n)];
  const terms = (from: 2 | 3): [number, Matrix][] => [
    [PADE[from]!, a2],
    [PADE[from + 2]!, a4],
    [PADE[from + 4]!, a6],
  ];
  // odd terms without one factor A, which follows at the end
  combine(even, 0, [[PADE[9], a2], [PADE[11], a4], [PADE[13], a6]]); // biome-ignore format: a list
  combine(odd, PADE[1], terms(3));
  multiply(odd, a6, even, 1);
  multiply(u, a, odd, 1);
  combine(even, 0, [[PADE[8], a2], [PADE[10], a4], [PADE[12], a6]]); // biome-ignore format: a list
  combine(v, PADE[0], terms(2));
  multiply(v, a6, even, 1);
  combine(odd, 0, [[1, v], [-1, u]]); // biome-ignore format: a list
  combine(even, 0, [[1, v], [1, u]]); // biome-ignore format: a list
  const { factors, order } = factorize(odd, space, kernels);
  const x = a;
  const [rows, sorted] = [numbersOf(even), numbersOf(x)];
  const width = even.rowStride;
  for (const [i, row] of order.entries()) sorted.set(rows.subarray(row * width, (row + 1) * width), i * width);
  solveTriangle(factors, x, { lower: true, unit: true }, kernels);
  solveTriangle(factors, x, { lower: false, unit: false }, kernels);
  return x;
}

/**
 * The routine `expm`: the input [n, n], the output of the same shape. Numbers that are not finite give NaN everywhere.
 */
export function expm(call: RoutineArguments): void {
  const [input] = call.inputs;
  const n = sideOf("expm", input!);
  checkBlocks("expm", call);
  const space = new Workspace(call.workspace, input!);
  const a = space.load(input!);
  const norm = normOf(a);
  if (!Number.isFinite(norm)) return void call.outputs[0]!.data.fill(Number.NaN as never);
  const squarings = norm > LARGEST_NORM ? Math.ceil(Math.log2(norm / LARGEST_NORM)) : 0;
  const numbers = numbersOf(a);
  // twice, since 2^-1024 is no float64
  const half = Math.floor(squarings / 2);
  for (let i = 0; i < numbers.length; i++) numbers[i] = numbers[i]! * 2 ** -half * 2 ** (half - squarings);
  let x = approximate(a, space, call);
  let other = space.take(n, n);
  for (let i = 0; i < squarings; i++) {
    numbersOf(other).fill(0);
    call.multiply(other, x, x, 1);
    [x, other] = [other, x];
  }
  store(x, call.outputs[0]!);
}
