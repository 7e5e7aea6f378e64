/**
 * The filters of HDF5 that most files use, backwards: deflate by node:zlib, shuffle, fletcher32.
 *
 * Invariant: no more bytes are decompressed than a chunk has, and the result has exactly that many.
 */
import { inflateSync } from "node:zlib";
import { messageOf, systemCodeOf } from "../../data/causes.js";
import { isLittleEndian } from "../../storage/encoding.js";
import type { ChunkFilter } from "./params.js";

/** Makes the error for what is wrong with the bytes of a chunk. */
export type Refuse = (problem: string, cause?: unknown) => Error;

/** Bytes of the checksum that follows a chunk's bytes. */
const checksumBytes = 4;

/** Undoes the filters of one dataset; memory for unshuffled bytes is used again for the next chunk. */
export class Filters {
  readonly #filters: readonly ChunkFilter[];
  readonly #chunkBytes: number;
  #unshuffled: Uint8Array | undefined;

  /** @param filters in the order of writing; each at most once */
  constructor(filters: readonly ChunkFilter[], chunkBytes: number) {
    this.#filters = filters;
    this.#chunkBytes = chunkBytes;
  }

  /**
   * Decodes the stored bytes of a chunk; the result may be a part of them, and is valid until the next call.
   *
   * @param mask a bit for each filter: 1 if the chunk did not go through it
   */
  undo(stored: Uint8Array, mask: number, refuse: Refuse): Uint8Array {
    const used = this.#filters.filter((_, place) => ((mask >>> place) & 1) === 0);
    let bytes = stored;
    for (const [undone, step] of used.toReversed().entries()) {
      if (step.filter === "fletcher32") bytes = withoutChecksum(bytes, refuse);
      else if (step.filter === "shuffle") bytes = this.#unshuffle(bytes, step.elementBytes, refuse);
      else {
        const sums = used.slice(0, -1 - undone).filter(({ filter }) => filter === "fletcher32").length;
        bytes = inflate(bytes, this.#chunkBytes + checksumBytes * sums, refuse);
      }
    }
    if (bytes.length === this.#chunkBytes) return bytes;
    throw refuse(`it has ${bytes.length} bytes, and should have ${this.#chunkBytes}`);
  }

  #unshuffle(bytes: Uint8Array, elementBytes: number, refuse: Refuse): Uint8Array {
    if (bytes.length > this.#chunkBytes + checksumBytes) {
      throw refuse(`it has ${bytes.length} bytes, and should have ${this.#chunkBytes}`);
    }
    this.#unshuffled ??= new Uint8Array(this.#chunkBytes + checksumBytes);
    return unshuffle(bytes, elementBytes, this.#unshuffled);
  }
}

function inflate(bytes: Uint8Array, length: number, refuse: Refuse): Uint8Array {
  let result: Uint8Array;
  try {
    // with a little more room than is needed, the result is one piece
    result = inflateSync(bytes, { maxOutputLength: length, chunkSize: length + 64 });
  } catch (cause) {
    const code = systemCodeOf(cause);
    if (code === "ERR_BUFFER_TOO_LARGE") throw refuse(`it inflates to more than its ${length} bytes`, cause);
    if (code?.startsWith("Z_") === true) throw refuse(`it cannot be inflated: ${messageOf(cause)}`, cause);
    throw cause;
  }
  if (result.length === length) return result;
  throw refuse(`it inflates to ${result.length} bytes, and should to ${length}`);
}

/**
 * Puts the bytes of each element together again: the file has the first bytes of all elements, then all second ones,
 * and so on. If elements have whole words, four rows of bytes at a time become words; `into` must begin at a word.
 */
function unshuffle(bytes: Uint8Array, elementBytes: number, into: Uint8Array): Uint8Array {
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

function withoutChecksum(bytes: Uint8Array, refuse: Refuse): Uint8Array {
  const length = bytes.length - checksumBytes;
  if (length < 0) throw refuse(`it has ${bytes.length} bytes, fewer than its checksum`);
  const content = bytes.subarray(0, length);
  const wanted = new DataView(bytes.buffer, bytes.byteOffset + length, checksumBytes).getUint32(0, true);
  const found = fletcher32(content);
  // libraries before 1.6.3 wrote it with the bytes of each half in the other order
  const swapped = (((found & 0x00ff00ff) << 8) | ((found >>> 8) & 0x00ff00ff)) >>> 0;
  if (wanted === found || wanted === swapped) return content;
  throw refuse(`its checksum (fletcher32) is ${found.toString(16)}, and should be ${wanted.toString(16)}`);
}

/** The checksum of Fletcher over words of 16 bits, their high byte first; a last byte alone counts as a high one. */
function fletcher32(bytes: Uint8Array): number {
  let [low, high] = [0, 0];
  const even = bytes.length - (bytes.length % 2);
  for (let at = 0; at < even; ) {
    // after this many words the sums still fit into 32 bits
    const end = Math.min(even, at + 720);
    for (; at < end; at += 2) {
      low += ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
      high += low;
    }
    low = (low & 0xffff) + (low >>> 16);
    high = (high & 0xffff) + (high >>> 16);
  }
  if (even < bytes.length) {
    low += (bytes[even] ?? 0) << 8;
    high += low;
    low = (low & 0xffff) + (low >>> 16);
    high = (high & 0xffff) + (high >>> 16);
  }
  low = (low & 0xffff) + (low >>> 16);
  high = (high & 0xffff) + (high >>> 16);
  return ((high << 16) | low) >>> 0;
}
