/**
 * Eigenvalues and right eigenvectors of a general matrix: Householder reflections to Hessenberg form, the Schur form,
 * and from that the vectors by substitution, one eigenvalue after the other (EISPACK's orthes and hqr2; Golub and Van
 * Loan, 7.4 to 7.6). Vectors have length 1, and their largest component is real, as LAPACK's.
 *
 *     A ─ reflections ─▶ Q H Qᵀ ─ QR steps ─▶ Z T Zᵀ ─ (T − λ) x = 0 ─▶ v = Z x
 */
import type { EigenParams } from "../program/routines/factorizations.js";
import { checkBlocks, checkFinite, sideOf } from "./blocks.js";
import { toHessenbergComplex } from "./complex/reductions.js";
import { schurComplex, vectorsOf } from "./complex/schur.js";
import { normalizeRow } from "./eigenvectors.js";
import {
  at,
  hasImaginaryParts,
  imaginaryPart,
  type Matrix,
  part,
  rowOf,
  scaleIntoRange,
  store,
  turned,
  Workspace,
} from "./matrix.js";
import { applyReflections, panelBuffers, reflectVector } from "./reflections.js";
import type { RoutineArguments } from "./routine.js";
import { type Eigenvalues, schur } from "./schur.js";

/** Reduces to Hessenberg form in place; the vectors of the reflections lie below the second diagonal. */
function toHessenberg(a: Matrix): Matrix {
  if (hasImaginaryParts(a)) return toHessenbergComplex(a);
  const { data, first, rows: n, rowStride } = a;
  const scales = rowOf(Math.max(0, n - 2), false);
  const [v, sums] = [new Float64Array(n), new Float64Array(n)];
  for (let k = 0; k + 2 < n; k++) {
    const begin = first + (k + 1) * rowStride + k;
    const { scale, length } = reflectVector(data, begin, rowStride, n - k - 1);
    data[begin] = length;
    scales.data[k] = scale;
    if (scale === 0) continue;
    v[k + 1] = 1;
    for (let i = k + 2; i < n; i++) v[i] = data[first + i * rowStride + k]!;
    sums.fill(0, k + 1);
    for (let i = k + 1; i < n; i++) {
      const row = first + i * rowStride;
      const factor = scale * v[i]!;
      for (let q = k + 1; q < n; q++) sums[q] = sums[q]! + factor * data[row + q]!;
    }
    for (let i = k + 1; i < n; i++) {
      const row = first + i * rowStride;
      const factor = v[i]!;
      for (let q = k + 1; q < n; q++) data[row + q] = data[row + q]! - factor * sums[q]!;
    }
    for (let i = 0; i < n; i++) {
      const row = first + i * rowStride;
      let sum = 0;
      for (let q = k + 1; q < n; q++) sum += data[row + q]! * v[q]!;
      sum *= scale;
      for (let q = k + 1; q < n; q++) data[row + q] = data[row + q]! - sum * v[q]!;
    }
  }
  return scales;
}

/** Solves (T − λ) x = 0 upwards from the block of λ, for all λ; x is a row of `re` and of `im`. */
class Substitution {
  readonly #t: Matrix;
  readonly #values: Eigenvalues;
  readonly #re: Matrix;
  readonly #im: Matrix;
  /** What a divisor that is as good as 0 is taken for. */
  readonly #least: number;

  constructor(t: Matrix, values: Eigenvalues, re: Matrix, im: Matrix) {
    this.#t = t;
    this.#values = values;
    this.#re = re;
    this.#im = im;
    let norm = 0;
    for (let i = 0; i < t.rows; i++)
      for (let j = Math.max(0, i - 1); j < t.rows; j++) norm += Math.abs(this.#get(i, j));
    this.#least = Math.max(2 ** -52 * norm, Number.MIN_VALUE / Number.EPSILON);
  }

  #get(i: number, j: number): number {
    return this.#t.data[this.#t.first + i * this.#t.rowStride + j]!;
  }

  /** The vector of value k; of a pair, k is the first. */
  vector(k: number): void {
    const { re: wr, im: wi } = this.#values;
    const n = this.#t.rows;
    const x = this.#re.data.subarray(this.#re.first + k * n, this.#re.first + (k + 1) * n);
    const y = this.#im.data.subarray(this.#im.first + k * n, this.#im.first + (k + 1) * n);
    x[k] = 1;
    let last = k;
    if (wi[k]! > 0) {
      last = k + 1;
      const [b, c] = [this.#get(k, k + 1), this.#get(k + 1, k)];
      // of the block's two rows, the one that divides by the larger number
      if (Math.abs(b) >= Math.abs(c)) {
        x[k + 1] = (wr[k]! - this.#get(k, k)) / b;
        y[k + 1] = wi[k]! / b;
      } else {
        x[k + 1] = 1;
        x[k] = (wr[k]! - this.#get(k + 1, k + 1)) / c;
        y[k] = wi[k]! / c;
      }
    }
    for (let i = k - 1; i >= 0; i--) {
      if (wi[i]! < 0) {
        this.#pair(i - 1, k, last, x, y);
        i--;
      } else this.#single(i, k, last, x, y);
      this.#limit(x, y, i, last);
    }
  }

  /** − Σ T[i, j] x[j] over what is known of x. */
  #known(i: number, from: number, last: number, x: Float64Array): number {
    const row = this.#t.first + i * this.#t.rowStride;
    const { data } = this.#t;
    let sum = 0;
    for (let j = from; j <= last; j++) sum -= data[row + j]! * x[j]!;
    return sum;
  }

  #single(i: number, k: number, last: number, x: Float64Array, y: Float64Array): void {
    const { re: wr, im: wi } = this.#values;
    let a = this.#get(i, i) - wr[k]!;
    const b = -wi[k]!;
    if (Math.abs(a) + Math.abs(b) < this.#least) a = this.#least;
    const p = this.#known(i, i + 1, last, x);
    if (b === 0) {
      x[i] = p / a;
      return;
    }
    [x[i], y[i]] = divide(p, this.#known(i, i + 1, last, y), a, b);
  }

  /** Two rows of a block, by Cramer's rule. */
  #pair(i: number, k: number, last: number, x: Float64Array, y: Float64Array): void {
    const { re: wr, im: wi } = this.#values;
    const [a, b, c, d] = [
      this.#get(i, i) - wr[k]!,
      this.#get(i, i + 1),
      this.#get(i + 1, i),
      this.#get(i + 1, i + 1) - wr[k]!,
    ];
    const w = -wi[k]!;
    const [p, q] = [this.#known(i, i + 2, last, x), this.#known(i + 1, i + 2, last, x)];
    const [r, s] = w === 0 ? [0, 0] : [this.#known(i, i + 2, last, y), this.#known(i + 1, i + 2, last, y)];
    let determinant = a * d - w * w - b * c;
    const imaginary = w * (a + d);
    const size = Math.abs(a) + Math.abs(b) + Math.abs(c) + Math.abs(d) + Math.abs(w);
    if (Math.abs(determinant) + Math.abs(imaginary) < this.#least * size) determinant = this.#least * size;
    [x[i], y[i]] = divide(p * d - r * w - b * q, p * w + r * d - b * s, determinant, imaginary);
    [x[i + 1], y[i + 1]] = divide(a * q - w * s - c * p, a * s + w * q - c * r, determinant, imaginary);
  }

  /** Keeps the numbers from growing out of the range of floats. */
  #limit(x: Float64Array, y: Float64Array, i: number, last: number): void {
    let size = Math.max(Math.abs(x[i]!), Math.abs(y[i]!));
    if (i < last) size = Math.max(size, Math.abs(x[i + 1]!), Math.abs(y[i + 1]!));
    if (size < 1e100) return;
    for (let j = i; j <= last; j++) {
      x[j] = x[j]! / size;
      y[j] = y[j]! / size;
    }
  }
}

/** (a + bi) / (c + di), after Smith (1962). */
function divide(a: number, b: number, c: number, d: number): [number, number] {
  if (Math.abs(c) >= Math.abs(d)) {
    const ratio = d / c;
    const size = c + d * ratio;
    return [(a + b * ratio) / size, (b - a * ratio) / size];
  }
  const ratio = c / d;
  const size = d + c * ratio;
  return [(a * ratio + b) / size, (b * ratio - a) / size];
}

/**
 * The routine `eig`: the input [n, n]; the outputs w, n complex numbers, and V [n, n] with the vectors in its columns,
 * or w alone.
 */
export function eig(call: RoutineArguments<EigenParams>): void {
  const n = sideOf("eig", call.inputs[0]!);
  const { vectors } = call.params;
  checkBlocks("eig", call);
  checkFinite("eig", call.inputs[0]!);
  const space = new Workspace(call.workspace, call.inputs[0]!);
  const h = space.load(call.inputs[0]!);
  const unit = scaleIntoRange(h);
  const scales = toHessenberg(h);
  const z = vectors ? space.identity(n, n) : null;
  if (z !== null && n > 2) {
    const inside = turned(part(z, 1, 1, n - 1, n - 1));
    applyReflections(part(h, 1, 0, n - 1, n - 1), scales, inside, panelBuffers(space, 32, n - 1, n - 1), call.multiply);
  }
  for (let i = 2; i < n; i++) {
    const row = h.first + i * h.rowStride;
    for (const from of [row, row + h.imaginary]) h.data.fill(0, from, from + i - 1);
  }
  const [w, v] = call.outputs;
  if (hasImaginaryParts(h)) {
    const values = schurComplex(h, z);
    for (let k = 0; k < n; k++) {
      w!.data[2 * k] = unit * at(values, 0, k);
      w!.data[2 * k + 1] = unit * at(imaginaryPart(values), 0, k);
    }
    if (z !== null) store(turned(vectorsOf(h, z, space, call.multiply)), v!);
    return;
  }
  const values = schur(h, z, call.rotate);
  for (let k = 0; k < n; k++) {
    w!.data[2 * k] = unit * values.re[k]!;
    w!.data[2 * k + 1] = unit * values.im[k]!;
  }
  if (z === null) return;
  const [re, im] = [space.zeros(n, n), space.zeros(n, n)];
  const substitution = new Substitution(h, values, re, im);
  for (let k = 0; k < n; k++) if (values.im[k]! >= 0) substitution.vector(k);
  const [x, y] = [space.zeros(n, n), space.zeros(n, n)];
  call.multiply(x, re, z, 1);
  call.multiply(y, im, z, 1);
  for (let k = 0; k < n; k++) {
    const second = values.im[k]! < 0;
    if (!second) normalizeRow(x, y, k);
    const row = (second ? k - 1 : k) * n;
    for (let i = 0; i < n; i++) {
      v!.data[2 * (i * n + k)] = x.data[x.first + row + i]!;
      v!.data[2 * (i * n + k) + 1] = (second ? -1 : 1) * y.data[y.first + row + i]!;
    }
  }
}
