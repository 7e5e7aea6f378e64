/** Formats as targets of `store`: how arrays are written as Zarr, Arrow, Parquet and text. */
import { checkOptions, checkPath } from "../data/options.js";
import type { Expr } from "../expr/expr.js";
import type { ArrowWriteOptions } from "../formats/arrow/writer.js";
import type { CsvWriteOptions } from "../formats/csv/create.js";
import { loadFormat } from "../formats/index.js";
import type { ParquetWriteOptions } from "../formats/parquet/writer.js";
import type { ZarrWriteOptions } from "../formats/zarr/create.js";
import { encodedTarget, type Target } from "./save.js";

/** The options of {@link toZarr}. */
export type ZarrOptions = Omit<ZarrWriteOptions, "key">;

/** The options of each format by name: what is not among them belongs to the computation. */
export const targetOptions = {
  toZarr: [
    ...(["path", "mode", "axis", "region", "writeEmptyChunks", "resume", "zarrFormat", "chunks", "shards"] as const),
    ...(["compressor", "codecs", "fillValue", "attributes", "dimensionNames", "dimensionSeparator", "order"] as const),
  ] satisfies (keyof ZarrOptions)[],
  toArrow: ["columns", "compression"] satisfies (keyof ArrowWriteOptions)[],
  toParquet: ["columns", "compression"] satisfies (keyof ParquetWriteOptions)[],
  toCsv: ["delimiter", "header", "lineEnding"] satisfies (keyof CsvWriteOptions)[],
} as const;

function check(path: string, options: object, operation: keyof typeof targetOptions): void {
  checkPath(path, operation);
  checkOptions(options, targetOptions[operation], operation);
}

/** What formats are told of an array. */
const described = ({ meta: { dtype, shape, chunks } }: Expr): Pick<Expr["meta"], "dtype" | "shape" | "chunks"> => {
  return { dtype, shape, chunks };
};

/**
 * A Zarr array as a target of {@link store}: new, in the place of another (`mode: "overwrite"`), more of one
 * (`mode: "append"`), or a part of one (`region`). One task writes one chunk or shard; the array is cut for that. With
 * `resume: true` a failed or interrupted run keeps what it has written, and the same computation goes on from there.
 * @example await store([x, y], [toZarr("out.zarr", { path: "x" }), toZarr("out.zarr", { path: "y", shards: 4096, chunks: 512 })]);
 */
export function toZarr(path: string, options: ZarrOptions = {}): Target {
  check(path, options, "toZarr");
  const name = options.path === undefined ? path : `${path}/${options.path}`;
  return encodedTarget(name, async (expr) => {
    const keyed = options.resume === true ? { ...options, key: expr.key } : options;
    return (await loadFormat("zarr")).create(path, described(expr), keyed);
  });
}

/**
 * An Arrow IPC file (Feather version 2) as a target of {@link store}: a chunk of rows is a record batch, a column of the
 * array a column of the table.
 * @example await store([x], [toArrow("x.arrow", { columns: ["a", "b"], compression: "lz4" })]);
 */
export function toArrow(path: string, options: ArrowWriteOptions = {}): Target {
  check(path, options, "toArrow");
  return encodedTarget(path, async (expr) => (await loadFormat("arrow")).create(path, described(expr), options));
}

/**
 * A Parquet file as a target of {@link store}: a chunk of rows is a row group, a column of the array a column of the table.
 * @example await store([x], [toParquet("x.parquet", { columns: ["a", "b"] })]);
 */
export function toParquet(path: string, options: ParquetWriteOptions = {}): Target {
  check(path, options, "toParquet");
  return encodedTarget(path, async (expr) => (await loadFormat("parquet")).create(path, described(expr), options));
}

/**
 * A table of text as a target of {@link store}. Floats have the fewest digits that give the same number again.
 * @example await store([x], [toCsv("x.csv", { header: ["a", "b"] })]);
 */
export function toCsv(path: string, options: CsvWriteOptions = {}): Target {
  check(path, options, "toCsv");
  return encodedTarget(path, async (expr) => (await loadFormat("csv")).create(path, described(expr), options));
}
