/**
 * A summary of the metadata of all batches for the chosen columns: their nulls, how much of the file they take, how
 * much memory decoding needs, and which batches have columns that can be read in place.
 *
 * A table may have thousands of batches with hundreds of columns, so adding a batch is one synchronous call.
 */
import type { Numeric } from "../tables/columns.js";
import { bytesOf } from "../tables/elements.js";
import type { Batch, MessagePlace } from "./message.js";
import type { ArrowColumn } from "./schema.js";

/** Columns of a batch at equal distances in the file: where the first one is, and the bytes from each to the next. */
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
  /** The nulls of each column. */
  readonly nulls: number[];
  total = 0;
  /** The bytes of the columns' buffers in the file. */
  stored = 0;
  /** True as long as no batch is compressed, so that parts of batches can be read. */
  divisible = true;
  /** The most memory, in bytes, that decoding a column of a batch needs. */
  decoding = 0;
  readonly #columns: readonly Numeric<ArrowColumn>[];

  constructor(columns: readonly Numeric<ArrowColumn>[]) {
    this.#columns = columns;
    this.nulls = columns.map(() => 0);
  }

  /** Adds a batch; throws if its metadata is damaged. */
  add({ offset }: MessagePlace, batch: Batch): void {
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
      if (nulls > 0 || values.offset !== first + i * step) even = false;
      if (!plain) this.#addDecoding(batch.rows, column, valid.length + values.length);
    }
    this.even.push(even ? { offset: first, step } : null);
  }

  /** Counts decompressed bytes, up to twice the size they must have, and as much again in the memory of a codec. */
  #addDecoding(rows: number, { stored }: Numeric<ArrowColumn>, compressed: number): void {
    const plain = 2 * rows * (bytesOf(stored) + 1 / 8) + 2 ** 17;
    this.decoding = Math.max(this.decoding, 2 * compressed + 2 * plain);
  }
}
