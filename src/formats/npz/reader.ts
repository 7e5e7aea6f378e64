/**
 * Decodes parts of a deflated member. The stream only goes forward: a part before its position starts it again.
 */
import { decodedStrides, type EncodedArray } from "../../data/encoded.js";
import { ClosedError } from "../../data/errors.js";
import type { Encoding } from "../../data/layout.js";
import { type Box, boxOf, cornerOf, countsOf, firstOf, sizeOf } from "../../data/region.js";
import { DecodedPartCache } from "../../storage/decoded-part.js";
import { decodeElements } from "../../storage/encoding.js";
import type { RangeReadable } from "../../storage/stores/capabilities.js";
import { openBytes } from "../../storage/stores/local-store.js";
import type { ArrayReader } from "../format.js";
import { changedError } from "../unchanged.js";
import { type Deflated, EntryStream } from "./inflate.js";

/** The params of an array of this format. */
export interface NpzParams {
  readonly entry: Deflated;
  /** Where the elements begin in the decoded member. */
  readonly offset: number;
  readonly itemBytes: number;
  readonly encoding: Encoding;
}

/** A deflated member that is open on this thread. */
export class NpzReader implements ArrayReader {
  readonly #array: EncodedArray;
  readonly #params: NpzParams;
  readonly #parts: DecodedPartCache;
  readonly #file: RangeReadable;
  #stream: EntryStream | undefined;
  /** Bytes read by streams that were dropped. */
  #readBefore = 0;
  #closed = false;

  private constructor(array: EncodedArray, file: RangeReadable) {
    this.#array = array;
    this.#params = array.params as NpzParams;
    this.#parts = new DecodedPartCache(array);
    this.#file = file;
  }

  /** Opens the file of an array and checks that it is the one that was described. */
  static async open(this: void, array: EncodedArray): Promise<NpzReader> {
    const { path } = array;
    const file = await openBytes(path);
    if (file.version === array.version) return new NpzReader(array, file);
    await file.close();
    throw changedError(path);
  }

  async read(box: Box, into: Uint8Array): Promise<number> {
    if (this.#closed) throw new ClosedError(`${this.#array.path} was closed before it was used`);
    const before = this.#bytesRead;
    await this.#parts.readLater(box, into, (part, memory) => this.#decode(part, memory));
    return this.#bytesRead - before;
  }

  async #decode(part: Box, into: Uint8Array): Promise<void> {
    const { entry, offset, itemBytes, encoding } = this.#params;
    const strides = decodedStrides(this.#array, boxOf(this.#array.shape));
    const first = firstOf(0, strides, cornerOf(part));
    const start = offset + first * itemBytes;
    if (this.#stream !== undefined && this.#stream.position > start) this.#drop();
    this.#stream ??= new EntryStream(this.#file, entry);
    try {
      await this.#stream.next(start - this.#stream.position);
      const bytes = encoding.half ? new Uint8Array(sizeOf(countsOf(part)) * itemBytes) : into;
      await this.#stream.next(bytes.length, bytes);
      decodeElements({ dtype: this.#array.dtype, encoding }, bytes, into);
    } catch (error) {
      this.#drop(); // a stream that failed has no position
      throw error;
    }
  }

  /** Bytes read from the file. */
  get #bytesRead(): number {
    return this.#readBefore + (this.#stream?.bytesRead ?? 0);
  }

  #drop(): void {
    this.#readBefore = this.#bytesRead;
    this.#stream?.close();
    this.#stream = undefined;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#drop();
    this.#parts.clear();
    await this.#file.close();
  }
}
