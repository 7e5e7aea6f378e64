/**
 * A page of data, decompressed: which rows have an element, and the encoded elements.
 *
 *     (repetition levels, definition levels, elements), compressed               version 1
 *     repetition levels │ definition levels │ elements, compressed               version 2
 *
 * Definition levels say which elements are null and which are present (the highest level); only the present ones are
 * among the elements. Repetition levels say where a list begins (0); a column has neither where they would all be 0.
 */
import type { Encoding, PageHeader } from "hyparquet";
import { UnfitFault } from "../tables/elements.js";
import { decompress } from "./codecs.js";
import { decodeRuns, EncodingFault, isRunOf } from "./encodings.js";
import type { Chunk } from "./metadata.js";
import { isCount } from "./page-source.js";
import type { ParquetColumn } from "./schema.js";

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

type Presence = Pick<Page, "present" | "count">;

/** What decoding a page of data needs besides its header and its content. */
interface PageContext {
  readonly column: ParquetColumn;
  readonly chunk: Chunk;
  /** The number of its first element, counted from the beginning of the row group. */
  readonly first: number;
}

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
export function decodePage(header: PageHeader, content: Uint8Array, context: PageContext): Promise<Page> {
  const { data_page_header: first, data_page_header_v2: second, uncompressed_page_size: size } = header;
  if (first !== undefined) return decodeFirst(first, content, size, context);
  if (second !== undefined) return decodeSecond(second, content, size, context);
  throw new EncodingFault("it is not a data page");
}

/** Version 1: levels and elements are compressed together. */
async function decodeFirst(
  header: NonNullable<PageHeader["data_page_header"]>,
  packed: Uint8Array,
  size: number,
  context: PageContext,
): Promise<Page> {
  const { num_values: rows, encoding } = header;
  const { levels } = context.column;
  let content = await decompress(context.chunk.codec, packed, size);
  /** Takes levels, which begin with their length, off the content. */
  const take = (most: number, as: string | undefined): Uint8Array => {
    if (most === 0) return new Uint8Array(0);
    if (as !== "RLE") throw new EncodingFault(`its levels are encoded as ${as}, which is not read`);
    if (content.length < 4) throw new EncodingFault("it has no levels");
    const length = new DataView(content.buffer, content.byteOffset, 4).getUint32(0, true);
    if (4 + length > content.length) throw new EncodingFault(`it claims to have levels of ${length} bytes`);
    const found = content.subarray(4, 4 + length);
    content = content.subarray(4 + length);
    return found;
  };
  checkLists(take(levels.repetition, header.repetition_level_encoding), rows, context);
  const presence = presenceIn(take(levels.definition, header.definition_level_encoding), rows, context.column);
  return { ...presence, encoding, rows, content };
}

/** Version 2: only the elements are compressed. */
async function decodeSecond(
  header: NonNullable<PageHeader["data_page_header_v2"]>,
  content: Uint8Array,
  size: number,
  context: PageContext,
): Promise<Page> {
  const { chunk, column } = context;
  const { num_values: rows, num_nulls: nulls, encoding, is_compressed: compressed } = header;
  const [d, r] = [header.definition_levels_byte_length, header.repetition_levels_byte_length];
  if (!isCount(d) || !isCount(r) || d + r > content.length || d + r > size) {
    throw new EncodingFault(`it claims to have levels of ${r} and ${d} bytes`);
  }
  checkLists(content.subarray(0, r), rows, context);
  const presence = presenceIn(content.subarray(r, r + d), rows, column);
  const found = rows - presence.count;
  if (found !== nulls) throw new EncodingFault(`its header claims ${nulls} nulls; it has ${found}`);
  const packed = content.subarray(r + d);
  const length = size - d - r;
  // a page of nulls has nothing to compress; one that says it is not compressed is, if its size is another
  const asItIs = compressed === false && chunk.flagged && packed.length === length;
  const plain = length === 0 ? new Uint8Array(0) : asItIs ? packed : undefined;
  return { ...presence, encoding, rows, content: plain ?? (await decompress(chunk.codec, packed, length)) };
}

/** Which elements are present; most often, all. */
function presenceIn(bytes: Uint8Array, rows: number, { levels }: ParquetColumn): Presence {
  const { definition, list } = levels;
  if (definition === 0 || isRunOf(bytes, definition, rows)) return { present: undefined, count: rows };
  const found = new Uint8Array(rows);
  decodeRuns(bytes, widthOf(definition), found);
  let count = 0;
  for (let row = 0; row < rows; row++) {
    const level = found[row] ?? 0;
    if (level < list) throw new UnfitFault("a row without a list, or with an empty one, where others have elements");
    const isPresent = level === definition ? 1 : 0;
    found[row] = isPresent;
    count += isPresent;
  }
  return count === rows ? { present: undefined, count } : { present: found, count };
}

/** Checks that lists begin where all of them have the length that the column has. */
function checkLists(bytes: Uint8Array, rows: number, { column, first }: PageContext): void {
  const { list, levels } = column;
  if (list === undefined) return;
  const found = new Uint8Array(rows);
  decodeRuns(bytes, widthOf(levels.repetition), found);
  for (let i = 0, place = first % list; i < rows; i++, place = place + 1 === list ? 0 : place + 1) {
    if ((found[i] === 0) !== (place === 0))
      throw new UnfitFault(`a list whose length is not ${list}, as it is on average`);
  }
}

/** The bits of a level. */
function widthOf(most: number): number {
  return 32 - Math.clz32(most);
}
