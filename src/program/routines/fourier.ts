/**
 * The stages of a Fourier transform and the layout of its workspace. Both follow from the length and the form alone, so
 * that a plan can count the memory of the routine.
 *
 *     workspace   [ tables | front: two planes | back: two planes | rows side by side, where the axis is not the last ]
 *
 * A length of small primes is transformed in stages of butterflies, one for each factor. A length with a large prime is
 * Bluestein's: a convolution of a smooth length that is at least twice as long.
 *
 * Invariant: all places are even numbers of float64, and none depends on the rows that are transformed.
 */
import { type DType, isComplex } from "../../data/dtype.js";
import { sizeOf } from "../../data/region.js";
import { primesOf } from "./prime-factors.js";
import type { RoutineDescription } from "./routine.js";

/**
 * The input and the output: n complex numbers and as many, n real numbers and n/2 + 1 complex ones, or the reverse of
 * that.
 */
export type FourierForm = "complex" | "toHalf" | "fromHalf";

/** The parameters of the routine `fft`. */
export interface FourierParams {
  /** The length of the transform: of its real or complex numbers, not of half a spectrum. */
  readonly n: number;
  /** The axis of the block. */
  readonly axis: number;
  readonly form: FourierForm;
  /** True for the sign + in the exponent. */
  readonly inverse: boolean;
  /** The factor of the results. */
  readonly scale: number;
}

/**
 * One stage, which takes a transform apart into `radix` transforms; the places of its tables count from their
 * beginning.
 */
export interface FourierStage {
  readonly radix: number;
  readonly groups: number;
  readonly span: number;
  /**
   * Where its twiddles begin, for each pair of i those of u = 1 … radix − 1 (routines/fft/tables.ts). None where span
   * is 1.
   */
  readonly twiddles: number;
  /** Where the `radix` roots of unity begin, as pairs; none for radices that are powers of two. */
  readonly roots: number;
}

/** Where everything of a transform is, in float64 from the beginning of its memory. */
export interface FourierLayout {
  /** True where real numbers of an even length go through a complex transform of half their length. */
  readonly halved: boolean;
  /** The length of the complex transform. */
  readonly count: number;
  /** The length that the stages transform: longer than `count` where Bluestein's algorithm is used. */
  readonly length: number;
  readonly stages: readonly FourierStage[];
  /** Twiddles that make a spectrum of half of it, or the other way: of k = 1 … count/2. */
  readonly ends: number;
  /** The chirp of Bluestein's algorithm, and its spectrum. */
  readonly chirp: number;
  readonly spectrum: number;
  /** The length of all tables together; the two places begin behind them. */
  readonly tables: number;
  readonly front: number;
  readonly back: number;
  /** How far imaginary parts are from real ones. */
  readonly plane: number;
  /** The whole length. */
  readonly floats: number;
}

/** The float64 of the input and of the output of a transform. */
export function fourierLengths({ n, form }: { readonly n: number; readonly form: FourierForm }): {
  input: number;
  output: number;
} {
  const half = 2 * (Math.floor(n / 2) + 1);
  return {
    input: form === "fromHalf" ? half : form === "toHalf" ? n : 2 * n,
    output: form === "toHalf" ? half : form === "fromHalf" ? n : 2 * n,
  };
}

/** The float64 that twiddles take: cosines of two angles, then their sines. */
const twiddleFloats = (count: number): number => 4 * Math.ceil(count / 2);

/**
 * The radices of the stages: odd primes, then fours, at most one two. So the neighbours that a stage takes two at a
 * time are an even number where the length is even. Eights were no faster (docs/design/0012).
 */
function radicesOf(n: number): number[] {
  const primes = primesOf(n);
  const twos = primes.filter((prime) => prime === 2).length;
  const fours = new Array<number>(Math.floor(twos / 2)).fill(4);
  return [...primes.slice(twos), ...fours, ...(twos % 2 === 1 ? [2] : [])];
}

/** The approximate cost of stages for each number, in units of a stage of radix 2. */
function costOf(radices: readonly number[]): number {
  return radices.reduce((sum, radix) => sum + (radix <= 5 ? radix / 2 : (3 * radix) / 4), 0);
}

/** The smallest multiple of 16 with the factors 2, 3 and 5 only that is not below a bound. */
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

/** The length that is taken apart into stages: n itself, or a smooth one for Bluestein's algorithm. */
function stagedLength(n: number): number {
  const length = smoothLength(2 * n - 1);
  return n * costOf(radicesOf(n)) <= length * (2 * costOf(radicesOf(length)) + 3) ? n : length;
}

/**
 * Numbers that lie whole pages apart evict each other from the first-level cache, so planes and rows lie this much
 * farther apart.
 */
const PLANES_APART = 40;
const BENCH_APART = 8;

/**
 * The distance of imaginary parts from real ones for a number of elements: one of four distances between a power of two
 * and the next, since code is compiled for each.
 */
function planeOf(length: number): number {
  const unit = 2 ** Math.max(2, Math.floor(Math.log2(length)) - 2);
  return Math.ceil(length / unit) * unit + PLANES_APART;
}

const even = (count: number): number => count + (count % 2);

/** The layout of a transform. */
export function fourierLayout({ n, form }: { readonly n: number; readonly form: FourierForm }): FourierLayout {
  const halved = form !== "complex" && n % 2 === 0;
  const count = halved ? n / 2 : n;
  const length = stagedLength(count);
  let end = 0;
  const take = (floats: number): number => {
    const at = end;
    end += even(floats);
    return at;
  };
  let groups = 1;
  const stages = radicesOf(length).map((radix) => {
    const span = length / (groups * radix);
    const twiddles = take(span > 1 ? (radix - 1) * twiddleFloats(span) : 0);
    const stage = { radix, groups, span, twiddles, roots: take(radix % 2 === 1 ? 2 * radix : 0) };
    groups *= radix;
    return stage;
  });
  const ends = take(halved ? twiddleFloats(Math.floor(count / 2)) : 0);
  const chirped = length > count;
  const chirp = take(chirped ? twiddleFloats(count) : 0);
  const spectrum = take(chirped ? twiddleFloats(length) : 0);
  const tables = end;
  const plane = planeOf(length);
  const front = take(2 * plane);
  const back = take(2 * plane);
  return { halved, count, length, stages, ends, chirp, spectrum, tables, front, back, plane, floats: end };
}

/** The number of rows side by side that are transformed together: eight complex numbers are two lines of a cache. */
export const rowsTogether = 8;

/**
 * The distance of such rows of a length in float64: not whole pages, since one element of all rows is gathered after
 * another.
 */
export const benchStride = (length: number): number => even(length) + BENCH_APART;

/** The form in which a routine transforms rows: the spectrum of real numbers is half of it and its mirror image. */
export function formOfRows(form: FourierForm, dtype: DType): FourierForm {
  return form === "complex" && !isComplex(dtype) ? "toHalf" : form;
}

/** The float64 of the routine's workspace: the transform, and rows side by side where there are such. */
function fourierFloats(
  { dtype, shape }: { readonly dtype: DType; readonly shape: readonly number[] },
  { n, axis, form }: FourierParams,
): number {
  const beside = sizeOf(shape.slice(axis + 1)) > 1;
  const { input, output } = fourierLengths({ n, form });
  return (
    fourierLayout({ n, form: formOfRows(form, dtype) }).floats +
    (beside ? rowsTogether * (benchStride(input) + benchStride(output)) : 0)
  );
}

/** `fft`: a block of which one axis is transformed. */
export const fourier: RoutineDescription<FourierParams> = {
  outputs(inputs, { n, axis, form }) {
    const length = form === "toHalf" ? Math.floor(n / 2) + 1 : n;
    return inputs.map(({ shape }) => shape.with(axis, length));
  },
  workspace: ([input], params) => ({ products: 0, own: input === undefined ? 0 : 8 * fourierFloats(input, params) }),
};
