/**
 * Elements of one column of one batch as elements of the array: read in place if they are stored as the array wants
 * them, otherwise widened block by block, with marks in the places of nulls.
 *
 * Invariant: the memory that widening needs does not depend on the size of a batch.
 */
import { allocate, type DType, factsOf, type TypedArray } from "../../data/dtype.js";
import { FormatError } from "../../data/errors.js";
import { at as entry } from "../../data/lists.js";
import type { RangeReadable } from "../../storage/stores/capabilities.js";
import { markOf, type Nulls, type Numeric } from "../tables/columns.js";
import { decimalsIn } from "../tables/decimals.js";
import { markUnset, storedView, UnfitFault, unpackBits, widen } from "../tables/elements.js";
import { BufferReader } from "./buffers.js";
import type { Batch } from "./message.js";
import type { ArrowColumn } from "./schema.js";

/** Elements that are widened at a time; their bytes fit into a processor's cache. */
const BLOCK_ELEMENTS = 2 ** 14;

/** The memory that a block needs: its stored bytes (of decimals, 32), its elements, its nulls, and room to spare. */
export const BLOCK_BYTES = 6 * 8 * BLOCK_ELEMENTS;

/** How columns of files become elements of an array. */
export interface BatchRules {
  readonly dtype: DType;
  readonly nulls: Nulls;
  readonly inexact: boolean;
}

/** The elements of a batch's column that are read. */
interface Stretch {
  readonly batch: Batch;
  readonly column: Numeric<ArrowColumn>;
  /** The first element, counted from the beginning of the batch. */
  readonly from: number;
}

/** Reads columns of a file's batches. */
export class BatchRows {
  readonly #file: RangeReadable;
  readonly #values: BufferReader;
  /** For the bits of nulls of a column, and of each field that it is inside of. */
  readonly #validity: BufferReader[] = [];
  readonly #rules: BatchRules;

  constructor(file: RangeReadable, rules: BatchRules) {
    this.#file = file;
    this.#values = new BufferReader(file);
    this.#rules = rules;
  }

  /** The bytes that were read from the file. */
  get bytesRead(): number {
    return this.#validity.reduce((sum, { bytesRead }) => sum + bytesRead, this.#values.bytesRead);
  }

  /**
   * Fills `into` with elements of a column. A column with a dictionary needs its elements, as elements of the array.
   *
   * @throws FormatError, StorageError
   */
  async read(stretch: Stretch, into: Uint8Array, dictionary?: TypedArray): Promise<void> {
    const { batch, column, from } = stretch;
    const { dtype, nulls } = this.#rules;
    const hasNulls = batch.nulls(column) > 0;
    if (nulls === "mask" && !hasNulls && dictionary === undefined) {
      into.fill(0);
      return;
    }
    const { stored, bits, scale } = column;
    const asStored = stored === dtype && bits >= 8 && scale === undefined && dictionary === undefined;
    if (nulls !== "mask" && !hasNulls && asStored) {
      await this.#readValues(stretch, (from * bits) / 8, into);
      return;
    }
    const item = factsOf(dtype).bytes;
    const count = into.length / item;
    for (let at = 0; at < count; at += BLOCK_ELEMENTS) {
      const elements = allocate(dtype, Math.min(BLOCK_ELEMENTS, count - at));
      const block = { batch, column, from: from + at };
      const missing = hasNulls ? await this.#nullsIn(block, elements.length) : undefined;
      if (dictionary !== undefined) await this.#lookUp(block, elements, dictionary, missing);
      else if (nulls !== "mask") await this.#readElements(block, elements, missing);
      if (missing !== undefined) mark(missing, elements, markOf(nulls, column, dtype));
      into.set(new Uint8Array(elements.buffer), at * item);
    }
  }

  /** Fills memory with bytes of a column's elements as they are stored. */
  #readValues({ batch, column }: Stretch, from: number, into: Uint8Array): Promise<void> {
    const size = Math.ceil((batch.rows * column.perRow * column.bits) / 8);
    return this.#values.read(into, from, batch.buffers(column).values, batch.compression, size);
  }

  /** The bytes of elements as they are stored, without bits of others. */
  async #stored(stretch: Stretch, count: number): Promise<Uint8Array<ArrayBuffer>> {
    const { column, from } = stretch;
    const { bits } = column;
    const [begin, end] = [Math.floor((from * bits) / 8), Math.ceil(((from + count) * bits) / 8)];
    const bytes = new Uint8Array(end - begin);
    await this.#readValues(stretch, begin, bytes);
    if (bits !== 1) return bytes;
    const bools = new Uint8Array(count);
    unpackBits(bytes, from & 7, bools);
    return bools;
  }

  /** Fills a typed array with elements, widened; those that are null mean nothing. */
  async #readElements(stretch: Stretch, into: TypedArray, missing: Uint8Array | undefined): Promise<void> {
    const { column } = stretch;
    const { stored, scale, bits } = column;
    const bytes = await this.#stored(stretch, into.length);
    if (scale !== undefined) {
      into.set(decimalsIn(bytes, bits / 8, scale, "little") as TypedArray as Float64Array & BigInt64Array);
      return;
    }
    const elements = storedView(stored, bytes, into.length);
    // what is stored in the place of a null may be any integer
    if (missing !== undefined && factsOf(this.#rules.dtype).kind === "float") mark(missing, elements, 0);
    try {
      widen(stored, elements, into, this.#rules.inexact);
    } catch (cause) {
      if (!(cause instanceof UnfitFault)) throw cause;
      const { path } = this.#file;
      throw new FormatError(
        `${path}: column ${JSON.stringify(column.name)} holds ${cause.message}`,
        { path },
        { cause },
      );
    }
  }

  /** Fills a typed array with elements of a dictionary. */
  async #lookUp(
    stretch: Stretch,
    into: TypedArray,
    dictionary: TypedArray,
    missing: Uint8Array | undefined,
  ): Promise<void> {
    const { column } = stretch;
    const { bits, dictionary: { signed = true } = {} } = column;
    const bytes = await this.#stored(stretch, into.length);
    const indices = storedView(indexTypes(signed, bits), bytes, into.length);
    for (let i = 0; i < into.length; i++) {
      if (missing?.[i] === 1) continue;
      const element = dictionary[Number(indices[i])];
      if (element === undefined) {
        const { path } = this.#file;
        const problem = `needs element ${indices[i]} of a dictionary of ${dictionary.length}`;
        throw new FormatError(`${path}: column ${JSON.stringify(column.name)} ${problem}`, { path });
      }
      into[i] = element;
    }
  }

  /** 1 for each element that is null, or is inside of something that is. */
  async #nullsIn(stretch: Stretch, count: number): Promise<Uint8Array> {
    const { batch, column, from } = stretch;
    const missing = new Uint8Array(count);
    for (const [depth, field] of [column, ...column.outer].entries()) {
      const place = { ...field, name: column.name };
      if (batch.nullsOf(place) === 0) continue;
      const per = column.perRow / field.perRow;
      const [first, last] = [Math.floor(from / per), Math.ceil((from + count) / per)];
      const found = new Uint8Array(last - first);
      const bits = new Uint8Array(((last + 7) >> 3) - (first >> 3));
      this.#validity[depth] ??= new BufferReader(this.#file);
      const size = Math.ceil((batch.rows * field.perRow) / 8);
      const { compression } = batch;
      await entry(this.#validity, depth).read(bits, first >> 3, batch.validity(place), compression, size);
      markUnset(bits, first & 7, found, 1);
      if (per === 1) for (let i = 0; i < count; i++) missing[i] = (missing[i] ?? 0) | (found[i] ?? 0);
      else
        for (const [i, isNull] of found.entries()) if (isNull === 1) fillPart(missing, (first + i) * per - from, per);
    }
    return missing;
  }
}

/** Puts 1 where a stretch overlaps an array. */
function fillPart(array: Uint8Array, begin: number, length: number): void {
  array.fill(1, Math.max(0, begin), Math.max(0, begin + length));
}

/** Puts a mark in the place of each element that is missing. */
function mark(missing: Uint8Array, elements: TypedArray, value: number | bigint): void {
  const element =
    elements instanceof BigInt64Array || elements instanceof BigUint64Array ? BigInt(value) : Number(value);
  for (let i = 0; i < missing.length; i++) if (missing[i] === 1) elements[i] = element;
}

function indexTypes(
  signed: boolean,
  bits: number,
): "int8" | "int16" | "int32" | "int64" | "uint8" | "uint16" | "uint32" | "uint64" {
  return `${signed ? "" : "u"}int${bits}` as ReturnType<typeof indexTypes>;
}
