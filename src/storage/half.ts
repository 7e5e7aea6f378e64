/** float16 in formats that are decoded: the bits are widened to float32, as no typed array holds them everywhere. */

/** Two to the power of -24: the value of the lowest bit of a subnormal half. */
const tiny = 2 ** -24;

const bits = new Uint32Array(1);
const value = new Float32Array(bits.buffer);

/** The bits of a half as the bits of a float32; every half, NaNs with their payload too, has exactly one. */
function widened(half: number): number {
  const sign = (half & 0x8000) << 16;
  const exponent = (half >> 10) & 31;
  const fraction = half & 0x3ff;
  if (exponent === 31) return sign | 0x7f800000 | (fraction << 13);
  if (exponent > 0) return sign | ((exponent + 112) << 23) | (fraction << 13);
  value[0] = fraction * tiny;
  return sign | bits[0]!;
}

/**
 * Widens little-endian halves to float32 in this machine's order.
 *
 * @param from two bytes for each element
 * @param into four bytes for each element; may be shared, must begin at a multiple of 4, and not overlap
 */
export function widenHalves(from: Uint8Array, into: Uint8Array): void {
  const to = new Int32Array(into.buffer, into.byteOffset, into.length / 4);
  for (let i = 0; i < to.length; i++) to[i] = widened(from[2 * i]! | (from[2 * i + 1]! << 8));
}
