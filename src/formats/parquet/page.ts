/**
 * A page of data, decompressed: which rows have an element, and the encoded elements.
 *
 *     (levels, elements), compressed                                             version 1
 *     levels │ elements, compressed                                              version 2
 *
 * Levels say which elements are null (0) and which are present (1); only the present ones are among the elements.
 */
import type { Encoding, PageHeader } from "hyparquet";
import { decompress } from "./codecs.js";
import { decodeRuns, EncodingFault, isAllOnes } from "./encodings.js";
import type { Chunk, ParquetColumn } from "./metadata.js";
import { isCount } from "./page-source.js";

/** A page of data, decompressed. */
export interface Page {
  /** For each row 1 or 0 (null); undefined if no element is null. */
  readonly present: Uint8Array | undefined;
  readonly encoding: Encoding;
  readonly rows: number;
  /** The number of elements that are not null. */
  readonly count: number;
  /** These elements, encoded. */
  readonly content: Uint8Array;
}

type Levels = Pick<Page, "present" | "count">;

/** The most bytes that this many elements of a column can reasonably take in a page, in any encoding. */
export function mostPageBytes(rows: number): number {
  return rows * 12 + 2 ** 17;
}

/** Checks the size of a page once it is decompressed. */
export function checkPlainSize(size: number, chunk: Chunk, rows: number): void {
  if (isCount(size) && size <= Math.max(chunk.plain, mostPageBytes(rows)) && size < 2 ** 31) return;
  throw new EncodingFault(`its header claims ${size} bytes once decompressed, for ${rows} elements`);
}

/** Decompresses a page of data and decodes its levels. */
export function decodePage(
  header: PageHeader,
  content: Uint8Array,
  column: ParquetColumn,
  chunk: Chunk,
): Promise<Page> {
  const { data_page_header: first, data_page_header_v2: second, uncompressed_page_size: size } = header;
  if (first !== undefined) return decodeFirst(first, content, size, column, chunk);
  if (second !== undefined) return decodeSecond(second, content, size, column, chunk);
  throw new EncodingFault("it is not a data page");
}

/** Version 1: levels and elements are compressed together. */
async function decodeFirst(
  header: NonNullable<PageHeader["data_page_header"]>,
  content: Uint8Array,
  size: number,
  column: ParquetColumn,
  chunk: Chunk,
): Promise<Page> {
  const plain = await decompress(chunk.codec, content, size);
  const { num_values: rows, encoding, definition_level_encoding: levelEncoding } = header;
  if (!column.optional) return { present: undefined, encoding, rows, count: rows, content: plain };
  if (levelEncoding !== "RLE") throw new EncodingFault(`its levels are encoded as ${levelEncoding}, which is not read`);
  if (plain.length < 4) throw new EncodingFault("it has no levels");
  const length = new DataView(plain.buffer, plain.byteOffset, 4).getUint32(0, true);
  if (4 + length > plain.length) throw new EncodingFault(`it claims to have levels of ${length} bytes`);
  const levels = decodeLevels(plain.subarray(4, 4 + length), rows);
  return { ...levels, encoding, rows, content: plain.subarray(4 + length) };
}

/** Version 2: only the elements are compressed. */
async function decodeSecond(
  header: NonNullable<PageHeader["data_page_header_v2"]>,
  content: Uint8Array,
  size: number,
  column: ParquetColumn,
  chunk: Chunk,
): Promise<Page> {
  const { num_values: rows, num_nulls: nulls, encoding, is_compressed: compressed } = header;
  const [d, r] = [header.definition_levels_byte_length, header.repetition_levels_byte_length];
  if (!isCount(d) || !isCount(r) || d + r > content.length || d + r > size) {
    throw new EncodingFault(`it claims to have levels of ${r} and ${d} bytes`);
  }
  const all: Levels = { present: undefined, count: rows };
  const levels = column.optional ? decodeLevels(content.subarray(r, r + d), rows) : all;
  const found = rows - levels.count;
  if (found !== nulls) throw new EncodingFault(`its header claims ${nulls} nulls; it has ${found}`);
  const packed = content.subarray(r + d);
  const length = size - d - r;
  // a page of nulls has nothing to compress; one that says it is not compressed is, if its size is another
  const asItIs = compressed === false && chunk.flagged && packed.length === length;
  const plain = length === 0 ? new Uint8Array(0) : asItIs ? packed : undefined;
  return { ...levels, encoding, rows, content: plain ?? (await decompress(chunk.codec, packed, length)) };
}

/** Which elements are present; most often, all. */
function decodeLevels(bytes: Uint8Array, rows: number): Levels {
  if (isAllOnes(bytes, rows)) return { present: undefined, count: rows };
  const present = new Uint8Array(rows);
  decodeRuns(bytes, 1, present);
  let count = 0;
  for (let row = 0; row < rows; row++) count += present[row] ?? 0;
  return count === rows ? { present: undefined, count } : { present, count };
}
