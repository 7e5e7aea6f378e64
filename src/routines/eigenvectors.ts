/** The form that eigenvectors of general matrices are given in: LAPACK's. */
import type { Matrix } from "./matrix.js";

/** Gives row k of the matrix of these parts length 1, and a largest component that is real. */
export function normalizeRow(re: Matrix, im: Matrix, k: number): void {
  const n = re.columns;
  const rowOf = ({ data, first, rowStride }: Matrix): Float64Array =>
    data.subarray(first + k * rowStride, first + k * rowStride + n);
  const [x, y] = [rowOf(re), rowOf(im)];
  let [largest, place, sum] = [0, 0, 0];
  for (let j = 0; j < n; j++) largest = Math.max(largest, Math.abs(x[j]!), Math.abs(y[j]!));
  if (largest === 0) return;
  let most = 0;
  for (let j = 0; j < n; j++) {
    x[j] = x[j]! / largest;
    y[j] = y[j]! / largest;
    const square = x[j]! ** 2 + y[j]! ** 2;
    sum += square;
    if (square > most) [most, place] = [square, j];
  }
  const length = Math.sqrt(sum);
  const root = Math.sqrt(most);
  const isReal = y.every((part) => part === 0);
  const [c, s] = isReal ? [1 / length, 0] : [x[place]! / root / length, -y[place]! / root / length];
  for (let j = 0; j < n; j++) {
    const a = x[j]!;
    const b = y[j]!;
    x[j] = a * c - b * s;
    y[j] = a * s + b * c;
  }
  if (!isReal) y[place] = 0;
}
