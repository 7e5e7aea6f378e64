/**
 * Complex transforms of any length: passes of mixed radix where all prime factors are small, Bluestein's algorithm where one
 * is large.
 *
 *     room   [ twiddles and roots | front: n numbers | back: n numbers ]     passes go to and fro between front and back
 *
 * Bluestein (1970) writes jk as (j² + k² − (k − j)²) / 2: a transform is then a convolution with a chirp, which a smooth
 * length does by transforms of its own.
 *
 * Sources: Stockham, "High-speed convolution and correlation" (1966), for the order of passes; Temperton, "Self-sorting
 * mixed-radix fast Fourier transforms" (1983).
 */
import { primesOf } from "../../data/primes.js";
import type { Stage } from "./passes.js";
import type { MakeRoom, Room } from "./room.js";
import { Roots } from "./roots.js";

/** How many float64 are left empty between front and back. */
const APART = 136;

/** The sign of the exponent: −1 forward, +1 backward. */
export type Sign = 1 | -1;

/** A transform of complex numbers of one length, not scaled. Numbers go in and come out as pairs. */
export interface ComplexPlan {
  readonly room: Room;
  /** Where the numbers are put; there is room for one more. */
  readonly front: number;
  /** Where `extra` numbers of the caller's are. */
  readonly extra: number;
  readonly bytes: number;
  /** Transforms what was put in front; gives the place of the result. */
  run(): number;
}

/** The radices of the passes: fours, at most one two, then odd primes. Eights were no faster (docs/design/0012). */
function radicesOf(n: number): number[] {
  const primes = primesOf(n);
  const twos = primes.filter((prime) => prime === 2).length;
  const fours = new Array<number>(Math.floor(twos / 2)).fill(4);
  return [...fours, ...(twos % 2 === 1 ? [2] : []), ...primes.slice(twos)];
}

/** About what passes cost for each number, in units of a pass of radix 2. */
function costOf(radices: readonly number[]): number {
  return radices.reduce((sum, radix) => sum + (radix <= 5 ? radix / 2 : (3 * radix) / 4), 0);
}

/** The least length of factors 2, 3 and 5, a multiple of 16, that is not below a bound. */
function smoothLength(least: number): number {
  let best = 16;
  while (best < least) best *= 2;
  for (let fives = 16; fives < best; fives *= 5) {
    for (let length = fives; length < best; length *= 3) {
      let even = length;
      while (even < least) even *= 2;
      best = Math.min(best, even);
    }
  }
  return best;
}

class MixedRadix implements ComplexPlan {
  readonly room: Room;
  readonly front: number;
  readonly extra: number;
  readonly bytes: number;
  readonly #back: number;
  readonly #stages: readonly Stage[];

  constructor(n: number, radices: readonly number[], sign: Sign, makeRoom: MakeRoom, extra: number) {
    let length = 0;
    const take = (count: number): number => {
      const at = length;
      length += count + (count % 2);
      return at;
    };
    let groups = 1;
    this.#stages = radices.map((radix) => {
      const span = n / (groups * radix);
      const twiddles = span > 1 ? take(3 * (radix - 1) * span) : 0;
      const stage = { radix, groups, span, twiddles, roots: radix % 2 === 1 ? take(2 * radix) : 0, sign };
      groups *= radix;
      return stage;
    });
    this.extra = take(extra);
    this.front = take(2 * (n + 1));
    // numbers that are read and written at places which differ by whole pages hinder each other
    take(APART);
    this.#back = take(2 * (n + 1));
    this.room = makeRoom(length);
    this.bytes = 8 * length;
    this.#fillTables(n);
  }

  #fillTables(n: number): void {
    const { data } = this.room;
    const all = new Roots(n);
    const root = new Float64Array(2);
    for (const { radix, groups, span, twiddles, roots, sign } of this.#stages) {
      for (let j = 0; radix % 2 === 1 && j < radix; j++) all.put((n / radix) * j, data, roots + 2 * j);
      let at = twiddles;
      for (let i = 0; span > 1 && i < span; i++) {
        for (let u = 1; u < radix; u++, at += 3) {
          all.put(u * groups * i, root, 0);
          data[at] = root[0]!;
          data[at + 1] = -sign * root[1]!;
          data[at + 2] = sign * root[1]!;
        }
      }
    }
  }

  run(): number {
    let [from, to] = [this.front, this.#back];
    for (const stage of this.#stages) {
      this.room.pass(stage, from, to);
      [from, to] = [to, from];
    }
    return from;
  }
}

class Bluestein implements ComplexPlan {
  readonly room: Room;
  readonly front: number;
  readonly extra: number;
  readonly bytes: number;
  readonly #n: number;
  readonly #inner: MixedRadix;
  /** The chirp exp(sign·πi·k²/n), and the transform of its conjugate, divided by the inner length. */
  readonly #chirp: Float64Array;
  readonly #spectrum: Float64Array;

  constructor(n: number, length: number, sign: Sign, makeRoom: MakeRoom, extra: number) {
    this.#n = n;
    // what is put in front of the inner plan is turned there, in place
    this.#inner = new MixedRadix(length, radicesOf(length), -1, makeRoom, extra);
    this.room = this.#inner.room;
    this.front = this.#inner.front;
    this.extra = this.#inner.extra;
    this.#chirp = new Float64Array(2 * n);
    const roots = new Roots(2 * n);
    for (let k = 0, square = 0; k < n; k++) {
      roots.put(square, this.#chirp, 2 * k);
      this.#chirp[2 * k + 1] = this.#chirp[2 * k + 1]! * sign;
      square = (square + 2 * k + 1) % (2 * n); // (k + 1)², exact for every length
    }
    const { data } = this.room;
    data.fill(0, this.front, this.front + 2 * length);
    for (let k = 0; k < n; k++) {
      for (const i of k === 0 ? [0] : [k, length - k]) {
        data[this.front + 2 * i] = this.#chirp[2 * k]! / length;
        data[this.front + 2 * i + 1] = -this.#chirp[2 * k + 1]! / length;
      }
    }
    const at = this.#inner.run();
    this.#spectrum = data.slice(at, at + 2 * length);
    this.bytes = this.#inner.bytes + this.#chirp.byteLength + this.#spectrum.byteLength;
  }

  run(): number {
    const { data } = this.room;
    const [chirp, spectrum, front] = [this.#chirp, this.#spectrum, this.front];
    turn(data, front, front, chirp, 1);
    data.fill(0, front + 2 * this.#n, front + spectrum.length);
    // the inverse is the conjugate of the transform of the conjugate
    const transformed = this.#inner.run();
    turn(data, transformed, front, spectrum, -1);
    const result = this.#inner.run();
    for (let i = 1; i < 2 * this.#n; i += 2) data[result + i] = -data[result + i]!;
    turn(data, result, result, chirp, 1);
    return result;
  }
}

/** Multiplies complex numbers by others; `sign` is that of the imaginary part that is stored. */
function turn(data: Float64Array, from: number, to: number, by: Float64Array, sign: Sign): void {
  for (let i = 0; i < by.length; i += 2) {
    const a = data[from + i]!;
    const b = data[from + i + 1]!;
    const c = by[i]!;
    const d = by[i + 1]!;
    data[to + i] = a * c - b * d;
    data[to + i + 1] = sign * (a * d + b * c);
  }
}

/** A plan for transforms of length n ≥ 1; `extra` float64 of its room are the caller's. */
export function complexPlan(n: number, sign: Sign, makeRoom: MakeRoom, extra = 0): ComplexPlan {
  const radices = radicesOf(n);
  const length = smoothLength(2 * n - 1);
  const direct = n * costOf(radices);
  const chirped = length * (2 * costOf(radicesOf(length)) + 3);
  return direct <= chirped
    ? new MixedRadix(n, radices, sign, makeRoom, extra)
    : new Bluestein(n, length, sign, makeRoom, extra);
}
