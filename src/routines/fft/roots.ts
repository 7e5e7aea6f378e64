/**
 * Roots of unity, cos and sin of 2πk/n, right to within a unit in the last place of the larger part.
 *
 *     k/n of a turn ─▶ quadrant + rest ─▶ at most an eighth of a turn ─▶ cos, sin ─▶ swapped and with signs
 *
 * A recurrence would add up its errors; here every root comes from an angle of its own. The angle 2πk/n is taken with
 * its rounding error, which shifts cos and sin by the first term of their series.
 *
 * Invariant: roots that mirror each other have the same bits but for their signs.
 */

/** 2π as a float64, and what is missing from it. */
const TURN = 2 * Math.PI;
const TURN_REST = 2.4492935982947064e-16;
/** 2^27 + 1: splits a float64 into two halves whose products are exact (Veltkamp, Dekker 1971). */
const SPLIT = 134217729;

/** What is missing from the rounded product of two numbers. */
function productRest(a: number, b: number, product: number): number {
  const [p, q] = [SPLIT * a, SPLIT * b];
  const [aHigh, bHigh] = [p - (p - a), q - (q - b)];
  const [aLow, bLow] = [a - aHigh, b - bHigh];
  return aLow * bLow - (product - aHigh * bHigh - aLow * bHigh - aHigh * bLow);
}

/** The n-th roots of unity; the table takes 16 bytes for every root of an eighth of the circle. */
export class Roots {
  readonly n: number;
  /** The rest within a quadrant, in parts of 1/(4n) of a turn, is a multiple of this. */
  readonly #unit: number;
  readonly #cos: Float64Array;
  readonly #sin: Float64Array;

  constructor(n: number) {
    this.n = n;
    this.#unit = n % 4 === 0 ? 4 : n % 2 === 0 ? 2 : 1;
    const count = Math.floor(n / (2 * this.#unit)) + 1;
    this.#cos = new Float64Array(count);
    this.#sin = new Float64Array(count);
    for (let i = 0; i < count; i++) {
      const part = i * this.#unit;
      const whole = TURN * part;
      const angle = whole / (4 * n);
      const back = angle * (4 * n);
      const rest = (whole - back - productRest(angle, 4 * n, back) + productRest(TURN, part, whole)) / (4 * n);
      const error = rest + (TURN_REST * part) / (4 * n);
      const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
      this.#cos[i] = cos - error * sin;
      this.#sin[i] = sin + error * cos;
      // an eighth of a turn is its own mirror image
      if (2 * part === n) [this.#cos[i], this.#sin[i]] = [Math.SQRT1_2, Math.SQRT1_2];
    }
  }

  /** Puts cos and sin of 2πk/n, for 0 ≤ k < n, at a place of an array. */
  put(k: number, to: Float64Array, at: number): void {
    const { n } = this;
    const quadrant = Math.floor((4 * k) / n);
    const rest = 4 * k - quadrant * n;
    const mirrored = 2 * rest > n;
    const i = (mirrored ? n - rest : rest) / this.#unit;
    const [c, s] = mirrored ? [this.#sin[i]!, this.#cos[i]!] : [this.#cos[i]!, this.#sin[i]!];
    to[at] = quadrant === 0 ? c : quadrant === 1 ? 0 - s : quadrant === 2 ? 0 - c : s;
    to[at + 1] = quadrant === 0 ? s : quadrant === 1 ? c : quadrant === 2 ? 0 - s : 0 - c;
  }
}
