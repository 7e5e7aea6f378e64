/** Zarr arrays, versions 2 and 3: chunks in files of their own, or together in shards, compressed or not. */
import type { Destination, Format, ListedEntry, NewArray, OpenedArray } from "../format.js";
import { createZarr, type ZarrWriteOptions } from "./create.js";
import { attributes, list, open, type ZarrOpenOptions } from "./open.js";
import { reader } from "./reader.js";
import { variable } from "./variable.js";
import { zarrWriter } from "./writer.js";

/** Zarr. */
export const zarr = {
  open: async (path: string, options?: ZarrOpenOptions): Promise<OpenedArray> => {
    const { array } = await open(path, options);
    return { kind: "encoded", inside: options?.path ?? "", array };
  },
  list: async (path: string): Promise<ListedEntry[]> => {
    return (await list(path)).map(({ path: name, ...facts }) => ({ name, ...facts }));
  },
  attributes,
  variable,
  create: (path: string, { key, ...array }: NewArray, options: ZarrWriteOptions = {}): Promise<Destination> => {
    return createZarr(path, array, options.resume === true && key !== undefined ? { ...options, key } : options);
  },
  reader,
  writer: zarrWriter,
} satisfies Format;
