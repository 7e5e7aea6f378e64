/**
 * The buffers of batches: stretches of a file that hold elements, or the bits that mark nulls.
 *
 *     compressed    decompressed length 8 (−1: not compressed) │ content
 *
 * Invariant: a buffer is decompressed once for boxes that follow each other, and to no more bytes than expected.
 */
import { messageOf } from "../../data/causes.js";
import { FormatError } from "../../data/errors.js";
import type { RangeReadable } from "../../storage/stores/capabilities.js";
import { unlz4 } from "../tables/lz4.js";
import { unzstd } from "../zstd/frames.js";
import type { Compression, Extent } from "./message.js";

/** The bytes of the length before compressed content. */
const PREFIX_BYTES = 8;

/** Reads the buffers of one kind in one file: those of elements, or those of bits. */
export class BufferReader {
  bytesRead = 0;
  readonly #file: RangeReadable;
  /** The last buffer that was decompressed, as the next box often needs more of it. */
  #last: { readonly offset: number; readonly bytes: Uint8Array } | undefined;

  constructor(file: RangeReadable) {
    this.#file = file;
  }

  /** Fills `into` with bytes of a buffer from `from` on; the buffer must hold at least `size` bytes. */
  async read(into: Uint8Array, from: number, extent: Extent, compression: Compression, size: number): Promise<void> {
    if (compression === "none") {
      await this.#file.read(into, extent.offset + from);
      this.bytesRead += into.length;
      return;
    }
    if (this.#last?.offset !== extent.offset) {
      this.#last = undefined; // frees its memory before there is another one
      this.#last = { offset: extent.offset, bytes: await this.#decompress(extent, compression, size) };
    }
    into.set(this.#last.bytes.subarray(from, from + into.length));
  }

  async #decompress({ offset, length }: Extent, compression: "lz4" | "zstd", size: number): Promise<Uint8Array> {
    const { path } = this.#file;
    const damaged = (problem: string, cause?: unknown): FormatError => {
      const message = `${path}: the compressed buffer at byte ${offset} is damaged: ${problem}`;
      return new FormatError(message, { path, offset }, { cause });
    };
    if (length < PREFIX_BYTES) throw damaged(`it has ${length} bytes`);
    const compressed = new Uint8Array(length);
    await this.#file.read(compressed, offset);
    this.bytesRead += length;
    const plain = Number(new DataView(compressed.buffer).getBigInt64(0, true));
    const content = compressed.subarray(PREFIX_BYTES);
    if (plain === -1) {
      if (content.length < size) throw damaged(`it has ${content.length} bytes; expected ${size}`);
      return content;
    }
    // writers pad buffers, some to more than the format asks for
    if (!(plain >= size && plain <= 2 * size + 2 ** 16)) throw damaged(`it claims ${plain} bytes; expected ${size}`);
    try {
      return await (compression === "zstd" ? unzstd(content, plain, { least: plain }) : unlz4(content, plain));
    } catch (cause) {
      throw damaged(messageOf(cause), cause);
    }
  }
}
