/**
 * Products inside of embedded routines, C ± A · B on parts of matrices, on TensorFlow: blocked algorithms that are written once
 * have all its threads this way, where its own factorizations have one.
 *
 *     A, B ─ as they lie, or copied together ─▶ MatMul ─▶ C, in place
 *                                                    └─▶ a copy ─ added row by row ─▶ C, where that is an uneven part of wider rows
 *
 * TensorFlow copies parts of A and B together by itself: faster than JavaScript does from shared memory. Invariant: what is copied is
 * no larger than the routine's matrices, and only the place of C's copy stays until the routine ends.
 */
import { PAGE_BYTES } from "../../data/memory.js";
import { type Matrix, type Multiplier, turned } from "../../routines/matrix.js";
import type { Library } from "./library.js";
import { alignment, type Tensor, Tensors } from "./tensors.js";

/** Smaller products are not worth a call: one of 128 · 128 · 128 takes as long embedded. */
const fewest = 2 ** 21;
/** What is thinner takes longer to be copied than to be multiplied. */
const thinnest = 32;

/** Memory for results, which begins at a page, as TensorFlow wants it, and grows. */
class Scratch {
  #memory: WebAssembly.Memory | undefined;

  numbers(length: number): Float64Array {
    this.#memory ??= new WebAssembly.Memory({ initial: 0 });
    const missing = Math.ceil((8 * length - this.#memory.buffer.byteLength) / PAGE_BYTES);
    if (missing > 0) this.#memory.grow(missing);
    return new Float64Array(this.#memory.buffer, 0, length);
  }
}

/** True for a matrix by rows that follow each other. */
const isDense = ({ columns, rowStride, columnStride }: Matrix): boolean => columnStride === 1 && rowStride === columns;

/** The numbers of a matrix by rows: as they lie, or a copy of a part of wider rows. */
function tensorOf(matrix: Matrix, tensors: Tensors): Tensor {
  const { data, first, rows, columns, rowStride } = matrix;
  if (isDense(matrix)) return tensors.over(data.subarray(first, first + rows * columns), [rows, columns]);
  // whole rows, from so many columns before the part that they end with the memory and begin where TensorFlow takes them as they are
  const least = Math.max(0, first + rows * rowStride - data.length);
  const aligned = least + ((data.byteOffset + 8 * (first - least)) % alignment) / 8;
  const before = aligned <= first && aligned + columns <= rowStride ? aligned : least;
  const start = first - before;
  const whole = tensors.over(data.subarray(start, start + rows * rowStride), [rows, rowStride]);
  return tensors.apply("Slice", [whole, tensors.numbers([0, before]), tensors.numbers([rows, columns])]);
}

/**
 * A matrix by rows as some rows of a wider array: what is 1 / k of a row's width lies in every k-th row of an array of its width.
 * Null where its width does not divide that of its rows, or the array cannot begin at an aligned address.
 */
function rowsOf(matrix: Matrix): { numbers: Float64Array; rows: readonly number[] } | null {
  const { data, first, rows, columns, rowStride } = matrix;
  if (isDense(matrix)) return { numbers: data.subarray(first, first + rows * columns), rows: [0] };
  if (matrix.columnStride !== 1 || rowStride % columns !== 0) return null;
  const step = rowStride / columns;
  for (let before = 0; before < alignment / 8 && before * columns <= first; before++) {
    const start = first - before * columns;
    if ((data.byteOffset + 8 * start) % alignment !== 0) continue;
    const numbers = data.subarray(start, first + (rows - 1) * rowStride + columns);
    return { numbers, rows: Array.from({ length: rows }, (_, i) => before + i * step) };
  }
  return null;
}

/**
 * Products on TensorFlow where they are large enough, and the backend's own elsewhere. `aligned` says that its memory begins at
 * an aligned address.
 */
export function stridedProducts(library: () => Library, aligned: boolean): Multiplier {
  const scratch = new Scratch();

  const run = (c: Matrix, a: Matrix, b: Matrix, sign: 1 | -1): void => {
    const tensors = new Tensors(library(), c.data.buffer, aligned);
    /** A factor by rows, and whether that is its transpose. */
    const factor = (matrix: Matrix): [tensor: Tensor, transposed: boolean] => {
      const transposed = matrix.columnStride !== 1;
      return [tensorOf(transposed ? turned(matrix) : matrix, tensors), transposed];
    };
    try {
      const [left, transpose_a] = factor(a);
      const [right, transpose_b] = factor(b);
      const product = tensors.apply("MatMul", [left, right], { transpose_a, transpose_b });
      const place = rowsOf(c);
      if (place !== null && tensors.addTo(place.numbers, place.rows, product, sign)) return;
      addRows(c, tensors.copyTo(scratch.numbers(c.rows * c.columns), product), sign);
    } finally {
      tensors.dispose();
    }
  };

  return (own) =>
    function multiply(c, a, b, sign): void {
      const [m, k, n] = [c.rows, a.columns, c.columns];
      const small = m * k * n < fewest || Math.min(m, k, n) < thinnest;
      const strided = [a, b].some(({ rowStride, columnStride }) => rowStride !== 1 && columnStride !== 1);
      if (small || strided) own(c, a, b, sign);
      else if (c.columnStride !== 1) multiply(turned(c), turned(b), turned(a), sign);
      else run(c, a, b, sign);
    };
}

function addRows({ data, first, rows, columns, rowStride }: Matrix, numbers: Float64Array, sign: 1 | -1): void {
  for (let i = 0, from = 0; i < rows; i++) {
    const row = first + i * rowStride;
    for (let j = 0; j < columns; j++, from++) data[row + j] = data[row + j]! + sign * numbers[from]!;
  }
}
