/**
 * The passes of a complex transform, in plain JavaScript. A pass of radix r takes every r-th number apart into transforms of
 * length r and turns the results by roots of unity (Stockham's order, so that nothing is ever sorted by reversed bits):
 *
 *     from[(k·r + j)·span + i]  ──butterfly over j──▶ ·w^(u·i) ──▶  to[(u·groups + k)·span + i]      k < groups, i < span
 *
 * Invariant: a pass reads `from`, the twiddles and the roots only and writes `to` only; complex numbers are pairs of
 * float64, twiddles triples (cos, −sin, sin) of the angle as it is turned, so that vector code loads them as they are.
 */

/** One pass over an array of numbers; all places are positions in one array of float64. */
export interface Stage {
  readonly radix: number;
  readonly groups: number;
  readonly span: number;
  /** Where the twiddles begin: for each i the triples of u = 1 … radix − 1. None are read where span is 1. */
  readonly twiddles: number;
  /** Where the `radix` roots of unity begin, as pairs; for radices that have no pass of their own. */
  readonly roots: number;
  /** −1 forward, +1 backward: the sign of the exponent. */
  readonly sign: number;
}

/** Performs a stage from one place of the data to another. */
export type Pass = (data: Float64Array, stage: Stage, from: number, to: number) => void;

/** Turns a number by a twiddle and stores it. */
function turned(data: Float64Array, at: number, re: number, im: number, w: number): void {
  const c = data[w]!;
  const s = data[w + 2]!;
  data[at] = re * c - im * s;
  data[at + 1] = re * s + im * c;
}

function put(data: Float64Array, at: number, re: number, im: number): void {
  data[at] = re;
  data[at + 1] = im;
}

const pass2: Pass = (data, { groups, span, twiddles }, from, to) => {
  const step = 2 * span;
  const far = 2 * groups * span;
  for (let k = 0; k < groups; k++) {
    let p = from + 2 * k * step;
    let q = to + k * step;
    for (let i = 0, w = twiddles; i < span; i++, p += 2, q += 2, w += 3) {
      const a = data[p]!;
      const b = data[p + 1]!;
      const c = data[p + step]!;
      const d = data[p + step + 1]!;
      data[q] = a + c;
      data[q + 1] = b + d;
      if (span === 1) put(data, q + far, a - c, b - d);
      else turned(data, q + far, a - c, b - d, w);
    }
  }
};

const pass4: Pass = (data, { groups, span, twiddles, sign }, from, to) => {
  const step = 2 * span;
  const far = 2 * groups * span;
  for (let k = 0; k < groups; k++) {
    let p = from + 4 * k * step;
    let q = to + k * step;
    for (let i = 0, w = twiddles; i < span; i++, p += 2, q += 2, w += 9) {
      const x = data[p]!;
      const y = data[p + 1]!;
      const x1 = data[p + step]!;
      const y1 = data[p + step + 1]!;
      const x2 = data[p + 2 * step]!;
      const y2 = data[p + 2 * step + 1]!;
      const x3 = data[p + 3 * step]!;
      const y3 = data[p + 3 * step + 1]!;
      const ar = x + x2;
      const ai = y + y2;
      const br = x - x2;
      const bi = y - y2;
      const cr = x1 + x3;
      const ci = y1 + y3;
      // ±i times the difference
      const dr = sign * (y3 - y1);
      const di = sign * (x1 - x3);
      data[q] = ar + cr;
      data[q + 1] = ai + ci;
      if (span === 1) {
        put(data, q + far, br + dr, bi + di);
        put(data, q + 2 * far, ar - cr, ai - ci);
        put(data, q + 3 * far, br - dr, bi - di);
      } else {
        turned(data, q + far, br + dr, bi + di, w);
        turned(data, q + 2 * far, ar - cr, ai - ci, w + 3);
        turned(data, q + 3 * far, br - dr, bi - di, w + 6);
      }
    }
  }
};

/** Any odd radix: numbers that stand as far from both ends share their cosines, and their sines but for the sign. */
const passAny: Pass = (data, { radix, groups, span, twiddles, roots, sign }, from, to) => {
  const half = (radix - 1) / 2;
  const step = 2 * span;
  const far = 2 * groups * span;
  const sums = new Float64Array(4 * half);
  for (let k = 0; k < groups; k++) {
    for (let i = 0; i < span; i++) {
      const p = from + (k * radix * span + i) * 2;
      const q = to + (k * span + i) * 2;
      const w = twiddles + 3 * (radix - 1) * i;
      const x = data[p]!;
      const y = data[p + 1]!;
      let re = x;
      let im = y;
      for (let j = 1, at = 0; j <= half; j++, at += 4) {
        const near = p + j * step;
        const mirror = p + (radix - j) * step;
        sums[at] = data[near]! + data[mirror]!;
        sums[at + 1] = data[near + 1]! + data[mirror + 1]!;
        sums[at + 2] = data[near]! - data[mirror]!;
        sums[at + 3] = data[near + 1]! - data[mirror + 1]!;
        re += sums[at]!;
        im += sums[at + 1]!;
      }
      put(data, q, re, im);
      for (let u = 1; u <= half; u++) {
        let ar = x;
        let ai = y;
        let br = 0;
        let bi = 0;
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
        const one = q + u * far;
        const other = q + (radix - u) * far;
        if (span === 1) {
          put(data, one, ar - sign * bi, ai + sign * br);
          put(data, other, ar + sign * bi, ai - sign * br);
        } else {
          turned(data, one, ar - sign * bi, ai + sign * br, w + 3 * (u - 1));
          turned(data, other, ar + sign * bi, ai - sign * br, w + 3 * (radix - u - 1));
        }
      }
    }
  }
};

/** Performs a stage in JavaScript. */
export const plainPass: Pass = (data, stage, from, to) => {
  if (stage.radix === 4) pass4(data, stage, from, to);
  else if (stage.radix === 2) pass2(data, stage, from, to);
  else passAny(data, stage, from, to);
};
