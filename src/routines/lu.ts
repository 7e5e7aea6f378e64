/**
 * The factors P · L · U of a matrix, with partial pivoting, by halves of the columns: factor the left half, exchange
 * rows and solve in the right one, subtract a product, factor what is left (Toledo, "Locality of reference in LU
 * decomposition with partial pivoting", 1997; LAPACK's dgetrf2).
 *
 * Invariant: row i of the result is row `order[i]` of the matrix; L lies below the diagonal and U from it on.
 */
import { panelColumns } from "../program/routines/factorizations.js";
import { checkBlocks } from "./blocks.js";
import { factorPanelComplex } from "./complex/unblocked.js";
import {
  at,
  exchange,
  hasImaginaryParts,
  type Matrix,
  type MatrixKernels,
  part,
  store,
  turned,
  Workspace,
  widthOf,
} from "./matrix.js";
import type { RoutineArguments } from "./routine.js";
import { halfOf, SMALL_TRIANGLE_ROWS, solveTriangle } from "./triangular.js";

/** Columns that are factored without products inside of a panel. */
const NARROW_COLUMNS = 8;

/** Factors `width` columns, from row and column `from` on, and exchanges rows of the whole matrix. */
type FactorSome = (whole: Matrix, from: number, width: number) => void;

/** Factors columns by halves, down to `least` of them. */
function factorHalves(
  a: Matrix,
  from: number,
  width: number,
  least: number,
  factorSome: FactorSome,
  kernels: MatrixKernels,
): void {
  if (from >= a.rows || width === 0) return;
  if (width <= least) return void factorSome(a, from, width);
  const half = halfOf(width);
  factorHalves(a, from, half, least, factorSome, kernels);
  const [middle, rest] = [from + half, width - half];
  const deep = Math.min(half, a.rows - from);
  // rows were exchanged through all columns
  const right = part(a, from, middle, deep, rest);
  solveTriangle(part(a, from, from, deep, deep), right, { lower: true, unit: true }, kernels);
  if (middle >= a.rows) return;
  const below = a.rows - middle;
  kernels.multiply(part(a, middle, middle, below, rest), part(a, middle, from, below, half), right, -1);
  factorHalves(a, middle, rest, least, factorSome, kernels);
}

/**
 * A few columns of a matrix by columns. Each is changed by all before it at once, when its turn comes: that writes each
 * number once, and its pivot is found on the way.
 */
function factorNarrow(
  whole: Matrix,
  from: number,
  width: number,
  exchanges: Int32Array,
  { eliminate }: MatrixKernels,
): void {
  const { data, columnStride } = whole;
  const columns = part(whole, from, from, whole.rows - from, width);
  const { first, rows } = columns;
  for (let j = 0, column = first; j < width; j++, column += columnStride) {
    for (let i = 1; i < Math.min(j, rows); i++) {
      let value = data[column + i]!;
      for (let p = 0; p < i; p++) value -= data[first + p * columnStride + i]! * data[column + p]!;
      data[column + i] = value;
    }
    if (j >= rows) continue;
    const pivot = eliminate(columns, j);
    exchanges[from + j] = from + pivot;
    if (pivot !== j) exchange(whole, from + pivot, from + j);
    const value = data[column + j]!;
    if (value === 0) continue; // singular: U has a 0 there
    for (let i = column + j + 1; i < column + rows; i++) data[i] = data[i]! / value;
  }
}

/**
 * Columns of a matrix by rows. They are copied together meanwhile, because in the matrix each of their rows lies in
 * another page. `panelCopy` has a row for each column.
 */
function factorPanel(
  whole: Matrix,
  from: number,
  width: number,
  exchanges: Int32Array,
  panelCopy: Matrix,
  kernels: MatrixKernels,
): void {
  const rows = whole.rows - from;
  const panel = turned({ ...part(panelCopy, 0, 0, width, rows), rowStride: rows });
  const place = part(whole, from, from, rows, width);
  copyNumbers(place, panel);
  const mine = exchanges.subarray(from);
  factorHalves(panel, 0, width, NARROW_COLUMNS, (a, j, w) => factorNarrow(a, j, w, mine, kernels), kernels);
  for (let j = 0; j < Math.min(width, rows); j++) {
    const other = mine[j]!;
    mine[j] = from + other;
    if (other !== j) kernels.exchange(whole, from + other, from + j);
  }
  copyNumbers(panel, place);
}

/** Copies one matrix of real numbers into another. */
function copyNumbers(from: Matrix, to: Matrix): void {
  for (let i = 0; i < to.rows; i++) {
    let [at, place] = [from.first + i * from.rowStride, to.first + i * to.rowStride];
    for (let j = 0; j < to.columns; j++, at += from.columnStride, place += to.columnStride)
      to.data[place] = from.data[at]!;
  }
}

/** The factors of a matrix. */
export interface Factors {
  /** L without its diagonal of ones, and U. */
  readonly factors: Matrix;
  /** Row i of L · U is row `order[i]` of the matrix. */
  readonly order: Int32Array;
  /** The determinant of the permutation. */
  readonly sign: 1 | -1;
}

/** Factors a matrix in place; takes space for the copy of a panel. */
export function factorize(a: Matrix, space: Workspace, kernels: MatrixKernels): Factors {
  const exchanges = new Int32Array(Math.min(a.rows, a.columns));
  if (hasImaginaryParts(a)) {
    const narrow: FactorSome = (whole, from, width) => factorPanelComplex(whole, from, width, exchanges);
    factorHalves(a, 0, a.columns, SMALL_TRIANGLE_ROWS, narrow, kernels);
  } else {
    const widest = panelColumns(a.columns);
    const panelCopy = space.take(widest, a.rows);
    const panel: FactorSome = (whole, from, width) => factorPanel(whole, from, width, exchanges, panelCopy, kernels);
    factorHalves(a, 0, a.columns, widest, panel, kernels);
  }
  const order = Int32Array.from({ length: a.rows }, (_, i) => i);
  let sign: 1 | -1 = 1;
  for (const [i, other] of exchanges.entries()) {
    if (other === i) continue;
    [order[i], order[other]] = [order[other]!, order[i]!];
    sign = sign === 1 ? -1 : 1;
  }
  return { factors: a, order, sign };
}

/**
 * The routine `lu`: the input [m, n]; the outputs P [m, m], L [m, k] and U [k, n] with k = min(m, n), A = P · L · U.
 * Where the first output is int64 it is the order of the rows instead, m numbers: A[order] = L · U.
 */
export function lu(call: RoutineArguments): void {
  const [m, n] = call.inputs[0]!.shape as [number, number];
  const k = Math.min(m, n);
  const [permutation, lower, upper] = call.outputs;
  const vector = permutation!.dtype === "int64";
  checkBlocks("lu", call, [vector ? [m] : [m, m], [m, k], [k, n]]);
  const [input] = call.inputs;
  const space = new Workspace(call.workspace, input!);
  const { factors, order } = factorize(space.load(input!), space, call);
  if (vector) (permutation!.data as BigInt64Array).set(Array.from(order, BigInt));
  else {
    permutation!.data.fill(0 as never);
    const width = widthOf(permutation!);
    for (const [i, row] of order.entries()) permutation!.data[width * (row * m + i)] = 1;
  }
  store(part(factors, 0, 0, k, n), upper!, (u, i, j) => (j < i ? 0 : at(u, i, j)));
  for (let i = 0; i < k; i++) {
    const corner = factors.first + i * (factors.rowStride + 1);
    factors.data[corner + factors.imaginary] = 0;
    factors.data[corner] = 1;
  }
  store(part(factors, 0, 0, m, k), lower!, (l, i, j) => (j > i ? 0 : at(l, i, j)));
}
