/**
 * Blocks of metadata on the way to a chunk, read when they are needed and kept up to a limit.
 *
 * Invariant: nothing outside of the file is read, and no block is larger than the file and a fixed limit allow. Every
 * error names the file, the dataset and the offset.
 */
import { FormatError } from "../../data/errors.js";
import type { SyncReadable } from "../../storage/stores/capabilities.js";
import { lookup3 } from "../codecs/lookup3.js";
import { BlockCache } from "./block-cache.js";

/** No block of a sound file comes near this. */
const MOST_BLOCK_BYTES = 2 ** 24;

/** A number of 8 bytes; above 2^53 not exact, but larger than any file. */
export function numberAt(bytes: Buffer, at: number): number {
  return bytes.readUInt32LE(at) + bytes.readUInt32LE(at + 4) * 2 ** 32;
}

/** An address; undefined if nothing was stored yet. */
export function addressAt(bytes: Buffer, at: number): number | undefined {
  const isNone = bytes.readUInt32LE(at) === 0xffffffff && bytes.readUInt32LE(at + 4) === 0xffffffff;
  return isNone ? undefined : numberAt(bytes, at);
}

/** A piece of metadata, as it is in the file. */
export interface Piece {
  /** Bytes in memory. */
  readonly size: number;
  readonly bytes: Buffer;
}

/** The metadata of one dataset. */
export class Metadata {
  readonly file: SyncReadable;
  readonly #base: number;
  readonly #dataset: string;
  readonly #pieces = new BlockCache<Piece>();

  constructor(file: SyncReadable, { base, dataset }: { readonly base: number; readonly dataset: string }) {
    this.file = file;
    this.#base = base;
    this.#dataset = dataset;
  }

  /** The error for what is wrong with the dataset at an offset of the file. */
  refuse(problem: string, offset: number, cause?: unknown): FormatError {
    const { path, size } = this.file;
    const message = `${path}: ${this.#dataset} is damaged at byte ${Math.min(offset, size)}: ${problem}`;
    return new FormatError(message, { path, offset: Math.min(offset, size) }, cause === undefined ? {} : { cause });
  }

  /** Where in the file an address is. */
  offsetOf(address: number): number {
    return this.#base + address;
  }

  /** Reads bytes at an offset. */
  bytes(offset: number, length: number, what: string): Buffer {
    const { size } = this.file;
    if (!(offset + length <= size)) {
      throw this.refuse(`${what} should have ${length} bytes there, and the file ends at byte ${size}`, offset);
    }
    if (length > MOST_BLOCK_BYTES)
      throw this.refuse(`${what} would have ${length} bytes, far more than any needs`, offset);
    const bytes = Buffer.alloc(length);
    this.file.readInto(bytes, offset);
    return bytes;
  }

  /** Reads bytes that end with their checksum. */
  checked(offset: number, length: number, what: string): Buffer {
    const bytes = this.bytes(offset, length, what);
    const [found, wanted] = [lookup3(bytes.subarray(0, -4)), bytes.readUInt32LE(length - 4)];
    if (found === wanted) return bytes;
    throw this.refuse(`the checksum of ${what} is ${found.toString(16)}, and should be ${wanted.toString(16)}`, offset);
  }

  /**
   * Reads bytes that begin with a signature and a version, of which there is only version 0, and end with their
   * checksum.
   */
  signed(signature: string, offset: number, length: number, what: string): Buffer {
    const first = this.bytes(offset, 5, what);
    const found = first.toString("latin1", 0, 4);
    if (found !== signature || first[4] !== 0) {
      throw this.refuse(`${what} begins with ${JSON.stringify(found)}, version ${first[4]}`, offset);
    }
    return this.checked(offset, length, what);
  }

  /** {@link checked}, from the cache if the same was read before. */
  checkedPiece(offset: number, length: number, what: string): Buffer {
    return this.#pieces.get(what, offset, () => ({ size: length, bytes: this.checked(offset, length, what) })).bytes;
  }

  /** {@link signed}, from the cache if the same was read before. */
  signedPiece(signature: string, offset: number, length: number, what: string): Buffer {
    const read = () => ({ size: length, bytes: this.signed(signature, offset, length, what) });
    return this.#pieces.get(what, offset, read).bytes;
  }
}
