/**
 * The factors P · L · U of a matrix, with partial pivoting, by halves of the columns: factor the left half, exchange rows and
 * solve in the right one, subtract a product, factor what is left (Toledo, "Locality of reference in LU decomposition with
 * partial pivoting", 1997; LAPACK's dgetrf2).
 *
 * Invariant: row i of the result is row `order[i]` of the matrix; L lies below the diagonal and U from it on.
 */
import { checkBlocks } from "./blocks.js";
import { factorPanelComplex } from "./complex/lu.js";
import { at, exchangeRows, isComplex, type Matrix, type Multiply, part, store, Workspace, widthOf } from "./matrix.js";
import type { RoutineArguments } from "./routine.js";
import { halfOf, SMALLEST, solveTriangle } from "./triangular.js";

/**
 * Factors columns in place and exchanges rows of the whole matrix; `exchanges` gets the row for each column. The columns are
 * copied together for that time: in the matrix each of their rows lies in another page.
 */
function factorPanel(whole: Matrix, from: number, width: number, exchanges: Int32Array): void {
  const { data, rows, columns, rowStride, first } = whole;
  const panel = new Float64Array((rows - from) * width);
  const corner = first + from * rowStride + from;
  for (let i = from, row = corner, to = 0; i < rows; i++, row += rowStride, to += width)
    for (let q = 0; q < width; q++) panel[to + q] = data[row + q]!;
  eliminate(panel, rows - from, width, from, exchanges);
  for (let j = from; j < Math.min(from + width, rows); j++) {
    if (exchanges[j] !== j) exchangeRows(data, first + exchanges[j]! * rowStride, first + j * rowStride, columns);
  }
  for (let i = from, row = corner, at = 0; i < rows; i++, row += rowStride, at += width)
    for (let q = 0; q < width; q++) data[row + q] = panel[at + q]!;
}

/**
 * Factors columns that lie by rows, exchanging their rows; row 0 is row `from` to `exchanges`. A column is changed by all columns
 * before it at once, when its turn comes: that writes each number once, and its pivot is found on the way.
 */
function eliminate(panel: Float64Array, rows: number, width: number, from: number, exchanges: Int32Array): void {
  const upper = new Float64Array(width);
  for (let j = 0; j < width; j++) {
    let [pivot, largest] = [j, -1];
    for (let i = 0, row = 0; i < rows; i++, row += width) {
      let value = panel[row + j]!;
      const before = Math.min(i, j);
      for (let p = 0; p < before; p++) value -= panel[row + p]! * upper[p]!;
      panel[row + j] = value;
      if (i < j) {
        upper[i] = value;
        continue;
      }
      const size = Math.abs(value);
      // the first NaN is taken, so that it is seen
      if (size > largest || (Number.isNaN(size) && !Number.isNaN(largest))) [pivot, largest] = [i, size];
    }
    if (j >= rows) continue;
    exchanges[from + j] = from + pivot;
    if (pivot !== j) exchangeRows(panel, pivot * width, j * width, width);
    const value = panel[j * width + j]!;
    if (value === 0) continue; // singular: U has a 0 there
    for (let i = j + 1, at = i * width + j; i < rows; i++, at += width) panel[at] = panel[at]! / value;
  }
}

function factorColumns(a: Matrix, from: number, width: number, exchanges: Int32Array, multiply: Multiply): void {
  if (width <= SMALLEST || from >= a.rows)
    return void (isComplex(a) ? factorPanelComplex : factorPanel)(a, from, width, exchanges);
  const half = halfOf(width);
  factorColumns(a, from, half, exchanges, multiply);
  const [middle, rest] = [from + half, width - half];
  const deep = Math.min(half, a.rows - from);
  // rows were exchanged through all columns
  const right = part(a, from, middle, deep, rest);
  solveTriangle(part(a, from, from, deep, deep), right, { lower: true, unit: true }, multiply);
  if (middle >= a.rows) return;
  const below = a.rows - middle;
  multiply(part(a, middle, middle, below, rest), part(a, middle, from, below, half), right, -1);
  factorColumns(a, middle, rest, exchanges, multiply);
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

/** Factors a matrix in place. */
export function factorize(a: Matrix, multiply: Multiply): Factors {
  const exchanges = new Int32Array(Math.min(a.rows, a.columns));
  factorColumns(a, 0, a.columns, exchanges, multiply);
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
 * The routine `lu`: the input [m, n]; the outputs P [m, m], L [m, k] and U [k, n] with k = min(m, n), A = P · L · U. Where the
 * first output is int64 it is the order of the rows instead, m numbers: A[order] = L · U.
 */
export function lu(call: RoutineArguments): void {
  const [m, n] = call.inputs[0]!.shape as [number, number];
  const k = Math.min(m, n);
  const [permutation, lower, upper] = call.outputs;
  const vector = permutation!.dtype === "int64";
  checkBlocks("lu", call, [vector ? [m] : [m, m], [m, k], [k, n]]);
  const [input] = call.inputs;
  const { factors, order } = factorize(new Workspace(call.workspace, input!).load(input!), call.multiply);
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
