/**
 * Conversions of values between real dtypes: integers wrap to their width, floats are rounded once, and a float out of
 * range becomes the nearest integer: what NumPy leaves to the machine.
 */
import { type DType, type DTypeFacts, limitsOf } from "../data/dtype.js";

/** How a whole number becomes one of up to 32 bits: the low bits are kept. */
export const wraps: Partial<Record<DType, (x: number) => number>> = {
  int8: (x) => (x << 24) >> 24,
  int16: (x) => (x << 16) >> 16,
  int32: (x) => x | 0,
  uint8: (x) => x & 0xff,
  uint16: (x) => x & 0xffff,
  uint32: (x) => x >>> 0,
};

/** How a whole number becomes one of 64 bits. */
export const bigWraps: Partial<Record<DType, (x: bigint) => bigint>> = {
  int64: (x) => BigInt.asIntN(64, x),
  uint64: (x) => BigInt.asUintN(64, x),
};

/** The conversion between two real dtypes. */
export function conversion(from: DTypeFacts, to: DTypeFacts): (a: never) => number | bigint {
  const [wrap, bigWrap] = [wraps[to.name], bigWraps[to.name]];
  if (to.kind === "bool") return from.big ? (a: bigint) => (a !== 0n ? 1 : 0) : (a: number) => (a !== 0 ? 1 : 0);
  if (from.big) {
    if (bigWrap) return bigWrap;
    if (wrap) return (a: bigint) => wrap(Number(BigInt.asIntN(32, a)));
    return to.name === "float32" ? roundToFloat32 : (a: bigint) => Number(a);
  }
  if (bigWrap) return from.kind === "float" ? bigSaturated(to) : (a: number) => bigWrap(BigInt(a));
  if (wrap) return from.kind === "float" ? saturated(to) : wrap;
  return to.name === "float32" ? Math.fround : (a: number) => a;
}

/** Towards zero; NaN is 0, and what is out of range becomes the nearest end of it. */
function saturated(to: DTypeFacts): (a: number) => number {
  const [lowest, highest] = limitsOf(to.name).map(Number) as [number, number];
  return (a) => (a > lowest ? (a < highest ? Math.trunc(a) + 0 : highest) : Number.isNaN(a) ? 0 : lowest);
}

/** The same for 64 bits, whose highest numbers are no floats. */
function bigSaturated(to: DTypeFacts): (a: number) => bigint {
  const [lowest, highest] = limitsOf(to.name);
  const [below, above] = [Number(lowest), Number(highest)];
  return (a) => (a > below ? (a < above ? BigInt(Math.trunc(a)) : highest) : Number.isNaN(a) ? 0n : lowest);
}

/** Rounds once: on the way through float64, a lost bit is kept as a low bit, so that it can break a tie. */
function roundToFloat32(a: bigint): number {
  const exact = a > -(2n ** 53n) && a < 2n ** 53n;
  return Math.fround(Number(exact || (a & 0x7ffn) === 0n ? a : (a | 0x800n) & ~0x7ffn));
}

/** Memory for a float and for the integer of the same bits. */
const bits = new DataView(new ArrayBuffer(8));

/** The signed integers of the bits of floats, by the dtype of the argument. */
export const bitsOf: Partial<Record<DType, (a: never) => number | bigint>> = {
  float64: (a: number) => {
    bits.setFloat64(0, a);
    return bits.getBigInt64(0);
  },
  float32: (a: number) => {
    bits.setFloat32(0, a);
    return bits.getInt32(0);
  },
};

/** The floats of the bits of signed integers, by the dtype of the argument. */
export const fromBits: Partial<Record<DType, (a: never) => number | bigint>> = {
  int64: (a: bigint) => {
    bits.setBigInt64(0, a);
    return bits.getFloat64(0);
  },
  int32: (a: number) => {
    bits.setInt32(0, a);
    return bits.getFloat32(0);
  },
};
