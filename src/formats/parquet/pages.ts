/**
 * The pages of a column in a row group: a dictionary maybe, then pages of elements.
 *
 *     header │ (levels, elements), compressed │ header │ …                       version 1
 *     header │ levels │ elements, compressed │ …                                 version 2
 *
 * Levels tell which elements are null (0) and which are there (1); only these stand among the elements. Pages before and
 * behind the rows that are asked for are passed over; the elements of the others go where they belong as soon as their page
 * is decoded, so one page and one dictionary are in memory at a time.
 */
import { crc32 } from "node:zlib";
import type { Encoding, PageHeader } from "hyparquet";
import { parquetHeader } from "hyparquet/src/column.js";
import { allocate, type DType, factsOf, type TypedArray, viewOf } from "../../data/dtype.js";
import { FormatError } from "../../data/errors.js";
import type { RangeReadable } from "../../storage/stores/capabilities.js";
import { GrowableBuffer } from "../growable-buffer.js";
import type { Nulls } from "../tables/columns.js";
import { unpackBits, widen } from "../tables/elements.js";
import { decompress } from "./codecs.js";
import { decodeDeltas, decodeRuns, EncodingFault, isAllOnes, joinStreams } from "./encodings.js";
import type { Chunk, ParquetColumn } from "./metadata.js";
import { checkThrift, ThriftFault } from "./thrift.js";

/** Headers tell statistics of their pages; those of numbers are short. */
const maxHeader = 2 ** 16;
/** What is read from a file at a time, at the least. */
const windowBytes = 2 ** 21;

const widths: Readonly<Record<string, number>> = { INT32: 4, INT64: 8, FLOAT: 4, DOUBLE: 8, FIXED_LEN_BYTE_ARRAY: 2 };

/** The most bytes that so many elements of a column can reasonably take in a page, whatever the encoding. */
export function mostPageBytes(rows: number): number {
  return rows * 12 + 2 ** 17;
}

/** Rows of a column: which, and as what. */
export interface Request {
  readonly column: ParquetColumn;
  readonly chunk: Chunk;
  /** The first row, in the row group. */
  readonly from: number;
  readonly dtype: DType;
  readonly nulls: Nulls;
}

/** A page's elements where they stand, those that are null left out. */
interface Page {
  /** For each row 1 or 0 (null); undefined where none is null. */
  readonly present: Uint8Array | undefined;
  readonly encoding: Encoding;
  readonly rows: number;
  /** Elements that are there. */
  readonly count: number;
  readonly content: Uint8Array;
}

/** Elements that pages tell the places of: their memory begins at 0. */
interface Dictionary {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly count: number;
}

/** Reads columns of one file. */
export class PageReader {
  bytesRead = 0;
  readonly #file: RangeReadable;
  /** What was read ahead. The memory behind it is used again, so that nothing of it outlives the next page. */
  #window = { offset: 0, bytes: new Uint8Array(0) };
  readonly #memory = new GrowableBuffer();
  /** Places in a dictionary. */
  #places = new Uint32Array(0);
  /** The last dictionary, and where it stands. */
  #dictionary: (Dictionary & { readonly offset: number }) | undefined;

  constructor(file: RangeReadable) {
    this.#file = file;
  }

  /** Fills `into` with elements of a column from a row on. */
  async read(request: Request, into: Uint8Array): Promise<void> {
    const { column, chunk, from, dtype } = request;
    const item = factsOf(dtype).bytes;
    const to = from + into.length / item;
    const end = chunk.offset + chunk.length;
    let dictionary: Dictionary | undefined;
    for (let at = chunk.offset, row = 0; row < to; ) {
      const fail = (problem: string, cause?: unknown): FormatError => {
        const place = `column ${JSON.stringify(column.name)}, the page at byte ${at}`;
        const message = `${this.#file.path}: ${place} is damaged: ${problem}`;
        return new FormatError(message, { path: this.#file.path, offset: at }, cause === undefined ? {} : { cause });
      };
      if (at >= end) throw fail(`it should have row ${row} of ${chunk.rows}, and the column ends before`);
      try {
        const { header, length } = await this.#header(at, end);
        const size = header.compressed_page_size;
        if (!isCount(size) || at + length + size > end) throw new EncodingFault(`it claims to have ${size} bytes`);
        const rows = header.data_page_header?.num_values ?? header.data_page_header_v2?.num_values ?? 0;
        if (!isCount(rows) || row + rows > chunk.rows) throw new EncodingFault(`it claims to have ${rows} elements`);
        const data = header.data_page_header ?? header.data_page_header_v2;
        if (header.type === "DICTIONARY_PAGE") {
          dictionary = await this.#dictionaryAt(at, length, header, request);
        } else if (data !== undefined && row + rows > from) {
          const page = await this.#page(at + length, header, request);
          const [first, last] = [Math.max(from, row), Math.min(to, row + rows)];
          const target = into.subarray((first - from) * item, (last - from) * item);
          this.#place(page, request, dictionary, first - row, target);
        }
        at += length + size;
        row += rows;
      } catch (cause) {
        if (cause instanceof FormatError || !(cause instanceof Error) || "systemCode" in cause) throw cause;
        throw fail(cause.message, cause);
      }
    }
  }

  /** Bytes of the file: those asked for, from a larger stretch that is read ahead. */
  async #bytes(offset: number, length: number, end: number): Promise<Uint8Array> {
    const { offset: begin, bytes } = this.#window;
    if (offset < begin || offset + length > begin + bytes.length) {
      const size = Math.min(end - offset, Math.max(length, windowBytes));
      const fresh = this.#memory.take(size);
      // what was read of it already is the end of the last stretch
      const old = offset >= begin ? bytes.subarray(offset - begin, offset - begin + size) : bytes.subarray(0, 0);
      fresh.set(old);
      this.#window = { offset: 0, bytes: fresh.subarray(0, 0) }; // should reading fail
      await this.#file.read(fresh.subarray(old.length), offset + old.length);
      this.bytesRead += fresh.length - old.length;
      this.#window = { offset, bytes: fresh };
    }
    const start = offset - this.#window.offset;
    return this.#window.bytes.subarray(start, start + length);
  }

  async #header(at: number, end: number): Promise<{ header: PageHeader; length: number }> {
    const have = this.#window.offset + this.#window.bytes.length - at;
    // a header that is near the end of what was read ahead may still be there as a whole
    const near = have > 0 && at >= this.#window.offset ? Math.min(maxHeader, have) : 0;
    for (const most of [near, Math.min(maxHeader, end - at)]) {
      if (most === 0) continue;
      const bytes = await this.#bytes(at, most, end);
      try {
        checkThrift(bytes, 0);
      } catch (cause) {
        if (most === near && near < Math.min(maxHeader, end - at) && cause instanceof ThriftFault) continue;
        throw cause;
      }
      const reader = { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.length), offset: 0 };
      return { header: parquetHeader(reader), length: reader.offset };
    }
    throw new EncodingFault("it has no header");
  }

  /** The content of a page as it stands in the file. */
  async #content(at: number, header: PageHeader, { chunk }: Request): Promise<Uint8Array> {
    const bytes = await this.#bytes(at, header.compressed_page_size, chunk.offset + chunk.length);
    if (header.crc === undefined || (crc32(bytes) | 0) === header.crc) return bytes;
    throw new EncodingFault("its checksum differs");
  }

  async #dictionaryAt(at: number, length: number, header: PageHeader, request: Request): Promise<Dictionary> {
    if (this.#dictionary?.offset === at) return this.#dictionary;
    this.#dictionary = undefined;
    const { column, chunk } = request;
    const { num_values: count = -1, encoding } = header.dictionary_page_header ?? {};
    const width = widths[column.physical ?? ""];
    const size = header.uncompressed_page_size;
    if (
      width === undefined ||
      !isCount(count) ||
      size !== count * width ||
      (encoding !== "PLAIN" && encoding !== "PLAIN_DICTIONARY")
    ) {
      throw new EncodingFault(`a dictionary of ${count} elements in ${size} bytes (${encoding}) is not read`);
    }
    checkSize(size, chunk, chunk.rows);
    const content = await this.#content(at + length, header, request);
    const plain = await decompress(chunk.codec, content, size);
    const own = plain.buffer instanceof ArrayBuffer && plain.byteOffset === 0 && plain.buffer !== content.buffer;
    const bytes = own ? (plain as Uint8Array<ArrayBuffer>) : new Uint8Array(plain);
    this.#dictionary = { offset: at, bytes, count };
    return this.#dictionary;
  }

  async #page(at: number, header: PageHeader, request: Request): Promise<Page> {
    const { column, chunk } = request;
    const size = header.uncompressed_page_size;
    const [first, second] = [header.data_page_header, header.data_page_header_v2];
    checkSize(size, chunk, first?.num_values ?? second!.num_values);
    const content = await this.#content(at, header, request);
    if (first !== undefined) {
      const plain = await decompress(chunk.codec, content, size);
      const { num_values: rows, encoding } = first;
      if (!column.optional) return { present: undefined, encoding, rows, count: rows, content: plain };
      if (first.definition_level_encoding !== "RLE") {
        throw new EncodingFault(`levels are encoded as ${first.definition_level_encoding}, which is not read`);
      }
      if (plain.length < 4) throw new EncodingFault("it has no levels");
      const length = new DataView(plain.buffer, plain.byteOffset, 4).getUint32(0, true);
      if (4 + length > plain.length) throw new EncodingFault(`it claims to have levels of ${length} bytes`);
      const levels = levelsIn(plain.subarray(4, 4 + length), rows);
      return { ...levels, encoding, rows, content: plain.subarray(4 + length) };
    }
    const { num_values: rows, num_nulls: nulls, encoding, is_compressed: compressed } = second!;
    const [d, r] = [second!.definition_levels_byte_length, second!.repetition_levels_byte_length];
    if (!isCount(d) || !isCount(r) || d + r > content.length || d + r > size) {
      throw new EncodingFault(`it claims to have levels of ${r} and ${d} bytes`);
    }
    const levels = column.optional ? levelsIn(content.subarray(r, r + d), rows) : { present: undefined, count: rows };
    if (levels.count !== rows - nulls)
      throw new EncodingFault(`it tells of ${nulls} nulls, and has ${rows - levels.count}`);
    const packed = content.subarray(r + d);
    // a page of nulls has nothing to compress
    const plain = size === d + r ? new Uint8Array(0) : compressed === false ? packed : undefined;
    return { ...levels, encoding, rows, content: plain ?? (await decompress(chunk.codec, packed, size - d - r)) };
  }

  /** Puts rows of a page, from `skip` on, where they belong. */
  #place(page: Page, request: Request, dictionary: Dictionary | undefined, skip: number, into: Uint8Array): void {
    const { column, chunk, dtype, nulls } = request;
    const { present, encoding, count, content, rows } = page;
    const item = factsOf(dtype).bytes;
    const wanted = into.length / item;
    if (present !== undefined && chunk.nulls === 0)
      throw new EncodingFault("it has nulls, and the metadata tells of none");
    if (nulls === "mask") {
      if (present === undefined) into.fill(0);
      else for (let i = 0; i < wanted; i++) into[i] = 1 - present[skip + i]!;
      return;
    }
    if (present !== undefined && nulls === "error")
      throw new EncodingFault('it has nulls, which nulls: "error" refuses');
    const width = widths[column.physical ?? ""] ?? 0;
    if (encoding === "PLAIN" && width > 0 && content.length < count * width) {
      throw new EncodingFault(`${content.length} bytes are too few for ${count} elements of ${width}`);
    }
    const same = present === undefined && column.stored === dtype && width === item;
    if (encoding === "PLAIN" && same) {
      into.set(content.subarray(skip * item, (skip + wanted) * item));
      return;
    }
    const places = isOfPlaces(encoding) ? this.#placesIn(page) : undefined;
    if (places !== undefined && same && into.byteOffset % item === 0) {
      gather(places.subarray(skip, skip + wanted), dictionary, width, into);
      return;
    }
    const dense = allocate(dtype, count);
    const found = places === undefined ? elementsIn(page, column) : picked(places, column, dictionary);
    // halves, and what is as long as 32 bits or less, stand in their own types; the name decides what they mean
    widen(column.stored!, found, dtype, dense);
    let elements = dense;
    if (present !== undefined) {
      elements = allocate(dtype, rows);
      for (let i = 0, next = 0; i < rows; i++) elements[i] = present[i] === 1 ? dense[next++]! : Number.NaN;
    }
    into.set(new Uint8Array(elements.buffer, skip * item, into.length));
  }

  /** Where in the dictionary the elements of a page stand; until the next page. */
  #placesIn({ count, content }: Page): Uint32Array {
    if (count > this.#places.length) this.#places = new Uint32Array(count);
    const places = this.#places.subarray(0, count);
    if (count > 0) decodeRuns(content.subarray(1), content[0] ?? 0, places);
    return places;
  }
}

/** The library hands on whatever stands in a header: text, too, where a number should be. */
function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function checkSize(size: number, chunk: Chunk, rows: number): void {
  if (isCount(size) && size <= Math.max(chunk.plain, mostPageBytes(rows)) && size < 2 ** 31) return;
  throw new EncodingFault(`it claims to have ${size} bytes when it is decompressed, for ${rows} elements`);
}

/** Which elements are there; most often, all. */
function levelsIn(bytes: Uint8Array, rows: number): Pick<Page, "present" | "count"> {
  if (isAllOnes(bytes, rows)) return { present: undefined, count: rows };
  const present = new Uint8Array(rows);
  decodeRuns(bytes, 1, present);
  let count = 0;
  for (let i = 0; i < rows; i++) count += present[i]!;
  return count === rows ? { present: undefined, count } : { present, count };
}

/** Elements of a column as they stand in pages: short integers as those of 32 bits. */
function physicalView({ stored, physical }: ParquetColumn, bytes: Uint8Array<ArrayBuffer>, count: number): TypedArray {
  const { buffer } = bytes;
  if (physical === "DOUBLE") return new Float64Array(buffer, 0, count);
  if (physical === "FLOAT") return new Float32Array(buffer, 0, count);
  if (physical === "FIXED_LEN_BYTE_ARRAY") return new Uint16Array(buffer, 0, count);
  if (physical === "INT64") {
    return stored === "uint64" ? new BigUint64Array(buffer, 0, count) : new BigInt64Array(buffer, 0, count);
  }
  return stored === "uint32" ? new Uint32Array(buffer, 0, count) : new Int32Array(buffer, 0, count);
}

function isOfPlaces(encoding: Encoding): boolean {
  return encoding === "PLAIN_DICTIONARY" || encoding === "RLE_DICTIONARY";
}

/** Copies elements of a dictionary; `into` is aligned to them. What type they have does not matter, only how long they are. */
function gather(places: Uint32Array, dictionary: Dictionary | undefined, width: number, into: Uint8Array): void {
  if (dictionary === undefined) throw new EncodingFault("it needs a dictionary, and there is none");
  const { bytes, count } = dictionary;
  const dtype = width === 8 ? "float64" : width === 4 ? "uint32" : "uint16";
  const source = viewOf(dtype, bytes.buffer, bytes.byteOffset, count);
  const target = viewOf(dtype, into.buffer, into.byteOffset, places.length);
  for (let i = 0; i < places.length; i++) {
    const at = places[i]!;
    if (at >= count) throw new EncodingFault(`it needs element ${at} of a dictionary of ${count}`);
    target[i] = source[at]!;
  }
}

/** Elements of a dictionary one after the other. */
function picked(places: Uint32Array, column: ParquetColumn, dictionary: Dictionary | undefined): TypedArray {
  const width = widths[column.physical ?? ""] ?? 0;
  const bytes = new Uint8Array(places.length * width);
  if (places.length > 0) gather(places, dictionary, width, bytes);
  return physicalView(column, bytes, places.length);
}

/** The elements of a page that are there, where the page has them itself. */
function elementsIn({ encoding, count, content }: Page, column: ParquetColumn): TypedArray {
  const { physical } = column;
  const width = widths[physical ?? ""] ?? 0;
  if (physical === "BOOLEAN") {
    const result = new Uint8Array(count);
    if (encoding === "RLE") decodeRuns(content.subarray(4), 1, result);
    else if (encoding !== "PLAIN") throw new EncodingFault(`bools are encoded as ${encoding}, which is not read`);
    else if (content.length * 8 < count)
      throw new EncodingFault(`${content.length} bytes are too few for ${count} bools`);
    else unpackBits(content, 0, result);
    return result;
  }
  if (encoding === "PLAIN") return physicalView(column, new Uint8Array(content.subarray(0, count * width)), count);
  if (encoding === "BYTE_STREAM_SPLIT") return physicalView(column, joinStreams(content, count, width), count);
  if (encoding === "DELTA_BINARY_PACKED" && (physical === "INT32" || physical === "INT64")) {
    const bytes = new Uint8Array(count * width);
    decodeDeltas(content, physical === "INT32" ? new Int32Array(bytes.buffer) : new BigInt64Array(bytes.buffer));
    return physicalView(column, bytes, count);
  }
  throw new EncodingFault(`elements are encoded as ${encoding}, which is not read for ${column.type}`);
}
