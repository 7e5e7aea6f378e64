/**
 * float16 in formats that are decoded: each half becomes a float32, because no typed array of halves exists everywhere.
 *
 * Loops that read halves from a file in place do the same with a scalar expression (`program/stored.ts`), which is
 * compiled. There is no third definition; a test compares the two for all halves.
 *
 * Invariant: every half, a NaN with its sign and payload too, becomes the float32 of the same value.
 */

/** The value of the lowest bit of a subnormal half. */
const lowestBit = 2 ** -24;

const value = new Float32Array(1);
const bitsOfValue = new Int32Array(value.buffer);

/** The bits of a half as the bits of a float32. */
function widenHalf(half: number): number {
  const sign = (half & 0x8000) << 16;
  const exponent = (half >> 10) & 31;
  const fraction = half & 0x3ff;
  if (exponent === 31) return sign | 0x7f800000 | (fraction << 13);
  if (exponent > 0) return sign | ((exponent + 112) << 23) | (fraction << 13);
  value[0] = fraction * lowestBit;
  return sign | (bitsOfValue[0] ?? 0);
}

/** Widens halves to float32. Both have the same length, and do not overlap. */
export function widenHalves(halves: Uint16Array, into: Float32Array): void {
  // as bits: a NaN that becomes a number on its way may lose its payload
  const bits = new Int32Array(into.buffer, into.byteOffset, into.length);
  for (let i = 0; i < bits.length; i++) bits[i] = widenHalf(halves[i] ?? 0);
}
