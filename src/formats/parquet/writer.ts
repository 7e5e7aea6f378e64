/**
 * Writing Parquet files: a chunk of rows is a row group. Its length in the file is known only when it is encoded, so
 * workers write each as a small Parquet file (see part-files.ts). The last step joins their pages, and their metadata
 * with the places moved:
 *
 *     PAR1 │ pages │ metadata 0 │ …      PAR1 │ pages │ metadata 1 │ …    ──►    PAR1 │ pages │ pages │ metadata │ …
 *
 * Memory: about three times the bytes of a row group while it is encoded; at the end, the metadata of all.
 */
import { gzipSync } from "node:zlib";
import type { DecodedArray, FileMetaData, SchemaElement } from "hyparquet";
import { chunkAt } from "../../data/chunks.js";
import { type DType, factsOf, type TypedArray } from "../../data/dtype.js";
import type { EncodedArray } from "../../data/encoded.js";
import { ArgumentError, FormatError } from "../../data/errors.js";
import { at } from "../../data/lists.js";
import { checkOptions } from "../../data/options.js";
import { type Box, countsOf } from "../../data/region.js";
import { shown } from "../../data/shown.js";
import type { SyncWritable } from "../../storage/stores/capabilities.js";
import { LocalFile } from "../../storage/stores/file.js";
import { openBytes } from "../../storage/stores/local-store.js";
import type { ArrayWriter, Destination, NewArray } from "../format.js";
import { copyBytes, destinationOfParts, partPath, writePart } from "../part-files.js";
import { columnOf, elementsOf } from "../tables/elements.js";
import { namesFor } from "../tables/shape.js";
import { zstdLibrary } from "../zstd/library.js";
import { loadMetadataWriter, loadWriter } from "./libraries.js";
import { readFooter } from "./metadata.js";

/** Options of writing a Parquet file. */
export interface ParquetWriteOptions {
  /** The names of the columns. Default: `column_0`, `column_1`, … */
  readonly columns?: readonly string[];
  /** How pages are compressed. Default `"snappy"`. `"zstd"` needs Node 22.15 or the package `zstd-napi`. */
  readonly compression?: "none" | "snappy" | "gzip" | "zstd";
}

type Compression = NonNullable<ParquetWriteOptions["compression"]>;

const codecs = { none: "UNCOMPRESSED", snappy: "SNAPPY", gzip: "GZIP", zstd: "ZSTD" } as const;
const magic = Buffer.from("PAR1", "latin1");
const createdBy = "chunkwise";
/** The level of Zstandard's compression. */
const ZSTD_LEVEL = 3;
/** The room for headers and metadata in a row group's first buffer. */
const METADATA_BYTES = 2 ** 16;

/** The part of a new array's description that only this format knows. */
interface WriteParams {
  readonly schema: SchemaElement[];
  readonly compression: Compression;
}

/**
 * Begins a Parquet file with one row group for each chunk of rows. Columns have no nulls; NaN stays NaN.
 *
 * @throws ArgumentError, DTypeError, ShapeError for an array that is not a table
 * @throws StorageError if no file can be created
 */
export async function create(path: string, array: NewArray, options: ParquetWriteOptions = {}): Promise<Destination> {
  checkOptions(options, ["columns", "compression"], "saveParquet");
  const { compression = "snappy" } = options;
  if (!Object.hasOwn(codecs, compression)) {
    const names = Object.keys(codecs).map((name) => shown(name));
    const problem = `compression must be one of ${names.join(", ")}; got ${shown(compression)}`;
    throw new ArgumentError(`saveParquet: ${problem}`);
  }
  if (compression === "zstd") zstdCompressor();
  const names = namesFor(array, options.columns, "saveParquet");
  const schema: SchemaElement[] = [{ name: "root", num_children: names.length }];
  for (const name of names) schema.push({ name, repetition_type: "REQUIRED", ...elementOf(array.dtype) });
  return destinationOfParts(
    path,
    (folder) => encodedArray(folder, array, { schema, compression }),
    (folder, file) => join(folder, at(array.chunks, 0), schema, file),
  );
}

/** The library's function for Zstandard; throws if there is none that works synchronously. */
function zstdCompressor(): (bytes: Uint8Array, level: number) => Uint8Array {
  const library = zstdLibrary();
  if (library.compressSync !== undefined) return library.compressSync.bind(library);
  const here = `this is ${process.version} without the package`;
  throw new ArgumentError(`saveParquet: compression "zstd" needs Node 22.15 or the package zstd-napi; ${here}`);
}

function encodedArray(path: string, { dtype, shape, chunks }: NewArray, params: WriteParams): EncodedArray {
  const item = factsOf(dtype).bytes;
  const rows = at(chunks, 0);
  const grid = shape.length === 1 ? [rows] : [rows, shape.slice(1)];
  const part = grid.reduce((size, sizes) => size * Math.max(...sizes), item);
  // separate columns, and the encoded bytes, whose memory doubles as it grows
  const workspace = 4 * part + 2 ** 22;
  return { format: "parquet", path, version: "", dtype, shape, grid, order: "C", workspace, storedBytes: item, params };
}

/**
 * The types of integers, from 1 byte to 8. Not the newer logical types: the library writes their width as a number of
 * 32 bits, which other readers refuse.
 */
const integers = {
  signed: ["INT_8", "INT_16", "INT_32", "INT_64"],
  unsigned: ["UINT_8", "UINT_16", "UINT_32", "UINT_64"],
} as const;

/** The schema of a column of a dtype. */
function elementOf(dtype: DType): Omit<SchemaElement, "name"> {
  const { kind, bytes } = factsOf(dtype);
  if (kind === "bool") return { type: "BOOLEAN" };
  if (kind === "float") return { type: bytes === 4 ? "FLOAT" : "DOUBLE" };
  return {
    type: bytes === 8 ? "INT64" : "INT32",
    converted_type: at(integers[kind === "int" ? "signed" : "unsigned"], Math.log2(bytes)),
  };
}

/** Joins the row groups that workers have written. */
async function join(
  folder: string,
  chunks: readonly number[],
  schema: SchemaElement[],
  file: SyncWritable,
): Promise<void> {
  file.write(magic, 0);
  let place = magic.length;
  const groups: FileMetaData["row_groups"] = [];
  let rows = 0n;
  for (const [number, count] of chunks.entries()) {
    if (count === 0) continue;
    const path = partPath(folder, number);
    const bytes = await openBytes(path);
    const { metadata, end } = await readFooter(bytes).finally(() => bytes.close());
    const moved = BigInt(place - magic.length);
    for (const group of metadata.row_groups) {
      for (const column of group.columns) {
        column.file_offset += moved;
        const facts = column.meta_data;
        if (facts === undefined) throw new FormatError(`${path}: a column has no metadata`, { path });
        facts.data_page_offset += moved;
        if (facts.dictionary_page_offset !== undefined) facts.dictionary_page_offset += moved;
      }
      groups.push(group);
    }
    rows += metadata.num_rows;
    const part = LocalFile.open(path, "read");
    try {
      await copyBytes(part, { offset: magic.length, length: end - magic.length }, file, place);
    } finally {
      part.close();
    }
    place += end - magic.length;
  }
  const { ByteWriter } = await loadWriter();
  const { writeMetadata } = await loadMetadataWriter();
  const writer = new ByteWriter();
  const metadata = {
    version: 2,
    created_by: createdBy,
    schema,
    num_rows: rows,
    row_groups: groups,
    metadata_length: 0,
  };
  writeMetadata(writer, metadata);
  writer.appendBytes(magic);
  file.write(writer.getBytes(), place);
}

/**
 * Elements as the library takes them: bools as such, and uint32 as a list, since it refuses the upper half of a typed
 * array.
 */
function valuesOf(dtype: DType, column: TypedArray): DecodedArray {
  if (dtype === "bool" && column instanceof Uint8Array) return Array.from(column, (value) => value !== 0);
  if (column instanceof Uint32Array) return Array.from(column);
  return column as DecodedArray; // the library takes any array of numbers; its type lists only some
}

/** Opens a folder for writing row groups, one after the other. */
export function writerOf({ path, dtype, grid, params }: EncodedArray): ArrayWriter {
  const { schema, compression } = params as WriteParams;
  const rows = at(grid, 0);
  const compressors = {
    GZIP: (bytes: Uint8Array) => gzipSync(bytes),
    ZSTD: (bytes: Uint8Array) => zstdCompressor()(bytes, ZSTD_LEVEL),
  };
  const names = schema.slice(1).map(({ name }) => name);
  return {
    async write(box: Box, elements: Uint8Array): Promise<number> {
      const [count = 0, width = 1] = countsOf(box);
      const [interval] = box;
      if (interval === undefined || count === 0) return 0;
      const all = elementsOf(dtype, elements);
      const columnData = names.map((name, i) => {
        const data = valuesOf(dtype, columnOf(all, width, i));
        // dictionaries would turn 0 and -0, and all NaNs, into one number each
        return { name, data, encoding: "PLAIN" as const, offsetIndex: false };
      });
      const { ByteWriter, ParquetWriter } = await loadWriter();
      const bytes = new ByteWriter(count * width * factsOf(dtype).bytes + METADATA_BYTES);
      const writer = new ParquetWriter({ writer: bytes, schema, codec: codecs[compression], compressors, createdBy });
      await writer.write({ columnData, rowGroupSize: count });
      await writer.finish();
      return writePart(path, chunkAt(rows, interval.start), [bytes.getBytes()]);
    },
    close: () => undefined,
  };
}
