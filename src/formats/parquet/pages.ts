/**
 * The pages of a column in a row group: perhaps a dictionary, then pages of elements.
 *
 *     header │ dictionary │ header │ elements │ header │ elements │ …
 *
 * Pages before and after the wanted rows are skipped. The elements of the others are written to the array as soon as
 * their page is decoded, so only one page and one dictionary are in memory at a time.
 */
import { problemOf } from "../../data/causes.js";
import { factsOf } from "../../data/dtype.js";
import { FormatError } from "../../data/errors.js";
import type { RangeReadable } from "../../storage/stores/capabilities.js";
import { UnfitFault } from "../tables/elements.js";
import { decompress } from "./codecs.js";
import { EncodingFault } from "./encodings.js";
import type { Chunk } from "./metadata.js";
import { checkPlainSize, decodePage, type Page } from "./page.js";
import { type Dictionary, dictionaryFrom, type ElementRules, ElementWriter } from "./page-elements.js";
import { isCount, type PagePlace, PageSource } from "./page-source.js";

/** The elements of a column to read, and how. */
export interface RowsRequest extends ElementRules {
  readonly chunk: Chunk;
  /** The first element, counted from the beginning of the row group; without lists, the first row. */
  readonly from: number;
}

/** The largest sizes of pages: their bytes in the file and decompressed, their elements, and those of a dictionary. */
export interface PageSizes {
  readonly packed: number;
  readonly plain: number;
  readonly rows: number;
  readonly dictionary: number;
}

/** A page of elements that was found before. */
interface KnownPage {
  readonly at: number;
  readonly row: number;
  /** Where the dictionary is that its elements need, if there is one. */
  readonly dictionary: number | undefined;
}

/** How many columns of row groups a reader remembers a place in. */
const MOST_KNOWN = 1024;

/** Reads columns of one file. */
export class PageReader {
  readonly #source: PageSource;
  readonly #elements = new ElementWriter();
  /** The last dictionary, and where it is in the file. */
  #dictionary: (Dictionary & { readonly offset: number }) | undefined;
  /** The last page that was read of each column of a row group, where the next rows probably begin. */
  readonly #known = new Map<number, KnownPage>();

  /** Reads columns of a file; `ahead` bytes at once, unless a page needs more. */
  constructor(file: RangeReadable, ahead?: number) {
    this.#source = new PageSource(file, ahead);
  }

  /** The bytes that were read from the file. */
  get bytesRead(): number {
    return this.#source.bytesRead;
  }

  /** Fills `into` with elements of a column from a row on. */
  async read(request: RowsRequest, into: Uint8Array): Promise<void> {
    const { chunk, from } = request;
    const item = factsOf(request.dtype).bytes;
    const to = from + into.length / item;
    const known = this.#known.get(chunk.offset);
    const start =
      known !== undefined && known.row <= from ? known : { at: chunk.offset, row: 0, dictionary: undefined };
    let dictionary = start.dictionary;
    for (let { at, row } = start; row < to; ) {
      try {
        const page = await this.#page(at, row, chunk);
        const next = row + page.rows;
        if (page.header.type === "DICTIONARY_PAGE") dictionary = at;
        else if (isData(page) && next > from) {
          const [first, last] = [Math.max(from, row), Math.min(to, next)];
          const target = into.subarray((first - from) * item, (last - from) * item);
          const needed = dictionary === undefined ? undefined : await this.#dictionaryAt(dictionary, request);
          const decoded = await this.#decoded(page, request, row);
          this.#elements.write(decoded, request, needed, first - row, target);
          this.#remember(chunk, { at, row, dictionary });
        }
        [at, row] = [page.end, next];
      } catch (cause) {
        throw this.#failure(cause, request.column, at);
      }
    }
  }

  /** Whether a column has nulls in a row group; reads only levels where the pages say nothing. */
  async hasNulls(column: RowsRequest["column"], chunk: Chunk): Promise<boolean> {
    for (let [at, row] = [chunk.offset, 0]; row < chunk.rows; ) {
      try {
        const page = await this.#page(at, row, chunk);
        const nulls = page.header.data_page_header_v2?.num_nulls;
        if (nulls !== undefined && nulls > 0) return true;
        if (nulls === undefined && isData(page)) {
          if ((await this.#decoded(page, { column, chunk }, row)).present !== undefined) return true;
        }
        [at, row] = [page.end, row + page.rows];
      } catch (cause) {
        throw this.#failure(cause, column, at);
      }
    }
    return false;
  }

  /** How large the pages of a column are in a row group; reads their headers. */
  async sizes(column: RowsRequest["column"], chunk: Chunk): Promise<PageSizes> {
    const most = { packed: 0, plain: 0, rows: 0, dictionary: 0 };
    for (let [at, row] = [chunk.offset, 0]; row < chunk.rows; ) {
      try {
        const page = await this.#page(at, row, chunk);
        const { compressed_page_size: packed, uncompressed_page_size: plain } = page.header;
        checkPlainSize(plain, chunk, page.rows);
        if (page.header.type === "DICTIONARY_PAGE") most.dictionary = plain;
        most.packed = Math.max(most.packed, packed);
        most.plain = Math.max(most.plain, plain);
        most.rows = Math.max(most.rows, page.rows);
        [at, row] = [page.end, row + page.rows];
      } catch (cause) {
        throw this.#failure(cause, column, at);
      }
    }
    return most;
  }

  #remember({ offset }: Chunk, page: KnownPage): void {
    if (this.#known.size >= MOST_KNOWN) this.#known.clear();
    this.#known.set(offset, page);
  }

  /** The page at a place, which begins with an element. */
  async #page(at: number, row: number, chunk: Chunk): Promise<PagePlace> {
    if (at >= chunk.offset + chunk.length) {
      throw new EncodingFault(`expected row ${row} of ${chunk.rows} here, but the column ends before`);
    }
    const page = await this.#source.page(at, chunk);
    if (row + page.rows > chunk.rows) throw new EncodingFault(`its header claims ${page.rows} elements`);
    return page;
  }

  /** An error with the place of the page in it; one that has a place already stays as it is. */
  #failure(cause: unknown, { name }: RowsRequest["column"], offset: number): unknown {
    if (cause instanceof FormatError || !(cause instanceof Error) || "systemCode" in cause) return cause;
    const { path } = this.#source;
    if (cause instanceof UnfitFault) {
      const message = `${path}: column ${JSON.stringify(name)} holds ${cause.message}`;
      return new FormatError(message, { path, offset }, { cause });
    }
    const place = `column ${JSON.stringify(name)}, the page at byte ${offset}`;
    return new FormatError(`${path}: ${place} is damaged: ${problemOf(cause)}`, { path, offset }, { cause });
  }

  /** A page of data, decompressed, whose first element has a number. */
  async #decoded(
    page: PagePlace,
    { column, chunk }: Pick<RowsRequest, "column" | "chunk">,
    first: number,
  ): Promise<Page> {
    checkPlainSize(page.header.uncompressed_page_size, chunk, page.rows);
    const content = await this.#source.content(page, chunk);
    const decoded = await decodePage(page.header, content, { column, chunk, first });
    if (decoded.present !== undefined && chunk.nulls === 0) {
      throw new EncodingFault("it has nulls, and the metadata says that the column has none");
    }
    return decoded;
  }

  async #dictionaryAt(offset: number, request: RowsRequest): Promise<Dictionary> {
    if (this.#dictionary?.offset === offset) return this.#dictionary;
    this.#dictionary = undefined;
    try {
      this.#dictionary = { offset, ...(await this.#readDictionary(offset, request)) };
      return this.#dictionary;
    } catch (cause) {
      throw this.#failure(cause, request.column, offset);
    }
  }

  async #readDictionary(offset: number, { column, chunk }: RowsRequest): Promise<Dictionary> {
    const page = await this.#source.page(offset, chunk);
    const { header } = page;
    const { num_values: count = -1, encoding } = header.dictionary_page_header ?? {};
    const { bytes: width } = column;
    const size = header.uncompressed_page_size;
    const plainly = encoding === "PLAIN" || encoding === "PLAIN_DICTIONARY";
    if (!isCount(count) || !isCount(size) || !plainly || (width > 0 ? size !== count * width : size < 4 * count)) {
      throw new EncodingFault(`a dictionary of ${count} elements in ${size} bytes (${encoding}) is not read`);
    }
    checkPlainSize(size, chunk, chunk.rows);
    const content = await this.#source.content(page, chunk);
    const plain = await decompress(chunk.codec, content, size);
    return dictionaryFrom(column, ownedBytes(plain, content), count);
  }
}

/** True for a page of elements. */
function isData({ header }: PagePlace): boolean {
  return (header.data_page_header ?? header.data_page_header_v2) !== undefined;
}

/**
 * Bytes at the start of memory that nobody else uses: `plain` itself unless it is a part of something, or is `content`.
 */
function ownedBytes(plain: Uint8Array, content: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer, byteOffset } = plain;
  const owned = buffer instanceof ArrayBuffer && byteOffset === 0 && buffer !== content.buffer;
  return owned ? new Uint8Array(buffer, 0, plain.length) : new Uint8Array(plain);
}
