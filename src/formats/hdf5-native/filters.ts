/**
 * The filters of HDF5 that most files use, backwards: deflate by node:zlib, shuffle, fletcher32.
 *
 * Invariant: no more is decompressed than a chunk has, and what comes out is exactly as long.
 */
import { endianness } from "node:os";
import { inflateSync } from "node:zlib";
import type { ChunkFilter } from "./params.js";

/** What is wrong with the bytes of a chunk. */
export type Refuse = (problem: string, cause?: unknown) => Error;

/** Bytes of the checksum behind the bytes that it is for. */
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
   * @param mask a bit for each filter: 1 where it was left out
   */
  undo(stored: Uint8Array, mask: number, refuse: Refuse): Uint8Array {
    const used = this.#filters.filter((_, place) => ((mask >>> place) & 1) === 0);
    let bytes = stored;
    for (let place = used.length - 1; place >= 0; place--) {
      const step = used[place]!;
      if (step.filter === "fletcher32") bytes = withoutChecksum(bytes, refuse);
      else if (step.filter === "shuffle") bytes = this.#unshuffle(bytes, step.elementBytes, refuse);
      else {
        const sums = used.slice(0, place).filter(({ filter }) => filter === "fletcher32").length;
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
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === "ERR_BUFFER_TOO_LARGE") throw refuse(`it inflates to more than its ${length} bytes`, cause);
    if (code?.startsWith("Z_") === true) throw refuse(`it cannot be inflated: ${message}`, cause);
    throw cause;
  }
  if (result.length === length) return result;
  throw refuse(`it inflates to ${result.length} bytes, and should to ${length}`);
}

/**
 * Puts the bytes of each element together again: the file has the first bytes of all elements, then all second ones, and so
 * on. Four rows of bytes at a time are put together to words where elements have whole words; `into` must begin at one.
 */
function unshuffle(bytes: Uint8Array, elementBytes: number, into: Uint8Array): Uint8Array {
  const count = Math.floor(bytes.length / elementBytes);
  if (elementBytes % 4 === 0) {
    const words = new Uint32Array(into.buffer, into.byteOffset, (count * elementBytes) / 4);
    const step = elementBytes / 4;
    const [s0, s1, s2, s3] = endianness() === "LE" ? [0, 8, 16, 24] : [24, 16, 8, 0];
    for (let word = 0; word < step; word++) {
      const [r0, r1, r2, r3] = [0, 1, 2, 3].map((row) => (4 * word + row) * count) as [number, number, number, number];
      for (let i = 0, place = word; i < count; i++, place += step) {
        words[place] =
          (bytes[r0 + i]! << s0!) | (bytes[r1 + i]! << s1!) | (bytes[r2 + i]! << s2!) | (bytes[r3 + i]! << s3!);
      }
    }
  } else {
    for (let row = 0; row < elementBytes; row++) {
      const first = row * count;
      for (let i = 0, place = row; i < count; i++, place += elementBytes) into[place] = bytes[first + i]!;
    }
  }
  into.set(bytes.subarray(count * elementBytes), count * elementBytes); // what is no whole element is not shuffled
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
    // after so many words the sums still fit into 32 bits
    const end = Math.min(even, at + 720);
    for (; at < end; at += 2) {
      low += (bytes[at]! << 8) | bytes[at + 1]!;
      high += low;
    }
    low = (low & 0xffff) + (low >>> 16);
    high = (high & 0xffff) + (high >>> 16);
  }
  if (even < bytes.length) {
    low += bytes[even]! << 8;
    high += low;
    low = (low & 0xffff) + (low >>> 16);
    high = (high & 0xffff) + (high >>> 16);
  }
  low = (low & 0xffff) + (low >>> 16);
  high = (high & 0xffff) + (high >>> 16);
  return ((high << 16) | low) >>> 0;
}
