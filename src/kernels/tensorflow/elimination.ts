/**
 * Gaussian elimination of complex matrices for what TensorFlow's refuses: it gives up at a pivot of 0, and does not say at which.
 *
 * Plain and slow, as it runs in front of an error, or for the determinant of a singular matrix. Invariant: as the embedded
 * `lu` does, it goes on at a pivot of 0 and takes a NaN as the pivot, so that it is seen.
 */

/** The factors of a matrix: L without its diagonal of ones, and U; row i of L · U is row `order[i]` of the matrix. */
export interface ComplexFactors {
  /** Real and imaginary parts by turns, by rows. */
  readonly factors: Float32Array | Float64Array;
  readonly order: Int32Array;
}

/** Exchanges two rows of `width` numbers. */
function exchange(data: Float64Array | Int32Array, i: number, j: number, width: number): void {
  if (i === j) return;
  for (let q = 0; q < width; q++) {
    const kept = data[i * width + q]!;
    data[i * width + q] = data[j * width + q]!;
    data[j * width + q] = kept;
  }
}

/** The row of the pivot of a column. */
function pivotOf(data: Float64Array, rows: number, columns: number, column: number): number {
  let [pivot, largest] = [column, -1];
  for (let i = column; i < rows; i++) {
    const at = 2 * (i * columns + column);
    const size = Math.hypot(data[at]!, data[at + 1]!);
    if (Number.isNaN(size)) return i;
    if (size > largest) [pivot, largest] = [i, size];
  }
  return pivot;
}

/** Factors a matrix of so many rows. */
export function eliminate(numbers: ArrayLike<number>, rows: number, columns: number): ComplexFactors {
  const data = Float64Array.from(numbers);
  const order = Int32Array.from({ length: rows }, (_, i) => i);
  for (let j = 0; j < Math.min(rows, columns); j++) {
    const pivot = pivotOf(data, rows, columns, j);
    exchange(data, pivot, j, 2 * columns);
    exchange(order, pivot, j, 1);
    const top = 2 * j * columns;
    const [re, im] = [data[top + 2 * j]!, data[top + 2 * j + 1]!];
    // scaled, or the square of a small pivot would be 0
    const scale = Math.max(Math.abs(re), Math.abs(im));
    if (scale === 0) continue;
    const [a, b] = [re / scale, im / scale];
    const norm = scale * (a * a + b * b);
    for (let i = j + 1; i < rows; i++) {
      const row = 2 * i * columns;
      const [x, y] = [data[row + 2 * j]!, data[row + 2 * j + 1]!];
      const [p, q] = [(x * a + y * b) / norm, (y * a - x * b) / norm];
      data[row + 2 * j] = p;
      data[row + 2 * j + 1] = q;
      for (let k = 2 * (j + 1); k < 2 * columns; k += 2) {
        const [u, v] = [data[top + k]!, data[top + k + 1]!];
        data[row + k] = data[row + k]! - p * u + q * v;
        data[row + k + 1] = data[row + k + 1]! - p * v - q * u;
      }
    }
  }
  return { factors: data, order };
}

/** The first pivot that is 0, or −1. */
export function zeroPivot({ factors, order: { length } }: ComplexFactors): number {
  for (let i = 0; i < length; i++) {
    const at = 2 * i * (length + 1);
    if (factors[at] === 0 && factors[at + 1] === 0) return i;
  }
  return -1;
}
