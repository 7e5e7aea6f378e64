/**
 * Where a transform works: one array of float64 for its tables and its numbers, and the steps that run over it. A backend
 * may bring an array in a memory of its own with faster steps; those here are plain JavaScript and say what is meant.
 */
import { plainPass, type Stage } from "./passes.js";

/** The array and the steps over it; places are positions in the array. */
export interface Room {
  readonly data: Float64Array;
  /** Performs a pass of a complex transform. */
  pass(stage: Stage, from: number, to: number): void;
  /** Makes the spectrum of 2m real numbers, m + 1 complex ones, of their transform as m complex numbers, in place. */
  merge(at: number, m: number, twiddles: number, scale: number): void;
  /** The way back: of the m + 1 numbers of a spectrum those whose transform, read as real numbers, is what had it. */
  split(at: number, m: number, twiddles: number, scale: number): void;
  /** Multiplies numbers. */
  scale(at: number, count: number, factor: number): void;
}

/** Gives room for so many float64. */
export type MakeRoom = (length: number) => Room;

/** Room in JavaScript's memory. */
export class PlainRoom implements Room {
  readonly data: Float64Array;

  constructor(data: Float64Array) {
    this.data = data;
  }

  pass(stage: Stage, from: number, to: number): void {
    plainPass(this.data, stage, from, to);
  }

  merge(at: number, m: number, twiddles: number, scale: number): void {
    const { data } = this;
    const half = scale / 2;
    const re = data[at]!;
    const im = data[at + 1]!;
    for (let k = 1, w = twiddles + 3; 2 * k <= m; k++, w += 3) {
      const p = at + 2 * k;
      const q = at + 2 * (m - k);
      const evenRe = half * (data[p]! + data[q]!);
      const evenIm = half * (data[p + 1]! - data[q + 1]!);
      const oddRe = half * (data[p + 1]! + data[q + 1]!);
      const oddIm = half * (data[q]! - data[p]!);
      const c = data[w]!;
      const s = data[w + 2]!;
      const turnedRe = oddRe * c - oddIm * s;
      const turnedIm = oddRe * s + oddIm * c;
      data[p] = evenRe + turnedRe;
      data[p + 1] = evenIm + turnedIm;
      data[q] = evenRe - turnedRe;
      data[q + 1] = turnedIm - evenIm;
    }
    data[at] = scale * (re + im);
    data[at + 1] = 0;
    data[at + 2 * m] = scale * (re - im);
    data[at + 2 * m + 1] = 0;
  }

  split(at: number, m: number, twiddles: number, scale: number): void {
    const { data } = this;
    const first = data[at]!;
    const last = data[at + 2 * m]!;
    for (let k = 1, w = twiddles + 3; 2 * k <= m; k++, w += 3) {
      const p = at + 2 * k;
      const q = at + 2 * (m - k);
      const evenRe = scale * (data[p]! + data[q]!);
      const evenIm = scale * (data[p + 1]! - data[q + 1]!);
      const oddRe = scale * (data[p]! - data[q]!);
      const oddIm = scale * (data[p + 1]! + data[q + 1]!);
      const c = data[w]!;
      const s = data[w + 2]!;
      const turnedRe = oddRe * c - oddIm * s;
      const turnedIm = oddRe * s + oddIm * c;
      // even ± i · odd
      data[p] = evenRe - turnedIm;
      data[p + 1] = evenIm + turnedRe;
      data[q] = evenRe + turnedIm;
      data[q + 1] = turnedRe - evenIm;
    }
    data[at] = scale * (first + last);
    data[at + 1] = scale * (first - last);
  }

  scale(at: number, count: number, factor: number): void {
    const { data } = this;
    for (let i = at; i < at + count; i++) data[i] = data[i]! * factor;
  }
}

/** Gives room in JavaScript's memory. */
export const plainRoom: MakeRoom = (length) => new PlainRoom(new Float64Array(length));
