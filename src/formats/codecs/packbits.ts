/** Bools as bits, the first one highest; a byte before them says how many bits of the last byte mean nothing. */
import { CodecFault } from "./fault.js";

/** A byte of 0 or 1 for each bool. */
export function unpackBits(bytes: Uint8Array, most: number): Uint8Array {
  const unused = bytes[0] ?? 8;
  const count = 8 * (bytes.length - 1) - unused;
  if (unused > 7 || count < 0 || count > most) {
    throw new CodecFault(`${bytes.length} bytes with ${unused} unused bits are not the expected ${most} bools`);
  }
  return Uint8Array.from({ length: count }, (_, i) => ((bytes[1 + (i >> 3)] ?? 0) >> (7 - (i & 7))) & 1);
}

/** The opposite of {@link unpackBits}. */
export function packBits(bools: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(1 + Math.ceil(bools.length / 8));
  bytes[0] = 8 * (bytes.length - 1) - bools.length;
  for (const [i, bool] of bools.entries())
    if (bool !== 0) bytes[1 + (i >> 3)] = (bytes[1 + (i >> 3)] ?? 0) | (128 >> (i & 7));
  return bytes;
}
