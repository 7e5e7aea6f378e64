/** Arrays from files of every format: one function for each. Opening reads only what shows shape, dtype and parts. */
import { ArgumentError } from "../data/errors.js";
import { checkPath } from "../data/options.js";
import type { CsvOptions } from "../formats/csv/options.js";
import { detect } from "../formats/detect.js";
import type { RawOptions } from "../formats/raw/raw.js";
import { table } from "../formats/table.js";
import type { TableOptions } from "../formats/tables/columns.js";
import type { ChunkedArray } from "./chunked-array.js";
import { type OpenOptions, openAs, openNowAs } from "./file-arrays.js";
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
  return openNowAs(table.npy, path, options);
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
  return openNowAs(table.raw, path, options);
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
  return openNowAs(table.npyStack, folder, options);
}

/**
 * Opens an array of a NumPy .npz file. What was saved without compression is read as a .npy file is; what was compressed is
 * decoded from its beginning on, by every worker that needs it.
 *
 * Rejects with a FormatError when it is damaged, when there is no such array, or more than one to choose from.
 * @example
 * const x = await openNpz("run.npz", { member: "weights" });
 */
export function openNpz(path: string, options: OpenNpzOptions = {}): Promise<ChunkedArray> {
  return openAs(table.npz, path, options);
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
export function openZarr(path: string, options: OpenZarrOptions = {}): Promise<ChunkedArray> {
  return openAs(table.zarr, path, options);
}

/**
 * Opens a dataset of an HDF5 file. Reads metadata only, now; chunks are decoded in the workers, and a dataset that is not
 * cut into chunks is read as a .npy file is.
 *
 * Rejects with a FormatError when it is damaged, when there is no such dataset, or it holds no numbers.
 * @example
 * const x = await openHdf5("run.h5", { dataset: "/detector/counts" });
 */
export function openHdf5(path: string, options: OpenHdf5Options = {}): Promise<ChunkedArray> {
  return openAs(table.hdf5, path, options);
}

/**
 * Opens columns of an Arrow IPC file or stream (Feather version 2): an array [rows, columns] of their common dtype, or with
 * `column` one of one axis. Reads the metadata only, now. Nulls become NaN, unless `nulls` asks for something else.
 *
 * Rejects with a FormatError when it is damaged, or a column that is asked for holds no numbers.
 * @example
 * const x = await openArrow("trips.arrow", { columns: ["distance", "fare"] });
 */
export function openArrow(path: string, options: OpenTableOptions = {}): Promise<ChunkedArray> {
  return openAs(table.arrow, path, options);
}

/**
 * Opens columns of a Parquet file: an array [rows, columns] of their common dtype, or with `column` one of one axis. Reads
 * the metadata only, now; later only the pages of these columns. Nulls become NaN, unless `nulls` asks for something else.
 *
 * Rejects with a FormatError when it is damaged, or a column that is asked for holds no numbers.
 * @example
 * const fares = await openParquet("trips.parquet", { column: "fare" });
 */
export function openParquet(path: string, options: OpenTableOptions = {}): Promise<ChunkedArray> {
  return openAs(table.parquet, path, options);
}

/**
 * Opens a table of numbers in text (CSV, TSV and their like): an array [records, columns], or with `column` one of one axis.
 * The file is read once to count its records; numbers are parsed in the workers, each to the nearest float.
 *
 * Rejects with a FormatError for a file that is no table of numbers; computing rejects with one that names line and column.
 * @example
 * const x = await openCsv("samples.csv", { columns: ["time", "value"] });
 */
export function openCsv(path: string, options: OpenCsvOptions = {}): Promise<ChunkedArray> {
  return openAs(table.csv, path, options);
}

/** The options of {@link open}: those of the format that it finds. */
export type OpenAnyOptions = OpenZarrOptions &
  OpenHdf5Options &
  OpenNpzOptions &
  OpenNpyStackOptions &
  Omit<OpenCsvOptions, "columns" | "column"> &
  Pick<OpenTableOptions, "columns" | "column" | "nulls">;

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
  const { row, options: implied } = detect(path);
  return openAs(row, path, { ...implied, ...options });
}
