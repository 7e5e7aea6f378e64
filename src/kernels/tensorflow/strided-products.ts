/**
 * Products inside embedded routines, C ± A · B on parts of matrices, on TensorFlow. They give blocked algorithms that
 * we write once all of its threads, while its own factorizations have one.
 *
 *     A, B ─ in place, or copied ─▶ MatMul ─▶ C, in place
 *                                          └─▶ a copy ─ added row by row ─▶ C, if it is an uneven part of wider rows
 *
 * TensorFlow copies parts of A and B itself, faster than JavaScript does from shared memory. Invariant: a copy is no
 * larger than the routine's matrices, and only the memory of C's copy stays until the routine ends.
 */
import { PAGE_BYTES } from "../../data/memory.js";
import { addRows, type Matrix, type Multiplier, turned } from "../../routines/matrix.js";
import type { Library } from "./library.js";
import { alignment, type Tensor, Tensors } from "./tensors.js";

/** Smaller products are not worth a call: one of 128 · 128 · 128 takes as long embedded. */
const fewestMultiplications = 2 ** 21;
/** Copying a thinner matrix takes longer than multiplying it. */
const thinnestSide = 32;

/** Memory for results that grows. It begins at a page, as TensorFlow needs it. */
class Scratch {
  #memory: WebAssembly.Memory | undefined;

  numbers(length: number): Float64Array {
    this.#memory ??= new WebAssembly.Memory({ initial: 0 });
    const missing = Math.ceil((8 * length - this.#memory.buffer.byteLength) / PAGE_BYTES);
    if (missing > 0) this.#memory.grow(missing);
    return new Float64Array(this.#memory.buffer, 0, length);
  }
}

/** True for a matrix by rows without gaps. */
const isDense = ({ columns, rowStride, columnStride }: Matrix): boolean => columnStride === 1 && rowStride === columns;

/** The numbers of a matrix by rows: in place, or copied out of wider rows. */
function tensorOf(matrix: Matrix, tensors: Tensors): Tensor {
  const { data, first, rows, columns, rowStride } = matrix;
  if (isDense(matrix)) return tensors.over(data.subarray(first, first + rows * columns), [rows, columns]);
  // whole rows that begin before the part: far enough to end with the memory, and where TensorFlow takes them in place
  const least = Math.max(0, first + rows * rowStride - data.length);
  const aligned = least + ((data.byteOffset + 8 * (first - least)) % alignment) / 8;
  const before = aligned <= first && aligned + columns <= rowStride ? aligned : least;
  const start = first - before;
  const whole = tensors.over(data.subarray(start, start + rows * rowStride), [rows, rowStride]);
  return tensors.apply("Slice", [whole, tensors.numbers([0, before]), tensors.numbers([rows, columns])]);
}

/**
 * A matrix by rows as some rows of an array: a part of 1 / k of a row's width lies in every k-th row of an array of
 * that width. Null if its width does not divide that of its rows, or the array cannot begin at an aligned address.
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
 * Products on TensorFlow if they are large enough, and otherwise the backend's own. `aligned` says that its memory
 * begins at an aligned address.
 */
export function stridedProducts(library: () => Library, aligned: boolean): Multiplier {
  const scratch = new Scratch();

  const run = (c: Matrix, a: Matrix, b: Matrix, sign: 1 | -1): void => {
    const tensors = new Tensors(library(), c.data.buffer, aligned);
    /** A factor by rows, and whether it is transposed for that. */
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
      const small = m * k * n < fewestMultiplications || Math.min(m, k, n) < thinnestSide;
      const strided = [a, b].some(({ rowStride, columnStride }) => rowStride !== 1 && columnStride !== 1);
      if (small || strided) own(c, a, b, sign);
      else if (c.columnStride !== 1) multiply(turned(c), turned(b), turned(a), sign);
      else run(c, a, b, sign);
    };
}
