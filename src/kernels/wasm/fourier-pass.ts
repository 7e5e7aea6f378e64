/**
 * A pass of a complex transform as WebAssembly: butterflies of one radix over all numbers, turned by twiddles (see
 * routines/fft/butterflies.ts for the meaning). It has two loops, one over groups and one over neighbours:
 *
 *     along      twiddles go along with the inner loop, which is that over neighbours
 *     outside    twiddles stay through the inner loop, which is that over groups: few neighbours, many groups
 *     none       the last pass has no twiddles, and takes butterflies side by side
 *     scaled     the same, and multiplies by a factor
 *
 * Invariant: the same sums in the same order as in JavaScript, so the same bits.
 */
import type { Code, Local } from "../../assembler/code.js";
import type { NumberLayout } from "../../routines/fft/butterflies.js";
import { butterfly } from "./fourier-butterfly.js";
import { Cursor, firsts, type Pair, PairCode, seconds } from "./fourier-pairs.js";

/** How a pass uses its twiddles: see the head of this file. */
export type Turning = "along" | "outside" | "none" | "scaled";

/** The radices that have a pass here. */
export const radices: readonly number[] = [2, 3, 4, 5, 7, 11, 13];

/** The kind of a pass that is written. */
interface PassKind {
  readonly radix: number;
  /** The sign of the exponent. */
  readonly sign: number;
  readonly turning: Turning;
}

/** Loads the numbers of two butterflies that lie one after the other, in planes. */
function loadSideBySide(c: PairCode, radix: number, { at, layout }: Cursor): Pair[] {
  const all = Array.from({ length: radix }, (_, j) => c.pair(`x${j}`));
  for (const part of ["re", "im"] as const) {
    const start = part === "re" ? 0 : 8 * layout.im;
    for (let j = 0; j < radix; j += radix % 2 === 0 ? 2 : 1) {
      if (radix % 2 === 0) {
        const one = c.loadVector(start + 8 * j, c.vector("one"), at);
        const other = c.loadVector(start + 8 * (radix + j), c.vector("other"), at);
        c.shuffle(one, other, firsts, all[j]![part]);
        c.shuffle(one, other, seconds, all[j + 1]![part]);
      } else {
        c.code.get(at, at).op("v128.load64_zero", start + 8 * j);
        c.code.op("v128.load64_lane", start + 8 * (radix + j), 1).set(all[j]![part]);
      }
    }
  }
  return all;
}

/** The distances from the first number of a butterfly to each: none, `one`, 2 · `one`, 3 · `one`, … */
function distances(code: Code, radix: number, one: Local, name: string): readonly (Local | undefined)[] {
  return Array.from({ length: radix }, (_, j) => {
    if (j < 2) return j === 0 ? undefined : one;
    const distance = code.local("i32", `${name}${j}`);
    code.get(one).i32(j).op("i32.mul").set(distance);
    return distance;
  });
}

/** Loads the roots of unity that butterflies of an odd radix multiply by. */
function loadRoots(c: PairCode, radix: number, roots: Local): void {
  for (let power = 1; radix % 2 === 1 && power < radix; power++) {
    for (const [part, name] of ["cos", "sin"].entries()) {
      c.code
        .get(roots)
        .op("v128.load64_splat", 16 * power + 8 * part)
        .set(c.vector(`root ${name}${power}`));
    }
  }
}

/** Writes one result of a butterfly times its twiddle or the factor; `w` is the address of the twiddles. */
function turned(c: PairCode, { turning }: PassKind, y: Pair, u: number, w: Local): Pair {
  if (turning === "scaled") return c.multiply(y, c.vector("factor"), "turned");
  if (turning === "none" || u === 0) return y;
  return c.turn(y, turning === "along" ? c.twiddle(w, u - 1) : c.pair(`twiddle${u - 1}`), "turned");
}

/**
 * The module of a pass. Its parameters are bytes and counts: the addresses to read and to write, how often the outer
 * and the inner loop run, how far the outer one moves in `from` and `to` (in the form `outside`: the inner one), the
 * distance between the numbers of a butterfly in `from` and in `to`, the twiddles, the roots, a factor. There are two
 * neighbours or more.
 */
export function passCode(
  radix: number,
  sign: number,
  turning: Turning,
  [fromLie, toLie]: readonly [from: NumberLayout, to: NumberLayout],
): Uint8Array<ArrayBuffer> {
  const kind: PassKind = { radix, sign, turning };
  const c = new PairCode();
  const { code } = c;
  const last = turning === "none" || turning === "scaled";
  const [from, to] = [Cursor.of(code, fromLie, "from"), Cursor.of(code, toLie, "to")];
  const parameter = (name: string): Local => code.parameter("i32", name);
  const [outer, inner] = [parameter("outer"), parameter("inner")];
  const [outerFrom, outerTo] = [parameter("outer from"), parameter("outer to")];
  const [step, far, twiddles, roots] = [parameter("step"), parameter("far"), parameter("twiddles"), parameter("roots")];
  c.splat("factor");
  const count = code.local("i32", "count");
  const [p, q] = [new Cursor(code, fromLie, "p", last ? 8 * radix : undefined), new Cursor(code, toLie, "q")];
  const steps = last ? [] : distances(code, radix, step, "step");
  const fars = distances(code, radix, far, "far");
  loadRoots(c, radix, roots);
  const w = code.local("i32", "w");
  code.get(twiddles).set(w);
  const twiddleBytes = 32 * (radix - 1);

  const start = (): void => {
    p.from(from);
    q.from(to);
    code.get(inner).set(count);
  };
  const body = (): void => {
    const x = last ? loadSideBySide(c, radix, p) : steps.map((distance, j) => c.load(p, `x${j}`, distance));
    for (const [u, y] of butterfly(c, radix, sign, x).entries()) c.store(q, turned(c, kind, y, u, w), fars[u]);
  };
  if (turning === "outside") {
    c.eachPair(outer, [from, to], () => {
      start();
      for (let u = 1; u < radix; u++) c.twiddle(w, u - 1);
      code.repeatOnce(count, 1, () => {
        body();
        p.advance(outerFrom);
        q.advance(outerTo);
      });
      code.advance(w, twiddleBytes);
    });
    return code.encode();
  }
  code.repeatOnce(outer, 1, () => {
    start();
    if (turning === "along") code.get(twiddles).set(w);
    c.eachPair(count, [p, q], () => {
      body();
      if (turning === "along") code.advance(w, twiddleBytes);
    });
    from.advance(outerFrom);
    to.advance(outerTo);
  });
  return code.encode();
}
