/**
 * Matrices inside of a routine: float64 numbers in the routine's workspace, seen through strides.
 *
 * Blocks and transposes are views, so the blocked algorithms are written as they are on paper. All factorizations compute in
 * float64, also those of float32: their results are rounded once, at the end. Invariant: a workspace is a stack of
 * matrices by rows; nothing is allocated that grows with both sides of a matrix.
 */
import { ChunkwiseError, DTypeError, ShapeError } from "../../data/errors.js";
import type { RoutineArguments, RoutineArray } from "./routine.js";

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

/** The part of a matrix from a row and a column on. */
export function part(of: Matrix, row: number, column: number, rows: number, columns: number): Matrix {
  const first = of.first + row * of.rowStride + column * of.columnStride;
  return { ...of, first, rows, columns };
}

/** The same numbers with rows and columns exchanged. */
export function turned({ data, first, rows, columns, rowStride, columnStride }: Matrix): Matrix {
  return { data, first, rows: columns, columns: rows, rowStride: columnStride, columnStride: rowStride };
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

  /** A copy of an input. */
  load(from: RoutineArray): Matrix {
    const matrix = this.take(from.shape[0]!, from.shape[1]!);
    // typed arrays convert on `set`, which their union type cannot say
    matrix.data.set(from.data as Float64Array, matrix.first);
    return matrix;
  }
}

/** Rounds a matrix into an output. */
export function store(from: Matrix, to: RoutineArray, value = (i: number, j: number) => at(from, i, j)): void {
  const { data } = to;
  const { rows, columns } = from;
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) data[i * columns + j] = value(i, j);
}

/** One number of a matrix. */
export function at({ data, first, rowStride, columnStride }: Matrix, row: number, column: number): number {
  return data[first + row * rowStride + column * columnStride]!;
}

/** Checks what all factorizations ask: real floating matrices of one dtype, and blocks of the shapes that they say. */
export function checkBlocks(
  name: string,
  { inputs, outputs, first }: RoutineArguments,
  shapes: readonly (readonly number[])[],
): void {
  for (const { dtype } of inputs) {
    if (dtype === "float32" || dtype === "float64") continue;
    const advice = dtype.startsWith("complex")
      ? "without a native library it knows real matrices only; install one (npx chunkwise native install)"
      : "convert it by astype('float64')";
    throw new DTypeError(`${name}: cannot work on ${dtype}; ${advice}`);
  }
  if (!first) throw new ShapeError(`${name}: the steps of a routine that does not add up`);
  const fits = outputs.every(({ data, dtype }, i) => {
    const width = dtype.startsWith("complex") ? 2 : 1;
    return shapes[i] !== undefined && data.length === width * shapes[i].reduce((size, length) => size * length, 1);
  });
  if (fits && inputs.every(({ shape }) => shape.length === 2)) return;
  const text = (blocks: readonly { readonly shape: readonly number[] }[]): string =>
    blocks.map(({ shape }) => `[${shape.join(", ")}]`).join(" ");
  throw new ShapeError(`${name}: blocks do not fit: ${text(inputs)} → ${text(outputs)}`);
}

/** The length of the sides of a square input; throws a typed error where they differ. */
export function sideOf(name: string, { shape }: RoutineArray): number {
  if (shape.length === 2 && shape[0] === shape[1]) return shape[0]!;
  throw new ShapeError(`${name}: the matrix is not square: [${shape.join(", ")}]`);
}
