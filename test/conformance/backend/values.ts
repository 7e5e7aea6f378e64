/** Values to test with, and when two of them count as equal. */
import { type DType, dtypes, factsOf } from "#src/data/dtype";
import { DTypeError } from "#src/data/errors";
import { primitive, type Value } from "#src/program/evaluate";
import type { Primitive } from "#src/program/scalar";

/** The dtypes that a loop can hold. */
export const realDTypes: readonly DType[] = dtypes.filter((dtype) => factsOf(dtype).kind !== "complex");

/**
 * Primitives whose float results may differ by 2 ulp between backends: the C libraries of the world do not agree
 * either.
 */
export const inexactPrimitives: ReadonlySet<Primitive> = new Set<Primitive>([
  "cbrt", "exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "sin", "cos", "tan", "asin", "acos", "atan",
  "sinh", "cosh", "tanh", "asinh", "acosh", "atanh", "pow", "atan2", "hypot",
]); // biome-ignore format: a table

const floats = [
  0, -0, 1, -1, 2, -3, 0.5, -0.5, 1.5, 2.5, -2.5, 0.1, 7, 10, -1022, 1e-3, 1e10, -3e9, 2 ** 31, 2 ** 52 + 1, -(2 ** 63),
  2 ** 64, 1e25, 5e-324, 1e-40, -1e300, Number.MAX_VALUE, 3.4028234663852886e38, Infinity, -Infinity, Number.NaN,
]; // biome-ignore format: a table

const specialsOf = new Map<DType, readonly Value[]>();

/** The values of a dtype where mistakes like to hide. */
export function specials(dtype: DType): readonly Value[] {
  const values = specialsOf.get(dtype) ?? makeSpecials(dtype);
  specialsOf.set(dtype, values);
  return values;
}

function makeSpecials(dtype: DType): Value[] {
  const { kind, bytes, big } = factsOf(dtype);
  if (kind === "bool") return [0, 1];
  if (kind === "float") return floats.map((x) => (dtype === "float32" ? Math.fround(x) : x));
  const bits = BigInt(8 * bytes);
  const small = [0n, 1n, 2n, 3n, 5n, 7n, 8n, 31n, 33n, 63n, 64n, 100n];
  const limits =
    kind === "uint"
      ? [2n ** bits - 1n, 2n ** bits - 2n, 2n ** (bits - 1n), 2n ** (bits - 1n) + 1n]
      : [-1n, -2n, -3n, -7n, -8n, -(2n ** (bits - 1n)), 1n - 2n ** (bits - 1n), 2n ** (bits - 1n) - 1n];
  // beside ties of float64 and of float32, where rounding twice would go wrong
  const rounding = big
    ? [2n ** 53n + 1n, 2n ** 53n + 3n, 2n ** 60n + 2n ** 36n + 1n, 2n ** 62n + 3n * 2n ** 38n - 1n]
    : [];
  return [...small, ...limits, ...rounding].map((x) => (big ? x : Number(x)));
}

/** Pseudo-random numbers in [0, 1): mulberry32, so that a failing case repeats. */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Which values a random array holds: all sorts, or only numbers whose sums and products stay finite. */
export type Mood = "wild" | "mild";

/** A random value of a dtype. */
export function randomValue(dtype: DType, random: () => number, mood: Mood): Value {
  const { kind, bytes, big } = factsOf(dtype);
  if (mood === "wild" && random() < 0.3) {
    const values = specials(dtype);
    return values[Math.floor(random() * values.length)]!;
  }
  if (kind === "bool") return random() < 0.5 ? 0 : 1;
  if (kind === "float") {
    const x = mood === "wild" ? (random() - 0.5) * 10 ** Math.floor(random() * 12 - 4) : random() * 4 - 2;
    return dtype === "float32" ? Math.fround(x) : x;
  }
  const low = kind === "uint" ? 0 : -1;
  const span = random() < 0.5 ? 20 : 2 ** Math.min(8 * bytes - 1, 52);
  const whole = Math.floor((low + random() * (1 - low)) * (span - 1));
  return big ? BigInt(whole) : whole;
}

/** The same element: equal bits, where all NaNs are one. */
export function same(a: Value, b: Value): boolean {
  return Object.is(a, b);
}

/** How many floats lie between two; 0 for the same one, infinite when only one is NaN or a zero has the other sign. */
export function ulps(dtype: DType, a: Value, b: Value): number {
  if (same(a, b)) return 0;
  if (Number.isNaN(Number(a)) || Number.isNaN(Number(b)) || a === b) return Number.POSITIVE_INFINITY;
  const position = (x: number): bigint => {
    const bits =
      dtype === "float32"
        ? BigInt(new Int32Array(new Float32Array([Math.abs(x)]).buffer)[0]!)
        : new BigInt64Array(new Float64Array([Math.abs(x)]).buffer)[0]!;
    return x < 0 ? -bits : bits;
  };
  const distance = position(Number(a)) - position(Number(b));
  return Number(distance < 0n ? -distance : distance);
}

/** True when a primitive has a meaning for arguments of a dtype. */
export function hasPrimitive(op: Primitive, dtype: DType): boolean {
  try {
    primitive(op, dtype, dtype);
    return true;
  } catch (error) {
    if (error instanceof DTypeError) return false;
    throw error;
  }
}
