/** float16, which is widened to float32: exactly, as every half has a float32. */

/** The float32 bits of a half given by its bits; a NaN keeps its payload. */
export function widen(bits: number): number {
  const sign = (bits & 0x8000) << 16;
  const exponent = (bits >>> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return (sign | (255 << 23) | (fraction << 13)) >>> 0;
  if (exponent > 0) return (sign | ((exponent + 112) << 23) | (fraction << 13)) >>> 0;
  if (fraction === 0) return sign >>> 0;
  // A subnormal half is a normal float32: its highest bit becomes the implied one.
  const shift = Math.clz32(fraction) - 21;
  return (sign | ((113 - shift) << 23) | (((fraction << shift) & 1023) << 13)) >>> 0;
}

/** A number as float16 holds it: ties go to the even neighbour. */
export function roundedToHalf(value: number): number {
  const size = Math.abs(value);
  if (!Number.isFinite(value) || size === 0) return value;
  const unit = 2 ** (Math.max(Math.floor(Math.log2(size)), -14) - 10);
  const units = size / unit;
  const below = Math.floor(units);
  const up = units - below > 0.5 || (units - below === 0.5 && below % 2 === 1);
  const rounded = (below + (up ? 1 : 0)) * unit;
  return Math.sign(value) * (rounded > 65504 ? Number.POSITIVE_INFINITY : rounded);
}
