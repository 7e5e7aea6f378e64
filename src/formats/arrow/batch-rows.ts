/**
 * Rows of one column of one batch as elements of the array: read in place if they are stored as the array wants them,
 * otherwise widened block by block, with nulls as NaN or as a mask.
 *
 * Invariant: the memory that widening needs does not depend on the size of a batch.
 */
import { allocate, type DType, factsOf, type TypedArray } from "../../data/dtype.js";
import type { RangeReadable } from "../../storage/stores/capabilities.js";
import type { Nulls, Numeric } from "../tables/columns.js";
import { markUnset, storedView, unpackBits, widen } from "../tables/elements.js";
import { BufferReader } from "./buffers.js";
import type { Batch } from "./message.js";
import type { ArrowColumn } from "./schema.js";

/** Rows that are widened at a time; their bytes fit into a processor's cache. */
const BLOCK_ROWS = 2 ** 14;

/** The memory that a block of rows needs: its stored bytes, its elements, and room to spare. */
export const BLOCK_BYTES = 3 * 8 * BLOCK_ROWS;

/** Reads rows of columns of a file's batches. */
export class BatchRows {
  readonly #values: BufferReader;
  readonly #validity: BufferReader;
  readonly #dtype: DType;
  readonly #nulls: Nulls;

  constructor(file: RangeReadable, dtype: DType, nulls: Nulls) {
    this.#values = new BufferReader(file);
    this.#validity = new BufferReader(file);
    this.#dtype = dtype;
    this.#nulls = nulls;
  }

  /** The bytes that were read from the file. */
  get bytesRead(): number {
    return this.#values.bytesRead + this.#validity.bytesRead;
  }

  /** Fills `into` with elements of a column from row `from` of a batch on. */
  async read(batch: Batch, column: Numeric<ArrowColumn>, from: number, into: Uint8Array): Promise<void> {
    const hasNulls = batch.nulls(column) > 0;
    if (this.#nulls === "mask" && !hasNulls) {
      into.fill(0);
      return;
    }
    const { stored, bits } = column;
    if (this.#nulls !== "mask" && !hasNulls && stored === this.#dtype && bits >= 8) {
      await this.#readValues(batch, column, (from * bits) / 8, into);
      return;
    }
    const item = factsOf(this.#dtype).bytes;
    const count = into.length / item;
    for (let at = 0; at < count; at += BLOCK_ROWS) {
      const elements = allocate(this.#dtype, Math.min(BLOCK_ROWS, count - at));
      if (this.#nulls !== "mask") await this.#readElements(batch, column, from + at, elements);
      if (hasNulls) await this.#markNulls(batch, column, from + at, elements);
      into.set(new Uint8Array(elements.buffer), at * item);
    }
  }

  /** Fills memory with bytes of a column's elements as they are stored. */
  #readValues(batch: Batch, column: Numeric<ArrowColumn>, from: number, into: Uint8Array): Promise<void> {
    const size = Math.ceil((batch.rows * column.bits) / 8);
    return this.#values.read(into, from, batch.buffers(column).values, batch.compression, size);
  }

  /** Fills a typed array with elements, widened; those that are null mean nothing. */
  async #readElements(batch: Batch, column: Numeric<ArrowColumn>, from: number, into: TypedArray): Promise<void> {
    const { stored, bits } = column;
    const [begin, end] = [Math.floor((from * bits) / 8), Math.ceil(((from + into.length) * bits) / 8)];
    const packed = new Uint8Array(end - begin);
    await this.#readValues(batch, column, begin, packed);
    let plain = packed;
    if (bits === 1) {
      plain = new Uint8Array(into.length);
      unpackBits(packed, from & 7, plain);
    }
    widen(stored, storedView(stored, plain, into.length), into);
  }

  /** Puts NaN, or 1 in a mask, in the place of each null. */
  async #markNulls(batch: Batch, column: Numeric<ArrowColumn>, from: number, elements: TypedArray): Promise<void> {
    const begin = from >> 3;
    const present = new Uint8Array(((from + elements.length + 7) >> 3) - begin);
    const size = Math.ceil(batch.rows / 8);
    await this.#validity.read(present, begin, batch.buffers(column).valid, batch.compression, size);
    markUnset(present, from & 7, elements, this.#nulls === "mask" ? 1 : Number.NaN);
  }
}
