/**
 * The Schur form of a complex Hessenberg matrix, H = Z · T · Zᴴ with T upper triangular, by QR steps with one shift
 * (EISPACK's comqr2; Golub and Van Loan, 7.5), and the eigenvectors that follow from it.
 *
 *     H − σ = Q R      rotations of rows, from the first of the block that is not finished to its last
 *     H ← R Q + σ      the same of columns
 *
 * Invariant: the numbers beside the block are transformed along, so T is complete at the end.
 */
import type { Complex } from "../../data/dtype.js";
import { LinAlgError } from "../../data/errors.js";
import { normalizeRow } from "../eigenvectors.js";
import { imaginaryPart, type Matrix, type Multiply, realPart, rowOf, type Workspace } from "../matrix.js";
import { negative, numberAt, put, quotient, rowAt, sumOfProducts, times } from "./rows.js";

const EPS = 2 ** -52;
/** The most steps for one eigenvalue; EISPACK allows 30. */
const MOST_STEPS = 90;

/** A rotation (x, y) → (c x + s y, c y − s̄ x). */
interface Rotation {
  readonly c: number;
  readonly s: Complex;
}

const sizeOf = ({ re, im }: Complex): number => Math.abs(re) + Math.abs(im);

/** The rotation that turns (x, y) into (r, 0). */
function rotationOf(x: Complex, y: Complex): Rotation {
  const [a, b] = [Math.hypot(x.re, x.im), Math.hypot(y.re, y.im)];
  if (b === 0) return { c: 1, s: { re: 0, im: 0 } };
  if (a === 0) return { c: 0, s: { re: y.re / b, im: -y.im / b } };
  const size = Math.hypot(a, b);
  const direction = { re: x.re / a, im: x.im / a };
  return { c: a / size, s: times(direction, { re: y.re / size, im: -y.im / size }) };
}

/** Rotates two rows of matrices that lie by rows. */
function rotateRows(x: Matrix, y: Matrix, { c, s: { re, im } }: Rotation): void {
  const { data, columns, imaginary } = x;
  for (let j = 0, p = x.first, q = y.first; j < columns; j++, p++, q++) {
    const a = data[p]!;
    const b = data[p + imaginary]!;
    const u = data[q]!;
    const v = data[q + imaginary]!;
    data[p] = c * a + (re * u - im * v);
    data[p + imaginary] = c * b + (re * v + im * u);
    data[q] = c * u - (re * a + im * b);
    data[q + imaginary] = c * v - (re * b - im * a);
  }
}

/** Rotates columns `low` … of a row one after the other, by the conjugates of the rotations from `from` on. */
function rotateAlong(row: Matrix, rotations: readonly Rotation[], low: number, from: number): void {
  const { data, first, imaginary } = row;
  for (let k = from; k < rotations.length; k++) {
    const { c, s } = rotations[k]!;
    const p = first + low + k;
    const a = data[p]!;
    const b = data[p + imaginary]!;
    const u = data[p + 1]!;
    const v = data[p + 1 + imaginary]!;
    data[p] = c * a + (s.re * u + s.im * v);
    data[p + imaginary] = c * b + (s.re * v - s.im * u);
    data[p + 1] = c * u - (s.re * a - s.im * b);
    data[p + 1 + imaginary] = c * v - (s.re * b + s.im * a);
  }
}

/** The square root with a real part that is not negative. */
function rootOf({ re, im }: Complex): Complex {
  const size = Math.hypot(re, im);
  if (size === 0) return { re: 0, im: 0 };
  // the larger part has nothing to lose
  const part = Math.sqrt((size + Math.abs(re)) / 2);
  if (re >= 0) return { re: part, im: im / (2 * part) };
  return { re: Math.abs(im) / (2 * part), im: im < 0 ? -part : part };
}

/** That eigenvalue of the last 2 × 2 which is nearer to its last number: Wilkinson's shift. */
function shiftOf(h: Matrix, high: number): Complex {
  const [a, d] = [numberAt(h, high - 1, high - 1), numberAt(h, high, high)];
  const product = times(numberAt(h, high - 1, high), numberAt(h, high, high - 1));
  if (sizeOf(product) === 0) return d;
  const half = { re: (a.re - d.re) / 2, im: (a.im - d.im) / 2 };
  const square = times(half, half);
  const root = rootOf({ re: square.re + product.re, im: square.im + product.im });
  const away = half.re * root.re + half.im * root.im < 0 ? negative(root) : root;
  const { re, im } = quotient(product, { re: half.re + away.re, im: half.im + away.im });
  return { re: d.re - re, im: d.im - im };
}

/** Adds to the diagonal of a block. */
function shift(h: Matrix, low: number, high: number, { re, im }: Complex): void {
  for (let i = low; i <= high; i++) {
    const x = numberAt(h, i, i);
    put(h, i, i, { re: x.re + re, im: x.im + im });
  }
}

/** One step on the block from `low` to `high`; the rows of `vectors`, the columns of Z, go along. */
function step(h: Matrix, vectors: Matrix | null, low: number, high: number, sigma: Complex): void {
  shift(h, low, high, negative(sigma));
  const rotations: Rotation[] = [];
  for (let k = low; k < high; k++) {
    const rotation = rotationOf(numberAt(h, k, k), numberAt(h, k + 1, k));
    rotations.push(rotation);
    rotateRows(rowAt(h, k, k), rowAt(h, k + 1, k), rotation);
    put(h, k + 1, k, { re: 0, im: 0 });
  }
  for (let i = 0; i <= high; i++) rotateAlong(rowAt(h, i), rotations, low, Math.max(0, i - 1 - low));
  for (let k = low; vectors !== null && k < high; k++) {
    const { c, s } = rotations[k - low]!;
    rotateRows(rowAt(vectors, k), rowAt(vectors, k + 1), { c, s: { re: s.re, im: -s.im } });
  }
  shift(h, low, high, sigma);
}

/** The first row of the block that ends at `high`: above it the second diagonal is as good as 0. */
function startOf(h: Matrix, high: number, norm: number): number {
  let low = high;
  for (; low > 0; low--) {
    const near = sizeOf(numberAt(h, low - 1, low - 1)) + sizeOf(numberAt(h, low, low));
    if (sizeOf(numberAt(h, low, low - 1)) <= EPS * (near === 0 ? norm : near)) break;
  }
  if (low > 0) put(h, low, low - 1, { re: 0, im: 0 });
  return low;
}

/**
 * Turns a Hessenberg matrix by rows into its Schur form, and gives the eigenvalues, which are its diagonal, as a
 * row.
 */
export function schurComplex(h: Matrix, vectors: Matrix | null): Matrix {
  const n = h.rows;
  let norm = 0;
  for (let i = 0; i < n; i++) for (let j = Math.max(0, i - 1); j < n; j++) norm += sizeOf(numberAt(h, i, j));
  let steps = 0;
  for (let high = n - 1; high >= 0; ) {
    const low = startOf(h, high, norm);
    if (low === high) {
      high--;
      steps = 0;
      continue;
    }
    if (steps === MOST_STEPS) {
      throw new LinAlgError(`eig: eigenvalue ${high} did not converge`, { reason: "not converged", order: high });
    }
    steps++;
    // a strange shift where Wilkinson's leads nowhere
    const last = numberAt(h, high, high);
    const strange = { re: last.re + 0.75 * sizeOf(numberAt(h, high, high - 1)), im: last.im };
    step(h, vectors, low, high, steps % 10 === 0 ? strange : shiftOf(h, high));
  }
  const values = rowOf(n, true);
  for (let k = 0; k < n; k++) put(values, 0, k, numberAt(h, k, k));
  return values;
}

/** Solves (T − λ) x = 0 upwards from the row of λ, into a row of zeros. */
function substitute(t: Matrix, k: number, x: Matrix, least: number): void {
  const value = numberAt(t, k, k);
  put(x, 0, k, { re: 1, im: 0 });
  for (let i = k - 1; i >= 0; i--) {
    const own = numberAt(t, i, i);
    let divisor = { re: own.re - value.re, im: own.im - value.im };
    if (sizeOf(divisor) < least) divisor = { re: least, im: 0 };
    const found = quotient(negative(sumOfProducts(rowAt(t, i, i + 1, k + 1), rowAt(x, 0, i + 1, k + 1))), divisor);
    put(x, 0, i, found);
    const size = sizeOf(found);
    // or the numbers would grow out of the range of floats
    if (size > 1e100) for (let j = i; j <= k; j++) put(x, 0, j, quotient(numberAt(x, 0, j), { re: size, im: 0 }));
  }
}

/** The eigenvectors of Z · T · Zᴴ in rows, from the columns of Z in rows. */
export function vectorsOf(t: Matrix, z: Matrix, space: Workspace, multiply: Multiply): Matrix {
  const n = t.rows;
  const [solutions, vectors] = [space.zeros(n, n), space.zeros(n, n)];
  let norm = 0;
  for (let i = 0; i < n; i++) for (let j = i; j < n; j++) norm += sizeOf(numberAt(t, i, j));
  const least = Math.max(EPS * norm, Number.MIN_VALUE / Number.EPSILON);
  for (let k = 0; k < n; k++) substitute(t, k, rowAt(solutions, k), least);
  multiply(vectors, solutions, z, 1);
  for (let k = 0; k < n; k++) normalizeRow(realPart(vectors), imaginaryPart(vectors), k);
  return vectors;
}
