/**
 * Sample arrays, and the one rule that says when a result is right.
 *
 *     dtype and shape are equal; NaN equals NaN whatever its bits, infinities are equal
 *     exact:      the same bits; −0 is not 0, unless `anyZero` says that the operation may pick either
 *     otherwise:  |a − b| ≤ ulps · eps · size, where size is |b| (of a complex number its modulus, so a part may be off
 *                 by what the other one is), or what `sizes` says: for sums the sum of all |x|, since their terms
 *                 cancel
 */
import { type DType, type Element, NDArray } from "chunkwise";
import { allocate, factsOf } from "#src/data/dtype";
import { sizeOf } from "#src/data/region";
import { toElement } from "#src/program/scalar";
import { randomOf, specials } from "../conformance/backend/values.js";

/** How far a result may be from the right one; see the head of this file. Default: exact. */
export interface Tolerance {
  readonly ulps?: number;
  readonly sizes?: NDArray | undefined;
  readonly anyZero?: boolean;
}

/**
 * The sort of values a sample has: where mistakes hide; numbers of a domain; those with a few NaN, infinities and −0.
 */
export type Mood = "special" | "domain" | "holes";

/** What a sample is made from besides dtype and shape. */
export interface SampleOptions {
  readonly seed?: number;
  readonly mood?: Mood;
  readonly domain?: readonly [low: number, high: number];
}

const holes = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0];

/** A sample array; equal arguments give equal arrays. */
export function sample(dtype: DType, shape: readonly number[], options: SampleOptions = {}): NDArray {
  const { seed = 0, mood = "domain", domain = [-5, 5] } = options;
  const { kind, part } = factsOf(dtype);
  const random = randomOf(seed + 1);
  const [low, high] = kind === "uint" ? [Math.max(0, domain[0]), Math.max(1, domain[1])] : domain;
  const ordinary = (): number => {
    if (kind === "bool") return Math.round(random());
    if (kind === "float" || kind === "complex") return low + (high - low) * random();
    return Math.ceil(low) + Math.floor(random() * (Math.floor(high) - Math.ceil(low) + 1));
  };
  const list = specials(part);
  const shift = Math.floor(random() * list.length);
  let hole = false;
  const value = (i: number): number | bigint => {
    if (mood === "special" && random() < 0.9) return list[(i + shift) % list.length]!;
    // both parts of a complex number, so that what is left of the other parts can be measured
    if (kind !== "complex" || i % 2 === 0) hole = mood === "holes" && random() < 0.1;
    return hole ? holes[Math.floor(random() * holes.length)]! : ordinary();
  };
  return fill(dtype, shape, value);
}

/** An array from a function of the position of a number: a complex element has two. */
export function fill(dtype: DType, shape: readonly number[], value: (i: number) => Element): NDArray {
  const data = allocate(dtype, sizeOf(shape));
  const { part } = factsOf(dtype);
  const float = part === "float64" || part === "float32";
  for (let i = 0; i < data.length; i++) {
    const element = value(i);
    // the array itself rounds what goes into a float, and most arrays here are of floats
    data[i] = (float && typeof element === "number" ? element : plain(toElement(element, part))) as never;
  }
  return new NDArray(dtype, shape, data);
}

const plain = (element: Element): number | bigint =>
  typeof element === "boolean" ? Number(element) : (element as number);

/** All special values of a dtype. */
export function specialsOf(dtype: DType): NDArray {
  const list = specials(factsOf(dtype).part);
  const complex = factsOf(dtype).kind === "complex";
  return fill(dtype, [list.length], (i) => list[complex ? (7 * i + (i >> 1)) % list.length : i]!);
}

/** The sizes of elements: |x|, as a float or complex array. */
export function absolute({ dtype, shape, data }: NDArray): NDArray {
  const { kind } = factsOf(dtype);
  if (kind === "complex") {
    return fill(dtype, shape, (i) => (i % 2 === 0 ? Math.hypot(Number(data[i]), Number(data[i + 1])) : 0));
  }
  return fill(kind === "float" ? dtype : "float64", shape, (i) => Math.abs(Number(data[i])));
}

const text = (array: NDArray, at: number): string => {
  const { data, dtype } = array;
  const part = (i: number): string => (Object.is(data[i], -0) ? "-0" : String(data[i]));
  return factsOf(dtype).kind === "complex" ? `${part(2 * at)} + ${part(2 * at + 1)}i` : part(at);
};

const bytesOf = ({ data }: NDArray): Buffer => Buffer.from(data.buffer, data.byteOffset, data.byteLength);

/** What is wrong with a result, in a line; null when it is right. */
export function difference(actual: NDArray, expected: NDArray, tolerance: Tolerance = {}): string | null {
  if (actual.dtype !== expected.dtype) return `dtype ${actual.dtype}, not ${expected.dtype}`;
  if (String(actual.shape) !== String(expected.shape) || actual.ndim !== expected.ndim) {
    return `shape [${actual.shape.join(", ")}], not [${expected.shape.join(", ")}]`;
  }
  if (bytesOf(actual).equals(bytesOf(expected))) return null;
  const { kind } = factsOf(expected.dtype);
  const near = kind === "complex" ? nearComplex : nearReal;
  const { size } = expected;
  for (let i = 0; i < size; i++) {
    if (near(actual, expected, i, tolerance)) continue;
    return `element ${i} is ${text(actual, i)}, not ${text(expected, i)}`;
  }
  return null;
}

function unit(dtype: DType): { eps: number; least: number } {
  return factsOf(dtype).part === "float32" ? { eps: 2 ** -23, least: 2 ** -149 } : { eps: 2 ** -52, least: 2 ** -1074 };
}

function sameNumber(a: number | bigint, b: number | bigint, anyZero: boolean): boolean {
  return Object.is(a, b) || (anyZero && a === b);
}

/** The size that a rounding error is measured against; what is not finite measures nothing. */
function room(expected: NDArray, size: number, i: number, { ulps = 0, sizes }: Tolerance): number {
  const { eps, least } = unit(expected.dtype);
  const total =
    sizes === undefined ? 0 : Math.abs(Number(sizes.data[factsOf(sizes.dtype).kind === "complex" ? 2 * i : i]));
  return ulps * Math.max(least, eps * Math.max(size, Number.isFinite(total) ? total : 0));
}

function nearReal(actual: NDArray, expected: NDArray, i: number, tolerance: Tolerance): boolean {
  const [a, b] = [actual.data[i]!, expected.data[i]!];
  const { ulps = 0, sizes, anyZero = sizes !== undefined } = tolerance;
  if (sameNumber(a, b, anyZero)) return true;
  if (ulps === 0 || typeof b === "bigint" || !Number.isFinite(b) || (a === 0 && b === 0)) return false;
  return Math.abs(Number(a) - b) <= room(expected, Math.abs(b), i, tolerance);
}

function nearComplex(actual: NDArray, expected: NDArray, i: number, tolerance: Tolerance): boolean {
  const same = (at: number): boolean => Object.is(actual.data[at], expected.data[at]);
  if (same(2 * i) && same(2 * i + 1)) return true;
  const parts = [2 * i, 2 * i + 1].map((at) => [Number(actual.data[at]), Number(expected.data[at])] as const);
  const size = Math.hypot(...parts.map(([, b]) => b));
  const { ulps = 0, sizes, anyZero = sizes !== undefined || ulps > 0 } = tolerance;
  return parts.every(([a, b]) => {
    if (sameNumber(a, b, anyZero)) return true;
    return Number.isFinite(b) && Number.isFinite(size) && Math.abs(a - b) <= room(expected, size, i, tolerance);
  });
}

/** Throws unless a result is right. */
export function assertSame(actual: NDArray, expected: NDArray, tolerance: Tolerance = {}): void {
  const wrong = difference(actual, expected, tolerance);
  if (wrong !== null) throw new Error(wrong);
}
