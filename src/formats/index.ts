/**
 * The table of formats whose elements must be decoded. Each lies in a folder of its own and is loaded, with the libraries
 * that it needs, when an array of it is opened, read or written for the first time on a thread.
 */

import type { EncodedArray } from "../data/encoded.js";
import { ArgumentError } from "../data/errors.js";
import type { ArrayReader, Format } from "./format.js";

const formats = {
  arrow: async () => (await import("./arrow/format.js")).arrow,
  csv: async () => (await import("./csv/format.js")).csv,
  hdf5: async () => (await import("./hdf5/format.js")).hdf5,
  "hdf5-native": async () => (await import("./hdf5-native/format.js")).hdf5Native,
  npz: async () => (await import("./npz/format.js")).npz,
  parquet: async () => (await import("./parquet/format.js")).parquet,
  zarr: async () => (await import("./zarr/format.js")).zarr,
} satisfies Readonly<Record<string, () => Promise<Format>>>;

/** The name of a row. */
export type FormatName = keyof typeof formats;

/** A format by its name, with all that it can do. */
export function loadFormat<N extends FormatName>(name: N): ReturnType<(typeof formats)[N]> {
  return formats[name]() as ReturnType<(typeof formats)[N]>;
}

/** Readers that are loaded without the rest of their format, which needs a library that they do not always need. */
const readers: { readonly [name in FormatName]?: () => Promise<Format["reader"]> } = {
  arrow: async () => (await import("./arrow/reader.js")).readerOf,
};

function nameOf({ format }: EncodedArray): FormatName {
  if (!Object.hasOwn(formats, format)) throw new ArgumentError(`there is no format ${JSON.stringify(format)}`);
  return format as FormatName;
}

/** The format of an array. */
export async function formatOf(array: EncodedArray): Promise<Format> {
  return loadFormat(nameOf(array));
}

/** What decodes an array. */
export async function openReader(array: EncodedArray): Promise<ArrayReader> {
  const name = nameOf(array);
  const load = readers[name];
  return load === undefined ? (await loadFormat(name)).reader(array) : (await load())(array);
}

/** What makes Arrow tables in memory of arrays, and arrays of them. */
export function loadArrowTables(): Promise<typeof import("./arrow-table/table.js")> {
  return import("./arrow-table/table.js");
}
