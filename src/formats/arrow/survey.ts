/**
 * What the metadata of all batches tells of the columns that are wanted: their nulls, how much of the file they are, what decoding
 * takes at the most, and which batches' columns can be taken as they stand.
 *
 * One call for each batch, and nothing asynchronous in it: a table may have thousands of batches, of hundreds of columns.
 */
import { bytesOf } from "../tables/elements.js";
import type { Batch, Place } from "./message.js";
import type { ArrowColumn } from "./schema.js";

/** Columns of a batch as they stand in the file, at equal distances: the first one, and how many bytes the next one is away. */
export interface Even {
  readonly offset: number;
  readonly step: number;
}

/** What is known of the batches so far. */
export class Survey {
  /** For each batch the offset of its message, and its rows. */
  readonly offsets: number[] = [];
  readonly rows: number[] = [];
  /** For each batch its columns where they have no nulls and stand at equal distances. */
  readonly even: (Even | null)[] = [];
  /** For each column its nulls. */
  readonly nulls: number[];
  total = 0;
  /** The bytes of the columns' buffers in the file. */
  stored = 0;
  /** True as long as no batch is compressed, so that parts of batches can be read. */
  divisible = true;
  /** The bytes that decoding a column of a batch takes at the most. */
  decoding = 0;
  readonly #columns: readonly ArrowColumn[];

  constructor(columns: readonly ArrowColumn[]) {
    this.#columns = columns;
    this.nulls = columns.map(() => 0);
  }

  /** Takes note of a batch; throws where its metadata is damaged. */
  add({ offset }: Place, batch: Batch): void {
    this.offsets.push(offset);
    this.rows.push(batch.rows);
    this.total += batch.rows;
    const plain = batch.compression === "none";
    if (!plain) this.divisible = false;
    let even = plain;
    let [first, step] = [0, 0];
    for (let i = 0; i < this.#columns.length; i++) {
      const column = this.#columns[i]!;
      const nulls = batch.nulls(column);
      const { valid, values } = batch.buffers(column);
      this.nulls[i] = this.nulls[i]! + nulls;
      this.stored += valid.length + values.length;
      if (i === 0) first = values.offset;
      else if (i === 1) step = values.offset - first;
      if (nulls > 0 || values.offset !== first + i * step) even = false;
      if (!plain) this.#decodes(batch.rows, column, valid.length + values.length);
    }
    this.even.push(even ? { offset: first, step } : null);
  }

  /** What is decompressed, up to twice the size it must have, and the same again in a codec's own memory. */
  #decodes(rows: number, { stored }: ArrowColumn, compressed: number): void {
    const plain = 2 * rows * (bytesOf(stored!) + 1 / 8) + 2 ** 17;
    this.decoding = Math.max(this.decoding, 2 * compressed + 2 * plain);
  }
}
