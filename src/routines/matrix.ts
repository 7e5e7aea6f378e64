/**
 * Matrices inside of a routine: float64 numbers in the routine's workspace, seen through strides.
 *
 * Blocks, transposes and conjugates are views, so the blocked algorithms are written as they are on paper, once for
 * real and complex matrices. The parts of complex numbers lie apart, so that rotations and products of real numbers
 * serve them too:
 *
 *     row of a complex matrix     │ re re re re │ im im im im │
 *
 * All factorizations compute in float64, also those of float32: their results are rounded once, at the end. Invariant:
 * a workspace is a stack of matrices by rows; nothing is allocated that grows with both sides of a matrix.
 */
import { type DType, isComplex, type TypedArray } from "../data/dtype.js";
import { InternalError } from "../data/errors.js";

/** A matrix of float64 numbers; strides, `first` and `imaginary` count numbers of `data`. */
export interface Matrix {
  readonly data: Float64Array;
  readonly first: number;
  readonly rows: number;
  readonly columns: number;
  readonly rowStride: number;
  readonly columnStride: number;
  /** How far behind its real part a number's imaginary part lies; 0 in a matrix of real numbers. */
  readonly imaginary: number;
  /** −1 if the imaginary parts are those in memory with the other sign. */
  readonly sign: 1 | -1;
}

/** What is known of a triangular matrix. */
export interface Triangle {
  /** False for an upper triangle. The other one is not read. */
  readonly lower: boolean;
  /** True where the diagonal is 1 and not read. */
  readonly unit: boolean;
}

/** Adds `sign` · A · B onto C, which lies by rows or by columns and overlaps with neither. */
export type Multiply = (c: Matrix, a: Matrix, b: Matrix, sign: 1 | -1) => void;

/** Makes a product of the one that a backend has: a faster one for some matrices. */
export type Multiplier = (own: Multiply) => Multiply;

/** Row i becomes c · row i + s · row j, and row j becomes c · row j − s · row i, in a matrix that lies by rows. */
export type Rotate = (matrix: Matrix, i: number, j: number, c: number, s: number) => void;

/** Exchanges two rows of a matrix of real numbers that lies by rows. */
export type Exchange = (matrix: Matrix, i: number, j: number) => void;

/** Replaces B by T⁻¹ · B where T is small; false where it is not, and nothing is done: the triangle is to be halved. */
export type SolveSmall = (t: Matrix, b: Matrix, triangle: Triangle) => boolean;

/**
 * Subtracts from column j, from row j on, the columns before it, each times what column j holds in the row of that
 * number. Gives the row of the number that is largest then, or of the first NaN. The matrix lies by columns and has
 * more than j rows.
 */
export type Eliminate = (matrix: Matrix, j: number) => number;

/** What a backend may have faster kernels for. */
export interface MatrixKernels {
  readonly multiply: Multiply;
  readonly rotate: Rotate;
  readonly exchange: Exchange;
  readonly solveSmall: SolveSmall;
  readonly eliminate: Eliminate;
}

/** The part of a matrix from a row and a column on. */
export function part(of: Matrix, row: number, column: number, rows: number, columns: number): Matrix {
  const first = of.first + row * of.rowStride + column * of.columnStride;
  return { ...of, first, rows, columns };
}

/** The same numbers with rows and columns exchanged. */
export function turned(of: Matrix): Matrix {
  return { ...of, rows: of.columns, columns: of.rows, rowStride: of.columnStride, columnStride: of.rowStride };
}

/** The conjugates of the same numbers. */
export function conjugated(of: Matrix): Matrix {
  return { ...of, sign: of.sign === 1 ? -1 : 1 };
}

/** Aᴴ, which is Aᵀ where A is real. */
export function adjoint(of: Matrix): Matrix {
  return conjugated(turned(of));
}

/** True for a matrix of complex numbers. */
export function hasImaginaryParts({ imaginary }: Matrix): boolean {
  return imaginary !== 0;
}

/** The real parts of a matrix, with their sign in memory. */
export function realPart(of: Matrix): Matrix {
  return { ...of, imaginary: 0, sign: 1 };
}

/** The imaginary parts of a complex matrix, as they lie: {@link Matrix.sign} is not applied. */
export function imaginaryPart(of: Matrix): Matrix {
  return { ...of, first: of.first + of.imaginary, imaginary: 0, sign: 1 };
}

/** A row of zeros with memory of its own, for what is as long as a side. */
export function rowOf(columns: number, complex: boolean): Matrix {
  const [data, imaginary] = [new Float64Array(complex ? 2 * columns : columns), complex ? columns : 0];
  return { data, first: 0, rows: 1, columns, rowStride: data.length, columnStride: 1, imaginary, sign: 1 };
}

/** An input or output of a routine. */
interface Numbers {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly data: TypedArray;
}

/** How many numbers an element of an array is. */
export function widthOf({ dtype }: { readonly dtype: DType }): 1 | 2 {
  return isComplex(dtype) ? 2 : 1;
}

/** Gives out the workspace of a routine. */
export class Workspace {
  readonly #data: Float64Array;
  /** True where its matrices are complex. */
  readonly complex: boolean;
  #top = 0;

  /** For matrices of the kind of an input. */
  constructor(data: Float64Array, { dtype }: { readonly dtype: DType }) {
    this.#data = data;
    this.complex = widthOf({ dtype }) === 2;
  }

  /** A matrix by rows; what it holds is not known. */
  take(rows: number, columns: number): Matrix {
    const first = this.#top;
    const [rowStride, imaginary] = this.complex ? [2 * columns, columns] : [columns, 0];
    this.#top += rows * rowStride;
    if (this.#top > this.#data.length) throw new InternalError("internal error: the workspace of a routine is full");
    return { data: this.#data, first, rows, columns, rowStride, columnStride: 1, imaginary, sign: 1 };
  }

  /** A matrix of zeros. */
  zeros(rows: number, columns: number): Matrix {
    const matrix = this.take(rows, columns);
    matrix.data.fill(0, matrix.first, matrix.first + rows * matrix.rowStride);
    return matrix;
  }

  /** The first columns of the identity matrix, or the first rows. */
  identity(rows: number, columns: number): Matrix {
    const matrix = this.zeros(rows, columns);
    for (let i = 0; i < Math.min(rows, columns); i++) matrix.data[matrix.first + i * (matrix.rowStride + 1)] = 1;
    return matrix;
  }

  /** A copy of an input, or of its rows in another order. */
  load({ shape, data: from }: Numbers, order?: Int32Array): Matrix {
    const matrix = this.take(shape[0]!, shape[1]!);
    const { data, first, rows, columns, rowStride } = matrix;
    // typed arrays convert on `set`, which their union type cannot say
    const numbers = from as Float64Array;
    if (!this.complex && order === undefined) data.set(numbers, first);
    else {
      for (let i = 0; i < rows; i++) {
        const row = order === undefined ? i : order[i]!;
        const to = first + i * rowStride;
        if (!this.complex) data.set(numbers.subarray(row * columns, (row + 1) * columns), to);
        else splitPairs(numbers, row * rowStride, data, to, columns);
      }
    }
    return matrix;
  }
}

/** Puts the parts of complex numbers apart. */
function splitPairs(from: Float64Array, pair: number, to: Float64Array, first: number, count: number): void {
  for (let j = 0; j < count; j++) {
    to[first + j] = from[pair + 2 * j]!;
    to[first + count + j] = from[pair + 2 * j + 1]!;
  }
}

/** Outside of these, products of two numbers leave the range of floats. */
const [SMALLEST_SAFE, LARGEST_SAFE] = [1e-100, 1e100];

/**
 * Divides a new matrix by a power of two where its numbers are so large or small that their products would leave the
 * range of floats, and gives that power; 1 where there is no need (LAPACK's drivers scale likewise).
 */
export function scaleIntoRange({ data, first, rows, rowStride }: Matrix): number {
  let largest = 0;
  const end = first + rows * rowStride;
  for (let i = first; i < end; i++) largest = Math.max(largest, Math.abs(data[i]!));
  if (largest === 0 || (largest >= SMALLEST_SAFE && largest <= LARGEST_SAFE)) return 1;
  const unit = 2 ** Math.max(-1000, Math.min(1000, Math.floor(Math.log2(largest))));
  for (let i = first; i < end; i++) data[i] = data[i]! / unit;
  return unit;
}

/** Exchanges two rows of a matrix of real numbers. */
export function exchange({ data, first, rowStride, columns, columnStride }: Matrix, i: number, j: number): void {
  let [a, b] = [first + i * rowStride, first + j * rowStride];
  for (let q = 0; q < columns; q++, a += columnStride, b += columnStride) {
    const kept = data[a]!;
    data[a] = data[b]!;
    data[b] = kept;
  }
}

/** Adds numbers by rows, times a sign, to a matrix by rows. */
export function addRows({ data, first, rows, columns, rowStride }: Matrix, numbers: Float64Array, sign: 1 | -1): void {
  for (let i = 0, from = 0; i < rows; i++) {
    const row = first + i * rowStride;
    for (let j = 0; j < columns; j++, from++) data[row + j] = data[row + j]! + sign * numbers[from]!;
  }
}

/** Copies the numbers of a matrix into another one that lies by rows; `value` as for {@link store}. */
export function copy(from: Matrix, to: Matrix, value: typeof at = at): void {
  const { data, first, rows, columns, rowStride } = to;
  for (const part of hasImaginaryParts(to) ? [0, 1] : [0]) {
    const [numbers, sign] = part === 0 ? [realPart(from), 1] : [imaginaryPart(from), from.sign];
    const start = first + part * to.imaginary;
    for (let i = 0; i < rows; i++)
      for (let j = 0; j < columns; j++) data[start + i * rowStride + j] = sign * value(numbers, i, j);
  }
}

/**
 * Rounds a matrix into an output. `value` says which number of its real, and of its imaginary, parts goes to a place.
 */
export function store(from: Matrix, { data, dtype }: Numbers, value: typeof at = at): void {
  const { rows, columns, sign } = from;
  if (widthOf({ dtype }) === 1 && value === at && from.columnStride === 1) {
    for (let i = 0, row = from.first; i < rows; i++, row += from.rowStride)
      (data as Float64Array).set(from.data.subarray(row, row + columns), i * columns);
    return;
  }
  if (widthOf({ dtype }) === 1) {
    for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) data[i * columns + j] = value(from, i, j);
    return;
  }
  const [re, im] = [realPart(from), imaginaryPart(from)];
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      const pair = 2 * (i * columns + j);
      data[pair] = value(re, i, j);
      const y = value(im, i, j);
      data[pair + 1] = sign === 1 ? y : 0 - y; // not -0
    }
  }
}

/** Rounds a square matrix that lies by rows into an output, column j to the place of column `places[j]`. */
export function storeColumns(from: Matrix, places: Int32Array, { data, dtype }: Numbers): void {
  const width = widthOf({ dtype });
  const { data: numbers, first, rows, columns, rowStride, imaginary } = from;
  for (let i = 0; i < rows; i++) {
    const [row, to] = [first + i * rowStride, i * columns];
    for (let j = 0; j < columns; j++) data[width * (to + places[j]!)] = numbers[row + j]!;
    if (width === 1) continue;
    for (let j = 0; j < columns; j++) data[2 * (to + places[j]!) + 1] = numbers[row + imaginary + j]!;
  }
}

/** Rounds real numbers into an output, which may be complex. */
export function storeReal(from: ArrayLike<number>, to: Numbers): void {
  const width = widthOf(to);
  to.data.fill(0 as never);
  for (let i = 0; i < from.length; i++) to.data[width * i] = from[i]!;
}

/** Puts the identity into a square output. */
export function storeIdentity({ data, dtype, shape }: Numbers): void {
  data.fill(0 as never);
  const step = widthOf({ dtype }) * (shape[1]! + 1);
  for (let i = 0; i < data.length; i += step) data[i] = 1;
}

/** One number of a matrix, or its real part. */
export function at({ data, first, rowStride, columnStride }: Matrix, row: number, column: number): number {
  return data[first + row * rowStride + column * columnStride]!;
}

/** True for a number that is 0. */
export function isZero(of: Matrix, row: number, column: number): boolean {
  return at(of, row, column) === 0 && at(imaginaryPart(of), row, column) === 0;
}
