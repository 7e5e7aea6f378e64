/**
 * Where a transform works: the memory in which its rows, its tables and its places lie, and the steps that run over it. A
 * backend may bring faster steps; those here are plain JavaScript and say what is meant.
 *
 * Invariant: a step reads one place and writes another one; the two do not overlap.
 */
import { type Lie, type PassWay, plainPass, type Way } from "./passes.js";

/** How a spectrum is made of half of it: of 2m real numbers, seen as m complex ones. The other way for a split. */
export interface EndsWay extends Way {
  readonly m: number;
  /** Where the twiddles of k = 1 … m/2 begin. */
  readonly twiddles: number;
}

/** How `count` numbers are multiplied by those of a table; −1 takes the conjugate before or after. */
export interface ProductWay extends Way {
  readonly count: number;
  readonly twiddles: number;
  readonly before: 1 | -1;
  readonly after: 1 | -1;
}

/**
 * How rows that lie side by side in a block are gathered into rows of their own: `count` elements of 1 or 2 float64, from an
 * element to the next in the block, from a row to the next in the bench.
 */
export interface BenchWay {
  readonly width: 1 | 2;
  readonly count: number;
  readonly step: number;
  readonly stride: number;
}

/** A step that has been made for a room: takes numbers from one position to another. */
export type Move = (from: number, to: number) => void;

/** The memory, and what makes steps over it. */
export interface Room {
  readonly data: Float64Array;
  /** A pass of a complex transform. */
  pass(way: PassWay): Move;
  /** Of m complex numbers, the transform of 2m real ones read as pairs, makes the m + 1 numbers of their spectrum. */
  merge(way: EndsWay): Move;
  /** The way back: of the m + 1 numbers of a spectrum those whose transform, read as real numbers, is what had it. */
  split(way: EndsWay): Move;
  product(way: ProductWay): Move;
  /** Gathers as many rows as go together, of an even number of elements, from a block; absent where JavaScript does it. */
  gather?(way: BenchWay): Move;
  /** The way back: from the bench to the block. */
  spread?(way: BenchWay): Move;
}

/** Gives room around a workspace. */
export type MakeRoom = (workspace: Float64Array) => Room;

/** Steps in JavaScript; see the interface. */
export class PlainRoom implements Room {
  readonly data: Float64Array;

  /** Rows lie in the same memory as the workspace. */
  constructor({ buffer }: Float64Array) {
    this.data = new Float64Array(buffer, 0, Math.floor(buffer.byteLength / 8));
  }

  pass(way: PassWay): Move {
    return (from, to) => plainPass(this.data, way, from, to);
  }

  merge(way: EndsWay): Move {
    const { data } = this;
    const { m, twiddles, from, to, scale } = way;
    const half = scale / 2;
    const count = Math.floor(m / 2);
    const ends = this.mergeEnds(way);
    return (start, end) => {
      for (let k = 1; k <= count; k++) {
        const [p, q] = [start + from.step * k, start + from.step * (m - k)];
        const evenRe = half * (data[p]! + data[q]!);
        const evenIm = half * (data[p + from.im]! - data[q + from.im]!);
        const oddRe = half * (data[p + from.im]! + data[q + from.im]!);
        const oddIm = half * (data[q]! - data[p]!);
        const [c, s] = twiddleAt(data, twiddles, k - 1, count);
        const turnedRe = oddRe * c - oddIm * s;
        const turnedIm = oddRe * s + oddIm * c;
        put(data, to, end + to.step * k, evenRe + turnedRe, evenIm + turnedIm);
        put(data, to, end + to.step * (m - k), evenRe - turnedRe, turnedIm - evenIm);
      }
      ends(start, end);
    };
  }

  /** The first and the last number, which are real. */
  protected mergeEnds({ m, from, to, scale }: EndsWay): Move {
    const { data } = this;
    return (start, end) => {
      const [re, im] = [data[start]!, data[start + from.im]!];
      put(data, to, end, scale * (re + im), 0);
      put(data, to, end + to.step * m, scale * (re - im), 0);
    };
  }

  split(way: EndsWay): Move {
    const { data } = this;
    const { m, twiddles, from, to, scale } = way;
    const count = Math.floor(m / 2);
    const ends = this.splitEnds(way);
    return (start, end) => {
      for (let k = 1; k <= count; k++) {
        const [p, q] = [start + from.step * k, start + from.step * (m - k)];
        const evenRe = scale * (data[p]! + data[q]!);
        const evenIm = scale * (data[p + from.im]! - data[q + from.im]!);
        const oddRe = scale * (data[p]! - data[q]!);
        const oddIm = scale * (data[p + from.im]! + data[q + from.im]!);
        const [c, s] = twiddleAt(data, twiddles, k - 1, count);
        const turnedRe = oddRe * c - oddIm * s;
        const turnedIm = oddRe * s + oddIm * c;
        // even ± i · odd
        put(data, to, end + to.step * k, evenRe - turnedIm, evenIm + turnedRe);
        put(data, to, end + to.step * (m - k), evenRe + turnedIm, turnedRe - evenIm);
      }
      ends(start, end);
    };
  }

  /** Of the first and the last number only the real parts count. */
  protected splitEnds({ m, from, to, scale }: EndsWay): Move {
    const { data } = this;
    return (start, end) => {
      const [first, last] = [data[start]!, data[start + from.step * m]!];
      put(data, to, end, scale * (first + last), scale * (first - last));
    };
  }

  product({ count, twiddles, from, to, before, after, scale }: ProductWay): Move {
    const { data } = this;
    return (start, end) => {
      for (let k = 0, p = start; k < count; k++, p += from.step) {
        const [re, im] = [data[p]!, before * data[p + from.im]!];
        const [c, s] = twiddleAt(data, twiddles, k, count);
        put(data, to, end + to.step * k, scale * (re * c - im * s), scale * (after * (re * s + im * c)));
      }
    };
  }
}

/** One of `count` twiddles of a table in which neighbours lie together: their cosines, then their sines. */
function twiddleAt(data: Float64Array, table: number, i: number, count: number): readonly [number, number] {
  const at = table + 4 * (i >> 1) + (i === count - 1 ? 1 : i % 2);
  return [data[at]!, data[at + 2]!];
}

function put(data: Float64Array, to: Lie, at: number, re: number, im: number): void {
  data[at] = re;
  data[at + to.im] = im;
}

/** Gives room with steps in JavaScript. */
export const plainRoom: MakeRoom = (workspace) => new PlainRoom(workspace);
