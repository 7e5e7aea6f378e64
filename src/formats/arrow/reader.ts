/**
 * Elements of Arrow files: boxes of columns are read batch by batch. Where the columns of each batch are was found when
 * the file was opened, so columns that need no decoding are located without reading metadata again.
 */
import { factsOf } from "../../data/dtype.js";
import type { EncodedArray } from "../../data/encoded.js";
import { FormatError } from "../../data/errors.js";
import { at } from "../../data/lists.js";
import type { Box } from "../../data/region.js";
import type { RangeReadable } from "../../storage/stores/capabilities.js";
import { openBytes } from "../../storage/stores/local-store.js";
import type { ArrayReader, Located } from "../format.js";
import type { Nulls, Numeric } from "../tables/columns.js";
import { columnPieces, partAt, type RowPart } from "../tables/parts.js";
import { BatchRows } from "./batch-rows.js";
import { loadMessages } from "./libraries.js";
import type { Batch } from "./message.js";
import type { ArrowColumn, ArrowSchema } from "./schema.js";
import type { Even } from "./survey.js";

/** The part of an array's description that only this format knows. */
export interface ArrowParams {
  readonly nulls: Nulls;
  readonly columns: readonly Numeric<ArrowColumn>[];
  readonly schema: Pick<ArrowSchema, "nodes" | "buffers" | "views">;
  /** The offset of each batch's message, and its number of rows. */
  readonly offsets: readonly number[];
  readonly rows: readonly number[];
  /** The columns of each batch that can be read in place; empty if no batch has such columns. */
  readonly even: readonly (Even | null)[];
}

/** A batch that was found when the file was opened. */
interface KnownBatch extends RowPart {
  readonly offset: number;
  readonly even: Even | null;
}

function knownBatches({ offsets, rows, even }: ArrowParams): KnownBatch[] {
  let start = 0;
  return offsets.map((offset, i) => {
    const count = at(rows, i);
    start += count;
    return { offset, start: start - count, rows: count, even: even[i] ?? null };
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

  async batch({ offset, rows }: KnownBatch): Promise<Batch> {
    if (this.#last?.offset === offset) return this.#last.batch;
    const { path, size } = this.#file;
    const { Batch, readMessage } = await loadMessages();
    const found = await readMessage(this.#file, offset, size);
    if (found === undefined) throw new FormatError(`${path}: there is no batch at byte ${offset}`, { path, offset });
    const batch = new Batch(found, this.#schema);
    if (batch.rows !== rows) throw found.refuse(`it has ${batch.rows} rows; it had ${rows} when the file was opened`);
    this.#last = { offset, batch };
    return batch;
  }
}

/** Where a box is in the file, if it is in one batch whose columns are at equal distances. */
function locateIn(batches: readonly KnownBatch[], box: Box, item: number): Omit<Located, "file"> | null {
  const [rows, columns] = box;
  if (rows === undefined) return null;
  const batch = batches[partAt(batches, rows.start)];
  if (batch === undefined || batch.even === null || batch.start + batch.rows < rows.stop) return null;
  const { offset, step } = batch.even;
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
  const rows = new BatchRows(file, dtype, params.nulls);
  const item = factsOf(dtype).bytes;

  function checkSame(): void {
    if (file.version === version) return;
    throw new FormatError(`${path} has changed since it was opened; open it again`, { path });
  }

  return {
    async locate(box: Box): Promise<Located | null> {
      checkSame();
      const { sync: local } = file;
      const found = local === undefined ? null : locateIn(batches, box, item);
      return local === undefined || found === null ? null : { file: local, ...found };
    },
    async read(box: Box, into: Uint8Array): Promise<number> {
      checkSame();
      const before = rows.bytesRead;
      for (const piece of columnPieces(box, batches, params.columns, item, into)) {
        await rows.read(await metadata.batch(piece.part), piece.column, piece.from, piece.into);
      }
      return rows.bytesRead - before;
    },
    close: () => file.close(),
  };
}
