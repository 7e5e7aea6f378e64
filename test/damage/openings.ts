/** How the whole files of `whole.py` are opened, and what of them is protected by a checksum. */
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import {
  type ChunkedArray,
  openArrow,
  openCsv,
  openHdf5,
  openNetcdf3,
  openNpy,
  openNpyStack,
  openNpz,
  openParquet,
  openRaw,
  openZarr,
} from "chunkwise";
import { runPython } from "../support/python.js";
import type { Files } from "./damage.js";

/** A way to open an array. */
export interface Opening {
  /** The folder of its files. */
  readonly folder: string;
  /** What of the folder is opened; empty for the folder itself. */
  readonly file: string;
  open(path: string): ChunkedArray | Promise<ChunkedArray>;
  /** Where it takes more than usual. */
  readonly memoryLimit?: string;
  /** The files that no damage can change without being noticed. */
  readonly sealed?: RegExp;
}

/** Writes the whole files into a folder. */
export async function writeWhole(folder: string): Promise<void> {
  await runPython(readFileSync(new URL("whole.py", import.meta.url), "utf8"), folder);
}

/** The files below a folder. */
export function filesOf(folder: string): Files {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = entries.map((entry) => relative(folder, join(entry.parentPath, entry.name)));
  return new Map(paths.map((path) => [path, readFileSync(join(folder, path))]));
}

const nested = ["list", "in.b", "in.time", "money"];
const columns = ["a", "b", "c", "half", "time"];
const hdf5 = (dataset: string) => (path: string) => openHdf5(path, { dataset });

/** Openings by their names. */
export const openings: Readonly<Record<string, Opening>> = {
  ...only("npy", "x.npy", (path) => openNpy(path)),
  ...only("npy-fortran", "x.npy", (path) => openNpy(path)),
  ...only("npy-half", "x.npy", (path) => openNpy(path)),
  ...only("npy-stack", "", (path) => openNpyStack(path)),
  "npy-stack, a new axis": { folder: "npy-stack", file: "", open: (path) => openNpyStack(path, { axis: "new" }) },
  ...only("raw", "x.bin", (path) => openRaw(path, { dtype: "float64", shape: [-1, 4] })),
  ...only("npz", "x.npz", (path) => openNpz(path, { member: "x" })),
  "npz-deflated": {
    folder: "npz-deflated",
    file: "x.npz",
    open: (path) => openNpz(path, { member: "x" }),
    sealed: /npz$/,
  },
  ...only("netcdf3", "x.nc", (path) => openNetcdf3(path, { variable: "s" })),
  "netcdf3, put together": { folder: "netcdf3", file: "x.nc", open: (path) => openNetcdf3(path, { variable: "x" }) },
  ...each(["arrow", "arrow-stream", "arrow-lz4", "arrow-zstd"], "x.arrow", (path) => openArrow(path, { columns })),
  ...each(
    ["parquet", "parquet-snappy", "parquet-gzip", "parquet-zstd", "parquet-lz4", "parquet-brotli"],
    "x.parquet",
    (path) => openParquet(path, { columns }),
  ),
  ...each(["parquet-nested", "parquet-96"], "x.parquet", (path) =>
    openParquet(path, { columns: nested, inexact: true }),
  ),
  ...only("arrow-nested", "x.arrow", (path) => openArrow(path, { columns: [...nested, "coded"], inexact: true })),
  "arrow-nested, a list": {
    folder: "arrow-nested",
    file: "x.arrow",
    open: (path) => openArrow(path, { column: "list" }),
  },
  "parquet, one column": {
    folder: "parquet",
    file: "x.parquet",
    open: (path) => openParquet(path, { column: "b", nulls: "mask" }),
  },
  ...only("csv", "x.csv", (path) => openCsv(path, { partBytes: 1024 })),
  ...only("tsv", "x.tsv", (path) => openCsv(path)),
  "csv-gzip": {
    folder: "csv-gzip",
    file: "x.csv.gz",
    open: (path) => openCsv(path, { compression: "gzip" }),
    sealed: /gz$/,
  },
  "csv-zstd": {
    folder: "csv-zstd",
    file: "x.csv.zst",
    open: (path) => openCsv(path, { compression: "zstd" }),
    sealed: /zst$/,
    memoryLimit: "160MB",
  },
  ...Object.fromEntries(
    ["hdf5-earliest", "hdf5-latest"].flatMap((folder) =>
      ["plain", "group/gzip", "group/sum", "growing"].map((name) => [
        `${folder}, ${name}`,
        {
          ...{ folder, file: "x.h5", open: hdf5(`/${name}`) },
          ...(folder === "hdf5-latest" && name === "group/sum" ? { sealed: /h5$/ } : {}),
        },
      ]),
    ),
  ),
  ...each(
    ["zarr-2", "zarr-2-delta", "zarr-2-blosc", "zarr-3", "zarr-3-zstd", "zarr-3-blosc", "zarr-shards-plain"],
    "",
    (path) => openZarr(path),
  ),
  "zarr-3-sum": { folder: "zarr-3-sum", file: "", open: (path) => openZarr(path), sealed: /c\/\d/ },
  "zarr-shards": { folder: "zarr-shards", file: "", open: (path) => openZarr(path), sealed: /c\/\d/ },
  "zarr-group": { folder: "zarr-group", file: "", open: (path) => openZarr(path, { path: "deep/y" }) },
};

function only(folder: string, file: string, open: Opening["open"]): Record<string, Opening> {
  return { [folder]: { folder, file, open } };
}

function each(folders: readonly string[], file: string, open: Opening["open"]): Record<string, Opening> {
  return Object.fromEntries(folders.map((folder) => [folder, { folder, file, open }]));
}
