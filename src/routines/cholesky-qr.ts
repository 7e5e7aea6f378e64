/**
 * Q · R of matrices much taller than wide, nearly all of it products: Cholesky QR, done twice.
 *
 *     G = Aᵀ A = L Lᵀ      Q' = A L⁻ᵀ       what Q' lacks is the square of A's condition times the rounding error
 *     G' = Q'ᵀ Q' = M Mᵀ   Q = Q' M⁻ᵀ       G' is nearly the identity, so this lacks nothing      R = (L M)ᵀ
 *
 * Sources: Yamamoto, Nakatsukasa, Yanagisawa and Fukaya, "Roundoff error analysis of the CholeskyQR2 algorithm" (2015),
 * which shows that it is as exact as reflections as long as G' is near the identity; Ballard and others,
 * "Reconstructing Householder vectors from tall-skinny QR" (2014), for the signs that reflections would have given.
 *
 * Invariant: what it returns is what reflections would have given, up to rounding. Where that is not certain (columns
 * that nearly depend on each other, numbers that are not finite or leave the range, a sign that hangs on rounding), it
 * says so, and the matrix goes to reflections.
 */
import { isComplex } from "../data/dtype.js";
import type { Shaped } from "../program/routines/routine.js";
import { addSquare, factorLower } from "./cholesky.js";
import { at, type Matrix, type MatrixKernels, part, turned, type Workspace } from "./matrix.js";
import { solveTriangle } from "./triangular.js";

/**
 * How many times as tall as wide a matrix must be for this to be faster, and for how many columns once more: what is no
 * product, the signs, grows with the third power of the columns. Measured: docs/design/0011.
 */
const TALL_RATIO = 4;
const COLUMNS_PER_RATIO = 64;

/** The largest ‖Q'ᵀ Q' − I‖ after which the second round leaves nothing but rounding errors; 0.64 would do. */
const LARGEST_DISTANCE = 1 / 16;

/** How near to 0, where its sign means nothing, or to ±1, where there is nothing to reflect, a number must not be. */
const SMALLEST_CERTAIN_SIZE = 1e-8;

/** Rows that are divided together. */
const ROWS_TOGETHER = 512;

/** Whether a matrix is one that is faster done so: of real numbers, and so much taller than wide. */
export function isMuchTaller({ dtype, shape: [m = 0, n = 0] }: Shaped): boolean {
  return !isComplex(dtype) && n >= 8 && m >= n * Math.max(TALL_RATIO, n / COLUMNS_PER_RATIO);
}

/** What Q' is multiplied by to be Q, and R. */
interface Factors {
  readonly turn: Matrix;
  readonly r: Matrix;
}

/** Fills what is above the diagonal with zeros. */
function clearUpper({ data, first, rows, rowStride }: Matrix): void {
  for (let i = 0; i < rows; i++) data.fill(0, first + i * rowStride + i + 1, first + i * rowStride + rows);
}

/** L of Aᵀ A = L · Lᵀ, with zeros above its diagonal; null where there is none. `check` looks at Aᵀ A. */
function gramFactor(
  a: Matrix,
  space: Workspace,
  kernels: MatrixKernels,
  check: (gram: Matrix) => boolean = () => true,
): Matrix | null {
  const gram = space.zeros(a.columns, a.columns);
  addSquare(gram, turned(a), 1, kernels.multiply);
  if (!check(gram) || factorLower(gram, kernels) > 0) return null;
  clearUpper(gram);
  return gram;
}

/** True where the lower triangle is nearly that of the identity; false for NaN. */
function isNearIdentity(gram: Matrix): boolean {
  let sum = 0;
  for (let i = 0; i < gram.rows; i++) {
    sum += (at(gram, i, i) - 1) ** 2;
    for (let j = 0; j < i; j++) sum += 2 * at(gram, i, j) ** 2;
  }
  return sum <= LARGEST_DISTANCE ** 2;
}

/** A · L⁻ᵀ in place of A, some rows at a time, which stay in the cache. */
function divide(a: Matrix, lower: Matrix, kernels: MatrixKernels): void {
  for (let i = 0; i < a.rows; i += ROWS_TOGETHER) {
    const rows = part(a, i, 0, Math.min(ROWS_TOGETHER, a.rows - i), a.columns);
    solveTriangle(lower, turned(rows), { lower: true, unit: false }, kernels);
  }
}

/**
 * The signs of R's diagonal that reflections give: those that make Q − diag(signs) the product of a lower and an upper
 * triangle with the largest pivots. Takes the first rows of Q, which are changed; null where a sign is not certain.
 */
function signsOf({ data, first, rows: n, rowStride }: Matrix): Float64Array | null {
  const signs = new Float64Array(n);
  for (let j = 0; j < n; j++) {
    const row = first + j * rowStride;
    const size = Math.abs(data[row + j]!);
    if (!(size > SMALLEST_CERTAIN_SIZE && size < 1 - SMALLEST_CERTAIN_SIZE)) return null;
    signs[j] = data[row + j]! > 0 ? -1 : 1;
    const pivot = data[row + j]! - signs[j]!;
    for (let i = j + 1; i < n; i++) {
      const other = first + i * rowStride;
      const factor = data[other + j]! / pivot;
      for (let q = j + 1; q < n; q++) data[other + q] = data[other + q]! - factor * data[row + q]!;
    }
  }
  return signs;
}

/** Multiplies the columns of a matrix. */
function scaleColumns({ data, first, rows, columns, rowStride, columnStride }: Matrix, by: Float64Array): void {
  for (let i = 0; i < rows; i++) {
    for (let j = 0, p = first + i * rowStride; j < columns; j++, p += columnStride) data[p] = data[p]! * by[j]!;
  }
}

/** The factors of a matrix that {@link isMuchTaller}, which becomes Q'; null where reflections must do it. */
export function choleskyQr(a: Matrix, space: Workspace, kernels: MatrixKernels): Factors | null {
  const n = a.columns;
  const first = gramFactor(a, space, kernels);
  if (first === null) return null;
  divide(a, first, kernels);
  const second = gramFactor(a, space, kernels, isNearIdentity);
  if (second === null) return null;
  // M⁻¹ is as exact as a solution, so near to the identity
  const inverse = space.identity(n, n);
  solveTriangle(second, inverse, { lower: true, unit: false }, kernels);
  const top = space.zeros(n, n);
  kernels.multiply(top, part(a, 0, 0, n, n), turned(inverse), 1);
  const signs = signsOf(top);
  if (signs === null) return null;
  // L · M is a lower triangle
  const r = space.zeros(n, n);
  kernels.multiply(r, first, second, 1);
  for (const matrix of [turned(inverse), r]) scaleColumns(matrix, signs);
  return { turn: turned(inverse), r: turned(r) };
}
