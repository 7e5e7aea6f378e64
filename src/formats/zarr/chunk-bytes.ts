/**
 * The bytes of a chunk before they are compressed: a box of elements in the chunk's order. Where the array ends inside
 * the chunk, the rest holds the fill value.
 */
import { factsOf } from "../../data/dtype.js";
import { zip } from "../../data/lists.js";
import { numberBytes, reverseBytes } from "../../storage/encoding.js";
import { type BoxInMemory, copyElements } from "./chunk-elements.js";
import { strideInChunk } from "./grid.js";
import { type ArrayMetadata, chunkBytes } from "./metadata.js";

/** Makes the bytes of chunks of one array; the memory of the result is used again by the next call. */
export class ChunkBytes {
  readonly #metadata: ArrayMetadata;
  readonly #fill: Buffer | undefined;
  readonly #strides: readonly number[];
  readonly #bytes: Buffer<ArrayBuffer>;

  constructor(metadata: ArrayMetadata) {
    this.#metadata = metadata;
    this.#fill = metadata.fill === null ? undefined : Buffer.from(metadata.fill, "hex");
    this.#strides = strideInChunk(metadata, metadata.chunk);
    this.#bytes = Buffer.from(new ArrayBuffer(chunkBytes(metadata)));
  }

  /** Fills the chunk with a box of elements, which may be in shared memory. Its sides are at most the chunk's. */
  take(from: BoxInMemory, counts: readonly number[]): void {
    const { chunk, dtype } = this.#metadata;
    if (zip(counts, chunk).some(([count, length]) => count < length)) this.#bytes.fill(this.#fill ?? 0);
    copyElements(from, { bytes: this.#bytes, first: 0, strides: this.#strides }, counts, factsOf(dtype).bytes);
  }

  /** True if the chunk holds nothing but the fill value, bit for bit. */
  isEmpty(): boolean {
    const [bytes, fill] = [this.#bytes, this.#fill];
    if (fill === undefined) return false;
    // all elements are equal if each equals its neighbour; comparing memory is far faster than a loop
    return (
      bytes.compare(fill, 0, fill.length, 0, fill.length) === 0 &&
      bytes.compare(bytes, fill.length, bytes.length, 0, bytes.length - fill.length) === 0
    );
  }

  /** The bytes in the order of the file; valid until the next call of {@link take}. */
  encode(): Uint8Array<ArrayBuffer> {
    const { stored } = this.#metadata.pipeline;
    if (stored.encoding.otherEndian) reverseBytes(this.#bytes, numberBytes(stored));
    return this.#bytes;
  }
}
