/**
 * The real Schur form of a Hessenberg matrix, H = Z · T · Zᵀ, by Francis's QR steps with two implicit shifts (Francis,
 * 1961; EISPACK's hqr2; Golub and Van Loan, 7.5). T is upper triangular but for a 2 × 2 block per pair of complex
 * eigenvalues.
 *
 * Invariant: `high` is the last row that is not finished; the rows below are those of T already, and keep being
 * transformed.
 */
import { LinAlgError } from "../data/errors.js";
import type { Matrix, Rotate } from "./matrix.js";

/** Eigenvalues; of a pair of complex ones, that with the positive imaginary part comes first. */
export interface Eigenvalues {
  readonly re: Float64Array;
  readonly im: Float64Array;
}

const EPS = 2 ** -52;
/** The most steps for one eigenvalue; EISPACK allows 30. */
const MOST_STEPS = 90;

/** Brings a Hessenberg matrix to its Schur form; the rows of `vectors`, the columns of Z, go along. */
class Francis {
  readonly #h: Float64Array;
  readonly #first: number;
  readonly #n: number;
  readonly #vectors: Matrix | null;
  readonly #rotate: Rotate;
  readonly #norm: number;
  readonly re: Float64Array;
  readonly im: Float64Array;
  /** What exceptional shifts have taken off the diagonal. */
  #taken = 0;

  constructor(h: Matrix, vectors: Matrix | null, rotate: Rotate) {
    this.#rotate = rotate;
    this.#h = h.data;
    this.#first = h.first;
    this.#n = h.rows;
    this.#vectors = vectors;
    this.re = new Float64Array(h.rows);
    this.im = new Float64Array(h.rows);
    let norm = 0;
    for (let i = 0; i < h.rows; i++)
      for (let j = Math.max(0, i - 1); j < h.rows; j++) norm += Math.abs(this.#get(i, j));
    this.#norm = norm;
  }

  #at(i: number, j: number): number {
    return this.#first + i * this.#n + j;
  }

  #get(i: number, j: number): number {
    return this.#h[this.#first + i * this.#n + j]!;
  }

  run(): void {
    let steps = 0;
    for (let high = this.#n - 1; high >= 0; ) {
      const low = this.#start(high);
      if (low >= high - 1) {
        if (low === high) this.#one(high);
        else this.#two(high);
        high = low - 1;
        steps = 0;
        continue;
      }
      if (steps === MOST_STEPS) {
        throw new LinAlgError(`eig: eigenvalue ${high} did not converge`, { reason: "not converged", order: high });
      }
      steps++;
      this.#step(low, high, steps % 10 === 0);
    }
  }

  /** The first row of the block that ends at `high`: above it the second diagonal is as good as 0. */
  #start(high: number): number {
    let low = high;
    for (; low > 0; low--) {
      const near = Math.abs(this.#get(low - 1, low - 1)) + Math.abs(this.#get(low, low));
      if (Math.abs(this.#get(low, low - 1)) <= EPS * (near === 0 ? this.#norm : near)) break;
    }
    return low;
  }

  #one(k: number): void {
    const at = this.#at(k, k);
    this.#h[at] = this.#h[at]! + this.#taken;
    this.re[k] = this.#h[at]!;
  }

  /** Two eigenvalues at once; if they are real, the block is turned into a triangle. */
  #two(k: number): void {
    const h = this.#h;
    const product = this.#get(k, k - 1) * this.#get(k - 1, k);
    const half = (this.#get(k - 1, k - 1) - this.#get(k, k)) / 2;
    const square = half * half + product;
    this.#one(k);
    this.#one(k - 1);
    const last = this.#get(k, k);
    const root = Math.sqrt(Math.abs(square));
    if (square < 0) {
      this.re[k - 1] = last + half;
      this.re[k] = last + half;
      this.im[k - 1] = root;
      this.im[k] = -root;
      return;
    }
    const far = half + (half < 0 ? -root : root);
    this.re[k - 1] = last + far;
    this.re[k] = far === 0 ? last : last - product / far;
    const below = this.#get(k, k - 1);
    const size = Math.hypot(below, far);
    if (size === 0) return;
    const [s, c] = [below / size, far / size];
    for (let j = k - 1; j < this.#n; j++) {
      const x = this.#get(k - 1, j);
      const y = this.#get(k, j);
      h[this.#at(k - 1, j)] = c * x + s * y;
      h[this.#at(k, j)] = c * y - s * x;
    }
    for (let i = 0; i <= k; i++) {
      const x = this.#get(i, k - 1);
      const y = this.#get(i, k);
      h[this.#at(i, k - 1)] = c * x + s * y;
      h[this.#at(i, k)] = c * y - s * x;
    }
    if (this.#vectors) this.#rotate(this.#vectors, k - 1, k, c, s);
  }

  /** One step with both eigenvalues of the last 2 × 2 as shifts, or with a strange shift where those lead nowhere. */
  #step(low: number, high: number, exceptional: boolean): void {
    const h = this.#h;
    let x = this.#get(high, high);
    let y = this.#get(high - 1, high - 1);
    let w = this.#get(high, high - 1) * this.#get(high - 1, high);
    if (exceptional) {
      this.#taken += x;
      for (let i = 0; i <= high; i++) h[this.#at(i, i)] = h[this.#at(i, i)]! - x;
      const size = Math.abs(this.#get(high, high - 1)) + Math.abs(this.#get(high - 1, high - 2));
      x = 0.75 * size;
      y = x;
      w = -0.4375 * size * size;
    }
    // the first column of (H − x)(H − y) − w, from the lowest row at which it may start
    let p = 0;
    let q = 0;
    let r = 0;
    let m = high - 2;
    for (; ; m--) {
      const z = this.#get(m, m);
      const [dx, dy] = [x - z, y - z];
      p = (dx * dy - w) / this.#get(m + 1, m) + this.#get(m, m + 1);
      q = this.#get(m + 1, m + 1) - z - dx - dy;
      r = this.#get(m + 2, m + 1);
      const size = Math.abs(p) + Math.abs(q) + Math.abs(r);
      p /= size;
      q /= size;
      r /= size;
      if (m === low) break;
      const above = Math.abs(this.#get(m, m - 1)) * (Math.abs(q) + Math.abs(r));
      const near = Math.abs(this.#get(m - 1, m - 1)) + Math.abs(z) + Math.abs(this.#get(m + 1, m + 1));
      if (above <= EPS * Math.abs(p) * near) break;
    }
    for (let i = m + 2; i <= high; i++) {
      h[this.#at(i, i - 2)] = 0;
      if (i > m + 2) h[this.#at(i, i - 3)] = 0;
    }
    for (let k = m; k < high; k++) {
      const three = k + 1 < high;
      let size = 1;
      if (k > m) {
        p = this.#get(k, k - 1);
        q = this.#get(k + 1, k - 1);
        r = three ? this.#get(k + 2, k - 1) : 0;
        size = Math.abs(p) + Math.abs(q) + Math.abs(r);
        if (size === 0) continue;
        p /= size;
        q /= size;
        r /= size;
      }
      const length = Math.sqrt(p * p + q * q + r * r) * (p < 0 ? -1 : 1);
      if (length === 0) continue;
      if (k > m) h[this.#at(k, k - 1)] = -length * size;
      else if (low < m) h[this.#at(k, k - 1)] = -this.#get(k, k - 1);
      const first = p + length;
      this.#reflect(k, high, three, [first / length, q / length, r / length], [q / first, r / first]);
    }
  }

  /** Reflects rows and columns k … k + 2 (or k + 1): I − (x, y, z)ᵀ (1, q, r). */
  #reflect(
    k: number,
    high: number,
    three: boolean,
    [x, y, z]: readonly [number, number, number],
    [q, r]: readonly [number, number],
  ): void {
    const h = this.#h;
    const n = this.#n;
    const top = this.#at(k, 0);
    for (let j = top + k; j < top + n; j++) {
      const sum = h[j]! + q * h[j + n]! + (three ? r * h[j + 2 * n]! : 0);
      h[j] = h[j]! - sum * x;
      h[j + n] = h[j + n]! - sum * y;
      if (three) h[j + 2 * n] = h[j + 2 * n]! - sum * z;
    }
    for (let i = 0; i <= Math.min(high, k + 3); i++) {
      const j = this.#at(i, k);
      const sum = x * h[j]! + y * h[j + 1]! + (three ? z * h[j + 2]! : 0);
      h[j] = h[j]! - sum;
      h[j + 1] = h[j + 1]! - sum * q;
      if (three) h[j + 2] = h[j + 2]! - sum * r;
    }
    const vectors = this.#vectors;
    if (vectors === null) return;
    const { data } = vectors;
    const row = vectors.first + k * n;
    for (let j = row; j < row + n; j++) {
      const sum = x * data[j]! + y * data[j + n]! + (three ? z * data[j + 2 * n]! : 0);
      data[j] = data[j]! - sum;
      data[j + n] = data[j + n]! - sum * q;
      if (three) data[j + 2 * n] = data[j + 2 * n]! - sum * r;
    }
  }
}

/** Turns a Hessenberg matrix by rows into its Schur form; what is left below the blocks is to be taken as 0. */
export function schur(h: Matrix, vectors: Matrix | null, rotate: Rotate): Eigenvalues {
  const francis = new Francis(h, vectors, rotate);
  francis.run();
  return francis;
}
