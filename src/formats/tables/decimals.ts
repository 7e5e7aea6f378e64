/**
 * Decimals as the nearest float64: whole numbers in two's complement, and how many of their digits are behind the
 * point.
 *
 * Invariant: the result is rounded once, to the nearest float64.
 */

/** The powers of ten that float64 holds exactly end with this one. */
const MOST_EXACT_POWER = 22;

/** The digits of the widest decimals, of 256 bits. */
const MOST_DIGITS = 76;

/** True for a number of digits behind the point that a decimal can have; damaged metadata may hold anything. */
export function isScale(scale: unknown): scale is number {
  return Number.isInteger(scale) && Math.abs(Number(scale)) <= MOST_DIGITS;
}

/** A whole number divided by a power of ten. */
export function scaled(unscaled: bigint, scale: number): number {
  const whole = Number(unscaled);
  // a quotient of two exact numbers is rounded once
  const exact = Number.isSafeInteger(whole) && scale >= 0 && scale <= MOST_EXACT_POWER;
  return exact ? whole / 10 ** scale : Number(`${unscaled}e${-scale}`);
}

/** A whole number of `bytes.length` bytes. */
export function wholeNumber(bytes: Uint8Array, order: "little" | "big"): bigint {
  let value = 0n;
  const last = bytes.length - 1;
  for (let i = 0; i <= last; i++) value = (value << 8n) | BigInt(bytes[order === "big" ? i : last - i] ?? 0);
  return BigInt.asIntN(8 * bytes.length, value);
}

/** Decimals of `width` bytes each, one after the other. */
export function decimalsIn(bytes: Uint8Array, width: number, scale: number, order: "little" | "big"): Float64Array {
  const result = new Float64Array(bytes.length / width);
  for (let i = 0; i < result.length; i++) {
    result[i] = scaled(wholeNumber(bytes.subarray(i * width, (i + 1) * width), order), scale);
  }
  return result;
}
