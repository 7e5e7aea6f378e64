/**
 * Decodes boxes of a chunked dataset: finds each chunk in the file, reads its bytes, undoes its filters, and copies the
 * elements to their places.
 */
import { blockAt } from "../../data/chunks.js";
import type { EncodedArray } from "../../data/encoded.js";
import { ClosedError } from "../../data/errors.js";
import { storedBytes } from "../../data/layout.js";
import { zip } from "../../data/lists.js";
import { type Box, boxOf, countsOf, intersect, sizeOf } from "../../data/region.js";
import { copyPart, DecodedPartCache } from "../../storage/decoded-part.js";
import { decodeElements } from "../../storage/encoding.js";
import type { LocalFile } from "../../storage/stores/file.js";
import type { ArrayReader } from "../format.js";
import { openUnchanged } from "../unchanged.js";
import { indexOf } from "./chunk-index.js";
import { Filters, mostStored } from "./filters.js";
import { JoinedFiles } from "./joined-files.js";
import { Metadata } from "./metadata.js";
import type { ChunkedParams } from "./params.js";
import type { ChunkIndex, StoredChunk } from "./stored-chunk.js";

/** A chunked dataset that is open on this thread. */
export class ChunkedReader implements ArrayReader {
  readonly #array: EncodedArray;
  readonly #params: ChunkedParams;
  readonly #file: LocalFile;
  /** Where the chunks are. */
  readonly #content: LocalFile | JoinedFiles;
  readonly #metadata: Metadata;
  readonly #index: ChunkIndex;
  readonly #filters: Filters;
  readonly #parts: DecodedPartCache;
  /** Bytes of an element in the file, and of a chunk. */
  readonly #item: number;
  readonly #chunkBytes: number;
  #stored: Buffer = Buffer.alloc(0);
  /** One field of the records of a chunk. */
  #field: Uint8Array | undefined;
  /** A chunk that was never written. */
  #missing: Uint8Array | undefined;
  #closed = false;

  private constructor(array: EncodedArray, file: LocalFile) {
    this.#array = array;
    this.#file = file;
    const params = array.params as ChunkedParams;
    this.#params = params;
    this.#content = params.outside === undefined ? file : new JoinedFiles(params.outside);
    this.#item = storedBytes({ dtype: array.dtype, encoding: params.encoding });
    this.#chunkBytes = sizeOf(params.chunk) * (params.record?.bytes ?? this.#item * sizeOf(params.inner));
    this.#metadata = new Metadata(file, params);
    this.#index = indexOf(this.#metadata, params, this.#chunkBytes);
    this.#filters = new Filters(params.filters, this.#chunkBytes);
    this.#parts = new DecodedPartCache(array);
  }

  /** Opens the file of an array and checks that it is the one that was described. */
  static open(this: void, array: EncodedArray): ChunkedReader {
    const file = openUnchanged(array);
    try {
      return new ChunkedReader(array, file);
    } catch (error) {
      file.close();
      throw error;
    }
  }

  async read(box: Box, into: Uint8Array): Promise<number> {
    if (this.#closed) throw new ClosedError(`${this.#array.path} was closed before it was used`);
    const read = () => this.#file.bytesRead + (this.#content === this.#file ? 0 : this.#content.bytesRead);
    const before = read();
    await this.#parts.readLater(box, into, (part, memory) => this.#decode(part, memory));
    return read() - before;
  }

  async #decode(part: Box, into: Uint8Array): Promise<void> {
    const { dtype } = this.#array;
    const { chunk, inner, encoding } = this.#params;
    const bytes = encoding.half ? new Uint8Array(sizeOf(countsOf(part)) * this.#item) : into;
    const sides = zip(part.slice(0, chunk.length), chunk);
    const first = sides.map(([{ start }, size]) => Math.floor(start / size));
    const blocks = zip(sides, first).map(([[{ stop }, size], from]) => Math.ceil(stop / size) - from);
    for (let number = 0; number < sizeOf(blocks); number++) {
      const block = zip(blockAt(blocks, number), first).map(([index, from]) => index + from);
      const outer = zip(block, chunk).map(([index, size]) => ({ start: index * size, stop: (index + 1) * size }));
      const box = [...outer, ...boxOf(inner)];
      const inside = intersect(box, part);
      copyPart(
        { bytes: this.#elements(await this.#chunk(block)), box },
        { bytes, box: part },
        inside,
        this.#array,
        this.#item,
      );
    }
    decodeElements({ dtype, encoding }, bytes, into);
  }

  /** The elements in a chunk, which are its records or one field of them; valid until the next call. */
  #elements(chunk: Uint8Array): Uint8Array {
    const { record, inner } = this.#params;
    if (record === undefined) return chunk;
    const item = this.#item * sizeOf(inner);
    this.#field ??= new Uint8Array(sizeOf(this.#params.chunk) * item);
    for (let from = record.offset, to = 0; to < this.#field.length; from += record.bytes, to += item) {
      for (let byte = 0; byte < item; byte++) this.#field[to + byte] = chunk[from + byte] ?? 0;
    }
    return this.#field;
  }

  /** The records of a chunk in the encoding of the file; valid until the next call. */
  async #chunk(block: readonly number[]): Promise<Uint8Array> {
    const found = this.#index.find(block);
    if (found === undefined) {
      this.#missing ??= filled(this.#chunkBytes, this.#params.fill);
      return this.#missing;
    }
    const refuse = (problem: string, cause?: unknown) =>
      this.#metadata.refuse(`chunk (${block.join(", ")}) cannot be read: ${problem}`, found.offset, cause);
    const { wholeOnly, chunk, index } = this.#params;
    // the last ones of a stretch are fewer; nobody asks for those that are missing
    if (index.kind === "stretch") return this.#read(found, block);
    const isWhole = zip(zip(block, chunk), this.#array.shape).every(
      ([[at, size], length]) => (at + 1) * size <= length,
    );
    const mask = wholeOnly && !isWhole ? -1 : found.mask;
    return this.#filters.undo(this.#read(found, block), mask, refuse);
  }

  #read({ offset, bytes, toldAt }: StoredChunk, block: readonly number[]): Uint8Array {
    const most = mostStored(this.#params.filters, this.#chunkBytes);
    if (!(bytes > 0 && bytes <= most && offset + bytes <= this.#content.size)) {
      const place = `at byte ${offset} of ${this.#content.size}, with ${bytes} bytes for ${this.#chunkBytes}`;
      throw this.#metadata.refuse(`chunk (${block.join(", ")}) should be ${place}`, toldAt);
    }
    if (this.#stored.length < bytes) this.#stored = Buffer.alloc(bytes);
    const stored = this.#stored.subarray(0, bytes);
    this.#content.readInto(stored, offset);
    return stored;
  }

  close(): void {
    this.#closed = true;
    this.#parts.clear();
    this.#content.close();
    this.#file.close();
  }
}

function filled(length: number, fill: readonly number[]): Uint8Array {
  if (fill.every((byte) => byte === 0)) return new Uint8Array(length);
  return Buffer.alloc(length, Uint8Array.from(fill));
}
