/** Arrays from files of every format: one function for each. Opening reads only what shows shape, dtype and parts. */
import { takesOnly } from "../data/arguments.js";
import type { DType } from "../data/dtype.js";
import { ArgumentError } from "../data/errors.js";
import { checkPath } from "../data/options.js";
import { shown } from "../data/shown.js";
import type { CsvOptions } from "../formats/csv/options.js";
import { detect } from "../formats/detect.js";
import type { RawOptions } from "../formats/raw/raw.js";
import { table } from "../formats/table.js";
import type { TableOptions } from "../formats/tables/columns.js";
import type { ChunkedArray } from "./chunked-array.js";
import { type DecodeOptions, type OpenOptions, openAs, openNowAs } from "./file-arrays.js";

/** The options of {@link openZarr}. */
export interface OpenZarrOptions extends OpenOptions, DecodeOptions {
  /** The name of the array inside the store, such as `"group/array"`. Default: the array at the path itself. */
  readonly path?: string;
}

/** The options of {@link openHdf5}. */
export interface OpenHdf5Options extends OpenOptions, DecodeOptions {
  /** The path of the dataset, such as `"/group/name"`. May be left out if the file holds exactly one. */
  readonly dataset?: string;
}

/** The options of {@link openNetcdf3}. */
export interface OpenNetcdf3Options extends OpenOptions, DecodeOptions {
  /** The name of the variable. May be left out if the file holds exactly one. */
  readonly variable?: string;
}

/** The options of {@link openNpz}. */
export interface OpenNpzOptions extends OpenOptions {
  /** The name of the array. May be left out if the file holds exactly one. */
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
 * Opens a NumPy .npy file (versions 1 to 3, C and Fortran order, any byte order) as an array. Reads only the
 * header now; the elements are read tile by tile when something is computed. float16 is widened to float32.
 * datetime64 and timedelta64 are int64; {@link readAttributes} says what they count, and NaT is the least int64.
 *
 * Throws a StorageError if the file cannot be opened; a FormatError, with path and offset, if it is damaged or of a
 * kind that is refused (structured dtypes, pickled objects).
 * `openNpy<"float64">(path)` tells TypeScript what the file holds, which it cannot check; without it the elements are
 * of any type. So do all functions that open files.
 * @example
 * const x = openNpy<"float64">("huge.npy");
 * const means = await x.mean(0).compute(); // means.data is a Float64Array
 */
export const openNpy = takesOnly(
  "openNpy",
  ["path", "options"],
  <D extends DType = DType>(path: string, options: OpenOptions = {}): ChunkedArray<D> => {
    return openNowAs(table.npy, path, options);
  },
);

/**
 * Opens a file of nothing but elements, whose dtype and shape only the user knows. One length of the shape may be -1:
 * it follows from the size of the file. Bytes before `offset` and after the last element are ignored.
 *
 * Throws a StorageError if the file cannot be opened, a FormatError if it is too short.
 * @example
 * const x = openRaw("scan.bin", { dtype: "uint16", shape: [-1, 512, 512], byteOrder: "big" });
 */
export const openRaw = takesOnly(
  "openRaw",
  ["path", "options"],
  <D extends DType = DType>(path: string, options: OpenRawOptions): ChunkedArray<D> => {
    if (options === undefined)
      throw new ArgumentError("openRaw: options are missing; expected the dtype and the shape, as { dtype, shape }");
    return openNowAs(table.raw, path, options);
  },
);

/**
 * Opens the .npy files of a folder as one array: what Dask's `to_npy_stack` writes, or one file for each step. The
 * files are in the order of their names, with numbers in names ordered by value. Reads only the headers now.
 *
 * Throws a FormatError if there is no .npy file, or if dtypes or shapes (except along the axis) differ.
 * @example
 * const x = openNpyStack("steps", { axis: "new" }); // [files, …]
 */
export const openNpyStack = takesOnly(
  "openNpyStack",
  ["folder", "options"],
  <D extends DType = DType>(folder: string, options: OpenNpyStackOptions = {}): ChunkedArray<D> => {
    return openNowAs(table.npyStack, folder, options);
  },
);

/**
 * Opens an array of a NumPy .npz file. An array that was saved without compression is read like a .npy file; a
 * compressed one is decoded from its beginning, by every worker that needs it.
 *
 * Rejects with a FormatError if the file is damaged, if there is no such array, or if `member` is missing and there are
 * several.
 * @example
 * const x = await openNpz("run.npz", { member: "weights" });
 */
export const openNpz = takesOnly(
  "openNpz",
  ["path", "options"],
  async <D extends DType = DType>(path: string, options: OpenNpzOptions = {}): Promise<ChunkedArray<D>> => {
    return openAs(table.npz, path, options);
  },
);

/**
 * Opens a Zarr array, version 2 or 3, with or without shards, in a folder or a zip archive. Reads only metadata now;
 * the workers decode chunks when something is computed, and only the chunks of a shard that are needed. Times are read
 * as {@link openNpy} reads them.
 *
 * Rejects with a StorageError if there is nothing at the path; with a FormatError if it is damaged, is a group (the
 * message names its arrays), or does not hold numbers.
 * @example
 * const t = await openZarr("climate.zarr", { path: "surface/temperature", decode: "cf" });
 */
export const openZarr = takesOnly(
  "openZarr",
  ["path", "options"],
  async <D extends DType = DType>(path: string, options: OpenZarrOptions = {}): Promise<ChunkedArray<D>> => {
    return openAs(table.zarr, path, options);
  },
);

/**
 * Opens a dataset of an HDF5 file. Reads only metadata now; the workers decode chunks, and a dataset without chunks is
 * read like a .npy file.
 *
 * A field of a dataset that holds records has the path of the dataset and its name: `"/table/field"`. Arrays that are
 * elements are more axes, after those of the dataset. Times of NumPy are int64, with NaT as the least number;
 * {@link readAttributes} says what they count. Enumerations and bit fields are integers.
 *
 * Links to other files are followed, and elements in other files (virtual datasets, external storage) are read, if
 * these files are in the folder of this one or below. Opening a virtual dataset opens each of its sources, which takes
 * about 2 ms; where a source is missing, elements are the fill value.
 *
 * Rejects with a FormatError if the file is damaged, if there is no such dataset, or if it does not hold numbers.
 * @example
 * const x = await openHdf5("run.h5", { dataset: "/detector/counts" });
 */
export const openHdf5 = takesOnly(
  "openHdf5",
  ["path", "options"],
  async <D extends DType = DType>(path: string, options: OpenHdf5Options = {}): Promise<ChunkedArray<D>> => {
    return openAs(table.hdf5, path, options);
  },
);

/**
 * Opens a variable of a netCDF-3 file: classic, with 64-bit offsets, or with 64-bit sizes (CDF-5). Reads only the
 * header now; elements are read in place like those of a .npy file, also from records. A netCDF-4 file is an
 * HDF5 file; see {@link openHdf5}.
 *
 * Rejects with a FormatError if the file is damaged, if there is no such variable, or if it holds text.
 * @example
 * const t = await openNetcdf3("climate.nc", { variable: "t", decode: "cf" });
 */
export const openNetcdf3 = takesOnly(
  "openNetcdf3",
  ["path", "options"],
  async (path: string, options: OpenNetcdf3Options = {}): Promise<ChunkedArray> => {
    return openAs(table.netcdf3, path, options);
  },
);

/**
 * Opens columns of an Arrow IPC file or stream (Feather version 2): an array [rows, columns] of their common dtype;
 * with `column`, an array with one axis, or of fixed-size lists with two. Members of structs are named
 * `"struct.member"`. Reads only the metadata now. Nulls become NaN, unless `nulls` asks for something else.
 *
 * Times are int64, nulls among them NaT (the least int64), and {@link readAttributes} says what they count. Decimals
 * become float64 with `inexact: true`. An integer of 64 bits that float64 would round, because there are nulls or other
 * columns are floats, rejects on computing, unless `inexact` is true.
 *
 * Rejects with a FormatError if the file is damaged, or if a column that is asked for holds no numbers.
 * @example
 * const x = await openArrow("trips.arrow", { columns: ["distance", "fare"] });
 */
export const openArrow = takesOnly(
  "openArrow",
  ["path", "options"],
  async <D extends DType = DType>(path: string, options: OpenTableOptions = {}): Promise<ChunkedArray<D>> => {
    return openAs(table.arrow, path, options);
  },
);

/**
 * Opens columns of a Parquet file: an array [rows, columns] of their common dtype; with `column`, an array with one
 * axis, or of lists that all have one length with two. Members of structs are named `"struct.member"`. Reads only the
 * metadata now, and later only the pages of these columns; where the metadata does not say whether integers have nulls,
 * their pages are looked through for one now. Nulls become NaN, unless `nulls` asks for something else.
 *
 * A folder is one table of all its `.parquet` files, in the order of their names. Numbers in the names of folders such
 * as `year=2024` are a column.
 *
 * A column of a row group is decoded as a whole, so `memoryLimit` must hold the rows of the largest one: of 30 million
 * float64 in one row group, 253 MB. A million rows in each are a good size.
 *
 * Times, decimals and integers that would be rounded: see {@link openArrow}.
 *
 * Rejects with a FormatError if a file is damaged, or if a column that is asked for holds no numbers.
 * @example
 * const fares = await openParquet("trips.parquet", { column: "fare" });
 */
export const openParquet = takesOnly(
  "openParquet",
  ["path", "options"],
  async <D extends DType = DType>(path: string, options: OpenTableOptions = {}): Promise<ChunkedArray<D>> => {
    return openAs(table.parquet, path, options);
  },
);

/**
 * Opens a table of numbers in text (CSV, TSV and the like): an array [records, columns]; with `column`, an array with
 * one axis. The file is read once to count its records, and a second time if its first 100 records hold whole numbers
 * or bools only and others may follow; the workers parse the numbers, each to the nearest float.
 *
 * Delimiter, header, dtype, line ends, encoding and compression are found out; options come first.
 *
 * Rejects with a FormatError if the file is not a table of numbers, or can be read in two ways: the message names the
 * option that decides. Computing rejects with one that names line and column.
 * @example
 * const x = await openCsv("samples.csv", { columns: ["time", "value"] });
 * const y = await openCsv("messung.csv", { decimal: ",", missing: [-999] });
 */
export const openCsv = takesOnly(
  "openCsv",
  ["path", "options"],
  async <D extends DType = DType>(path: string, options: OpenCsvOptions = {}): Promise<ChunkedArray<D>> => {
    return openAs(table.csv, path, options);
  },
);

/** The options of {@link open}: those of the format that it finds. */
export type OpenAnyOptions = OpenZarrOptions &
  OpenHdf5Options &
  OpenNetcdf3Options &
  OpenNpzOptions &
  OpenNpyStackOptions &
  Omit<OpenCsvOptions, "columns" | "column"> &
  Pick<OpenTableOptions, keyof TableOptions>;

/**
 * Opens a file or a folder of any known format: .npy, .npz, folders of .npy files, Zarr, HDF5, netCDF, Arrow, Parquet,
 * CSV and TSV. The format is recognised by the content, then by the ending. The options are those of the format.
 *
 * Rejects with a FormatError that lists the formats if the path has none of them, and as the format's own function
 * does.
 * @example
 * const x = await open("climate.zarr", { path: "temperature" });
 */
export const open = takesOnly(
  "open",
  ["path", "options"],
  async <D extends DType = DType>(path: string, options: OpenAnyOptions = {}): Promise<ChunkedArray<D>> => {
    checkPath(path, "open");
    if (typeof options !== "object" || options === null || Symbol.iterator in options) {
      throw new ArgumentError(`open: options are an object such as { chunks }, not ${shown(options)}`);
    }
    const { row, options: implied } = detect(path);
    return openAs(row, path, { ...implied, ...options });
  },
);
