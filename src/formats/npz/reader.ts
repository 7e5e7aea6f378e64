/**
 * Decodes parts of a deflated member. The stream goes forward: a part that stands before it starts it again.
 */
import { decodedStrides, type EncodedArray } from "../../data/encoded.js";
import { ClosedError, FormatError } from "../../data/errors.js";
import type { Encoding } from "../../data/layout.js";
import { type Box, boxOf, cornerOf, countsOf, firstOf, sizeOf } from "../../data/region.js";
import { DecodedPartCache } from "../../storage/decoded-part.js";
import { decodeElements } from "../../storage/encoding.js";
import { LocalFile } from "../../storage/stores/file.js";
import type { ArrayReader } from "../format.js";
import { type Deflated, EntryStream } from "./inflate.js";

/** What only this format knows of an array. */
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
  readonly #file: LocalFile;
  #stream: EntryStream | undefined;
  #closed = false;

  private constructor(array: EncodedArray, file: LocalFile) {
    this.#array = array;
    this.#params = array.params as NpzParams;
    this.#parts = new DecodedPartCache(array);
    this.#file = file;
  }

  /** Opens the file of an array and checks that it is the one that was described. */
  static open(this: void, array: EncodedArray): NpzReader {
    const { path } = array;
    const file = LocalFile.open(path, "read");
    if (`${file.size}-${file.modified}` === array.version) return new NpzReader(array, file);
    file.close();
    throw new FormatError(`${path}: the file has changed since it was opened; open it again`, { path });
  }

  async read(box: Box, into: Uint8Array): Promise<number> {
    if (this.#closed) throw new ClosedError(`${this.#array.path} was closed before it was used`);
    const before = this.#file.bytesRead;
    await this.#parts.readLater(box, into, (part, memory) => this.#decode(part, memory));
    return this.#file.bytesRead - before;
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

  #drop(): void {
    this.#stream?.close();
    this.#stream = undefined;
  }

  close(): void {
    this.#closed = true;
    this.#drop();
    this.#parts.clear();
    this.#file.close();
  }
}
