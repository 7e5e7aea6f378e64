/**
 * The bytes of a chunk before they are compressed: a box of elements put in the chunk's order into a full chunk, whose
 * rest, where the array ends inside it, holds the fill value.
 */
import { factsOf } from "../../data/dtype.js";
import { numberBytes, reverseBytes } from "../../storage/encoding.js";
import { type BoxInMemory, copyElements } from "./chunk-elements.js";
import { strideInChunk } from "./grid.js";
import { type ArrayMetadata, chunkBytes } from "./metadata.js";

/** Makes the bytes of chunks of one array; the memory that it gives is used again at the next call. */
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

  /** Takes a box from elements, which may be shared memory; its sides are at most the chunk's. */
  take(from: BoxInMemory, counts: readonly number[]): void {
    const { chunk, dtype } = this.#metadata;
    if (counts.some((count, axis) => count < chunk[axis]!)) this.#bytes.fill(this.#fill ?? 0);
    copyElements(from, { bytes: this.#bytes, first: 0, strides: this.#strides }, counts, factsOf(dtype).bytes);
  }

  /** True when there is nothing but the fill value in the chunk, bit for bit. */
  isEmpty(): boolean {
    const [bytes, fill] = [this.#bytes, this.#fill];
    if (fill === undefined) return false;
    // All elements are alike when each is its neighbour; comparing memory is far faster than a loop.
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
