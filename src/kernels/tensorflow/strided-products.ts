/**
 * Products inside of embedded routines, C ± A · B on parts of matrices, on TensorFlow: blocked algorithms that are written once
 * have all its threads this way, where its own factorizations have one.
 *
 *     A, B ─ as they lie, or copied together ─▶ MatMul ─▶ C, in place
 *                                                    └─▶ a copy ─ added row by row ─▶ C, where it is a part of wider rows
 *
 * Invariant: what is copied together stays until the routine ends, and is no larger than the routine's matrices.
 */
import { PAGE_BYTES } from "../../data/memory.js";
import { type Matrix, type Multiplier, turned } from "../routines/matrix.js";
import type { Library } from "./library.js";
import { type Tensor, Tensors } from "./tensors.js";

/** Smaller products are not worth a call: one of 128 · 128 · 128 takes as long embedded. */
const fewest = 2 ** 21;
/** What is thinner takes longer to be copied than to be multiplied. */
const thinnest = 32;

/** Memory for matrices that are copied together: it begins at a page, as TensorFlow wants it, and grows. Each reserves addresses for GiB. */
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

/** The numbers of a matrix by rows, copied together unless they are. */
function dense(matrix: Matrix, scratch: Scratch): Float64Array {
  const { data, first, rows, columns, rowStride } = matrix;
  if (isDense(matrix)) return data.subarray(first, first + rows * columns);
  const numbers = scratch.numbers(rows * columns);
  for (let i = 0; i < rows; i++) {
    const from = first + i * rowStride;
    numbers.set(data.subarray(from, from + columns), i * columns);
  }
  return numbers;
}

/**
 * Products on TensorFlow where they are large enough, and the backend's own elsewhere. `aligned` says that its memory begins at
 * an aligned address.
 */
export function stridedProducts(library: () => Library, aligned: boolean): Multiplier {
  const scratches = [new Scratch(), new Scratch(), new Scratch()] as const;

  const run = (c: Matrix, a: Matrix, b: Matrix, sign: 1 | -1): void => {
    const tensors = new Tensors(library(), c.data.buffer, aligned);
    /** A factor by rows, and whether that is its transpose. */
    const factor = (matrix: Matrix, scratch: Scratch): [tensor: Tensor, transposed: boolean] => {
      const transposed = matrix.columnStride !== 1;
      const byRows = transposed ? turned(matrix) : matrix;
      return [tensors.over(dense(byRows, scratch), [byRows.rows, byRows.columns]), transposed];
    };
    try {
      const [left, transpose_a] = factor(a, scratches[0]);
      const [right, transpose_b] = factor(b, scratches[1]);
      const product = tensors.apply("MatMul", [left, right], { transpose_a, transpose_b });
      if (isDense(c) && tensors.addTo(c.data.subarray(c.first, c.first + c.rows * c.columns), product, sign)) return;
      const numbers = tensors.copyTo(scratches[2].numbers(c.rows * c.columns), product);
      addRows(c, numbers, sign);
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
