// @ts-check
/** The processes that are compared, each started when it is first needed. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { Child } from "./child.mjs";

/** The Python that has the packages of scripts/requirements-bench.txt, if there is one. */
export const python = process.env.CHUNKWISE_PYTHON;

/** @type {Record<string, URL>} */
const programs = {
  ours: new URL("./ours.mjs", import.meta.url),
  // one call of the native library has all threads, which no other call needs
  allThreads: new URL("./ours.mjs", import.meta.url),
  oneWorker: new URL("./ours.mjs", import.meta.url),
  withoutAddon: new URL("./ours.mjs", import.meta.url),
  c: new URL("./c-peer.mjs", import.meta.url),
  reads: new URL("./read-baseline.mjs", import.meta.url),
  numpy: new URL("./peers/numpy_peer.py", import.meta.url),
  numexpr: new URL("./peers/numpy_peer.py", import.meta.url),
  dask: new URL("./peers/dask_peer.py", import.meta.url),
  "dask + zarr": new URL("./peers/formats_peer.py", import.meta.url),
  "dask + h5py": new URL("./peers/formats_peer.py", import.meta.url),
  polars: new URL("./peers/formats_peer.py", import.meta.url),
};

const hasCompiler = spawnSync(process.env.CC ?? "cc", ["--version"]).status === 0;

/** Whether a side can run here. @param {string} name */
export const available = (name) => (name === "c" ? hasCompiler : python !== undefined || !needsPython(name));

const needsPython = (/** @type {string} */ name) => programs[name]?.pathname.endsWith(".py") ?? false;

/** @type {Map<string, Child>} */
const children = new Map();

/**
 * The process of a side, where libraries have one thread unless told.
 * @param {string} name
 * @param {number} [threads]
 */
export function side(name, threads = 1) {
  const known = children.get(name);
  if (known !== undefined) return known;
  const command = needsPython(name) ? (python ?? "") : process.execPath;
  const env = {
    CHUNKWISE_NATIVE_THREADS: String(threads),
    ...(name === "withoutAddon" ? { CHUNKWISE_ADDON: "off" } : {}),
  };
  const child = new Child(command, [fileURLToPath(programs[name] ?? "")], env);
  children.set(name, child);
  return child;
}

/** Ends all processes, and with them the arrays that they keep in memory. */
export function endSides() {
  for (const child of children.values()) child.end();
  children.clear();
}
