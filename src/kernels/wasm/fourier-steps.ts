/**
 * The steps of Fourier transforms beside their passes, as WebAssembly: merge and split, which make a transform of real
 * numbers from one of half as many complex ones, and products with a table (see routines/fft/buffers.ts for the
 * meaning).
 *
 * Invariant: the same sums in the same order as in JavaScript, so the same bits.
 */
import type { NumberLayout } from "../../routines/fft/butterflies.js";
import { Cursor, type Pair, PairCode, swapped } from "./fourier-pairs.js";

/** Two neighbours in reverse order: so those near the end meet those near the beginning. */
function mirrored(c: PairCode, a: Pair, name: string): Pair {
  const to = c.pair(name);
  return { re: c.shuffle(a.re, a.re, swapped, to.re), im: c.shuffle(a.im, a.im, swapped, to.im) };
}

/** The module of merge or split, except for the first and the last number: from both ends to the middle. */
export function endsCode(
  merge: boolean,
  layouts: readonly [from: NumberLayout, to: NumberLayout],
): Uint8Array<ArrayBuffer> {
  const c = new PairCode();
  const { code } = c;
  const [near, far] = [Cursor.of(code, layouts[0], "near"), Cursor.of(code, layouts[0], "far", -8 * layouts[0].step)];
  const [nearTo, farTo] = [
    Cursor.of(code, layouts[1], "near to"),
    Cursor.of(code, layouts[1], "far to", -8 * layouts[1].step),
  ];
  const [count, w] = [code.parameter("i32", "count"), code.parameter("i32", "twiddles")];
  const factor = c.splat("factor");
  c.eachPair(count, [near, far, nearTo, farTo], () => {
    const a = c.load(near, "a");
    const b = mirrored(c, c.load(far, "b"), "b");
    const [sum, difference, even, odd] = [c.add(a, b, "sum"), c.pair("difference"), c.pair("even"), c.pair("odd")];
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
    const [one, other] = [merge ? c.add(even, turned, "one") : c.addQuarter(even, turned, 1, "one"), c.pair("other")];
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

/** The module of a product with a table, for two numbers or more. */
export function productCode(
  layouts: readonly [from: NumberLayout, to: NumberLayout],
  before: number,
  after: number,
): Uint8Array<ArrayBuffer> {
  const c = new PairCode();
  const { code } = c;
  const [from, to] = [Cursor.of(code, layouts[0], "from"), Cursor.of(code, layouts[1], "to")];
  const [count, w] = [code.parameter("i32", "count"), code.parameter("i32", "twiddles")];
  const factor = c.splat("factor");
  c.eachPair(count, [from, to], () => {
    const x = c.load(from, "x");
    const turned = c.turn(before < 0 ? c.conjugate(x, "x") : x, c.twiddle(w, 0), "turned");
    c.store(to, c.multiply(after < 0 ? c.conjugate(turned, "turned") : turned, factor, "scaled"));
    code.advance(w, 32);
  });
  return code.encode();
}
