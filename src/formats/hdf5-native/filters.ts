/**
 * The filters of HDF5 that most files use, backwards. A filter in a plug-in of HDF5 is no more than a codec with its
 * settings.
 *
 * Invariant: no more bytes are decompressed than a chunk has, or a little more between two filters; the result has
 * exactly as many as a chunk.
 */
import { inflateSync } from "node:zlib";
import { messageOf, systemCodeOf } from "../../data/causes.js";
import { beforeStep } from "../../data/collection.js";
import { mostFilled, unblosc } from "../codecs/blosc.js";
import { unbzip2 } from "../codecs/bzip2.js";
import { CodecFault } from "../codecs/fault.js";
import { fletcher32 } from "../codecs/fletcher32.js";
import { unlzf } from "../codecs/lzf.js";
import { unshuffle } from "../codecs/shuffle.js";
import { unzstd } from "../zstd/frames.js";
import { unbitshuffle, unlz4Blocks } from "./blocks.js";
import { unblosc2 } from "./blosc2.js";
import type { ChunkFilter } from "./params.js";

/** Makes the error for what is wrong with the bytes of a chunk. */
export type Refuse = (problem: string, cause?: unknown) => Error;

/** Bytes of the checksum that follows a chunk's bytes. */
const checksumBytes = 4;

/** The most bytes that a chunk is stored with: those that cannot be compressed become slightly more. */
export function mostStored(filters: readonly ChunkFilter[], chunkBytes: number): number {
  const most = chunkBytes + chunkBytes / 8 + 1024;
  return filters.some(({ filter }) => filter === "blosc2") ? mostFilled(most) : most;
}

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
  async undo(stored: Uint8Array, mask: number, refuse: Refuse): Promise<Uint8Array> {
    const used = this.#filters.filter((_, place) => ((mask >>> place) & 1) === 0);
    let bytes = stored;
    for (const [undone, step] of used.toReversed().entries()) {
      const most = mostBefore(used.slice(0, -1 - undone), this.#chunkBytes);
      try {
        bytes = await this.#undone(bytes, step, most, refuse);
      } catch (cause) {
        if (!(cause instanceof CodecFault)) throw cause;
        throw refuse(`${step.filter} cannot decode it: ${cause.message}`, cause);
      }
    }
    if (bytes.length === this.#chunkBytes) return bytes;
    throw refuse(`it has ${bytes.length} bytes, and should have ${this.#chunkBytes}`);
  }

  #undone(bytes: Uint8Array, step: ChunkFilter, most: number, refuse: Refuse): Uint8Array | Promise<Uint8Array> {
    if (step.filter !== "fletcher32" && step.filter !== "shuffle") beforeStep(most);
    switch (step.filter) {
      case "deflate":
        return inflate(bytes, most, refuse);
      case "fletcher32":
        return withoutChecksum(bytes, refuse);
      case "shuffle":
        return this.#unshuffle(bytes, step.elementBytes, refuse);
      case "bitshuffle":
        return unbitshuffle(bytes, step, most);
      case "lzf":
        return unlzf(bytes, most);
      case "lz4":
        return unlz4Blocks(bytes, most);
      case "zstd":
        return unzstd(bytes, most);
      case "bzip2":
        return unbzip2(bytes, most);
      case "blosc":
        return unblosc(bytes, most);
      case "blosc2":
        return unblosc2(bytes, most);
    }
  }

  #unshuffle(bytes: Uint8Array, elementBytes: number, refuse: Refuse): Uint8Array {
    const most = this.#chunkBytes + checksumBytes;
    if (bytes.length > most) throw refuse(`it has ${bytes.length} bytes, and should have ${this.#chunkBytes}`);
    this.#unshuffled ??= new Uint8Array(most);
    return unshuffle(bytes, elementBytes, this.#unshuffled);
  }
}

/** The most bytes that a chunk has after some filters: checksums add a little, and compression can fail. */
function mostBefore(filters: readonly ChunkFilter[], chunkBytes: number): number {
  const sums = filters.filter(({ filter }) => filter === "fletcher32").length;
  const sized = filters.every(({ filter }) => filter === "fletcher32" || filter === "shuffle");
  return chunkBytes + checksumBytes * sums + (sized ? 0 : chunkBytes / 8 + 1024);
}

function inflate(bytes: Uint8Array, most: number, refuse: Refuse): Uint8Array {
  try {
    // with a little more room than is needed, the result is one piece
    return inflateSync(bytes, { maxOutputLength: most, chunkSize: most + 64 });
  } catch (cause) {
    const code = systemCodeOf(cause);
    if (code === "ERR_BUFFER_TOO_LARGE") throw refuse(`it inflates to more than its ${most} bytes`, cause);
    if (code?.startsWith("Z_") === true) throw refuse(`it cannot be inflated: ${messageOf(cause)}`, cause);
    throw cause;
  }
}

function withoutChecksum(bytes: Uint8Array, refuse: Refuse): Uint8Array {
  const length = bytes.length - checksumBytes;
  if (length < 0) throw refuse(`it has ${bytes.length} bytes, fewer than its checksum`);
  const content = bytes.subarray(0, length);
  const wanted = new DataView(bytes.buffer, bytes.byteOffset + length, checksumBytes).getUint32(0, true);
  const found = fletcher32(content, true);
  // libraries before 1.6.3 wrote it with the bytes of each half in the other order
  const swapped = (((found & 0x00ff00ff) << 8) | ((found >>> 8) & 0x00ff00ff)) >>> 0;
  if (wanted === found || wanted === swapped) return content;
  throw refuse(`its checksum (fletcher32) is ${found.toString(16)}, and should be ${wanted.toString(16)}`);
}
