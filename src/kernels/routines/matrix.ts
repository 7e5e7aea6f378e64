/**
 * Matrices inside of a routine: float64 numbers in the routine's workspace, seen through strides.
 *
 * Blocks and transposes are views, so the blocked algorithms are written as they are on paper. All factorizations compute in
 * float64, also those of float32: their results are rounded once, at the end. Invariant: a workspace is a stack of
 * matrices by rows; nothing is allocated that grows with both sides of a matrix.
 */
import type { TypedArray } from "../../data/dtype.js";
import { ChunkwiseError } from "../../data/errors.js";

/** A matrix of float64 numbers; strides and `first` count numbers of `data`. */
export interface Matrix {
  readonly data: Float64Array;
  readonly first: number;
  readonly rows: number;
  readonly columns: number;
  readonly rowStride: number;
  readonly columnStride: number;
}

/** Adds `sign` · A · B onto C, which lies by rows or by columns and overlaps with neither. */
export type Multiply = (c: Matrix, a: Matrix, b: Matrix, sign: 1 | -1) => void;

/** Row i becomes c · row i + s · row j, and row j becomes c · row j − s · row i, in a matrix that lies by rows. */
export type Rotate = (matrix: Matrix, i: number, j: number, c: number, s: number) => void;

/** What a backend may have faster kernels for. */
export interface MatrixKernels {
  readonly multiply: Multiply;
  readonly rotate: Rotate;
}

/** The part of a matrix from a row and a column on. */
export function part(of: Matrix, row: number, column: number, rows: number, columns: number): Matrix {
  const first = of.first + row * of.rowStride + column * of.columnStride;
  return { ...of, first, rows, columns };
}

/** The same numbers with rows and columns exchanged. */
export function turned({ data, first, rows, columns, rowStride, columnStride }: Matrix): Matrix {
  return { data, first, rows: columns, columns: rows, rowStride: columnStride, columnStride: rowStride };
}

/** An input or output of a routine. */
interface Numbers {
  readonly shape: readonly number[];
  readonly data: TypedArray;
}

/** Gives out the workspace of a routine. */
export class Workspace {
  readonly #data: Float64Array;
  #top = 0;

  constructor(data: Float64Array) {
    this.#data = data;
  }

  /** A matrix by rows; what it holds is not known. */
  take(rows: number, columns: number): Matrix {
    const first = this.#top;
    this.#top += rows * columns;
    if (this.#top > this.#data.length) throw new ChunkwiseError("internal error: the workspace of a routine is full");
    return { data: this.#data, first, rows, columns, rowStride: columns, columnStride: 1 };
  }

  /** A matrix of zeros. */
  zeros(rows: number, columns: number): Matrix {
    const matrix = this.take(rows, columns);
    matrix.data.fill(0, matrix.first, matrix.first + rows * columns);
    return matrix;
  }

  /** The first columns of the identity matrix, or the first rows. */
  identity(rows: number, columns: number): Matrix {
    const matrix = this.zeros(rows, columns);
    for (let i = 0; i < Math.min(rows, columns); i++) matrix.data[matrix.first + i * (columns + 1)] = 1;
    return matrix;
  }

  /** A copy of an input. */
  load(from: Numbers): Matrix {
    const matrix = this.take(from.shape[0]!, from.shape[1]!);
    // typed arrays convert on `set`, which their union type cannot say
    matrix.data.set(from.data as Float64Array, matrix.first);
    return matrix;
  }
}

/** Outside of these, products of two numbers leave the range of floats. */
const [SMALL, LARGE] = [1e-100, 1e100];

/**
 * Divides a new matrix by a power of two where its numbers are so large or small that their products would leave the range of
 * floats, and gives that power; 1 where there is no need (LAPACK's drivers scale likewise).
 */
export function tamed({ data, first, rows, columns }: Matrix): number {
  let largest = 0;
  const end = first + rows * columns;
  for (let i = first; i < end; i++) largest = Math.max(largest, Math.abs(data[i]!));
  if (largest === 0 || (largest >= SMALL && largest <= LARGE)) return 1;
  const unit = 2 ** Math.max(-1000, Math.min(1000, Math.floor(Math.log2(largest))));
  for (let i = first; i < end; i++) data[i] = data[i]! / unit;
  return unit;
}

/** Rounds a matrix into an output. */
export function store(from: Matrix, to: Numbers, value = (i: number, j: number) => at(from, i, j)): void {
  const { data } = to;
  const { rows, columns } = from;
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) data[i * columns + j] = value(i, j);
}

/** One number of a matrix. */
export function at({ data, first, rowStride, columnStride }: Matrix, row: number, column: number): number {
  return data[first + row * rowStride + column * columnStride]!;
}
