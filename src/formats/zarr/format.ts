/** Zarr arrays, versions 2 and 3: the row of the table of formats. */
import type { Format } from "../format.js";
import { createZarr } from "./create.js";
import { attributes, list, open } from "./open.js";
import { reader } from "./reader.js";
import { zarrWriter } from "./writer.js";

/** Zarr: chunks in files of their own, or together in shards, compressed or not. */
export const zarr = { open, list, attributes, create: createZarr, reader, writer: zarrWriter } satisfies Format & {
  open: unknown;
  list: unknown;
  attributes: unknown;
  create: unknown;
};
