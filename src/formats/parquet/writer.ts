/**
 * Parquet files being written: a chunk of rows is a row group. How long one is in the file is known only when it is encoded,
 * so workers write each as a small Parquet file (see part-files.ts). The last step puts their pages one behind the other and
 * their metadata together, with the places moved:
 *
 *     PAR1 │ pages │ metadata 0 │ …      PAR1 │ pages │ metadata 1 │ …    ──►    PAR1 │ pages │ pages │ metadata │ …
 *
 * Memory: while a row group is encoded, about three times its bytes; at the end, the metadata of all.
 */
import { gzipSync } from "node:zlib";
import type { DecodedArray, FileMetaData, SchemaElement } from "hyparquet";
import { chunkAt } from "../../data/chunks.js";
import { type DType, factsOf, type TypedArray } from "../../data/dtype.js";
import type { EncodedArray } from "../../data/encoded.js";
import { ArgumentError } from "../../data/errors.js";
import { checkOptions } from "../../data/options.js";
import { type Box, countsOf } from "../../data/region.js";
import { LocalFile } from "../../storage/stores/file.js";
import { openBytes } from "../../storage/stores/local-store.js";
import type { ArrayWriter, Destination, NewArray } from "../format.js";
import { copyBytes, destinationOfParts, partPath, writePart } from "../part-files.js";
import { columnOf, elementsOf } from "../tables/elements.js";
import { namesFor } from "../tables/shape.js";
import { zstdLibrary } from "../zstd/library.js";
import { loadMetadataWriter, loadWriter } from "./libraries.js";
import { readFooter } from "./metadata.js";

/** How a Parquet file is written. */
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

/** What a writer must know beside the array. */
interface WriteParams {
  readonly schema: SchemaElement[];
  readonly compression: Compression;
}

/**
 * Begins a Parquet file with one row group for each chunk of rows. Columns have no nulls; NaN stays NaN.
 *
 * @throws ArgumentError, DTypeError, ShapeError for what is no table; StorageError where no file can be made
 */
export async function create(path: string, array: NewArray, options: ParquetWriteOptions = {}): Promise<Destination> {
  checkOptions(options, ["columns", "compression"], "saveParquet");
  const { compression = "snappy" } = options;
  if (!Object.hasOwn(codecs, compression)) {
    const right = Object.keys(codecs)
      .map((name) => JSON.stringify(name))
      .join(", ");
    throw new ArgumentError(`saveParquet: compression is one of ${right}, not ${JSON.stringify(compression)}`);
  }
  if (compression === "zstd" && zstdLibrary().compressSync === undefined) {
    const here = `this is ${process.version} without the package`;
    throw new ArgumentError(`saveParquet: compression "zstd" needs Node 22.15 or the package zstd-napi; ${here}`);
  }
  const names = namesFor(array, options.columns, "saveParquet");
  const schema: SchemaElement[] = [{ name: "root", num_children: names.length }];
  for (const name of names) schema.push({ name, repetition_type: "REQUIRED", ...elementOf(array.dtype) });
  return destinationOfParts(
    path,
    (folder) => encodedArray(folder, array, { schema, compression }),
    (folder, file) => join(folder, array.chunks[0]!, schema, file),
  );
}

function encodedArray(path: string, { dtype, shape, chunks }: NewArray, params: WriteParams): EncodedArray {
  const item = factsOf(dtype).bytes;
  const grid = shape.length === 1 ? [chunks[0]!] : [chunks[0]!, [shape[1]!]];
  const part = grid.reduce((size, sizes) => size * Math.max(...sizes), item);
  // columns of their own, and what is encoded, whose memory doubles as it grows
  const workspace = 4 * part + 2 ** 22;
  return { format: "parquet", path, version: "", dtype, shape, grid, order: "C", workspace, storedBytes: item, params };
}

/** What a schema says of a column of a dtype. */
function elementOf(dtype: DType): Omit<SchemaElement, "name"> {
  const { kind, bytes } = factsOf(dtype);
  if (kind === "bool") return { type: "BOOLEAN" };
  if (kind === "float") return { type: bytes === 4 ? "FLOAT" : "DOUBLE" };
  // Not the newer logical type: the library writes its width as a number of 32 bits, which other readers refuse.
  const name = `${kind === "int" ? "" : "U"}INT_${(8 * bytes) as 8 | 16 | 32 | 64}` as const;
  return { type: bytes === 8 ? "INT64" : "INT32", converted_type: name };
}

/** Puts row groups together. */
async function join(
  folder: string,
  chunks: readonly number[],
  schema: SchemaElement[],
  file: LocalFile,
): Promise<void> {
  file.write(magic, 0);
  let at = magic.length;
  const groups: FileMetaData["row_groups"] = [];
  let rows = 0n;
  for (const [number, count] of chunks.entries()) {
    if (count === 0) continue;
    const path = partPath(folder, number);
    const bytes = await openBytes(path);
    const { metadata, end } = await readFooter(bytes).finally(() => bytes.close());
    const moved = BigInt(at - magic.length);
    for (const group of metadata.row_groups) {
      for (const column of group.columns) {
        column.file_offset += moved;
        const facts = column.meta_data!;
        facts.data_page_offset += moved;
        if (facts.dictionary_page_offset !== undefined) facts.dictionary_page_offset += moved;
      }
      groups.push(group);
    }
    rows += metadata.num_rows;
    const part = LocalFile.open(path, "read");
    try {
      await copyBytes(part, { offset: magic.length, length: end - magic.length }, file, at);
    } finally {
      part.close();
    }
    at += end - magic.length;
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
  file.write(writer.getBytes(), at);
}

/** Elements as the library takes them: bools as such, and of uint32 a list, as of typed arrays it refuses the upper half. */
function valuesOf(dtype: DType, column: TypedArray): DecodedArray {
  if (dtype === "bool") return Array.from(column as Uint8Array, (value) => value !== 0);
  return dtype === "uint32" ? Array.from(column as Uint32Array) : (column as DecodedArray);
}

/** Opens a folder of row groups for writing one after the other. */
export function writerOf({ path, dtype, grid, params }: EncodedArray): ArrayWriter {
  const { schema, compression } = params as WriteParams;
  const rows = grid[0]!;
  const compressors = {
    GZIP: (bytes: Uint8Array) => gzipSync(bytes),
    ZSTD: (bytes: Uint8Array) => zstdLibrary().compressSync!(bytes, 3), // create() has seen that it is there
  };
  return {
    async write(box: Box, elements: Uint8Array): Promise<number> {
      const [count = 0, width = 1] = countsOf(box);
      if (count === 0) return 0;
      const all = elementsOf(dtype, elements);
      const columnData = Array.from({ length: width }, (_, i) => {
        const column = columnOf(all, width, i);
        // Dictionaries would make one number of 0 and -0, and of NaNs.
        return {
          name: schema[1 + i]!.name,
          data: valuesOf(dtype, column),
          encoding: "PLAIN" as const,
          offsetIndex: false,
        };
      });
      const { ByteWriter, ParquetWriter } = await loadWriter();
      const bytes = new ByteWriter(count * width * factsOf(dtype).bytes + 2 ** 16);
      const writer = new ParquetWriter({ writer: bytes, schema, codec: codecs[compression], compressors, createdBy });
      await writer.write({ columnData, rowGroupSize: count });
      await writer.finish();
      return writePart(path, chunkAt(rows, box[0]!.start), [bytes.getBytes()]);
    },
    close: () => undefined,
  };
}
