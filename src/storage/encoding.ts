/**
 * From the bytes of a file to numbers the machine computes with: byte order, float16, and bools.
 *
 * Invariant: decoding works in place, in the memory that the numbers are wanted in. Numbers of 16 bits are widened to
 * 32; they are read into the second half of their memory, and the float written last never overtakes the half to be
 * read next:
 *
 *     float[i] ends at byte 4i + 4   ≤   half[i + 1] begins at byte 2n + 2i + 2      for all i < n - 1
 */
import { factsOf } from "../data/dtype.js";
import type { StridedFile } from "../data/layout.js";

/** How the elements of a file are stored: the part of a {@link StridedFile} that decoding needs. */
export type Stored = Pick<StridedFile, "dtype" | "encoding">;

/** Bytes of one element in the file. */
export function storedBytes({ dtype, encoding }: Stored): number {
  return encoding.half ? 2 : factsOf(dtype).bytes;
}

/** Where in its memory a stretch of `length` elements must be read, in bytes from the beginning, for {@link decode}. */
export function rawOffset({ encoding }: Stored, length: number): number {
  return encoding.half ? 2 * length : 0;
}

/** Turns `length` elements read at {@link rawOffset} into numbers that begin at `byteOffset`. */
export function decode(stored: Stored, memory: ArrayBufferLike, byteOffset: number, length: number): void {
  const raw = byteOffset + rawOffset(stored, length);
  if (stored.encoding.swap) swapBytes(stored, new Uint8Array(memory, raw, length * storedBytes(stored)));
  if (stored.encoding.half) widen(new Uint16Array(memory, raw, length), new Uint32Array(memory, byteOffset, length));
  else if (stored.dtype === "bool") normalizeBools(memory, byteOffset, length);
}

/** Turns the byte order of elements around, in place; the two parts of a complex number each by itself. */
export function swapBytes(stored: Stored, bytes: Uint8Array): void {
  const partBytes = stored.encoding.half ? 2 : factsOf(factsOf(stored.dtype).part).bytes;
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  // Buffer does it in native code: 5–15 GB/s, where a loop in JavaScript reaches 1–2.
  if (partBytes === 2) buffer.swap16();
  else if (partBytes === 4) buffer.swap32();
  else if (partBytes === 8) buffer.swap64();
}

/** Writes the bits of each float16 as the bits of the float32 of the same value; a NaN keeps its sign and payload. */
function widen(halves: Uint16Array, floats: Uint32Array): void {
  for (let i = 0; i < halves.length; i++) {
    const half = halves[i]!;
    const sign = (half & 0x8000) << 16;
    const magnitude = half & 0x7fff;
    if (magnitude >= 0x7c00) {
      floats[i] = sign | 0x7f800000 | (magnitude << 13);
    } else if (magnitude >= 0x0400) {
      // The fraction gets 13 more bits; the exponent's bias grows from 15 to 127.
      floats[i] = sign | ((magnitude << 13) + (112 << 23));
    } else if (magnitude > 0) {
      // A subnormal half is a normal float: its highest bit becomes the implied one.
      const shift = Math.clz32(magnitude) - 21;
      floats[i] = sign | ((113 - shift) << 23) | (((magnitude << shift) & 0x03ff) << 13);
    } else {
      floats[i] = sign;
    }
  }
}

/** Any byte but 0 is true. Four at a time are looked at, as nearly all files hold only 0 and 1. */
function normalizeBools(memory: ArrayBufferLike, byteOffset: number, length: number): void {
  const bytes = new Uint8Array(memory, byteOffset, length);
  const head = Math.min(length, (4 - (byteOffset % 4)) % 4);
  const words = new Uint32Array(memory, head < length ? byteOffset + head : 0, (length - head) >> 2);
  const tail = head + 4 * words.length;
  for (let i = 0; i < head; i++) bytes[i] = bytes[i] === 0 ? 0 : 1;
  for (let word = 0; word < words.length; word++) {
    if ((words[word]! & 0xfefefefe) === 0) continue;
    for (let i = head + 4 * word; i < head + 4 * word + 4; i++) bytes[i] = bytes[i] === 0 ? 0 : 1;
  }
  for (let i = tail; i < length; i++) bytes[i] = bytes[i] === 0 ? 0 : 1;
}
