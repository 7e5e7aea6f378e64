/**
 * The bytes of a column's pages: their headers, and their contents as they are in the file.
 *
 * Pages are small and follow each other, so a larger stretch is read at once. Its memory is used again for the next
 * one: what this returns is valid until the next call. Headers are checked before the library decodes them.
 */
import { crc32 } from "node:zlib";
import type { PageHeader } from "hyparquet";
import { parquetHeader } from "hyparquet/src/column.js";
import type { RangeReadable } from "../../storage/stores/capabilities.js";
import { GrowableBuffer } from "../growable-buffer.js";
import { EncodingFault } from "./encodings.js";
import type { Chunk } from "./metadata.js";
import { checkThrift, ThriftFault } from "./thrift.js";

/** Headers hold the statistics of their pages; those of numbers are short. */
const LONGEST_HEADER_BYTES = 2 ** 16;

/** The bytes that are read from the file at once, unless fewer are left or a page needs more. */
const WINDOW_BYTES = 2 ** 21;

/** A page: its header, and where its content is in the file. */
export interface PagePlace {
  /** The first byte of the header. */
  readonly offset: number;
  readonly header: PageHeader;
  /** The first byte of the content. */
  readonly content: number;
  /** The byte after the content. */
  readonly end: number;
  /** The elements of a page of data; 0 for other pages. */
  readonly rows: number;
}

/** True for a number that can count something. The library passes on whatever a header holds, also text. */
export function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

/** Reads the pages of the columns of one file. */
export class PageSource {
  bytesRead = 0;
  readonly path: string;
  readonly #file: RangeReadable;
  readonly #ahead: number;
  #window = { offset: 0, bytes: new Uint8Array(0) };
  readonly #memory = new GrowableBuffer();

  /** Reads pages of a file; `ahead` bytes at once, unless a page needs more. */
  constructor(file: RangeReadable, ahead = WINDOW_BYTES) {
    this.#file = file;
    this.#ahead = ahead;
    this.path = file.path;
  }

  /** The page that begins at an offset in a chunk. */
  async page(offset: number, chunk: Chunk): Promise<PagePlace> {
    const { header, length } = await this.#header(offset, chunk.offset + chunk.length);
    const size = header.compressed_page_size;
    const content = offset + length;
    const end = content + size;
    if (!isCount(size) || end > chunk.offset + chunk.length) throw new EncodingFault(`its header claims ${size} bytes`);
    const rows = header.data_page_header?.num_values ?? header.data_page_header_v2?.num_values ?? 0;
    if (!isCount(rows)) throw new EncodingFault(`its header claims ${rows} elements`);
    return { offset, header, content, end, rows };
  }

  /** The content of a page as it is in the file. */
  async content({ header, content, end }: PagePlace, chunk: Chunk): Promise<Uint8Array> {
    const bytes = await this.#bytes(content, end - content, chunk.offset + chunk.length);
    if (header.crc === undefined || (crc32(bytes) | 0) === header.crc) return bytes;
    throw new EncodingFault("its checksum differs");
  }

  /** Bytes of the file, which are read ahead up to `end`. */
  async #bytes(offset: number, length: number, end: number): Promise<Uint8Array> {
    const { offset: begin, bytes } = this.#window;
    if (offset < begin || offset + length > begin + bytes.length) {
      const size = Math.min(end - offset, Math.max(length, this.#ahead));
      const fresh = this.#memory.take(size);
      // the part of it that was read before is at the end of the old window
      const old = offset >= begin ? bytes.subarray(offset - begin, offset - begin + size) : bytes.subarray(0, 0);
      fresh.set(old);
      this.#window = { offset: 0, bytes: fresh.subarray(0, 0) }; // in case reading fails
      await this.#file.read(fresh.subarray(old.length), offset + old.length);
      this.bytesRead += fresh.length - old.length;
      this.#window = { offset, bytes: fresh };
    }
    const start = offset - this.#window.offset;
    return this.#window.bytes.subarray(start, start + length);
  }

  async #header(at: number, end: number): Promise<{ header: PageHeader; length: number }> {
    const have = this.#window.offset + this.#window.bytes.length - at;
    const longest = Math.min(LONGEST_HEADER_BYTES, end - at);
    // a header near the end of the window may still be whole
    const near = have > 0 && at >= this.#window.offset ? Math.min(LONGEST_HEADER_BYTES, have) : 0;
    for (const most of [near, longest]) {
      if (most === 0) continue;
      const bytes = await this.#bytes(at, most, end);
      try {
        checkThrift(bytes, 0);
      } catch (cause) {
        if (most === near && near < longest && cause instanceof ThriftFault) continue;
        throw cause;
      }
      const reader = { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.length), offset: 0 };
      return { header: parquetHeader(reader), length: reader.offset };
    }
    throw new EncodingFault("it has no header");
  }
}
