/**
 * Arrow files being written: a chunk of rows is a batch.
 *
 * Without compression all places follow from the shape, so everything but the elements is written first, and workers put
 * elements where they belong:
 *
 *     ARROW1 │ schema │ metadata │ column │ column │ … │ metadata │ column │ … │ footer
 *
 * Compressed batches have lengths of their own: workers write each, with its metadata, to a file (see part-files.ts), and the
 * last step puts them one behind the other.
 */
import { type Chunks, chunkAt } from "../../data/chunks.js";
import { type DType, factsOf } from "../../data/dtype.js";
import type { EncodedArray } from "../../data/encoded.js";
import { ArgumentError } from "../../data/errors.js";
import { checkOptions } from "../../data/options.js";
import { type Box, countsOf } from "../../data/region.js";
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
import type { Compression, Extent, Place } from "./message.js";

/** How an Arrow file is written. */
export interface ArrowWriteOptions {
  /** The names of the columns. Default: `column_0`, `column_1`, … */
  readonly columns?: readonly string[];
  /** How batches are compressed. Default `"none"`: readers can then map the file. */
  readonly compression?: "none" | "lz4" | "zstd";
}

/** What a writer must know beside the array. */
interface WriteParams {
  readonly compression: Compression;
  /** Where the body of each batch begins; without compression. */
  readonly bodies: readonly number[];
}

/** The bytes of columns that are written at once: the system keeps a file in larger pieces then, which are read faster. */
const writtenBytes = 2 ** 20;

const compressions: readonly string[] = ["none", "lz4", "zstd"] satisfies Compression[];

/** The magic bytes, filled up to 8. */
const begin = Buffer.from("ARROW1\0\0", "latin1");

/**
 * Begins an Arrow IPC file with one batch for each chunk of rows.
 *
 * @throws ArgumentError, DTypeError, ShapeError for what is no table; StorageError where no file can be made
 */
export async function create(path: string, array: NewArray, options: ArrowWriteOptions = {}): Promise<Destination> {
  checkOptions(options, ["columns", "compression"], "saveArrow");
  const { compression = "none" } = options;
  if (!compressions.includes(compression)) {
    const right = `"none", "lz4" or "zstd"`;
    throw new ArgumentError(`saveArrow: compression is ${right}, not ${JSON.stringify(compression)}`);
  }
  const schema = { dtype: array.dtype, names: namesFor(array, options.columns, "saveArrow") };
  const rows = array.chunks[0]!.filter((size) => size > 0);
  return compression === "none"
    ? createPlain(path, array, schema, rows)
    : createParts(path, array, schema, compression);
}

/** The places of the columns of a batch in its body. */
function placesIn(dtype: DType, rows: number, columns: number): { readonly values: Extent[]; readonly body: number } {
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
  let at = begin.length;
  const add = (bytes: Uint8Array): void => {
    pieces.push([at, bytes]);
    at += bytes.length;
  };
  add(schemaMessage(schema, at));
  const batches: Place[] = rows.map((count) => {
    const { values, body } = placesIn(array.dtype, count, schema.names.length);
    const offset = at;
    add(batchMessage(count, values, body, "none", offset));
    const metadata = at - offset;
    at += body;
    return { offset, metadata, body };
  });
  add(endOfFile(schema, batches));
  const replacement = Replacement.create(path, at);
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
    commit: async () => replacement.commit(),
    discard: async () => replacement.discard(),
  };
}

function createParts(path: string, array: NewArray, schema: NewSchema, compression: Compression): Destination {
  const rows = array.chunks[0]!;
  const grid = array.shape.length === 1 ? [rows] : [rows, [array.shape[1]!]];
  return destinationOfParts(
    path,
    (folder) => encodedArray(folder, array, grid, { compression, bodies: [] }),
    (folder, file) => join(folder, rows, schema, file),
  );
}

/** Puts batches together. */
async function join(folder: string, rows: readonly number[], schema: NewSchema, file: LocalFile): Promise<void> {
  file.write(begin, 0);
  const head = schemaMessage(schema, begin.length);
  file.write(head, begin.length);
  let at = begin.length + head.length;
  const batches: Place[] = [];
  for (const [number, count] of rows.entries()) {
    if (count === 0) continue;
    const part = LocalFile.open(partPath(folder, number), "read");
    try {
      const prefix = Buffer.alloc(8);
      part.readInto(prefix, 0);
      const metadata = 8 + prefix.readUInt32LE(4);
      batches.push({ offset: at, metadata, body: part.size - metadata });
      await copyBytes(part, { offset: 0, length: part.size }, file, at);
      at += part.size;
    } finally {
      part.close();
    }
  }
  file.write(endOfFile(schema, batches), at);
}

function encodedArray(path: string, array: NewArray, grid: Chunks, params: WriteParams): EncodedArray {
  const { dtype, shape } = array;
  const item = factsOf(dtype).bytes;
  const part = grid.reduce((size, sizes) => size * Math.max(...sizes), item);
  const column = Math.max(...grid[0]!) * item;
  // a column by itself, as elements and as bits, or some that are written together; compressed, all columns, and in the codec's memory one of them twice
  const workspace = params.compression === "none" ? 2 * column + writtenBytes : 2 * part + 4 * column + 2 ** 16;
  return { format: "arrow", path, version: "", dtype, shape, grid, order: "C", workspace, storedBytes: item, params };
}

/** Opens a file that was begun for writing parts of it. */
export function writerOf(array: EncodedArray): ArrayWriter {
  const { path, dtype, grid, params } = array;
  const { compression, bodies } = params as WriteParams;
  const file = compression === "none" ? LocalFile.open(path, "update") : undefined;
  const rows = grid[0]!;
  return {
    async write(box: Box, elements: Uint8Array): Promise<number> {
      const [count = 0, width = 1] = countsOf(box);
      if (count === 0 || width === 0) return 0;
      const number = chunkAt(rows, box[0]!.start);
      const all = elementsOf(dtype, elements);
      const bytesOf = (column: number): Uint8Array => {
        const { buffer, byteOffset, byteLength } = width === 1 ? all : columnOf(all, width, column);
        const bytes = new Uint8Array(buffer, byteOffset, byteLength);
        return dtype === "bool" ? packBits(bytes) : bytes;
      };
      if (file !== undefined) {
        const step = aligned(columnBytes(dtype, rows[number]!));
        const first = bodies[number]! + (box[1]?.start ?? 0) * step;
        const together = dtype === "bool" ? 1 : Math.min(width, Math.max(1, Math.floor(writtenBytes / step)));
        const room = new Uint8Array(together * step); // what fills columns up is zeros
        for (let i = 0; i < width; i += together) {
          const bytes = room.subarray(0, Math.min(together, width - i) * step);
          if (dtype === "bool") bytes.set(bytesOf(i));
          else putColumns(all, width, i, elementsOf(dtype, bytes), step / factsOf(dtype).bytes);
          file.write(bytes, first + i * step);
        }
        return width * step;
      }
      const values: Extent[] = [];
      const pieces: Uint8Array[] = [];
      let body = 0;
      for (let i = 0; i < width; i++) {
        const plain = new Uint8Array(bytesOf(i)); // codecs take no shared memory
        const content = await (compression === "zstd" ? zstdLibrary().compress(plain, 3) : lz4(plain));
        const length = 8 + content.length;
        const buffer = new Uint8Array(Math.ceil(length / 8) * 8);
        new DataView(buffer.buffer).setBigInt64(0, BigInt(plain.length), true);
        buffer.set(content, 8);
        values.push({ offset: body, length });
        pieces.push(buffer);
        body += buffer.length;
      }
      // every batch is filled up, so that the next one begins as aligned as this one
      const filled = aligned(body);
      pieces.push(new Uint8Array(filled - body));
      const message = batchMessage(count, values, filled, compression, 0);
      return writePart(path, number, [message, ...pieces]);
    },
    close: () => file?.close(),
  };
}
