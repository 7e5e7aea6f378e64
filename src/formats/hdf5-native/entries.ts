/** How the arrays of newer files tell of a chunk: by an address, and, where there are filters, a size and a mask. */
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
   * @param head the head of the array, which repeats at the places 5 and 6 whether there are filters, and the bytes of an entry
   * @throws FormatError where these contradict the dataset
   */
  constructor(metadata: Metadata, head: Buffer, offset: number, chunkBytes: number, filtered: boolean) {
    this.#metadata = metadata;
    this.#chunkBytes = chunkBytes;
    this.#filtered = filtered;
    this.bytes = head[6]!;
    const right = filtered ? this.bytes > 12 && this.bytes <= 20 : this.bytes === 8;
    if (right && head[5] === (filtered ? 1 : 0)) return;
    const found = `entries of ${this.bytes} bytes for chunks ${head[5] === 1 ? "with" : "without"} filters`;
    throw metadata.refuse(
      `the array of chunks has ${found}, and the chunks go through ${filtered ? "some" : "none"}`,
      offset,
    );
  }

  /** The chunk of which an entry tells; undefined where it was never written. */
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

/** A piece of an array, as it stands in the file. */
export interface Piece {
  /** Bytes in memory. */
  readonly size: number;
  readonly bytes: Buffer;
}

/** A piece of an array, checked by its checksum, from what is kept or from the file. */
export function pieceAt(metadata: Metadata, offset: number, length: number, what: string): Buffer {
  const read = (): Piece => ({ size: length, bytes: metadata.checked(offset, length, what) });
  return metadata.kept(what, offset, read).bytes;
}

/** True where a bit is set; the first one is the highest of its byte. */
export function hasBit(bytes: Buffer, first: number, bit: number): boolean {
  return (bytes[first + (bit >> 3)]! & (0x80 >> (bit & 7))) !== 0;
}
