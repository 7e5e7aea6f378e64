// @ts-check
/**
 * The rows of the benchmark, as data.
 *
 * A comparison names a piece of work, the array it is done on, and the peers that do the same with the ratio to reach
 * (peer's time ÷ ours; null where there is none). Work and arrays have the same names in ours.mjs and in every peer. A
 * limit names a program of limits.mjs and the most that each of its figures may be.
 */

/**
 * The arrays: three files of [rows × 1024], one of [100,000 × 1000] that is kept in memory, one block of 64 MiB in
 * memory, a file of [100,000 × 4096] for transforms, and matrices that are kept in memory. Then files of other formats:
 * one of the size of the first three (`zarr`), and a table of [400,000 × 100] in each of five.
 * @typedef {"float64" | "float32" | "int32" | "memory" | "block" | "signals" | "matrix" | "matrix32" | "square" |
 * "tall"} NpyName
 * @typedef {"zarr" | "zarrZstd" | "arrow" | "parquet" | "csv" | "hdf5"} FormatName
 * @typedef {NpyName | FormatName} ArrayName
 * @typedef {"dask" | "numpy" | "numexpr" | "dask + zarr" | "dask + h5py" | "polars" | "reads" | "oneWorker" |
 * "withoutAddon" | "c"} PeerName
 *
 * @typedef {object} Comparison
 * @property {string} group
 * @property {string} name
 * @property {string} work
 * @property {ArrayName | null} array
 * @property {Partial<Record<PeerName, number | null>>} targets
 * @property {number} [part] the share of the array that the work needs
 * @property {number} [workers] when it is not what the command line says
 * @property {string} [backend] ours, when it is not the one that fits
 * @property {string} [memoryLimit] ours
 * @property {boolean} [alone] whether it is one native call, to which all threads belong
 * @property {boolean} [cold] whether the file is dropped from the page cache before each run
 *
 * @typedef {object} Limit
 * @property {string} group
 * @property {string} name
 * @property {string} program
 * @property {Record<string, number | null>} atMost
 */

/** @type {Comparison[]} */
const main = [
  {
    ...{ group: "main job", name: "column mean", work: "mean0", array: "float64" },
    targets: { dask: 1.5, c: 0.9, numpy: null },
  },
];

/** Plain C over the mapped file is as fast as the memory. @type {Omit<Comparison, "group" | "array">[]} */
const firstFour = [
  { name: "mean(0)", work: "mean0", targets: { dask: 1.5, c: 0.9, reads: 0.85, withoutAddon: null } },
  { name: "std(0)", work: "std0", targets: { dask: 5, withoutAddon: null } },
  { name: "(((x-1)*2)**2).sum(0)", work: "fused", targets: { dask: 8, reads: 0.8, withoutAddon: null } },
  { name: "mean(1)", work: "mean1", targets: { dask: 1.5, withoutAddon: null } },
];

/** The same with elements of four bytes. @type {Omit<Comparison, "group" | "array">[]} */
const firstFourNarrow = [
  { name: "mean(0)", work: "mean0", targets: { dask: 1.2, reads: 0.85, withoutAddon: null } },
  { name: "std(0)", work: "std0", targets: { dask: 5 } },
  { name: "(((x-1)*2)**2).sum(0)", work: "fused", targets: { dask: 5, reads: 0.8 } },
  { name: "mean(1)", work: "mean1", targets: { dask: 2.2 } },
];

/** @type {Omit<Comparison, "group" | "array">[]} */
const others = [
  { name: "exp(-x).mean(0)", work: "expMean", targets: { dask: 2.5 } },
  { name: "five statistics in one compute", work: "five", targets: { dask: 6, withoutAddon: null } },
  {
    ...{ name: "x[::4, 100:200].max(0)", work: "strided", part: 100 / 4096 },
    targets: { dask: 2, withoutAddon: null },
  },
  { name: "mean(0), cold", work: "mean0", targets: { reads: 1 }, cold: true },
  { name: "fused sum, 1 → 2 workers", work: "fused", targets: { oneWorker: 1.8 }, workers: 2 },
];

/** @type {Omit<Comparison, "group" | "array">[]} */
const inMemory = [
  { name: "(x*2+1).sum()", work: "affineSum", targets: { dask: 2, numexpr: null } },
  { name: "((x-x.mean(0))/x.std(0)).max(1)", work: "zscore", targets: { dask: 2 } },
  { name: "exp(-x**2).mean(0)", work: "gauss", targets: { dask: 2 } },
  { name: "std(0)", work: "std0", targets: { dask: 2 } },
];

/** @type {[name: string, work: string, target: number][]} */
const oneBlock = [
  ["sum(0)", "sum0", 1],
  ["sum(1)", "sum1", 1],
  ["var(0)", "var0", 2.5],
  ["a*b+c", "multiplyAdd", 1],
  ["exp(a)", "exp", 0.6],
  ["where(a > 1, b, c)", "where", 1],
  ["astype(float32)", "astype", 1],
];

/** @type {Omit<Comparison, "group" | "array">[]} */
const transforms = [
  { name: "rfft of 100,000 × 4096, axis 1", work: "rfft", targets: { dask: 1 } },
  { name: "mean power spectrum, 100,000 × 4096", work: "powerSpectrum", targets: { dask: 1 } },
];

/** Matrices in memory; what has `backend` is computed without the native library. @type {Comparison[]} */
const matrices = [
  { name: "float32 matmul 8192², chunks 2048", work: "matmul2048", array: "matrix32", targets: { dask: 1.5 } },
  { name: "float64 matmul 4096², chunks 1024", work: "matmul1024", array: "matrix", targets: { dask: 0.9 } },
  { name: "the same, embedded", work: "matmul1024", array: "matrix", targets: { dask: 0.35 }, backend: "wasm" },
  { name: "inverse of 4000²", work: "inverse", array: "square", targets: { numpy: 0.9 }, alone: true },
  { name: "svd 1,000,000 × 100", work: "svd", array: "tall", targets: { dask: 1 } },
].map((row) => /** @type {Comparison} */ ({ group: "matrices", ...row }));

/** @type {Comparison[]} */
const formats = /** @type {[name: string, array: FormatName, targets: Comparison["targets"]][]} */ ([
  ["Zarr, zstd", "zarrZstd", { "dask + zarr": 1 }],
  ["Zarr, uncompressed, as large as float64", "zarr", { "dask + zarr": 2 }],
  ["Arrow, uncompressed", "arrow", { polars: 1 }],
  ["Parquet, zstd", "parquet", { polars: 0.5 }],
  ["CSV", "csv", { polars: 0.8 }],
  ["HDF5, chunks, gzip", "hdf5", { "dask + h5py": 1 }],
]).map(([name, array, targets]) => ({
  ...{ group: "formats", name: `${name}: mean(0)`, work: "mean0", array, targets, memoryLimit: "512MB" },
}));

/** @type {Comparison[]} */
const scheduling = [
  { group: "tasks", name: "10,000 independent tasks", work: "tasks", array: null, targets: { dask: 20 } },
  { group: "tasks", name: "10,000 chunks of one element", work: "chunks", array: null, targets: { dask: null } },
  { group: "tasks", name: "10,000 calls of a function", work: "calls", array: null, targets: { dask: null } },
];

/** @type {Comparison[]} */
export const comparisons = [
  ...main,
  ...[...firstFour, ...others].map((row) => ({
    ...row,
    group: "file, float64",
    array: /** @type {const} */ ("float64"),
  })),
  ...firstFourNarrow.map((row) => ({ ...row, group: "file, float32", array: /** @type {const} */ ("float32") })),
  ...firstFourNarrow.map((row) => ({ ...row, group: "file, int32", array: /** @type {const} */ ("int32") })),
  ...inMemory.map((row) => ({ ...row, group: "in memory", array: /** @type {const} */ ("memory") })),
  ...oneBlock.map(([name, work, target]) => ({
    ...{ group: "one worker, 64 MiB", name, work, workers: 1 },
    ...{ array: /** @type {const} */ ("block"), targets: { numpy: target } },
  })),
  ...transforms.map((row) => ({ ...row, group: "file, float64", array: /** @type {const} */ ("signals") })),
  ...matrices,
  ...formats,
  ...scheduling,
];

const MiB = 2 ** 20;
const MB = 1e6;

/** @type {Limit[]} */
export const limits = [
  {
    group: "tasks",
    name: "100,000 trivial tasks",
    program: "tasks",
    atMost: {
      "plan, µs each": 10,
      "run inline, µs each": 30,
      "planned, bytes each": 1024,
      "running, bytes each": 1024,
    },
  },
  {
    group: "small work",
    name: "ten operations on 1,000 elements",
    program: "small",
    atMost: { "the same again, µs": 1000, "another constant each time, µs": null },
  },
  {
    group: "tasks",
    name: "sum of a map over 100,000 chunks",
    program: "responsive",
    atMost: { "event-loop delay, 99th percentile, µs": 20_000 },
  },
  {
    group: "matrices",
    name: "float64 matmul of two files of 16384², 512MB",
    program: "matmulFiles",
    atMost: {
      "peak of chunks": 512 * MB,
      "peak RSS above idle": null,
      "peak anonymous above idle": null,
      "time of an operation, × in memory": 1.25,
    },
  },
  {
    group: "memory",
    name: "column mean of 8 GiB",
    program: "columnMean",
    atMost: { "peak RSS above idle": 256 * MiB, "peak anonymous above idle": 256 * MiB },
  },
  {
    group: "memory",
    name: "persist 4.5 GiB in 144 blocks",
    program: "persistBlocks",
    atMost: { "peak RSS beside the array": 256 * MiB, "peak anonymous beside the array": 256 * MiB },
  },
  {
    group: "memory",
    name: "persist 4.5 GiB in one block",
    program: "persistBlock",
    atMost: { "peak RSS beside the array": 256 * MiB, "peak anonymous beside the array": 256 * MiB },
  },
  {
    group: "memory",
    name: "rechunk 4 GiB, file to file, 1GB",
    program: "rechunkFile",
    atMost: { "peak RSS": 1e9, "peak anonymous": 1e9, "peak of chunks": 1e9 },
  },
  {
    group: "memory",
    name: "rechunk 4 GiB, computed chunks, 1GB",
    program: "rechunkComputed",
    atMost: { "peak RSS": 1e9, "peak anonymous": 1e9, "peak of chunks": 1e9 },
  },
  {
    group: "formats",
    name: "10 GiB of .npy to Zarr, uncompressed, 512MB",
    program: "convert",
    atMost: { "peak RSS": 700 * MiB, "peak anonymous": 700 * MiB, "peak of chunks": 512 * MB },
  },
];
