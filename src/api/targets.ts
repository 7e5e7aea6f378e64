/** Formats as targets of `store`: how arrays are written as .npy, .npz, Zarr, Arrow, Parquet and text. */
import { takesOnly } from "../data/arguments.js";
import type { ArrowWriteOptions } from "../formats/arrow/writer.js";
import type { CsvWriteOptions } from "../formats/csv/create.js";
import type { ParquetWriteOptions } from "../formats/parquet/writer.js";
import { table } from "../formats/table.js";
import type { ZarrWriteOptions } from "../formats/zarr/create.js";
import type { AnyArray, ComputeOptions } from "./compute.js";
import { saveMembers, type Target, targetAs } from "./store.js";

/** The options of {@link toZarr}. */
export type ZarrOptions = Omit<ZarrWriteOptions, "key">;

/**
 * A .npy file as a target of {@link store}.
 * @example await store([x, y], [toNpy("x.npy"), toNpy("y.npy")]);
 */
export const toNpy = takesOnly("toNpy", ["path"], (path: string): Target => {
  return targetAs(table.npy, path);
});

/**
 * A Zarr array as a target of {@link store}: new, in the place of another (`mode: "overwrite"`), more of one
 * (`mode: "append"`), or a part of one (`region`). One task writes one chunk or shard; the array is cut for that. With
 * `resume: true` a failed or interrupted run keeps what it has written, and the same computation continues from there.
 *
 * Several processes may write to one array or group: the last step of writing is taken by one at a time. Rejects with a
 * ConflictError if someone else has changed the array since the call, or has made one where there was none. Nothing
 * was written then, and the whole call can be made again.
 * @example
 * const y = toZarr("out.zarr", { path: "y", shards: 4096, chunks: 512 });
 * await store([x.mean(0), x], [toZarr("out.zarr", { path: "x" }), y]);
 */
export const toZarr = takesOnly("toZarr", ["path", "options"], (path: string, options: ZarrOptions = {}): Target => {
  return targetAs(table.zarr, path, options);
});

/**
 * An Arrow IPC file (Feather version 2) as a target of {@link store}: a chunk of rows is a record batch, a column of
 * the array a column of the table.
 * @example await store([x], [toArrow("x.arrow", { columns: ["a", "b"], compression: "lz4" })]);
 */
export const toArrow = takesOnly(
  "toArrow",
  ["path", "options"],
  (path: string, options: ArrowWriteOptions = {}): Target => {
    return targetAs(table.arrow, path, options);
  },
);

/**
 * A Parquet file as a target of {@link store}: a chunk of rows is a row group, a column of the array a column of the
 * table.
 * @example await store([x], [toParquet("x.parquet", { columns: ["a", "b"] })]);
 */
export const toParquet = takesOnly(
  "toParquet",
  ["path", "options"],
  (path: string, options: ParquetWriteOptions = {}): Target => {
    return targetAs(table.parquet, path, options);
  },
);

/**
 * A table of text as a target of {@link store}. Floats are written with the fewest digits that read as the same number.
 * @example await store([x], [toCsv("x.csv", { header: ["a", "b"] })]);
 */
export const toCsv = takesOnly("toCsv", ["path", "options"], (path: string, options: CsvWriteOptions = {}): Target => {
  return targetAs(table.csv, path, options);
});

/**
 * Writes arrays into one NumPy .npz file, uncompressed, each under its name. The file appears under its own name when
 * it is complete; after a failure nothing is left of it, and an older file of that name stays.
 *
 * Rejects with an ArgumentError for names that are not file names.
 * @example await saveNpz("statistics.npz", { mean: x.mean(0), std: x.std(0) });
 */
export const saveNpz = takesOnly(
  "saveNpz",
  ["path", "arrays", "options"],
  async (path: string, arrays: Readonly<Record<string, AnyArray>>, options: ComputeOptions = {}): Promise<void> => {
    await saveMembers(table.npz, path, arrays, options);
  },
);
