/**
 * Fourier transforms of any length: of complex numbers, and of real numbers to the half of their spectrum that
 * determines the rest, and back. A transform is a list of steps, each from one place to another; `bf` are the
 * butterflies of one stage:
 *
 *     complex               bf · bf · … · bf                              pairs → planes → … → pairs
 *     2m real numbers       the bf of m complex numbers · merge           and back: split · bf
 *     real, an odd length   widen · bf · take the first half              and back: mirror · bf · real parts
 *     with a large prime    instead of bf: chirp · bf · spectrum · bf · chirp
 *
 * Bluestein (1970) writes jk as (j² + k² − (k − j)²) / 2: a transform is then a convolution with a chirp, which a
 * smooth length does by transforms of its own; the inverse of these is the conjugate of the transform of the conjugate.
 *
 * Invariant: a transform keeps its tables and nothing else; it works in the buffers that it is given.
 *
 * Sources: Stockham, "High-speed convolution and correlation" (1966), for the order of the stages; Temperton,
 * "Self-sorting mixed-radix fast Fourier transforms" (1983).
 */
import { type FourierForm, type FourierLayout, fourierLayout } from "../../program/routines/fourier.js";
import type { FourierBuffers, Move } from "./buffers.js";
import { type NumberLayout, pairs, planes } from "./butterflies.js";
import { fourierTables, type Sign } from "./tables.js";

/** A kind of transform. */
export interface TransformKind {
  readonly n: number;
  readonly form: FourierForm;
  readonly sign: Sign;
}

/** Where a transform runs: its tables and places begin at `base` of the buffers. */
interface Ground {
  readonly buffers: FourierBuffers;
  readonly base: number;
  readonly scale: number;
}

/** Makes a step between numbers in these layouts. */
type MakeStep = (ground: Ground, from: NumberLayout, to: NumberLayout) => Move;

/** A transform of rows of one length. */
export class Transform {
  readonly layout: FourierLayout;
  readonly bytes: number;
  readonly #kind: TransformKind;
  readonly #tables: Float64Array;
  readonly #steps: readonly MakeStep[];

  constructor(kind: TransformKind) {
    this.#kind = kind;
    this.layout = fourierLayout(kind);
    this.#tables = fourierTables(this.layout, kind.sign);
    this.bytes = this.#tables.byteLength;
    this.#steps = this.#stepsOf(kind.form);
  }

  /** Copies the tables to their place in the buffers, and makes the steps there. */
  in(ground: Ground): TransformIn {
    ground.buffers.data.set(this.#tables, ground.base);
    const between = planes(this.layout.plane);
    const last = this.#steps.length - 1;
    const moves = this.#steps.map((step, i) => step(ground, i === 0 ? pairs : between, i === last ? pairs : between));
    return new TransformIn(moves, ground.base + this.layout.front, ground.base + this.layout.back);
  }

  #stepsOf(form: FourierForm): MakeStep[] {
    const { halved, count, ends } = this.layout;
    if (halved) {
      const params = ({ base, scale }: Ground, from: NumberLayout, to: NumberLayout) => ({
        m: count,
        twiddles: base + ends,
        from,
        to,
        scale,
      });
      return form === "toHalf"
        ? [...this.#butterflies(false), (ground, from, to) => ground.buffers.merge(params(ground, from, to))]
        : [(ground, from, to) => ground.buffers.split(params(ground, from, to)), ...this.#butterflies(false)];
    }
    const { n } = this.#kind;
    if (form === "toHalf") return [widen(n), ...this.#butterflies(true), half(n)];
    if (form === "fromHalf") return [mirror(n), ...this.#butterflies(true), realParts(n)];
    return this.#butterflies(true);
  }

  /** The steps of the complex transform; with `scaled`, they multiply by the factor. */
  #butterflies(scaled: boolean): MakeStep[] {
    const { count, length, stages, chirp, spectrum } = this.layout;
    const { sign } = this.#kind;
    const butterflies = (direction: Sign, scales: boolean): MakeStep[] =>
      stages.map(
        (stage) =>
          ({ buffers, base, scale }, from, to) =>
            buffers.butterflies({
              stage: { ...stage, sign: direction },
              tables: base,
              from,
              to,
              scale: scales ? scale : 1,
            }),
      );
    if (count === 1) return [({ buffers, scale }, from, to) => copy(buffers.data, from, to, 1, scaled ? scale : 1)];
    if (length === count) return butterflies(sign, scaled);
    const product =
      (table: number, numbers: number, [before, after]: readonly [Sign, Sign], scales = false): MakeStep =>
      ({ buffers, base, scale }, from, to) =>
        buffers.product({ count: numbers, twiddles: base + table, from, to, before, after, scale: scales ? scale : 1 });
    return [
      filled(product(chirp, count, [1, 1]), count, length),
      ...butterflies(-1, false),
      product(spectrum, length, [1, -1]),
      ...butterflies(-1, false),
      product(chirp, count, [-1, 1], scaled),
    ];
  }
}

/** A transform at work in buffers. */
export class TransformIn {
  readonly #moves: readonly Move[];
  readonly #front: number;
  readonly #back: number;

  constructor(moves: readonly Move[], front: number, back: number) {
    this.#moves = moves;
    this.#front = front;
    this.#back = back;
  }

  /** Where a row may be put that does not lie in the buffers. */
  get input(): number {
    return this.#back;
  }

  /**
   * Transforms the row at a position. Writes the result to another position, or to a place of its own; returns where it
   * is.
   */
  run(input: number, output?: number): number {
    const last = this.#moves.length - 1;
    let from = input;
    for (let i = 0; i <= last; i++) {
      const to = i === last && output !== undefined ? output : i % 2 === 0 ? this.#front : this.#back;
      this.#moves[i]!(from, to);
      from = to;
    }
    return from;
  }
}

/** A step of which the result is filled up with zeros behind `count` numbers. */
function filled(step: MakeStep, count: number, length: number): MakeStep {
  return (ground, from, to) => {
    const move = step(ground, from, to);
    const { data } = ground.buffers;
    return (start, end) => {
      move(start, end);
      for (const at of [end, end + to.im]) data.fill(0, at + count, at + length);
    };
  };
}

/** Copies numbers. */
function copy(data: Float64Array, from: NumberLayout, to: NumberLayout, count: number, scale: number): Move {
  return (start, end) => {
    for (let i = 0, p = start, q = end; i < count; i++, p += from.step, q += to.step) {
      data[q] = data[p]! * scale;
      data[q + to.im] = data[p + from.im]! * scale;
    }
  };
}

/** Real numbers as complex ones. */
function widen(n: number): MakeStep {
  return ({ buffers: { data } }, _, to) =>
    (start, end) => {
      data.copyWithin(end, start, start + n);
      data.fill(0, end + to.im, end + to.im + n);
    };
}

/** The first half of a spectrum of real numbers, of an odd length. */
function half(n: number): MakeStep {
  return ({ buffers: { data } }, from, to) => {
    const move = copy(data, from, to, (n + 1) / 2, 1);
    return (start, end) => {
      move(start, end);
      data[end + to.im] = 0;
    };
  };
}

/** The other half of the spectrum of real numbers, of an odd length. */
function mirror(n: number): MakeStep {
  const first = half(n);
  return (ground, from, to) => {
    const move = first(ground, from, to);
    const { data } = ground.buffers;
    return (start, end) => {
      move(start, end);
      for (let k = 1; 2 * k < n; k++) {
        data[end + n - k] = data[end + k]!;
        data[end + to.im + n - k] = -data[end + to.im + k]!;
      }
    };
  };
}

/** The real parts, side by side. */
function realParts(n: number): MakeStep {
  return ({ buffers: { data } }) =>
    (start, end) =>
      void data.copyWithin(end, start, start + n);
}

/** The most bytes of transforms that are kept for later. */
const MOST_TABLE_BYTES = 2 ** 26;

/**
 * Transforms that were made, the last used at the end. Older ones are dropped when all together take too many bytes.
 * The last one stays whatever its size, since rows of one length come one after the other.
 */
export class Transforms {
  readonly #most: number;
  readonly #kept = new Map<string, Transform>();
  #bytes = 0;

  constructor(most = MOST_TABLE_BYTES) {
    this.#most = most;
  }

  /** How many are kept. */
  get size(): number {
    return this.#kept.size;
  }

  /** The transform of a kind. */
  of(kind: TransformKind): Transform {
    const key = `${kind.form} ${kind.sign} ${kind.n}`;
    const known = this.#kept.get(key);
    const transform = known ?? new Transform(kind);
    if (known !== undefined) this.#kept.delete(key);
    else this.#bytes += transform.bytes;
    this.#kept.set(key, transform);
    for (const [oldest, { bytes }] of this.#kept) {
      if (this.#bytes <= this.#most || this.#kept.size === 1) break;
      this.#kept.delete(oldest);
      this.#bytes -= bytes;
    }
    return transform;
  }
}
