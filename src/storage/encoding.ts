/**
 * From the bytes of a file to the numbers that are computed with, and back: the order of bytes, and float16.
 *
 * Invariant: a number keeps its bits; of a NaN, the sign and the payload too.
 */
import { endianness } from "node:os";
import { factsOf } from "../data/dtype.js";
import type { Stored } from "../data/layout.js";
import { widenHalves } from "./half.js";

/** True if a number's lowest byte comes first in this machine's memory. */
export const isLittleEndian = endianness() === "LE";

/** Bytes of each number whose bytes can be in either order: of a complex element, one of its two parts. */
export function numberBytes({ dtype, encoding }: Stored): number {
  return encoding.half ? 2 : factsOf(factsOf(dtype).part).bytes;
}

/** Reverses the bytes of each number of 1, 2, 4 or 8 bytes, in place. */
export function reverseBytes(bytes: Uint8Array, size: number): void {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  // Buffer does it in native code: 5–15 GB/s, where a loop in JavaScript reaches 1–2.
  if (size === 2) buffer.swap16();
  else if (size === 4) buffer.swap32();
  else if (size === 8) buffer.swap64();
}

/**
 * Turns stored elements into elements that are computed with. The stored bytes are changed.
 *
 * @param into the memory of the elements, which may be shared: `bytes` itself, unless they are halves
 */
export function decodeElements(stored: Stored, bytes: Uint8Array, into: Uint8Array): void {
  if (stored.encoding.otherEndian) reverseBytes(bytes, numberBytes(stored));
  if (!stored.encoding.half) return;
  const halves = bytes.byteOffset % 2 === 0 ? bytes : new Uint8Array(bytes);
  widenHalves(
    new Uint16Array(halves.buffer, halves.byteOffset, halves.length / 2),
    new Float32Array(into.buffer, into.byteOffset, into.length / 4),
  );
}
