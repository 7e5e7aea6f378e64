/**
 * The fixed array: an entry for each chunk, in C order of the largest grid that the dataset may have. A long one is cut
 * into pages, each with a checksum of its own, and bits say which pages were written.
 *
 *     FAHD ─▶ FADB │ entries │ checksum          or    FADB │ bits │ checksum │ page │ page │ …
 */
import { Entries, hasBit } from "./entries.js";
import { addressAt, type Metadata, numberAt } from "./metadata.js";
import type { ChunkIndex, StoredChunk } from "./stored-chunk.js";

const [headBytes, prefixBytes] = [28, 14];

/** Finds chunks in a fixed array, by their numbers. */
export class FixedArray implements ChunkIndex {
  readonly #metadata: Metadata;
  readonly #entries: Entries;
  readonly #numberOf: (block: readonly number[]) => number;
  readonly #count: number;
  readonly #pageLength: number;
  /** Where the entries are; undefined if no chunk was written. */
  readonly #offset: number | undefined;

  constructor(
    metadata: Metadata,
    address: number,
    chunks: { readonly bytes: number; readonly filtered: boolean; readonly count: number },
    numberOf: (block: readonly number[]) => number,
  ) {
    this.#metadata = metadata;
    this.#numberOf = numberOf;
    const offset = metadata.offsetOf(address);
    const head = metadata.signed("FAHD", offset, headBytes, "the head of the array of chunks");
    this.#entries = new Entries(metadata, head, offset, chunks.bytes, chunks.filtered);
    this.#pageLength = 2 ** head.readUInt8(7);
    this.#count = numberAt(head, 8);
    if (this.#count !== chunks.count) {
      throw metadata.refuse(`the array of chunks has ${this.#count} entries; there are ${chunks.count} chunks`, offset);
    }
    const data = addressAt(head, 16);
    this.#offset = data === undefined ? undefined : metadata.offsetOf(data);
    if (this.#offset === undefined) return;
    const pages = this.#pages;
    const length = prefixBytes + (pages > 0 ? Math.ceil(pages / 8) : this.#count * this.#entries.bytes) + 4;
    metadata.signed("FADB", this.#offset, length, "the array of chunks");
  }

  /** How many pages there are; 0 if the array is not cut. */
  get #pages(): number {
    return this.#count > this.#pageLength ? Math.ceil(this.#count / this.#pageLength) : 0;
  }

  find(block: readonly number[]): StoredChunk | undefined {
    const number = this.#numberOf(block);
    if (this.#offset === undefined) return undefined;
    const { bytes: entryBytes } = this.#entries;
    const pages = this.#pages;
    if (pages === 0) {
      const length = prefixBytes + this.#count * entryBytes + 4;
      const array = this.#metadata.checkedPiece(this.#offset, length, "the array of chunks");
      const at = prefixBytes + number * entryBytes;
      return this.#entries.chunkAt(array, at, this.#offset + at);
    }
    const prefix = prefixBytes + Math.ceil(pages / 8) + 4;
    const page = Math.floor(number / this.#pageLength);
    const bits = this.#metadata.checkedPiece(this.#offset, prefix, "the pages of chunks");
    if (!hasBit(bits, prefixBytes, page)) return undefined;
    const length = Math.min(this.#pageLength, this.#count - page * this.#pageLength);
    const offset = this.#offset + prefix + page * (this.#pageLength * entryBytes + 4);
    const array = this.#metadata.checkedPiece(offset, length * entryBytes + 4, "a page of chunks");
    const at = (number - page * this.#pageLength) * entryBytes;
    return this.#entries.chunkAt(array, at, offset + at);
  }
}
