/**
 * Pairs of neighbouring complex numbers: one vector holds their real parts, another one their imaginary parts.
 *
 *     z · w       =  re · c − im · s,  re · s + im · c    no shuffle; a twiddle serves both lanes as it is loaded
 *     y ± i · z   =  y.re ∓ z.im,  y.im ± z.re            costs nothing but the sum
 *     pairs       ⇄  two vectors: one shuffle each, in the first and in the last step only
 *
 * An odd count of numbers ends with a pair of which one was done before: its result is written again, the same.
 *
 * The distance between real and imaginary parts is written into the code, so one address serves both, which saves 15 %
 * of a pass. There are few such distances (program/routines/fourier.ts), so few modules.
 *
 * Invariant: the same sums in the same order as in JavaScript (routines/fft), so the same bits.
 */
import { Code, type Local } from "../../assembler/code.js";
import type { NumberLayout } from "../../routines/fft/butterflies.js";

/** The immediate of a shuffle that takes two of the four lanes of two vectors of float64. */
const lanes = (first: number, second: number): Uint8Array =>
  Uint8Array.from({ length: 16 }, (_, i) => 8 * (i < 8 ? first : second) + (i % 8));
/** The first lanes of two vectors. */
export const firsts = lanes(0, 2);
/** The second lanes of two vectors. */
export const seconds = lanes(1, 3);
/** The lanes of one vector, exchanged. */
export const swapped = lanes(1, 0);

/** Two complex numbers. */
export interface Pair {
  readonly re: Local;
  readonly im: Local;
}

/** Writes expressions over pairs of complex numbers; each leaves its result in locals of its own name. */
export class PairCode {
  readonly code = new Code();

  vector(name: string): Local {
    return this.code.local("v128", name);
  }

  pair(name: string): Pair {
    return { re: this.vector(`${name}.re`), im: this.vector(`${name}.im`) };
  }

  /** The sum of two vectors. */
  plus(a: Local, b: Local, to: Local): Local {
    this.code.get(a, b).op("f64x2.add").set(to);
    return to;
  }

  minus(a: Local, b: Local, to: Local): Local {
    this.code.get(a, b).op("f64x2.sub").set(to);
    return to;
  }

  times(a: Local, b: Local, to: Local): Local {
    this.code.get(a, b).op("f64x2.mul").set(to);
    return to;
  }

  add(a: Pair, b: Pair, name: string): Pair {
    const { re, im } = this.pair(name);
    return { re: this.plus(a.re, b.re, re), im: this.plus(a.im, b.im, im) };
  }

  subtract(a: Pair, b: Pair, name: string): Pair {
    const { re, im } = this.pair(name);
    return { re: this.minus(a.re, b.re, re), im: this.minus(a.im, b.im, im) };
  }

  /** a + sign · i · b. */
  addQuarter(a: Pair, b: Pair, sign: number, name: string): Pair {
    const { re, im } = this.pair(name);
    return sign > 0
      ? { re: this.minus(a.re, b.im, re), im: this.plus(a.im, b.re, im) }
      : { re: this.plus(a.re, b.im, re), im: this.minus(a.im, b.re, im) };
  }

  /** Times a real factor. */
  multiply(a: Pair, factor: Local, name: string): Pair {
    const { re, im } = this.pair(name);
    return { re: this.times(a.re, factor, re), im: this.times(a.im, factor, im) };
  }

  conjugate(a: Pair, name: string): Pair {
    const { im } = this.pair(name);
    this.code.get(a.im).op("f64x2.neg").set(im);
    return { re: a.re, im };
  }

  /** Turned by twiddles. */
  turn({ re, im }: Pair, w: Pair, name: string): Pair {
    const to = this.pair(name);
    this.code.get(re, w.re).op("f64x2.mul").get(im, w.im).op("f64x2.mul").op("f64x2.sub").set(to.re);
    this.code.get(re, w.im).op("f64x2.mul").get(im, w.re).op("f64x2.mul").op("f64x2.add").set(to.im);
    return to;
  }

  /** Lanes of two vectors. */
  shuffle(a: Local, b: Local, which: Uint8Array, to: Local): Local {
    this.code.get(a, b).op("i8x16.shuffle", which).set(to);
    return to;
  }

  /** Loads from an address: a local and, where there is one, another one that is added. */
  loadVector(offset: number, to: Local, base: Local, plus?: Local): Local {
    this.code.get(base);
    if (plus) this.code.get(plus).op("i32.add");
    this.code.op("v128.load", offset).set(to);
    return to;
  }

  storeVector(offset: number, value: Local, base: Local, plus?: Local): void {
    this.code.get(base);
    if (plus) this.code.get(plus).op("i32.add");
    this.code.get(value).op("v128.store", offset);
  }

  /** The numbers of two neighbours. */
  load({ at, layout }: Cursor, name: string, plus?: Local): Pair {
    const { re, im } = this.pair(name);
    if (layout.step === 1)
      return { re: this.loadVector(0, re, at, plus), im: this.loadVector(8 * layout.im, im, at, plus) };
    const one = this.loadVector(0, this.vector("one"), at, plus);
    const other = this.loadVector(16, this.vector("other"), at, plus);
    return { re: this.shuffle(one, other, firsts, re), im: this.shuffle(one, other, seconds, im) };
  }

  store({ at, layout }: Cursor, { re, im }: Pair, plus?: Local): void {
    const planes = layout.step === 1;
    this.storeVector(0, planes ? re : this.shuffle(re, im, firsts, this.vector("one")), at, plus);
    this.storeVector(
      planes ? 8 * layout.im : 16,
      planes ? im : this.shuffle(re, im, seconds, this.vector("other")),
      at,
      plus,
    );
  }

  /** Loads a twiddle for both lanes. */
  twiddle(at: Local, number: number): Pair {
    const { re, im } = this.pair(`twiddle${number}`);
    return { re: this.loadVector(32 * number, re, at), im: this.loadVector(32 * number + 16, im, at) };
  }

  /** A parameter in both lanes. */
  splat(parameter: string): Local {
    const given = this.code.parameter("f64", parameter);
    this.code.get(given).op("f64x2.splat").set(this.vector(parameter));
    return this.vector(parameter);
  }

  /**
   * For all numbers that are counted, two at a time, the last two once more together where the count is odd; at least
   * two.
   */
  eachPair(count: Local, cursors: readonly Cursor[], body: () => void): void {
    const { code } = this;
    code.op("loop");
    body();
    for (const cursor of cursors) cursor.move(2);
    code.get(count).i32(2).op("i32.sub").tee(count).i32(2).op("i32.ge_s").op("br_if", 0);
    code.get(count).i32(1).op("i32.eq");
    code.if(() => {
      for (const cursor of cursors) cursor.move(-1);
      code.i32(2).set(count).op("br", 1);
    });
    code.op("end");
  }
}

/** Goes through a place: the address of a number; how its parts lie is part of the code. */
export class Cursor {
  readonly at: Local;
  readonly layout: NumberLayout;
  readonly #code: Code;
  /** Bytes from a number to the next. */
  readonly #step: number;

  constructor(code: Code, layout: NumberLayout, name: string, step = 8 * layout.step) {
    this.#code = code;
    this.layout = layout;
    this.at = code.local("i32", name);
    this.#step = step;
  }

  /** Goes through a parameter's place. */
  static of(code: Code, layout: NumberLayout, name: string, step = 8 * layout.step): Cursor {
    code.parameter("i32", name);
    return new Cursor(code, layout, name, step);
  }

  /** Begins where another one is. */
  from({ at }: Cursor): void {
    this.#code.get(at).set(this.at);
  }

  advance(bytes: number | Local): void {
    this.#code.advance(this.at, bytes);
  }

  move(numbers: number): void {
    this.advance(numbers * this.#step);
  }
}
