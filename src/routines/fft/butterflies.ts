/**
 * The butterflies of a complex transform, in plain JavaScript. A stage of radix r takes every r-th number apart into
 * transforms of length r, its butterflies, and turns the results by roots of unity (in Stockham's order, so that no
 * number is sorted by reversed bits):
 *
 *     from[(k·r + j)·span + i]  ──butterfly over j──▶ ·w^(u·i) ──▶  to[(u·groups + k)·span + i]    k < groups, i < span
 *
 * Between stages real and imaginary parts lie in planes of their own, so that a vector holds parts of one kind; the
 * first stage may read pairs, the last one may write them.
 *
 * Positions are made whole numbers (`| 0`): as long as the engine takes them for fractions, a stage takes twice as
 * long.
 *
 * Invariant: butterflies read `from`, the twiddles and the roots only and write `to` only.
 */
import type { FourierStage } from "../../program/routines/fourier.js";

/**
 * The layout of complex numbers from a position `at` on: the parts of number i are at `at + step·i` and
 * `at + step·i + im`.
 */
export interface NumberLayout {
  /** 2 for pairs, 1 for planes. */
  readonly step: 1 | 2;
  readonly im: number;
}

export const pairs: NumberLayout = { step: 2, im: 1 };

/** Numbers whose imaginary parts are this far behind the real ones. */
export const planes = (apart: number): NumberLayout => ({ step: 1, im: apart });

/** A stage and its direction. */
export interface Stage extends FourierStage {
  /** −1 forward, +1 backward: the sign of the exponent. */
  readonly sign: number;
}

/** What a step reads and writes, but for the positions. */
export interface StepParams {
  readonly from: NumberLayout;
  readonly to: NumberLayout;
  readonly scale: number;
}

/**
 * The butterflies of a stage as they will run: the tables of its transform begin at `tables`; the last stage multiplies
 * by `scale`.
 */
export interface ButterflyParams extends StepParams {
  readonly stage: Stage;
  readonly tables: number;
}

/** Performs the butterflies of a stage from one position of the data to another. */
export type Butterflies = (data: Float64Array, params: ButterflyParams, from: number, to: number) => void;

/** Stores a number. */
function put(data: Float64Array, at: number, apart: number, re: number, im: number): void {
  data[at] = re;
  data[at + apart] = im;
}

/** Stores a number that is turned by a twiddle. */
function turn(data: Float64Array, at: number, apart: number, re: number, im: number, w: number): void {
  const c = data[w]!;
  const s = data[w + 2]!;
  data[at] = re * c - im * s;
  data[at + apart] = re * s + im * c;
}

/**
 * Where the twiddles of a neighbour begin, behind the first of a table that has `each` for one: it has four numbers for
 * two neighbours, both cosines and both sines. Where span is odd the last two share a neighbour.
 */
export const twiddlesOf = (i: number, span: number, each: number): number =>
  4 * each * (i >> 1) + (i === span - 1 ? 1 : i & 1);

/**
 * The counts and distances of a pass, from a number to the next and from one of a butterfly to the next, read and
 * written.
 */
function wholesOf({ stage, tables, from, to }: ButterflyParams) {
  const groups = stage.groups | 0;
  const span = stage.span | 0;
  const [one, out] = [from.step, to.step];
  const [step, far] = [one * span, out * groups * span];
  const twiddles = (tables + stage.twiddles) | 0;
  return { groups, span, twiddles, one, im: from.im | 0, out, apart: to.im | 0, step, far };
}

const pass2: Butterflies = (data, params, start, end) => {
  const { scale } = params;
  const { groups, span, twiddles, one, im, out, apart, step, far } = wholesOf(params);
  for (let k = 0; k < groups; k++) {
    let p = start + 2 * k * step;
    let q = end + out * k * span;
    for (let i = 0; i < span; i++, p += one, q += out) {
      const a = data[p]!;
      const b = data[p + im]!;
      const c = data[p + step]!;
      const d = data[p + step + im]!;
      if (span === 1) {
        put(data, q, apart, scale * (a + c), scale * (b + d));
        put(data, q + far, apart, scale * (a - c), scale * (b - d));
      } else {
        put(data, q, apart, a + c, b + d);
        turn(data, q + far, apart, a - c, b - d, twiddles + twiddlesOf(i, span, 1));
      }
    }
  }
};

const pass4: Butterflies = (data, params, start, end) => {
  const { scale } = params;
  const { sign } = params.stage;
  const { groups, span, twiddles, one, im, out, apart, step, far } = wholesOf(params);
  for (let k = 0; k < groups; k++) {
    let p = start + 4 * k * step;
    let q = end + out * k * span;
    for (let i = 0; i < span; i++, p += one, q += out) {
      const ar = data[p]! + data[p + 2 * step]!;
      const ai = data[p + im]! + data[p + 2 * step + im]!;
      const br = data[p]! - data[p + 2 * step]!;
      const bi = data[p + im]! - data[p + 2 * step + im]!;
      const cr = data[p + step]! + data[p + 3 * step]!;
      const ci = data[p + step + im]! + data[p + 3 * step + im]!;
      const dr = sign * (data[p + step]! - data[p + 3 * step]!);
      const di = sign * (data[p + step + im]! - data[p + 3 * step + im]!);
      // b ± i · d
      if (span === 1) {
        put(data, q, apart, scale * (ar + cr), scale * (ai + ci));
        put(data, q + far, apart, scale * (br - di), scale * (bi + dr));
        put(data, q + 2 * far, apart, scale * (ar - cr), scale * (ai - ci));
        put(data, q + 3 * far, apart, scale * (br + di), scale * (bi - dr));
      } else {
        const w = twiddles + twiddlesOf(i, span, 3);
        put(data, q, apart, ar + cr, ai + ci);
        turn(data, q + far, apart, br - di, bi + dr, w);
        turn(data, q + 2 * far, apart, ar - cr, ai - ci, w + 4);
        turn(data, q + 3 * far, apart, br + di, bi - dr, w + 8);
      }
    }
  }
};

/** Any odd radix: numbers at the same distance from both ends share their cosines, and their sines but for the sign. */
const passAny: Butterflies = (data, params, start, end) => {
  const { scale } = params;
  const { radix, sign } = params.stage;
  const { groups, span, twiddles, one, im, out, apart, step, far } = wholesOf(params);
  const roots = params.tables + params.stage.roots;
  const half = (radix - 1) / 2;
  const sums = new Float64Array(4 * half);
  for (let k = 0; k < groups; k++) {
    for (let i = 0; i < span; i++) {
      const p = start + k * radix * step + i * one;
      const q = end + out * (k * span + i);
      const w = twiddles + twiddlesOf(i, span, radix - 1);
      const x = data[p]!;
      const y = data[p + im]!;
      let totalRe = x;
      let totalIm = y;
      for (let j = 1, at = 0; j <= half; j++, at += 4) {
        const near = p + j * step;
        const mirror = p + (radix - j) * step;
        sums[at] = data[near]! + data[mirror]!;
        sums[at + 1] = data[near + im]! + data[mirror + im]!;
        sums[at + 2] = data[near]! - data[mirror]!;
        sums[at + 3] = data[near + im]! - data[mirror + im]!;
        totalRe += sums[at]!;
        totalIm += sums[at + 1]!;
      }
      if (span === 1) put(data, q, apart, scale * totalRe, scale * totalIm);
      else put(data, q, apart, totalRe, totalIm);
      for (let u = 1; u <= half; u++) {
        let ar = x;
        let ai = y;
        // so that zeros have the signs that they have in compiled passes, which add nothing to the first product
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
        br *= sign;
        bi *= sign;
        const other = radix - u;
        if (span === 1) {
          put(data, q + u * far, apart, scale * (ar - bi), scale * (ai + br));
          put(data, q + other * far, apart, scale * (ar + bi), scale * (ai - br));
        } else {
          turn(data, q + u * far, apart, ar - bi, ai + br, w + 4 * (u - 1));
          turn(data, q + other * far, apart, ar + bi, ai - br, w + 4 * (other - 1));
        }
      }
    }
  }
};

/** Performs a pass in JavaScript. */
export const plainButterflies: Butterflies = (data, params, start, end) => {
  const { radix } = params.stage;
  if (radix === 4) pass4(data, params, start | 0, end | 0);
  else if (radix === 2) pass2(data, params, start | 0, end | 0);
  else passAny(data, params, start | 0, end | 0);
};
