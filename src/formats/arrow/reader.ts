/**
 * Elements of Arrow files: boxes of columns are read batch by batch. Where the columns of each batch are was found when
 * the file was opened, so columns that need no decoding are located without reading metadata again.
 */
import { allocate, type DType, factsOf, type TypedArray } from "../../data/dtype.js";
import type { EncodedArray } from "../../data/encoded.js";
import { FormatError } from "../../data/errors.js";
import { at } from "../../data/lists.js";
import type { Box } from "../../data/region.js";
import type { RangeReadable } from "../../storage/stores/capabilities.js";
import { openBytes } from "../../storage/stores/local-store.js";
import type { ArrayReader, Located } from "../format.js";
import type { Nulls, Numeric } from "../tables/columns.js";
import { partAt, placed, type RowPart, readPieces } from "../tables/parts.js";
import { BatchRows } from "./batch-rows.js";
import { loadMessages } from "./libraries.js";
import type { Batch, FoundMessage } from "./message.js";
import type { ArrowColumn, ArrowSchema } from "./schema.js";
import { type Even, inDictionary, type KnownDictionary } from "./survey.js";

/** The part of an array's description that only this format knows. */
export interface ArrowParams {
  readonly nulls: Nulls;
  readonly inexact: boolean;
  readonly columns: readonly Numeric<ArrowColumn>[];
  readonly schema: Pick<ArrowSchema, "nodes" | "buffers" | "views">;
  /** The offset of each batch's message, and its number of rows. */
  readonly offsets: readonly number[];
  readonly rows: readonly number[];
  /** The dictionaries that the columns need. */
  readonly dictionaries: readonly KnownDictionary[];
  /** The columns of each batch that can be read in place; empty if no batch has such columns. */
  readonly even: readonly (Even | null)[];
}

/** A batch that was found when the file was opened. */
interface KnownBatch extends RowPart {
  readonly number: number;
  readonly offset: number;
  readonly even: Even | null;
}

function knownBatches({ offsets, rows, even }: ArrowParams): KnownBatch[] {
  let start = 0;
  return offsets.map((offset, i) => {
    const count = at(rows, i);
    start += count;
    return { number: i, offset, start: start - count, rows: count, even: even[i] ?? null };
  });
}

/** Reads the metadata of batches again, and keeps that of the last one. */
class BatchReader {
  readonly #file: RangeReadable;
  readonly #schema: ArrowParams["schema"];
  #last: { readonly offset: number; readonly batch: Batch } | undefined;

  constructor(file: RangeReadable, schema: ArrowParams["schema"]) {
    this.#file = file;
    this.#schema = schema;
  }

  async batch(known: KnownBatch): Promise<Batch> {
    const { offset } = known;
    if (this.#last?.offset === offset) return this.#last.batch;
    const { Batch } = await loadMessages();
    const found = await this.#message(offset);
    const batch = new Batch(found, this.#schema);
    checkRows(found, batch, known);
    this.#last = { offset, batch };
    return batch;
  }

  async dictionary(known: KnownDictionary): Promise<Batch> {
    const { dictionaryIn } = await loadMessages();
    const found = await this.#message(known.offset);
    const { batch } = dictionaryIn(found);
    checkRows(found, batch, known);
    return batch;
  }

  async #message(offset: number): Promise<FoundMessage> {
    const { path, size } = this.#file;
    const { readMessage } = await loadMessages();
    const found = await readMessage(this.#file, offset, size);
    if (found !== undefined) return found;
    throw new FormatError(`${path}: there is no batch at byte ${offset}`, { path, offset });
  }
}

function checkRows({ refuse }: FoundMessage, batch: Batch, { rows }: { readonly rows: number }): void {
  if (batch.rows !== rows) throw refuse(`it has ${batch.rows} rows; it had ${rows} when the file was opened`);
}

/** Reads the elements of dictionaries, as elements of the array, and keeps the last ones of each. */
class DictionaryReader {
  readonly #rows: BatchRows;
  readonly #known: readonly KnownDictionary[];
  readonly #dtype: DType;
  readonly #batchOf: (known: KnownDictionary) => Promise<Batch>;
  /** By the place of the last part of a dictionary, and the type that its elements have for a column. */
  readonly #read = new Map<string, TypedArray>();

  constructor(
    rows: BatchRows,
    { dictionaries }: ArrowParams,
    dtype: DType,
    batchOf: (known: KnownDictionary) => Promise<Batch>,
  ) {
    this.#rows = rows;
    this.#known = dictionaries;
    this.#dtype = dtype;
    this.#batchOf = batchOf;
  }

  /** The elements of a column's dictionary as it is for a batch; undefined if it needs none. */
  async elements(column: Numeric<ArrowColumn>, batch: number): Promise<TypedArray | undefined> {
    const { dictionary } = column;
    if (dictionary === undefined) return undefined;
    const known = this.#known.filter(({ id, from }) => id === dictionary.id && from <= batch);
    const parts = known.slice(
      Math.max(
        0,
        known.findLastIndex(({ delta }) => !delta),
      ),
    );
    const key = `${parts.at(-1)?.offset} ${column.type}`;
    const found = this.#read.get(key);
    if (found !== undefined) return found;
    const elements = allocate(
      this.#dtype,
      parts.reduce((sum, { rows }) => sum + rows, 0),
    );
    const bytes = new Uint8Array(elements.buffer);
    let place = 0;
    for (const part of parts) {
      const end = place + part.rows * elements.BYTES_PER_ELEMENT;
      const stretch = { batch: await this.#batchOf(part), column: inDictionary(column), from: 0 };
      await this.#rows.read(stretch, bytes.subarray(place, end));
      place = end;
    }
    this.#read.set(key, elements);
    return elements;
  }
}

/**
 * Where a box is in the file, if it is in one batch whose columns are at equal distances, or whose only column holds
 * lists of the length `list`.
 */
function locateIn(
  batches: readonly KnownBatch[],
  box: Box,
  item: number,
  list: number | undefined,
): Omit<Located, "file"> | null {
  const [rows, columns] = box;
  if (rows === undefined) return null;
  const batch = batches[partAt(batches, rows.start)];
  if (batch === undefined || batch.even === null || batch.start + batch.rows < rows.stop) return null;
  const { offset, step } = batch.even;
  if (list !== undefined) {
    const first = (rows.start - batch.start) * list + (columns?.start ?? 0);
    return { offset: offset + first * item, strides: [list, 1], bytesRead: 0 };
  }
  return {
    offset: offset + (columns?.start ?? 0) * step + (rows.start - batch.start) * item,
    strides: columns === undefined ? [1] : [1, step / item],
    bytesRead: 0,
  };
}

/** Opens an array for reading. */
export async function readerOf(array: EncodedArray): Promise<ArrayReader> {
  const { path, dtype, version } = array;
  const params = array.params as ArrowParams;
  const file = await openBytes(path);
  const batches = knownBatches(params);
  const metadata = new BatchReader(file, params.schema);
  const rows = new BatchRows(file, { dtype, nulls: params.nulls, inexact: params.inexact });
  const dictionaries = new DictionaryReader(rows, params, dtype, (known) => metadata.dictionary(known));
  const columns = placed(params.columns);
  const item = factsOf(dtype).bytes;

  function checkSame(): void {
    if (file.version === version) return;
    throw new FormatError(`${path} has changed since it was opened; open it again`, { path });
  }

  return {
    async locate(box: Box): Promise<Located | null> {
      checkSame();
      const { sync: local } = file;
      const found = local === undefined ? null : locateIn(batches, box, item, params.columns[0]?.list);
      return local === undefined || found === null ? null : { file: local, ...found };
    },
    async read(box: Box, into: Uint8Array): Promise<number> {
      checkSame();
      const before = rows.bytesRead;
      await readPieces(
        box,
        batches,
        columns,
        { dtype, into, order: array.order },
        async ({ part, index, from, into: memory }) => {
          const column = at(params.columns, index);
          const batch = await metadata.batch(part);
          await rows.read({ batch, column, from }, memory, await dictionaries.elements(column, part.number));
        },
      );
      return rows.bytesRead - before;
    },
    close: () => file.close(),
  };
}
