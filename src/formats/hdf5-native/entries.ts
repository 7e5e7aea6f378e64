/** How the arrays of newer files describe a chunk: by an address and, if there are filters, a size and a mask. */
import { addressAt, type Metadata, numberAt } from "./metadata.js";
import type { StoredChunk } from "./stored-chunk.js";

/** The entries of an array of chunks. */
export class Entries {
  /** Bytes of one entry. */
  readonly bytes: number;
  readonly #metadata: Metadata;
  readonly #chunkBytes: number;
  readonly #filtered: boolean;

  /**
   * @param head the head of the array, which repeats whether there are filters (byte 5) and the bytes of an entry
   * (byte 6)
   * @throws FormatError if these contradict the dataset
   */
  constructor(metadata: Metadata, head: Buffer, offset: number, chunkBytes: number, filtered: boolean) {
    this.#metadata = metadata;
    this.#chunkBytes = chunkBytes;
    this.#filtered = filtered;
    this.bytes = head.readUInt8(6);
    const right = filtered ? this.bytes > 12 && this.bytes <= 20 : this.bytes === 8;
    if (right && head[5] === (filtered ? 1 : 0)) return;
    const found = `entries of ${this.bytes} bytes for chunks ${head[5] === 1 ? "with" : "without"} filters`;
    throw metadata.refuse(
      `the array of chunks has ${found}, and the chunks go through ${filtered ? "some" : "none"}`,
      offset,
    );
  }

  /** The chunk that an entry describes; undefined if it was never written. */
  chunkAt(bytes: Buffer, at: number, toldAt: number): StoredChunk | undefined {
    const address = addressAt(bytes, at);
    if (address === undefined) return undefined;
    const offset = this.#metadata.offsetOf(address);
    if (!this.#filtered) return { offset, bytes: this.#chunkBytes, mask: 0, toldAt };
    const size = Buffer.alloc(8);
    bytes.copy(size, 0, at + 8, at + this.bytes - 4);
    return { offset, bytes: numberAt(size, 0), mask: bytes.readUInt32LE(at + this.bytes - 4), toldAt };
  }
}

/** True if a bit is set; the first one is the highest of its byte. */
export function hasBit(bytes: Buffer, first: number, bit: number): boolean {
  return (bytes.readUInt8(first + (bit >> 3)) & (0x80 >> (bit & 7))) !== 0;
}
