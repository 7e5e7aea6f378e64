/**
 * A summary of the metadata of all batches for the chosen columns: their nulls, how much of the file they take, how
 * much memory decoding needs, and which batches have columns that can be read in place.
 *
 * A table may have thousands of batches with hundreds of columns, so adding a batch is one synchronous call.
 */
import type { Numeric } from "../tables/columns.js";
import type { Batch, DictionaryMessage, MessagePlace } from "./message.js";
import type { ArrowColumn } from "./schema.js";
import type { Part } from "./source.js";

/** A dictionary, or more of one. */
export interface KnownDictionary {
  readonly id: string;
  /** The offset of its message. */
  readonly offset: number;
  readonly rows: number;
  /** True if its elements follow those before. */
  readonly delta: boolean;
  /** The number of the first batch that it holds for. */
  readonly from: number;
}

/**
 * Columns of a batch at equal distances in the file: where the first one is, and the bytes from each to the next. A
 * column of lists is at such a place if there is no other.
 */
export interface Even {
  readonly offset: number;
  readonly step: number;
}

/** The summary of the batches so far. */
export class Survey {
  /** The offset of each batch's message, and its number of rows. */
  readonly offsets: number[] = [];
  readonly rows: number[] = [];
  /** The columns of each batch, if they have no nulls and are at equal distances. */
  readonly even: (Even | null)[] = [];
  readonly dictionaries: KnownDictionary[] = [];
  /** The nulls of each column. */
  readonly nulls: number[];
  total = 0;
  /** The bytes of the columns' buffers in the file. */
  stored = 0;
  /** True as long as no batch is compressed, so that parts of batches can be read. */
  divisible = true;
  #decoding = 0;
  #dictionaryBytes = 0;
  readonly #columns: readonly Numeric<ArrowColumn>[];

  constructor(columns: readonly Numeric<ArrowColumn>[]) {
    this.#columns = columns;
    this.nulls = columns.map(() => 0);
  }

  /** Adds a batch or a dictionary; throws if its metadata is damaged. */
  add(part: Part): void {
    if (part.dictionary === undefined) this.#addBatch(part.place, part.batch);
    else this.#addDictionary(part.place, part.dictionary);
  }

  #addDictionary({ offset }: MessagePlace, { id, delta, batch }: DictionaryMessage): void {
    this.dictionaries.push({ id, offset, rows: batch.rows, delta, from: this.rows.length });
    for (const [i, column] of this.#columns.entries()) {
      if (column.dictionary?.id !== id) continue;
      const elements = inDictionary(column);
      this.nulls[i] = (this.nulls[i] ?? 0) + batch.nulls(elements);
      const { valid, values } = batch.buffers(elements);
      this.#addDecoding(batch.rows, elements, valid.length + values.length);
    }
    this.#dictionaryBytes += 16 * batch.rows;
  }

  #addBatch({ offset }: MessagePlace, batch: Batch): void {
    this.offsets.push(offset);
    this.rows.push(batch.rows);
    this.total += batch.rows;
    const plain = batch.compression === "none";
    if (!plain) this.divisible = false;
    let even = plain;
    let [first, step] = [0, 0];
    for (const [i, column] of this.#columns.entries()) {
      const nulls = batch.nulls(column);
      const { valid, values } = batch.buffers(column);
      this.nulls[i] = (this.nulls[i] ?? 0) + nulls;
      this.stored += valid.length + values.length;
      if (i === 0) first = values.offset;
      else if (i === 1) step = values.offset - first;
      const lists = column.list !== undefined && this.#columns.length > 1;
      if (nulls > 0 || lists || values.offset !== first + i * step) even = false;
      if (!plain) this.#addDecoding(batch.rows, column, valid.length + values.length);
    }
    this.even.push(even ? { offset: first, step } : null);
  }

  /** The most memory, in bytes, that decoding needs: a column of a batch, and all dictionaries. */
  get workspace(): number {
    return this.#decoding + this.#dictionaryBytes;
  }

  /** Counts decompressed bytes, up to twice the size they must have, and as much again in the memory of a codec. */
  #addDecoding(rows: number, { bits, perRow }: Numeric<ArrowColumn>, compressed: number): void {
    const plain = (2 * rows * perRow * (bits + 1)) / 8 + 2 ** 17;
    this.#decoding = Math.max(this.#decoding, 2 * compressed + 2 * plain);
  }
}

/** The elements of a column's dictionary, as the only column of their batch. */
export function inDictionary(column: Numeric<ArrowColumn>): Numeric<ArrowColumn> {
  const { dictionary, list, ...elements } = column;
  const bits = dictionary?.bits ?? 0;
  return { ...elements, bits, node: 0, buffer: 0, views: 0, perRow: 1, outer: [] };
}
