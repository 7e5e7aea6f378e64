/**
 * The steps of Fourier transforms as WebAssembly: what fft/passes.ts and fft/room.ts say, for two neighbours at a time. Of two
 * complex numbers one vector holds the real parts and another one the imaginary parts:
 *
 *     z · w       =  re · c − im · s,  re · s + im · c          no shuffle, and a twiddle serves both lanes as it is loaded
 *     y ± i · z   =  y.re ∓ z.im,  y.im ± z.re                  costs nothing but the sum
 *     pairs       ⇄  two vectors: one shuffle each, in the first and in the last step only
 *
 * An odd number of neighbours ends with two of which one was done before: its result is written again, the same. A pass is
 * written three times: with twiddles that go along with the inner loop, with twiddles that stay through it (few of them, many
 * groups), and for the last pass, which has none and takes butterflies side by side.
 *
 * How far imaginary parts are from real ones is written into the code, so that one address serves both: 15 % of a pass. There
 * are few such distances (data/fourier.ts), so few modules.
 *
 * Invariant: the same sums in the same order as in JavaScript, so the same bits.
 */

import { Code, type Local } from "../../assembler/code.js";
import type { Lie } from "../../routines/fft/butterflies.js";

/** How a pass uses its twiddles: see the head of this file. The last pass may multiply by a factor. */
export type Turning = "along" | "outside" | "none" | "scaled";

/** The radices that have a pass here. */
export const radices: readonly number[] = [2, 3, 4, 5, 7, 11, 13];

/** Lanes of two vectors: those of a number of bytes from the 32 of both. */
const lanes = (first: number, second: number): Uint8Array =>
  Uint8Array.from({ length: 16 }, (_, i) => 8 * (i < 8 ? first : second) + (i % 8));
const firsts = lanes(0, 2);
const seconds = lanes(1, 3);
const swapped = lanes(1, 0);

/** Two complex numbers. */
interface Two {
  readonly re: Local;
  readonly im: Local;
}

/** Writes expressions over pairs of complex numbers; each leaves its result in locals of its own name. */
class Complex {
  readonly code = new Code();

  vector(name: string): Local {
    return this.code.local("v128", name);
  }

  two(name: string): Two {
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

  add(a: Two, b: Two, name: string): Two {
    const { re, im } = this.two(name);
    return { re: this.plus(a.re, b.re, re), im: this.plus(a.im, b.im, im) };
  }

  subtract(a: Two, b: Two, name: string): Two {
    const { re, im } = this.two(name);
    return { re: this.minus(a.re, b.re, re), im: this.minus(a.im, b.im, im) };
  }

  /** a + sign · i · b. */
  addQuarter(a: Two, b: Two, sign: number, name: string): Two {
    const { re, im } = this.two(name);
    return sign > 0
      ? { re: this.minus(a.re, b.im, re), im: this.plus(a.im, b.re, im) }
      : { re: this.plus(a.re, b.im, re), im: this.minus(a.im, b.re, im) };
  }

  /** Times a real factor. */
  multiply(a: Two, factor: Local, name: string): Two {
    const { re, im } = this.two(name);
    return { re: this.times(a.re, factor, re), im: this.times(a.im, factor, im) };
  }

  conjugate(a: Two, name: string): Two {
    const { im } = this.two(name);
    this.code.get(a.im).op("f64x2.neg").set(im);
    return { re: a.re, im };
  }

  /** Turned by twiddles. */
  turn({ re, im }: Two, w: Two, name: string): Two {
    const to = this.two(name);
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
  load({ at, lie }: Cursor, name: string, plus?: Local): Two {
    const { re, im } = this.two(name);
    if (lie.step === 1) return { re: this.loadVector(0, re, at, plus), im: this.loadVector(8 * lie.im, im, at, plus) };
    const one = this.loadVector(0, this.vector("one"), at, plus);
    const other = this.loadVector(16, this.vector("other"), at, plus);
    return { re: this.shuffle(one, other, firsts, re), im: this.shuffle(one, other, seconds, im) };
  }

  store({ at, lie }: Cursor, { re, im }: Two, plus?: Local): void {
    const planes = lie.step === 1;
    this.storeVector(0, planes ? re : this.shuffle(re, im, firsts, this.vector("one")), at, plus);
    this.storeVector(
      planes ? 8 * lie.im : 16,
      planes ? im : this.shuffle(re, im, seconds, this.vector("other")),
      at,
      plus,
    );
  }

  /** Loads a twiddle for both lanes. */
  twiddle(at: Local, number: number): Two {
    const { re, im } = this.two(`twiddle${number}`);
    return { re: this.loadVector(32 * number, re, at), im: this.loadVector(32 * number + 16, im, at) };
  }

  /** A parameter in both lanes. */
  splat(parameter: string): Local {
    const given = this.code.parameter("f64", parameter);
    this.code.get(given).op("f64x2.splat").set(this.vector(parameter));
    return this.vector(parameter);
  }

  /** For all numbers that are counted, two at a time, the last two once more together where the count is odd; at least two. */
  twoByTwo(count: Local, cursors: readonly Cursor[], body: () => void): void {
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
class Cursor {
  readonly at: Local;
  readonly lie: Lie;
  readonly #code: Code;
  /** Bytes from a number to the next. */
  readonly #step: number;

  constructor(code: Code, lie: Lie, name: string, step = 8 * lie.step) {
    this.#code = code;
    this.lie = lie;
    this.at = code.local("i32", name);
    this.#step = step;
  }

  /** Goes through a parameter's place. */
  static of(code: Code, lie: Lie, name: string, step = 8 * lie.step): Cursor {
    code.parameter("i32", name);
    return new Cursor(code, lie, name, step);
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

/** The transform of length `radix` of the numbers x0, x1, …, in order. */
function butterfly(c: Complex, radix: number, sign: number, x: readonly Two[]): Two[] {
  if (radix === 2) return [c.add(x[0]!, x[1]!, "y0"), c.subtract(x[0]!, x[1]!, "y1")];
  if (radix !== 4) return oddButterfly(c, radix, sign, x);
  const [a, b] = [c.add(x[0]!, x[2]!, "a"), c.subtract(x[0]!, x[2]!, "b")];
  const [even, odd] = [c.add(x[1]!, x[3]!, "e"), c.subtract(x[1]!, x[3]!, "o")];
  return [
    c.add(a, even, "y0"),
    c.addQuarter(b, odd, sign, "y1"),
    c.subtract(a, even, "y2"),
    c.addQuarter(b, odd, -sign, "y3"),
  ];
}

/** As passAny of fft/passes.ts. */
function oddButterfly(c: Complex, radix: number, sign: number, x: readonly Two[]): Two[] {
  const half = (radix - 1) / 2;
  const y = new Array<Two>(radix);
  const [sums, differences]: [Two[], Two[]] = [[], []];
  let total = x[0]!;
  for (let j = 1; j <= half; j++) {
    sums.push(c.add(x[j]!, x[radix - j]!, `sum${j}`));
    differences.push(c.subtract(x[j]!, x[radix - j]!, `difference${j}`));
    total = c.add(total, sums.at(-1)!, "y0");
  }
  y[0] = total;
  for (let u = 1; u <= half; u++) {
    let [real, turned] = [x[0]!, undefined as Two | undefined];
    for (let j = 1; j <= half; j++) {
      const power = (u * j) % radix;
      real = c.add(real, c.multiply(sums[j - 1]!, c.vector(`root cos${power}`), "term"), `real${u}`);
      const term = c.multiply(differences[j - 1]!, c.vector(`root sin${power}`), turned ? "term" : `turned${u}`);
      turned = turned ? c.add(turned, term, `turned${u}`) : term;
    }
    y[u] = c.addQuarter(real, turned!, sign, `y${u}`);
    y[radix - u] = c.addQuarter(real, turned!, -sign, `y${radix - u}`);
  }
  return y;
}

/** The numbers of two butterflies side by side that lie one after the other, in planes. */
function loadSideBySide(c: Complex, radix: number, { at, lie }: Cursor): Two[] {
  const all = Array.from({ length: radix }, (_, j) => c.two(`x${j}`));
  for (const part of ["re", "im"] as const) {
    const start = part === "re" ? 0 : 8 * lie.im;
    for (let j = 0; j < radix; j += radix % 2 === 0 ? 2 : 1) {
      if (radix % 2 === 0) {
        const one = c.loadVector(start + 8 * j, c.vector("one"), at);
        const other = c.loadVector(start + 8 * (radix + j), c.vector("other"), at);
        c.shuffle(one, other, firsts, all[j]![part]);
        c.shuffle(one, other, seconds, all[j + 1]![part]);
      } else {
        const { code } = c;
        code.get(at, at).op("v128.load64_zero", start + 8 * j);
        code.op("v128.load64_lane", start + 8 * (radix + j), 1).set(all[j]![part]);
      }
    }
  }
  return all;
}

/**
 * The module of a pass. Its parameters are bytes and counts: where to read and write, how often the outer and the
 * inner loop run and how far the outer one moves in `from` and `to` ("outside": the inner one), the distance between the
 * numbers of a butterfly in `from` and in `to`, the twiddles, the roots, a factor. The loop over neighbours, of which there are two or more, is the
 * inner one, but for "outside" the outer one.
 */
export function passCode(
  radix: number,
  sign: number,
  turning: Turning,
  lies: readonly [from: Lie, to: Lie],
): Uint8Array<ArrayBuffer> {
  const c = new Complex();
  const { code } = c;
  const last = turning === "none" || turning === "scaled";
  const [from, to] = [Cursor.of(code, lies[0], "from"), Cursor.of(code, lies[1], "to")];
  const names = ["outer", "inner", "outer from", "outer to", "step", "far", "twiddles", "roots"];
  const [outer, inner, outerFrom, outerTo, step, far, twiddles, roots] = names.map((name) =>
    code.parameter("i32", name),
  ) as [Local, Local, Local, Local, Local, Local, Local, Local];
  const factor = c.splat("factor");
  const count = code.local("i32", "count");
  const [p, q] = [new Cursor(code, lies[0], "p", last ? 8 * radix : undefined), new Cursor(code, lies[1], "q")];
  // the distances 2 · step, 3 · step, …
  const distances = (one: Local, name: string): readonly (Local | undefined)[] =>
    Array.from({ length: radix }, (_, j) => {
      if (j < 2) return j === 0 ? undefined : one;
      const distance = code.local("i32", `${name}${j}`);
      code.get(one).i32(j).op("i32.mul").set(distance);
      return distance;
    });
  const steps = last ? [] : distances(step, "step");
  const fars = distances(far, "far");
  for (let power = 1; radix % 2 === 1 && power < radix; power++) {
    for (const [part, name] of ["cos", "sin"].entries()) {
      code
        .get(roots)
        .op("v128.load64_splat", 16 * power + 8 * part)
        .set(c.vector(`root ${name}${power}`));
    }
  }
  const w = code.local("i32", "w");
  code.get(twiddles).set(w);
  const turned = (y: Two, u: number): Two => {
    if (turning === "scaled") return c.multiply(y, factor, "turned");
    if (turning === "none" || u === 0) return y;
    return c.turn(y, turning === "along" ? c.twiddle(w, u - 1) : c.two(`twiddle${u - 1}`), "turned");
  };
  const body = (): void => {
    const x = last ? loadSideBySide(c, radix, p) : steps.map((distance, j) => c.load(p, `x${j}`, distance));
    butterfly(c, radix, sign, x).forEach((y, u) => {
      c.store(q, turned(y, u), fars[u]);
    });
  };
  const start = (): void => {
    p.from(from);
    q.from(to);
    code.get(inner).set(count);
  };
  if (turning === "outside") {
    c.twoByTwo(outer, [from, to], () => {
      start();
      for (let u = 1; u < radix; u++) c.twiddle(w, u - 1);
      code.repeatOnce(count, 1, () => {
        body();
        p.advance(outerFrom);
        q.advance(outerTo);
      });
      code.advance(w, 32 * (radix - 1));
    });
    return code.encode();
  }
  code.repeatOnce(outer, 1, () => {
    start();
    if (turning === "along") code.get(twiddles).set(w);
    c.twoByTwo(count, [p, q], () => {
      body();
      if (turning === "along") code.advance(w, 32 * (radix - 1));
    });
    from.advance(outerFrom);
    to.advance(outerTo);
  });
  return code.encode();
}

/** Two neighbours in turned order: how those near the end meet those near the beginning. */
function mirrored(c: Complex, a: Two, name: string): Two {
  const to = c.two(name);
  return { re: c.shuffle(a.re, a.re, swapped, to.re), im: c.shuffle(a.im, a.im, swapped, to.im) };
}

/** The module of merge or split (fft/room.ts) but for the first and the last number: from both ends to the middle. */
export function endsCode(merge: boolean, lies: readonly [from: Lie, to: Lie]): Uint8Array<ArrayBuffer> {
  const c = new Complex();
  const { code } = c;
  const [near, far] = [Cursor.of(code, lies[0], "near"), Cursor.of(code, lies[0], "far", -8 * lies[0].step)];
  const [nearTo, farTo] = [Cursor.of(code, lies[1], "near to"), Cursor.of(code, lies[1], "far to", -8 * lies[1].step)];
  const [count, w] = [code.parameter("i32", "count"), code.parameter("i32", "twiddles")];
  const factor = c.splat("factor");
  c.twoByTwo(count, [near, far, nearTo, farTo], () => {
    const a = c.load(near, "a");
    const b = mirrored(c, c.load(far, "b"), "b");
    const [sum, difference, even, odd] = [c.add(a, b, "sum"), c.two("difference"), c.two("even"), c.two("odd")];
    c.minus(a.im, b.im, difference.im);
    c.times(sum.re, factor, even.re);
    c.times(difference.im, factor, even.im);
    if (merge) {
      c.times(sum.im, factor, odd.re);
      c.times(c.minus(b.re, a.re, difference.re), factor, odd.im);
    } else {
      c.times(c.minus(a.re, b.re, difference.re), factor, odd.re);
      c.times(sum.im, factor, odd.im);
    }
    const turned = c.turn(odd, c.twiddle(w, 0), "turned");
    // even + turned, or even + i · turned; and the conjugate of the difference
    const [one, other] = [merge ? c.add(even, turned, "one") : c.addQuarter(even, turned, 1, "one"), c.two("other")];
    const [re, im] = merge ? [turned.re, turned.im] : [turned.im, turned.re];
    if (merge) c.minus(even.re, re, other.re);
    else c.plus(even.re, re, other.re);
    c.minus(im, even.im, other.im);
    c.store(nearTo, one);
    c.store(farTo, mirrored(c, other, "other"));
    code.advance(w, 32);
  });
  return code.encode();
}

/** The module of multiply (fft/room.ts), for two numbers or more. */
export function productCode(
  lies: readonly [from: Lie, to: Lie],
  before: number,
  after: number,
): Uint8Array<ArrayBuffer> {
  const c = new Complex();
  const { code } = c;
  const [from, to] = [Cursor.of(code, lies[0], "from"), Cursor.of(code, lies[1], "to")];
  const [count, w] = [code.parameter("i32", "count"), code.parameter("i32", "twiddles")];
  const factor = c.splat("factor");
  c.twoByTwo(count, [from, to], () => {
    const x = c.load(from, "x");
    const turned = c.turn(before < 0 ? c.conjugate(x, "x") : x, c.twiddle(w, 0), "turned");
    c.store(to, c.multiply(after < 0 ? c.conjugate(turned, "turned") : turned, factor, "scaled"));
    code.advance(w, 32);
  });
  return code.encode();
}
