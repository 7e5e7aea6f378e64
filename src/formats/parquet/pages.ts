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
import { decompress } from "./codecs.js";
import { EncodingFault } from "./encodings.js";
import type { Chunk } from "./metadata.js";
import { checkPlainSize, decodePage } from "./page.js";
import { type Dictionary, type ElementRules, ElementWriter, widthOf } from "./page-elements.js";
import { isCount, type PagePlace, PageSource } from "./page-source.js";

/** The rows of a column to read, and how. */
export interface RowsRequest extends ElementRules {
  readonly chunk: Chunk;
  /** The first row, counted from the beginning of the row group. */
  readonly from: number;
}

/** Reads columns of one file. */
export class PageReader {
  readonly #source: PageSource;
  readonly #elements = new ElementWriter();
  /** The last dictionary, and where it is in the file. */
  #dictionary: (Dictionary & { readonly offset: number }) | undefined;

  constructor(file: RangeReadable) {
    this.#source = new PageSource(file);
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
    let dictionary: Dictionary | undefined;
    for (let at = chunk.offset, row = 0; row < to; ) {
      try {
        if (at >= chunk.offset + chunk.length) {
          throw new EncodingFault(`expected row ${row} of ${chunk.rows} here, but the column ends before`);
        }
        const page = await this.#source.page(at, chunk);
        const next = row + page.rows;
        if (next > chunk.rows) throw new EncodingFault(`its header claims ${page.rows} elements`);
        const isData = (page.header.data_page_header ?? page.header.data_page_header_v2) !== undefined;
        if (page.header.type === "DICTIONARY_PAGE") {
          dictionary = await this.#dictionaryOf(page, request);
        } else if (isData && next > from) {
          const [first, last] = [Math.max(from, row), Math.min(to, next)];
          const target = into.subarray((first - from) * item, (last - from) * item);
          await this.#readPage(page, request, dictionary, first - row, target);
        }
        [at, row] = [page.end, next];
      } catch (cause) {
        throw this.#failure(cause, request, at);
      }
    }
  }

  /** An error with the place of the page in it; one that has a place already stays as it is. */
  #failure(cause: unknown, { column }: RowsRequest, offset: number): unknown {
    if (cause instanceof FormatError || !(cause instanceof Error) || "systemCode" in cause) return cause;
    const { path } = this.#source;
    const place = `column ${JSON.stringify(column.name)}, the page at byte ${offset}`;
    return new FormatError(`${path}: ${place} is damaged: ${problemOf(cause)}`, { path, offset }, { cause });
  }

  async #readPage(
    page: PagePlace,
    request: RowsRequest,
    dictionary: Dictionary | undefined,
    skip: number,
    into: Uint8Array,
  ): Promise<void> {
    const { column, chunk } = request;
    checkPlainSize(page.header.uncompressed_page_size, chunk, page.rows);
    const content = await this.#source.content(page, chunk);
    const decoded = await decodePage(page.header, content, column, chunk);
    if (decoded.present !== undefined && chunk.nulls === 0) {
      throw new EncodingFault("it has nulls, and the metadata says that the column has none");
    }
    this.#elements.write(decoded, request, dictionary, skip, into);
  }

  async #dictionaryOf(page: PagePlace, { column, chunk }: RowsRequest): Promise<Dictionary> {
    const { offset, header } = page;
    if (this.#dictionary?.offset === offset) return this.#dictionary;
    this.#dictionary = undefined;
    const { num_values: count = -1, encoding } = header.dictionary_page_header ?? {};
    const width = widthOf(column);
    const size = header.uncompressed_page_size;
    const plainly = encoding === "PLAIN" || encoding === "PLAIN_DICTIONARY";
    if (width === 0 || !isCount(count) || size !== count * width || !plainly) {
      throw new EncodingFault(`a dictionary of ${count} elements in ${size} bytes (${encoding}) is not read`);
    }
    checkPlainSize(size, chunk, chunk.rows);
    const content = await this.#source.content(page, chunk);
    const plain = await decompress(chunk.codec, content, size);
    this.#dictionary = { offset, bytes: ownedBytes(plain, content), count };
    return this.#dictionary;
  }
}

/**
 * Bytes at the start of memory that nobody else uses: `plain` itself unless it is a part of something, or is `content`.
 */
function ownedBytes(plain: Uint8Array, content: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer, byteOffset } = plain;
  const owned = buffer instanceof ArrayBuffer && byteOffset === 0 && buffer !== content.buffer;
  return owned ? new Uint8Array(buffer, 0, plain.length) : new Uint8Array(plain);
}
