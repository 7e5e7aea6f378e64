/**
 * Writing Arrow files: a chunk of rows is a batch.
 *
 * Without compression all places follow from the shape, so everything but the elements is written first, and workers
 * write the elements to their places:
 *
 *     ARROW1 │ schema │ metadata │ column │ column │ … │ metadata │ column │ … │ footer
 *
 * The lengths of compressed batches are not known before: workers write each, with its metadata, to a file of its own
 * (see part-files.ts), and the last step joins these files.
 */
import { type Chunks, chunkAt } from "../../data/chunks.js";
import { type DType, factsOf, type TypedArray } from "../../data/dtype.js";
import type { EncodedArray } from "../../data/encoded.js";
import { ArgumentError } from "../../data/errors.js";
import { at } from "../../data/lists.js";
import { checkOptions } from "../../data/options.js";
import { type Box, countsOf } from "../../data/region.js";
import { shown } from "../../data/shown.js";
import type { SyncWritable } from "../../storage/stores/capabilities.js";
import { renamed } from "../../storage/stores/failure.js";
import { LocalFile } from "../../storage/stores/file.js";
import { Replacement } from "../../storage/stores/replacement.js";
import type { ArrayWriter, Destination, NewArray } from "../format.js";
import { copyBytes, destinationOfParts, partPath, writePart } from "../part-files.js";
import { columnOf, elementsOf, packBits, putColumns } from "../tables/elements.js";
import { lz4 } from "../tables/lz4.js";
import { namesFor } from "../tables/shape.js";
import { zstdLibrary } from "../zstd/library.js";
import { aligned, batchMessage, columnBytes, endOfFile, type NewSchema, schemaMessage } from "./encoding.js";
import type { Compression, Extent, MessagePlace } from "./message.js";

/** Options of writing an Arrow file. */
export interface ArrowWriteOptions {
  /** The names of the columns. Default: `column_0`, `column_1`, … */
  readonly columns?: readonly string[];
  /** How batches are compressed. Default `"none"`, so that readers can map the file. */
  readonly compression?: "none" | "lz4" | "zstd";
}

/** The part of a new array's description that only this format knows. */
interface WriteParams {
  readonly compression: Compression;
  /** Where the body of each batch begins; only without compression. */
  readonly bodies: readonly number[];
}

/**
 * The bytes of columns that are written at once: the system then caches the file in larger pieces, which are read
 * faster.
 */
const WRITTEN_BYTES = 2 ** 20;

/** The level of Zstandard's compression. */
const ZSTD_LEVEL = 3;

/** Compressed buffers begin with their decompressed length, and their lengths are multiples of this. */
const WORD_BYTES = 8;

const compressions: readonly string[] = ["none", "lz4", "zstd"] satisfies Compression[];

/** The magic bytes, padded to 8. */
const begin = Buffer.from("ARROW1\0\0", "latin1");

/**
 * Begins an Arrow IPC file with one batch for each chunk of rows.
 *
 * @throws ArgumentError, DTypeError, ShapeError for an array that is not a table
 * @throws StorageError if no file can be created
 */
export async function create(path: string, array: NewArray, options: ArrowWriteOptions = {}): Promise<Destination> {
  checkOptions(options, ["columns", "compression"], "saveArrow");
  const { compression = "none" } = options;
  if (!compressions.includes(compression)) {
    const expected = `"none", "lz4" or "zstd"`;
    throw new ArgumentError(`saveArrow: compression must be ${expected}; got ${shown(compression)}`);
  }
  const schema = { dtype: array.dtype, names: namesFor(array, options.columns, "saveArrow") };
  const rows = at(array.chunks, 0).filter((size) => size > 0);
  return compression === "none"
    ? createPlain(path, array, schema, rows)
    : createParts(path, array, schema, compression);
}

/** Where the columns of a batch are in its body. */
function extentsIn(dtype: DType, rows: number, columns: number): { readonly values: Extent[]; readonly body: number } {
  const length = columnBytes(dtype, rows);
  const step = aligned(length);
  return { values: Array.from({ length: columns }, (_, i) => ({ offset: i * step, length })), body: columns * step };
}

async function createPlain(
  path: string,
  array: NewArray,
  schema: NewSchema,
  rows: readonly number[],
): Promise<Destination> {
  const pieces: [offset: number, bytes: Uint8Array][] = [[0, begin]];
  let end = begin.length;
  const add = (bytes: Uint8Array): void => {
    pieces.push([end, bytes]);
    end += bytes.length;
  };
  add(schemaMessage(schema, end));
  const batches: MessagePlace[] = rows.map((count) => {
    const { values, body } = extentsIn(array.dtype, count, schema.names.length);
    const offset = end;
    add(batchMessage(count, values, body, "none", offset));
    const metadata = end - offset;
    end += body;
    return { offset, metadata, body };
  });
  add(endOfFile(schema, batches));
  const replacement = Replacement.create(path, end);
  try {
    const file = LocalFile.open(replacement.path, "update");
    try {
      for (const [offset, bytes] of pieces) file.write(bytes, offset);
    } finally {
      file.close();
    }
  } catch (error) {
    replacement.discard();
    throw renamed(error, replacement.path, path);
  }
  const bodies = batches.map(({ offset, metadata }) => offset + metadata);
  return {
    array: encodedArray(replacement.path, array, array.chunks, { compression: "none", bodies }),
    temporary: replacement.path,
    commit: async (exclusive) => replacement.commit(exclusive),
    discard: async () => replacement.discard(),
  };
}

function createParts(path: string, array: NewArray, schema: NewSchema, compression: Compression): Destination {
  const rows = at(array.chunks, 0);
  const grid = array.shape.length === 1 ? [rows] : [rows, array.shape.slice(1)];
  return destinationOfParts(
    path,
    (folder) => encodedArray(folder, array, grid, { compression, bodies: [] }),
    (folder, file) => join(folder, rows, schema, file),
  );
}

/** Joins the batches that workers have written. */
async function join(folder: string, rows: readonly number[], schema: NewSchema, file: SyncWritable): Promise<void> {
  file.write(begin, 0);
  const head = schemaMessage(schema, begin.length);
  file.write(head, begin.length);
  let end = begin.length + head.length;
  const batches: MessagePlace[] = [];
  for (const [number, count] of rows.entries()) {
    if (count === 0) continue;
    const part = LocalFile.open(partPath(folder, number), "read");
    try {
      const prefix = Buffer.alloc(WORD_BYTES);
      part.readInto(prefix, 0);
      const metadata = WORD_BYTES + prefix.readUInt32LE(4);
      batches.push({ offset: end, metadata, body: part.size - metadata });
      await copyBytes(part, { offset: 0, length: part.size }, file, end);
      end += part.size;
    } finally {
      part.close();
    }
  }
  file.write(endOfFile(schema, batches), end);
}

function encodedArray(path: string, array: NewArray, grid: Chunks, params: WriteParams): EncodedArray {
  const { dtype, shape } = array;
  const item = factsOf(dtype).bytes;
  const part = grid.reduce((size, sizes) => size * Math.max(...sizes), item);
  const column = Math.max(...at(grid, 0)) * item;
  // a column as elements and as bits, or some that are written together; compressed, all columns, and one of them twice
  // in the memory of the codec
  const workspace = params.compression === "none" ? 2 * column + WRITTEN_BYTES : 2 * part + 4 * column + 2 ** 16;
  return { format: "arrow", path, version: "", dtype, shape, grid, order: "C", workspace, storedBytes: item, params };
}

/** One batch to write: its rows, its number of columns, and the bytes of each column. */
interface NewBatch {
  readonly dtype: DType;
  /** The elements in C order. */
  readonly rows: TypedArray;
  readonly count: number;
  readonly width: number;
}

/** The bytes of one column as the format stores them. */
function columnBytesOf({ dtype, rows, width }: NewBatch, column: number): Uint8Array {
  const { buffer, byteOffset, byteLength } = width === 1 ? rows : columnOf(rows, width, column);
  const bytes = new Uint8Array(buffer, byteOffset, byteLength);
  return dtype === "bool" ? packBits(bytes) : bytes;
}

/** Writes columns from `first` on to their places in the file, several at a time; returns how many bytes. */
function writePlain(file: SyncWritable, batch: NewBatch, step: number, first: number): number {
  const { dtype, rows, width } = batch;
  const together = dtype === "bool" ? 1 : Math.min(width, Math.max(1, Math.floor(WRITTEN_BYTES / step)));
  const memory = new Uint8Array(together * step); // the padding of columns is zeros
  for (let i = 0; i < width; i += together) {
    const bytes = memory.subarray(0, Math.min(together, width - i) * step);
    if (dtype === "bool") bytes.set(columnBytesOf(batch, i));
    else putColumns(rows, width, i, elementsOf(dtype, bytes), step / factsOf(dtype).bytes);
    file.write(bytes, first + i * step);
  }
  return width * step;
}

/** Encodes a batch with compressed columns: its message, then its body. */
async function compressed(batch: NewBatch, compression: "lz4" | "zstd"): Promise<Uint8Array[]> {
  const values: Extent[] = [];
  const pieces: Uint8Array[] = [];
  let body = 0;
  for (let i = 0; i < batch.width; i++) {
    const plain = new Uint8Array(columnBytesOf(batch, i)); // codecs take no shared memory
    const content = await (compression === "zstd" ? zstdLibrary().compress(plain, ZSTD_LEVEL) : lz4(plain));
    const length = WORD_BYTES + content.length;
    const buffer = new Uint8Array(Math.ceil(length / WORD_BYTES) * WORD_BYTES);
    new DataView(buffer.buffer).setBigInt64(0, BigInt(plain.length), true);
    buffer.set(content, WORD_BYTES);
    values.push({ offset: body, length });
    pieces.push(buffer);
    body += buffer.length;
  }
  // padded, so that the next batch begins at an aligned place too
  const padded = aligned(body);
  pieces.push(new Uint8Array(padded - body));
  return [batchMessage(batch.count, values, padded, compression, 0), ...pieces];
}

/** The elements of a box as a batch, with its number; undefined if the box is empty. */
function batchIn(
  { dtype, grid }: EncodedArray,
  box: Box,
  elements: Uint8Array,
): (NewBatch & { number: number }) | undefined {
  const [rows] = box;
  const [count = 0, width = 1] = countsOf(box);
  if (rows === undefined || count === 0 || width === 0) return undefined;
  return { number: chunkAt(at(grid, 0), rows.start), dtype, rows: elementsOf(dtype, elements), count, width };
}

/** Writes columns to their places in one file. */
function plainWriter(array: EncodedArray, bodies: readonly number[]): ArrayWriter {
  const file = LocalFile.open(array.path, "update");
  return {
    write(box: Box, elements: Uint8Array): number {
      const batch = batchIn(array, box, elements);
      if (batch === undefined) return 0;
      const step = aligned(columnBytes(array.dtype, at(at(array.grid, 0), batch.number)));
      return writePlain(file, batch, step, at(bodies, batch.number) + (box[1]?.start ?? 0) * step);
    },
    close: () => file.close(),
  };
}

/** Writes each compressed batch to a file of its own. */
function partWriter(array: EncodedArray, compression: "lz4" | "zstd"): ArrayWriter {
  return {
    async write(box: Box, elements: Uint8Array): Promise<number> {
      const batch = batchIn(array, box, elements);
      return batch === undefined ? 0 : writePart(array.path, batch.number, await compressed(batch, compression));
    },
    close: () => undefined,
  };
}

/** Opens a file that was begun, for writing parts of it. */
export function writerOf(array: EncodedArray): ArrayWriter {
  const { compression, bodies } = array.params as WriteParams;
  return compression === "none" ? plainWriter(array, bodies) : partWriter(array, compression);
}
