/**
 * The buffers of a transform: the memory in which its rows, its tables and its places lie, and the steps that run over
 * it. A backend may have faster steps; those here are plain JavaScript and define the results.
 *
 * Invariant: a step reads one place and writes another one; the two do not overlap.
 */
import {
  type ButterflyParams,
  type NumberLayout,
  plainButterflies,
  type StepParams,
  twiddlesOf,
} from "./butterflies.js";

/** How a merge makes the spectrum of 2m real numbers from that of m complex ones, or a split reverses that. */
export interface EndsParams extends StepParams {
  readonly m: number;
  /** Where the twiddles of k = 1 … m/2 begin. */
  readonly twiddles: number;
}

/** How `count` numbers are multiplied by those of a table; −1 takes the conjugate before or after. */
export interface ProductParams extends StepParams {
  readonly count: number;
  readonly twiddles: number;
  readonly before: 1 | -1;
  readonly after: 1 | -1;
}

/**
 * How rows that lie side by side in a block are gathered into rows of their own: `count` elements of 1 or 2 float64,
 * from an element to the next in the block, from a row to the next in the bench.
 */
export interface BenchParams {
  readonly width: 1 | 2;
  readonly count: number;
  readonly step: number;
  readonly stride: number;
}

/** A step over some buffers: takes numbers from one position to another. */
export type Move = (from: number, to: number) => void;

/** The memory, and functions that make steps over it. */
export interface FourierBuffers {
  readonly data: Float64Array;
  /** The butterflies of a stage of a complex transform. */
  butterflies(params: ButterflyParams): Move;
  /** Of m complex numbers, the transform of 2m real ones read as pairs, makes the m + 1 numbers of their spectrum. */
  merge(params: EndsParams): Move;
  /** Reverses a merge: of the m + 1 numbers of a spectrum, makes m whose transform is the 2m real numbers, as pairs. */
  split(params: EndsParams): Move;
  product(params: ProductParams): Move;
  /**
   * Gathers the rows that are transformed together, of an even number of elements, from a block; absent where
   * JavaScript does it.
   */
  gather?(params: BenchParams): Move;
  /** Copies the rows back from the bench to the block. */
  spread?(params: BenchParams): Move;
}

/** Makes buffers around a workspace. */
export type MakeBuffers = (workspace: Float64Array) => FourierBuffers;

/** Steps in JavaScript; see the interface. */
export class PlainBuffers implements FourierBuffers {
  readonly data: Float64Array;

  /** Rows lie in the same memory as the workspace. */
  constructor({ buffer }: Float64Array) {
    this.data = new Float64Array(buffer, 0, Math.floor(buffer.byteLength / 8));
  }

  butterflies(params: ButterflyParams): Move {
    return (from, to) => plainButterflies(this.data, params, from, to);
  }

  merge(params: EndsParams): Move {
    return this.#meet(params, true, this.mergeEnds(params));
  }

  /** The first and the last number, which are real. */
  protected mergeEnds({ m, from, to, scale }: EndsParams): Move {
    const { data } = this;
    return (start, end) => {
      const [re, im] = [data[start]!, data[start + from.im]!];
      put(data, to, end, scale * (re + im), 0);
      put(data, to, end + to.step * m, scale * (re - im), 0);
    };
  }

  split(params: EndsParams): Move {
    return this.#meet(params, false, this.splitEnds(params));
  }

  /** Of the first and the last number only the real parts count. */
  protected splitEnds({ m, from, to, scale }: EndsParams): Move {
    const { data } = this;
    return (start, end) => {
      const [first, last] = [data[start]!, data[start + from.step * m]!];
      put(data, to, end, scale * (first + last), scale * (first - last));
    };
  }

  /**
   * Merge or split of all numbers but those of the ends, from both ends to the middle: a merge turns by −i before the
   * twiddle, a split by i behind it.
   */
  #meet({ m, twiddles, from, to, scale }: EndsParams, merges: boolean, ends: Move): Move {
    const { data } = this;
    const factor = merges ? scale / 2 : scale;
    const count = Math.floor(m / 2);
    const table = twiddles | 0;
    const im = from.im | 0;
    const step = from.step;
    return (start, end) => {
      const first = start | 0;
      const last = end | 0;
      for (let k = 1; k <= count; k++) {
        const p = first + step * k;
        const q = first + step * (m - k);
        const evenRe = factor * (data[p]! + data[q]!);
        const evenIm = factor * (data[p + im]! - data[q + im]!);
        const across = factor * (merges ? data[q]! - data[p]! : data[p]! - data[q]!);
        const along = factor * (data[p + im]! + data[q + im]!);
        const oddRe = merges ? along : across;
        const oddIm = merges ? across : along;
        const w = table + twiddlesOf(k - 1, count, 1);
        const c = data[w]!;
        const s = data[w + 2]!;
        const re = oddRe * c - oddIm * s;
        const other = oddRe * s + oddIm * c;
        const turnedRe = merges ? re : -other;
        const turnedIm = merges ? other : re;
        put(data, to, last + to.step * k, evenRe + turnedRe, evenIm + turnedIm);
        put(data, to, last + to.step * (m - k), evenRe - turnedRe, turnedIm - evenIm);
      }
      ends(start, end);
    };
  }

  product({ count, twiddles, from, to, before, after, scale }: ProductParams): Move {
    const { data } = this;
    const table = twiddles | 0;
    const apart = from.im | 0;
    const [step, out] = [from.step, to.step];
    return (start, end) => {
      const first = start | 0;
      const last = end | 0;
      for (let k = 0; k < count; k++) {
        const p = first + step * k;
        const re = data[p]!;
        const im = before * data[p + apart]!;
        const w = table + twiddlesOf(k, count, 1);
        const c = data[w]!;
        const s = data[w + 2]!;
        put(data, to, last + out * k, scale * (re * c - im * s), scale * (after * (re * s + im * c)));
      }
    };
  }
}

function put(data: Float64Array, to: NumberLayout, at: number, re: number, im: number): void {
  data[at] = re;
  data[at + to.im] = im;
}

/** Makes buffers with steps in JavaScript. */
export const plainBuffers: MakeBuffers = (workspace) => new PlainBuffers(workspace);
