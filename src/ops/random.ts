/**
 * Random numbers by counter: the number at an index depends on the seed and the index alone, never on chunks or
 * workers.
 *
 * The generator is Philox4x32-10 (Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as 1, 2, 3", 2011): ten
 * rounds of multiplying and mixing a counter with a key, written here as scalar expressions so that it fuses like any
 * other operation.
 */
import type { DType } from "../data/dtype.js";
import * as s from "../program/scalar.js";
import { elementwiseOp } from "./elementwise.js";

const WORD_MASK = 0xffff_ffffn;
const u64 = (value: bigint): s.Scalar => s.constant(value, "uint64");
const low = (x: s.Scalar): s.Scalar => s.and(x, u64(WORD_MASK));
const high = (x: s.Scalar): s.Scalar => s.binary("shr", x, u64(32n));
const xor = (a: s.Scalar, b: s.Scalar): s.Scalar => s.binary("xor", a, b);

/** Four 32-bit words, as uint64 scalars. */
type Words = readonly [s.Scalar, s.Scalar, s.Scalar, s.Scalar];

/** The random words for a counter of four words and a key of two. */
export function philox(counter: Words, key: readonly [bigint, bigint]): Words {
  let [a, b, c, d] = counter;
  let [k0, k1] = key;
  for (let round = 0; round < 10; round++) {
    const [p, q] = [s.mul(a, u64(0xd2511f53n)), s.mul(c, u64(0xcd9e8d57n))];
    [a, b, c, d] = [xor(xor(high(q), b), u64(k0)), low(q), xor(xor(high(p), d), u64(k1)), low(p)];
    [k0, k1] = [(k0 + 0x9e3779b9n) & WORD_MASK, (k1 + 0xbb67ae85n) & WORD_MASK];
  }
  return [a, b, c, d];
}

/** The words for an element's position; `stream` keeps distributions of one seed apart. */
function wordsAt(position: s.Scalar, seed: bigint, stream: bigint): Words {
  const index = s.cast(position, "uint64");
  return philox([low(index), high(index), u64(stream), u64(0n)], [seed & WORD_MASK, (seed >> 32n) & WORD_MASK]);
}

/** 53 random bits as a float64 in [0, 1). */
function fraction(first: s.Scalar, second: s.Scalar): s.Scalar {
  const bits = s.or(s.binary("shl", s.binary("shr", first, u64(5n)), u64(26n)), s.binary("shr", second, u64(6n)));
  return s.mul(s.cast(bits, "float64"), s.constant(2 ** -53, "float64"));
}

/** The parameters of the distributions. */
export interface RandomParams {
  readonly seed: bigint;
  readonly dtype: DType;
  /** Lower bound, or mean. */
  readonly from: number;
  /** Width, or standard deviation. */
  readonly scale: number;
  /** The least and the largest result where rounding might go beyond them. */
  readonly limits?: readonly [least: number, largest: number];
}

function shifted(x: s.Scalar, { from, scale, dtype, limits }: RandomParams): s.Scalar {
  const result = s.cast(s.add(s.constant(from, "float64"), s.mul(s.constant(scale, "float64"), x)), dtype);
  if (limits === undefined) return result;
  const [least, largest] = limits.map((limit) => s.constant(limit, dtype)) as [s.Scalar, s.Scalar];
  return s.binary("min", s.binary("max", result, least), largest);
}

/** Uniform numbers over counted positions. */
export const uniformOp = elementwiseOp<readonly [s.Scalar], RandomParams>({
  name: "random.uniform",
  types: () => ["float64"],
  value([position], random) {
    const [a, b] = wordsAt(position, random.seed, 0n);
    // float32 has 24 bits: more would round up to 1
    const unit =
      random.dtype === "float32"
        ? s.mul(s.cast(s.binary("shr", a, u64(8n)), "float64"), s.constant(2 ** -24, "float64"))
        : fraction(a, b);
    return shifted(unit, random);
  },
});

/** Normally distributed numbers over counted positions, by the transform of Box and Muller (1958). */
export const normalOp = elementwiseOp<readonly [s.Scalar], RandomParams>({
  name: "random.normal",
  types: () => ["float64"],
  value([position], random) {
    const [a, b, c, d] = wordsAt(position, random.seed, 1n);
    const positive = s.sub(s.constant(1, "float64"), fraction(a, b)); // in (0, 1]
    const radius = s.unary("sqrt", s.mul(s.constant(-2, "float64"), s.unary("log", positive)));
    const angle = s.mul(s.constant(2 * Math.PI, "float64"), fraction(c, d));
    return shifted(s.mul(radius, s.unary("cos", angle)), random);
  },
});
