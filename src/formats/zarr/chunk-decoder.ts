/**
 * Decodes whole chunks:
 *
 *     stretch of a file ─ read ─▶ bytes ─ compressors, backwards ─▶ stored elements ─ byte order, filters ─▶ elements
 *
 * Invariant: nothing is allocated for a chunk before the size of its file and its metadata agree that it may be that
 * large.
 */
import { messageOf, systemCodeOf } from "../../data/causes.js";
import { FormatError } from "../../data/errors.js";
import { CodecFault } from "../codecs/fault.js";
import { GrowableBuffer } from "../growable-buffer.js";
import { type Decode, decoderOf } from "./byte-codecs.js";
import { aligned, toElements } from "./chunk-elements.js";
import { undoingOf } from "./filters.js";
import type { Refuse } from "./json.js";
import { type ArrayMetadata, chunkBytes, mostCompressed, refusal } from "./metadata.js";
import type { Stretch } from "./sources.js";

/** A step of decoding, and the name of its codec. */
interface DecodingStep {
  readonly codec: string;
  readonly decode: Decode;
}

/** Decodes the chunks of one array on one thread, one after the other. */
export class ChunkDecoder {
  readonly #metadata: ArrayMetadata;
  /** In the order of decoding. */
  readonly #steps: readonly DecodingStep[];
  readonly #undoFilters: (bytes: Uint8Array) => Uint8Array;
  /** The memory of a chunk's bytes, and of what they decompress to: new memory for each costs as much as reading. */
  readonly #compressed = new GrowableBuffer();
  readonly #decompressed = new GrowableBuffer();

  private constructor(
    metadata: ArrayMetadata,
    steps: readonly DecodingStep[],
    undoFilters: (bytes: Uint8Array) => Uint8Array,
  ) {
    this.#metadata = metadata;
    this.#steps = steps;
    this.#undoFilters = undoFilters;
  }

  /** Loads the codecs of an array. @param path the name of the array in messages */
  static async open(path: string, metadata: ArrayMetadata): Promise<ChunkDecoder> {
    const { compressors, filters } = metadata.pipeline;
    const steps = await Promise.all(
      compressors.map(async (compressor) => ({ codec: compressor.codec, decode: await decoderOf(compressor) })),
    );
    return new ChunkDecoder(metadata, steps.reverse(), await undoingOf(filters, refusal(path)));
  }

  /**
   * Reads and decodes a chunk. The elements are in memory of the decoder until the next call, or in `into`.
   *
   * @param into memory of exactly the bytes of a chunk, to be used if the library can; null if there is none
   * @throws FormatError if the chunk is damaged; StorageError if it cannot be read
   */
  async decode({ file, offset, length }: Stretch, into: Uint8Array | null): Promise<Uint8Array> {
    const { path } = file;
    const refuse = (problem: string, cause?: unknown): FormatError => {
      const message = `${path}: the chunk at byte ${offset} is damaged: ${problem}`;
      return new FormatError(message, { path, offset }, cause === undefined ? {} : { cause });
    };
    const [whole, most] = [chunkBytes(this.#metadata), mostCompressed(this.#metadata)];
    if (length > most) throw refuse(`it has ${length} bytes; at most ${most} can be expected of ${whole}`);
    const stored = this.#compressed.take(length);
    await file.read(stored, offset);
    const bytes = await this.#decompress(stored, into, refuse);
    if (bytes.length !== whole) throw refuse(`it decodes to ${bytes.length} bytes, and must have ${whole}`);
    if (bytes.buffer === into?.buffer) return bytes;
    const { stored: encoding } = this.#metadata.pipeline;
    const elements = toElements(encoding, aligned(encoding, bytes));
    try {
      return this.#undoFilters(elements);
    } catch (cause) {
      throw refuse(`its numbers cannot be decoded: ${reasonOf(cause)}`, cause);
    }
  }

  /** Releases the memory. */
  drop(): void {
    this.#compressed.drop();
    this.#decompressed.drop();
  }

  async #decompress(
    stored: Uint8Array,
    into: Uint8Array | null,
    refuse: (problem: string, cause?: unknown) => FormatError,
  ): Promise<Uint8Array> {
    const plainRefuse: Refuse = (problem) => refuse(problem);
    const memory = (size: number): Uint8Array => (into?.length === size ? into : this.#decompressed.take(size));
    let bytes = stored;
    for (const [number, { codec, decode }] of this.#steps.entries()) {
      // only the result of the last step has a known size
      const isLast = number === this.#steps.length - 1;
      try {
        bytes = isLast
          ? await decode(bytes, chunkBytes(this.#metadata), plainRefuse, memory)
          : await decode(bytes, mostCompressed(this.#metadata), plainRefuse);
      } catch (cause) {
        if (cause instanceof FormatError) throw cause;
        throw refuse(`${codec} cannot decode it: ${reasonOf(cause)}`, cause);
      }
    }
    return bytes;
  }
}

/** What a codec says. Some throw numbers, and what JavaScript says of an index or a type helps nobody. */
function reasonOf(cause: unknown): string {
  const speaks = cause instanceof CodecFault || Object.getPrototypeOf(cause) === Error.prototype;
  return speaks || systemCodeOf(cause) !== undefined ? messageOf(cause) : "its bytes make no sense";
}
