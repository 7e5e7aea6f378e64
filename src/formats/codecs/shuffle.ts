/** Shuffled bytes: the first bytes of all elements, then all second ones, and so on. */
import { isLittleEndian } from "../../storage/encoding.js";

/**
 * Puts the bytes of each element together again. If elements have whole words, four rows of bytes at a time become
 * words; `into` must begin at a word.
 */
export function unshuffle(bytes: Uint8Array, elementBytes: number, into: Uint8Array): Uint8Array {
  const count = Math.floor(bytes.length / elementBytes);
  if (elementBytes % 4 === 0) {
    const words = new Uint32Array(into.buffer, into.byteOffset, (count * elementBytes) / 4);
    const step = elementBytes / 4;
    for (let word = 0; word < step; word++) {
      // the rows of a word's bytes, from its lowest byte to its highest
      const rows = [0, 1, 2, 3].map((byte) => (4 * word + (isLittleEndian ? byte : 3 - byte)) * count);
      const [r0 = 0, r1 = 0, r2 = 0, r3 = 0] = rows;
      for (let i = 0, place = word; i < count; i++, place += step) {
        const low = (bytes[r0 + i] ?? 0) | ((bytes[r1 + i] ?? 0) << 8);
        words[place] = low | ((bytes[r2 + i] ?? 0) << 16) | ((bytes[r3 + i] ?? 0) << 24);
      }
    }
  } else {
    for (let row = 0; row < elementBytes; row++) {
      const first = row * count;
      for (let i = 0, place = row; i < count; i++, place += elementBytes) into[place] = bytes[first + i] ?? 0;
    }
  }
  // the bytes after the last whole element are not shuffled
  into.set(bytes.subarray(count * elementBytes), count * elementBytes);
  return into.subarray(0, bytes.length);
}
