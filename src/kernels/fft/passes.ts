/**
 * The passes of a complex transform, in plain JavaScript. A pass of radix r takes every r-th number apart into transforms of
 * length r and turns the results by roots of unity (Stockham's order, so that nothing is ever sorted by reversed bits):
 *
 *     from[(k·r + j)·span + i]  ──butterfly over j──▶ ·w^(u·i) ──▶  to[(u·groups + k)·span + i]      k < groups, i < span
 *
 * Between passes real and imaginary parts lie in planes of their own, so that vectors hold parts of one sort; the first pass
 * may read pairs, the last one may write them.
 *
 * Invariant: a pass reads `from`, the twiddles and the roots only and writes `to` only.
 */
import type { FourierStage } from "../../data/fourier.js";

/** How complex numbers lie at a position `at` of the data: number i has its parts at `at + step·i` and `at + step·i + im`. */
export interface Lie {
  /** 2 for pairs, 1 for planes. */
  readonly step: 1 | 2;
  readonly im: number;
}

export const pairs: Lie = { step: 2, im: 1 };

/** Numbers of which the imaginary parts lie so far behind the real ones. */
export const planes = (apart: number): Lie => ({ step: 1, im: apart });

/** A pass and its direction. */
export interface Stage extends FourierStage {
  /** −1 forward, +1 backward: the sign of the exponent. */
  readonly sign: number;
}

/** What a step reads and writes, but for the positions. */
export interface Way {
  readonly from: Lie;
  readonly to: Lie;
  readonly scale: number;
}

/** A pass as it will run: the tables of its transform begin at `tables`; the last pass multiplies by `scale`. */
export interface PassWay extends Way {
  readonly stage: Stage;
  readonly tables: number;
}

/** Performs a pass from one position of the data to another. */
export type Pass = (data: Float64Array, way: PassWay, from: number, to: number) => void;

/**
 * Puts the results of butterflies: turned by their twiddles, or, in the last pass, multiplied. A table of twiddles has four
 * numbers for two neighbours i and for each u: both cosines, both sines. Where span is odd the last two share a neighbour.
 */
class Target {
  readonly #data: Float64Array;
  readonly #way: PassWay;
  readonly #start: number;
  #at = 0;
  #twiddles = 0;

  constructor(data: Float64Array, way: PassWay, start: number) {
    this.#data = data;
    this.#way = way;
    this.#start = start;
  }

  /** Goes to the numbers of a butterfly. */
  move(k: number, i: number): void {
    const { stage, tables, to } = this.#way;
    const { radix, span, twiddles } = stage;
    this.#at = this.#start + to.step * (k * span + i);
    const lane = i === span - 1 ? 1 : i % 2;
    this.#twiddles = tables + twiddles + 4 * (radix - 1) * (i >> 1) + lane;
  }

  put(u: number, re: number, im: number): void {
    const data = this.#data;
    const { stage, to, scale } = this.#way;
    const at = this.#at + to.step * u * stage.groups * stage.span;
    if (stage.span === 1) {
      data[at] = re * scale;
      data[at + to.im] = im * scale;
    } else if (u === 0) {
      data[at] = re;
      data[at + to.im] = im;
    } else {
      const c = data[this.#twiddles + 4 * (u - 1)]!;
      const s = data[this.#twiddles + 4 * (u - 1) + 2]!;
      data[at] = re * c - im * s;
      data[at + to.im] = re * s + im * c;
    }
  }
}

const pass2: Pass = (data, way, start, end) => {
  const { stage, from } = way;
  const { groups, span } = stage;
  const target = new Target(data, way, end);
  const step = from.step * span;
  for (let k = 0; k < groups; k++) {
    for (let i = 0, p = start + 2 * k * step; i < span; i++, p += from.step) {
      const a = data[p]!;
      const b = data[p + from.im]!;
      const c = data[p + step]!;
      const d = data[p + step + from.im]!;
      target.move(k, i);
      target.put(0, a + c, b + d);
      target.put(1, a - c, b - d);
    }
  }
};

const pass4: Pass = (data, way, start, end) => {
  const { stage, from } = way;
  const { groups, span, sign } = stage;
  const target = new Target(data, way, end);
  const step = from.step * span;
  for (let k = 0; k < groups; k++) {
    for (let i = 0, p = start + 4 * k * step; i < span; i++, p += from.step) {
      const q = p + from.im;
      const ar = data[p]! + data[p + 2 * step]!;
      const ai = data[q]! + data[q + 2 * step]!;
      const br = data[p]! - data[p + 2 * step]!;
      const bi = data[q]! - data[q + 2 * step]!;
      const cr = data[p + step]! + data[p + 3 * step]!;
      const ci = data[q + step]! + data[q + 3 * step]!;
      const dr = sign * (data[p + step]! - data[p + 3 * step]!);
      const di = sign * (data[q + step]! - data[q + 3 * step]!);
      target.move(k, i);
      target.put(0, ar + cr, ai + ci);
      // ± i · d
      target.put(1, br - di, bi + dr);
      target.put(2, ar - cr, ai - ci);
      target.put(3, br + di, bi - dr);
    }
  }
};

/** Any odd radix: numbers that stand as far from both ends share their cosines, and their sines but for the sign. */
const passAny: Pass = (data, way, start, end) => {
  const { stage, tables, from } = way;
  const { radix, groups, span, sign } = stage;
  const target = new Target(data, way, end);
  const roots = tables + stage.roots;
  const half = (radix - 1) / 2;
  const step = from.step * span;
  const sums = new Float64Array(4 * half);
  for (let k = 0; k < groups; k++) {
    for (let i = 0; i < span; i++) {
      const p = start + k * radix * step + i * from.step;
      const q = p + from.im;
      const x = data[p]!;
      const y = data[q]!;
      let re = x;
      let im = y;
      for (let j = 1, at = 0; j <= half; j++, at += 4) {
        const near = j * step;
        const mirror = (radix - j) * step;
        sums[at] = data[p + near]! + data[p + mirror]!;
        sums[at + 1] = data[q + near]! + data[q + mirror]!;
        sums[at + 2] = data[p + near]! - data[p + mirror]!;
        sums[at + 3] = data[q + near]! - data[q + mirror]!;
        re += sums[at]!;
        im += sums[at + 1]!;
      }
      target.move(k, i);
      target.put(0, re, im);
      for (let u = 1; u <= half; u++) {
        let ar = x;
        let ai = y;
        // where nothing is added to the first product, zeros have the signs that they have in compiled passes
        let br = -0;
        let bi = -0;
        for (let at = 0, power = u; at < 4 * half; at += 4) {
          const c = data[roots + 2 * power]!;
          const s = data[roots + 2 * power + 1]!;
          ar += c * sums[at]!;
          ai += c * sums[at + 1]!;
          br += s * sums[at + 2]!;
          bi += s * sums[at + 3]!;
          power += u;
          if (power >= radix) power -= radix;
        }
        target.put(u, ar - sign * bi, ai + sign * br);
        target.put(radix - u, ar + sign * bi, ai - sign * br);
      }
    }
  }
};

/** Performs a pass in JavaScript. */
export const plainPass: Pass = (data, way, start, end) => {
  const { radix } = way.stage;
  if (radix === 4) pass4(data, way, start, end);
  else if (radix === 2) pass2(data, way, start, end);
  else passAny(data, way, start, end);
};
