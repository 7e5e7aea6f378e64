// @ts-check
/**
 * The files of the benchmark, made when they are first needed, in a folder that goes at the end. chunkwise itself makes
 * them, but for Parquet and HDF5: those are what pyarrow and h5py write.
 */
import { spawnSync } from "node:child_process";
import {
  closeSync,
  fsyncSync,
  ftruncateSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statfsSync,
  statSync,
  writeSync,
} from "node:fs";
import { freemem, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openNpy, random } from "chunkwise";
import { npyHeader } from "#src/formats/npy/npy";
import { python } from "./sides.mjs";

/** @typedef {import("./rows.mjs").ArrayName} ArrayName */
/** @typedef {import("./rows.mjs").FormatName} FormatName */

const columns = 1024;
const tableColumns = 100;
const around1 = { seed: 0, low: 0.5, high: 1.5 };

/**
 * Writes the files that are not .npy: from the table's .npy file, but for `zarr`.
 * @type {Record<FormatName, (path: string, data: Data) => Promise<void>>}
 */
const formats = {
  zarr: (path, data) =>
    random
      .uniform(data.shape("zarr"), { ...around1, dtype: "float64" })
      .saveZarr(path, { chunks: [2048, -1], compressor: null }),
  zarrZstd: async (path, data) =>
    openNpy(await data.path("table")).saveZarr(path, { chunks: [10_000, -1], compressor: "zstd" }),
  arrow: async (path, data) => openNpy(await data.path("table")).saveArrow(path),
  csv: async (path, data) => {
    const header = Array.from({ length: tableColumns }, (_, i) => `column_${i}`);
    await openNpy(await data.path("table")).saveCsv(path, { header });
  },
  parquet: async (path, data) => writtenByPython("parquet", await data.path("table"), path),
  hdf5: async (path, data) => writtenByPython("hdf5", await data.path("table"), path),
};

/** @param {ArrayName | "table"} name @returns {name is FormatName} */
const isFormat = (name) => name in formats;

/** @param {"parquet" | "hdf5"} kind @param {string} source a .npy file @param {string} path */
function writtenByPython(kind, source, path) {
  const program = fileURLToPath(new URL("./peers/files.py", import.meta.url));
  const { status, error, stderr } = spawnSync(python ?? "", [program, kind, source, path], { encoding: "utf8" });
  if (status !== 0) throw error ?? new Error(stderr.trim().split("\n").at(-1));
}

export class Data {
  folder = mkdtempSync(join(tmpdir(), "chunkwise-bench-"));
  rows;
  /** @type {Map<ArrayName | "table", Promise<string>>} */
  #made = new Map();

  /** @param {number} bytes of the float64 file */
  constructor(bytes) {
    this.rows = Math.max(1024, Math.ceil(bytes / (columns * 8)));
  }

  /** The path of an array's file. @param {ArrayName | "table"} name */
  path(name) {
    const made = this.#made.get(name) ?? this.#make(name);
    this.#made.set(name, made);
    return made;
  }

  /** @param {ArrayName | "table"} name */
  shape(name) {
    if (name === "memory") return [Math.min(100_000, this.rows), 1000];
    if (name === "signals") return [Math.min(100_000, Math.ceil((this.rows * columns) / 4096)), 4096];
    if (name === "matrix") return [4096, 4096];
    if (name === "matrix32") return [8192, 8192];
    if (name === "square") return [4000, 4000];
    if (name === "tall") return [Math.min(1_000_000, Math.ceil((this.rows * columns) / 100)), 100];
    if (name === "table" || (name !== "zarr" && isFormat(name)))
      return [Math.min(400_000, Math.ceil((this.rows * columns) / tableColumns)), tableColumns];
    return name === "block" ? [8192, columns] : [this.rows, columns];
  }

  /** @param {ArrayName} name */
  bytes(name) {
    const itemBytes = name === "float32" || name === "int32" || name === "matrix32" ? 4 : 8;
    return this.shape(name).reduce((bytes, length) => bytes * length, itemBytes);
  }

  remove() {
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** @param {ArrayName | "table"} name */
  async #make(name) {
    const path = join(this.folder, isFormat(name) ? name : `${name}.npy`);
    const shape = this.shape(name);
    if (isFormat(name)) await formats[name](path, this);
    else if (name === "table") await random.normal(shape, { seed: 0 }).saveNpy(path);
    else if (name === "float32")
      await openNpy(await this.path("float64"))
        .astype("float32")
        .saveNpy(path);
    else if (name === "int32")
      await openNpy(await this.path("float64"))
        .multiply(1000)
        .astype("int32")
        .saveNpy(path);
    else await random.uniform(shape, { ...around1, dtype: name === "matrix32" ? "float32" : "float64" }).saveNpy(path);
    settle(path);
    return path;
  }
}

/**
 * Waits until the disk has a file, or all files of a folder: what is still written while something is timed slows it
 * down.
 * @param {string} path
 */
function settle(path) {
  if (statSync(path).isDirectory()) {
    for (const name of readdirSync(path)) settle(join(path, name));
    return;
  }
  const fd = openSync(path, "r+");
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/**
 * The bytes of the float64 file: what is wanted, unless disk or page cache have no room for it.
 * @param {number} wanted
 */
export function roomFor(wanted) {
  const { bavail, bsize } = statfsSync(tmpdir());
  // beside it lie files of half its size, one of its own, tables and results; half of the memory is for Dask's copies
  const room = Math.min((bavail * bsize) / 6, availableMemory() / 4);
  return wanted <= room ? wanted : 2 ** Math.floor(Math.log2(room));
}

function availableMemory() {
  try {
    return Number(/MemAvailable:\s+(\d+)/.exec(readFileSync("/proc/meminfo", "utf8"))?.[1]) * 1024;
  } catch {
    return freemem();
  }
}

/** A float64 file of zeros that takes no disk. @param {string} path @param {number} bytes */
export function sparseFile(path, bytes) {
  const shape = [bytes / (columns * 8), columns];
  const header = npyHeader({ dtype: "float64", shape });
  const fd = openSync(path, "wx");
  try {
    writeSync(fd, header);
    ftruncateSync(fd, header.length + bytes);
  } finally {
    closeSync(fd);
  }
}
