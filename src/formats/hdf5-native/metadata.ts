/**
 * Blocks of metadata on the way to a chunk, read when they are needed and kept while there is room.
 *
 * Invariant: nothing outside of the file is read, and no block is larger than the file and a fixed limit allow. Every error
 * tells the file, the dataset and the offset.
 */
import { FormatError } from "../../data/errors.js";
import type { SyncReadable } from "../../storage/stores/capabilities.js";
import { lookup3 } from "./lookup3.js";

/** No block that a sound file has is nearly as large. */
const mostBlockBytes = 2 ** 24;

/** Blocks are kept up to this many bytes; the last one always. */
const keptBytes = 2 ** 20;

/** A number of 8 bytes; above 2^53 not exact, but larger than any file. */
export function numberAt(bytes: Buffer, at: number): number {
  return bytes.readUInt32LE(at) + bytes.readUInt32LE(at + 4) * 2 ** 32;
}

/** An address; undefined where nothing was stored yet. */
export function addressAt(bytes: Buffer, at: number): number | undefined {
  const isNone = bytes.readUInt32LE(at) === 0xffffffff && bytes.readUInt32LE(at + 4) === 0xffffffff;
  return isNone ? undefined : numberAt(bytes, at);
}

/** The metadata of one dataset. */
export class Metadata {
  readonly file: SyncReadable;
  readonly #base: number;
  readonly #dataset: string;
  readonly #kept = new Map<string, { readonly block: unknown; readonly bytes: number }>();
  #total = 0;

  constructor(file: SyncReadable, { base, dataset }: { readonly base: number; readonly dataset: string }) {
    this.file = file;
    this.#base = base;
    this.#dataset = dataset;
  }

  /** What is wrong with the dataset, and where in the file. */
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
    if (length > mostBlockBytes)
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

  /** Reads bytes that begin with a signature and a version, of which there is only version 0, and end with their checksum. */
  signed(signature: string, offset: number, length: number, what: string): Buffer {
    const first = this.bytes(offset, 5, what);
    const found = first.toString("latin1", 0, 4);
    if (found !== signature || first[4] !== 0) {
      throw this.refuse(`${what} begins with ${JSON.stringify(found)}, version ${first[4]}`, offset);
    }
    return this.checked(offset, length, what);
  }

  /** A block that was read and understood, from what is kept or by `read`. */
  kept<T extends { readonly size: number }>(kind: string, offset: number, read: (offset: number) => T): T {
    const key = `${kind} ${offset}`;
    const known = this.#kept.get(key);
    if (known !== undefined) {
      this.#kept.delete(key); // goes to the end: the longest unused one is first
      this.#kept.set(key, known);
      return known.block as T;
    }
    const block = read(offset);
    this.#kept.set(key, { block, bytes: block.size });
    this.#total += block.size;
    for (const [old, { bytes }] of this.#kept) {
      if (this.#total <= keptBytes || old === key) break;
      this.#kept.delete(old);
      this.#total -= bytes;
    }
    return block;
  }
}
