/** Arrays from files of every format. Opening reads only what tells shape, dtype and parts. */
import type { ChunksLike } from "../data/chunks.js";
import type { EncodedArray } from "../data/encoded.js";
import { ArgumentError } from "../data/errors.js";
import type { StridedFile } from "../data/layout.js";
import { checkOptions, checkPath } from "../data/options.js";
import type { CsvOptions } from "../formats/csv/options.js";
import { type Detected, detect } from "../formats/detect.js";
import { loadFormat } from "../formats/index.js";
import { readNpyHeader } from "../formats/npy/npy.js";
import { stackFiles } from "../formats/npy-stack/npy-stack.js";
import type { OpenedArray } from "../formats/opened.js";
import { type RawOptions, rawFile } from "../formats/raw/raw.js";
import type { TableOptions } from "../formats/tables/columns.js";
import { concat, stack } from "../ops/concat.js";
import { encodedExpr, fileExpr } from "../ops/sources.js";
import { ChunkedArray } from "./chunked-array.js";
import { chunkLimit } from "./config.js";

/** The options of functions that open files. */
export interface OpenOptions {
  /**
   * How the array is cut. Default `"auto"`: contiguous stretches of the file of 4 to 64 MiB, or whole parts of it (chunks,
   * row groups, batches) of together that size.
   */
  readonly chunks?: ChunksLike;
}

/** The options of {@link openZarr}. */
export interface OpenZarrOptions extends OpenOptions {
  /** The name of the array inside the store, such as `"group/array"`. Default: what stands at the path itself. */
  readonly path?: string;
}

/** The options of {@link openHdf5}. */
export interface OpenHdf5Options extends OpenOptions {
  /** The path of the dataset, such as `"/group/name"`. May be left out where the file holds exactly one. */
  readonly dataset?: string;
}

/** The options of {@link openNpz}. */
export interface OpenNpzOptions extends OpenOptions {
  /** The name of the array. May be left out where the file holds exactly one. */
  readonly member?: string;
}

/** The options of {@link openNpyStack}. */
export interface OpenNpyStackOptions extends OpenOptions {
  /** The axis along which the files follow each other; `"new"`: each is one index of a new first axis. Default: 0. */
  readonly axis?: number | "new";
}

/** The options of {@link openRaw}. */
export interface OpenRawOptions extends OpenOptions, RawOptions {}

/** The options of {@link openArrow} and {@link openParquet}. */
export interface OpenTableOptions extends OpenOptions, TableOptions {}

/** The options of {@link openCsv}. */
export interface OpenCsvOptions extends OpenOptions, CsvOptions {}

const rawOptions = ["dtype", "shape", "offset", "order", "byteOrder"] satisfies (keyof RawOptions)[];
const tableOptions = ["columns", "column", "nulls"] satisfies (keyof TableOptions)[];
const csvOptions = [
  ...(["delimiter", "header", "columns", "column", "dtype", "missing", "comment", "quote", "skipRows"] as const),
  ...(["compression", "partBytes"] as const),
] satisfies (keyof CsvOptions)[];

/** Checks what every function here is given, and takes the options apart: the chunks, and those of the format. */
function taken<O extends OpenOptions>(
  path: string,
  options: O,
  known: readonly (keyof O & string)[],
  operation: string,
): { chunks: ChunksLike; own: Omit<O, "chunks"> } {
  checkPath(path, operation);
  checkOptions(options, ["chunks", ...known], operation);
  const { chunks = "auto", ...own } = options;
  return { chunks, own };
}

function strided(file: StridedFile, chunks: ChunksLike, operation: string): ChunkedArray {
  return new ChunkedArray(fileExpr(file, chunks, operation, chunkLimit()));
}

function encoded(array: EncodedArray, chunks: ChunksLike, operation: string): ChunkedArray {
  return new ChunkedArray(encodedExpr(array, chunks, operation, chunkLimit()));
}

function either(opened: OpenedArray, chunks: ChunksLike, operation: string): ChunkedArray {
  return opened.kind === "strided" ? strided(opened.file, chunks, operation) : encoded(opened.array, chunks, operation);
}

/**
 * Opens a NumPy .npy file (versions 1 to 3, C and Fortran order, any byte order) as an array. Reads the header only, now;
 * the data is read tile by tile when something is computed. float16 is widened to float32.
 *
 * Throws a StorageError when the file cannot be opened and a FormatError, with path and offset, when it is damaged or of a
 * kind that is refused (structured dtypes, pickled objects).
 * @example
 * const x = openNpy("huge.npy");
 * const means = await x.mean(0).compute();
 */
export function openNpy(path: string, options: OpenOptions = {}): ChunkedArray {
  const { chunks } = taken(path, options, [], "openNpy");
  return strided(readNpyHeader(path), chunks, "openNpy");
}

/**
 * Opens a file of nothing but elements, whose dtype and shape only the user knows. One length of the shape may be -1: it is
 * taken from the size of the file. Bytes before `offset` and after the last element are let be.
 *
 * Throws a StorageError when the file cannot be opened, a FormatError when it is too short.
 * @example
 * const x = openRaw("scan.bin", { dtype: "uint16", shape: [-1, 512, 512], byteOrder: "big" });
 */
export function openRaw(path: string, options: OpenRawOptions): ChunkedArray {
  const { chunks, own } = taken(path, options, rawOptions, "openRaw");
  return strided(rawFile(path, own), chunks, "openRaw");
}

/**
 * Opens the .npy files of a folder as one array, in the order of their names, numbers in them by value: what Dask's
 * `to_npy_stack` writes, or one file for each step. Reads the headers only, now.
 *
 * Throws a FormatError where there is no .npy file, or dtypes or shapes (but for the axis) differ.
 * @example
 * const x = openNpyStack("steps", { axis: "new" }); // [files, …]
 */
export function openNpyStack(folder: string, options: OpenNpyStackOptions = {}): ChunkedArray {
  const { chunks, own } = taken(folder, options, ["axis"], "openNpyStack");
  const { axis = 0 } = own;
  const files = stackFiles(folder, axis).map((file) => strided(file, "auto", "openNpyStack"));
  const all = axis === "new" ? stack(files) : concat(files, { axis });
  return chunks === "auto" ? all : all.rechunk(chunks);
}

/**
 * Opens an array of a NumPy .npz file. What was saved without compression is read as a .npy file is; what was compressed is
 * decoded from its beginning on, by every worker that needs it.
 *
 * Rejects with a FormatError when it is damaged, when there is no such array, or more than one to choose from.
 * @example
 * const x = await openNpz("run.npz", { member: "weights" });
 */
export async function openNpz(path: string, options: OpenNpzOptions = {}): Promise<ChunkedArray> {
  const { chunks, own } = taken(path, options, ["member"], "openNpz");
  return either(await (await loadFormat("npz")).open(path, own), chunks, "openNpz");
}

/**
 * Opens a Zarr array, version 2 or 3, with shards or without. Reads metadata only, now; chunks are decoded in the workers
 * when something is computed, and of a shard only the chunks that are needed.
 *
 * Rejects with a StorageError when nothing stands at the path, a FormatError when it is damaged, a group (the message names
 * its arrays), or holds what is no number.
 * @example
 * const t = await openZarr("climate.zarr", { path: "surface/temperature" });
 */
export async function openZarr(path: string, options: OpenZarrOptions = {}): Promise<ChunkedArray> {
  const { chunks, own } = taken(path, options, ["path"], "openZarr");
  const { array } = await (await loadFormat("zarr")).open(path, own);
  return encoded(array, chunks, "openZarr");
}

/**
 * Opens a dataset of an HDF5 file. Reads metadata only, now; chunks are decoded in the workers, and a dataset that is not
 * cut into chunks is read as a .npy file is.
 *
 * Rejects with a FormatError when it is damaged, when there is no such dataset, or it holds no numbers.
 * @example
 * const x = await openHdf5("run.h5", { dataset: "/detector/counts" });
 */
export async function openHdf5(path: string, options: OpenHdf5Options = {}): Promise<ChunkedArray> {
  const { chunks, own } = taken(path, options, ["dataset"], "openHdf5");
  return either(await (await loadFormat("hdf5")).open(path, own), chunks, "openHdf5");
}

/**
 * Opens columns of an Arrow IPC file or stream (Feather version 2): an array [rows, columns] of their common dtype, or with
 * `column` one of one axis. Reads the metadata only, now. Nulls become NaN, unless `nulls` asks for something else.
 *
 * Rejects with a FormatError when it is damaged, or a column that is asked for holds no numbers.
 * @example
 * const x = await openArrow("trips.arrow", { columns: ["distance", "fare"] });
 */
export async function openArrow(path: string, options: OpenTableOptions = {}): Promise<ChunkedArray> {
  const { chunks, own } = taken(path, options, tableOptions, "openArrow");
  return encoded(await (await loadFormat("arrow")).open(path, own), chunks, "openArrow");
}

/**
 * Opens columns of a Parquet file: an array [rows, columns] of their common dtype, or with `column` one of one axis. Reads
 * the metadata only, now; later only the pages of these columns. Nulls become NaN, unless `nulls` asks for something else.
 *
 * Rejects with a FormatError when it is damaged, or a column that is asked for holds no numbers.
 * @example
 * const fares = await openParquet("trips.parquet", { column: "fare" });
 */
export async function openParquet(path: string, options: OpenTableOptions = {}): Promise<ChunkedArray> {
  const { chunks, own } = taken(path, options, tableOptions, "openParquet");
  return encoded(await (await loadFormat("parquet")).open(path, own), chunks, "openParquet");
}

/**
 * Opens a table of numbers in text (CSV, TSV and their like): an array [records, columns], or with `column` one of one axis.
 * The file is read once to count its records; numbers are parsed in the workers, each to the nearest float.
 *
 * Rejects with a FormatError for a file that is no table of numbers; computing rejects with one that names line and column.
 * @example
 * const x = await openCsv("samples.csv", { columns: ["time", "value"] });
 */
export async function openCsv(path: string, options: OpenCsvOptions = {}): Promise<ChunkedArray> {
  const { chunks, own } = taken(path, options, csvOptions, "openCsv");
  return encoded(await (await loadFormat("csv")).open(path, own), chunks, "openCsv");
}

/** What {@link open} may be told beside the path: the options of the format that it finds. */
export type OpenAnyOptions = OpenZarrOptions &
  OpenHdf5Options &
  OpenNpzOptions &
  OpenNpyStackOptions &
  Omit<OpenCsvOptions, "columns" | "column"> &
  Pick<OpenTableOptions, "columns" | "column" | "nulls">;

const openers: Readonly<Record<Detected, (path: string, options: never) => ChunkedArray | Promise<ChunkedArray>>> = {
  npy: openNpy,
  "npy-stack": openNpyStack,
  npz: openNpz,
  zarr: openZarr,
  hdf5: openHdf5,
  arrow: openArrow,
  parquet: openParquet,
  csv: openCsv,
  tsv: (path: string, options: OpenCsvOptions) => openCsv(path, { delimiter: "\t", ...options }),
};

/**
 * Opens a file or a folder of any format that is known, by its content, then by its ending: .npy, .npz, folders of .npy files,
 * Zarr, HDF5, Arrow, Parquet, CSV and TSV. The options are those of the format.
 *
 * Rejects with a FormatError that lists the formats when it is none of them, and as the format's own function does.
 * @example
 * const x = await open("climate.zarr", { path: "temperature" });
 */
export async function open(path: string, options: OpenAnyOptions = {}): Promise<ChunkedArray> {
  checkPath(path, "open");
  if (typeof options !== "object" || options === null) {
    throw new ArgumentError(`open: options are an object such as { chunks }, not ${JSON.stringify(options)}`);
  }
  return openers[detect(path)](path, options as never);
}
