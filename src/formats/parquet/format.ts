/** Parquet files. */
import type { Format, OpenedArray } from "../format.js";
import type { TableOptions } from "../tables/columns.js";
import { attributes, openParquet } from "./open.js";
import { readerOf } from "./reader.js";
import { statistics } from "./statistics.js";
import { create, writerOf } from "./writer.js";

/** Parquet. */
export const parquet = {
  open: async (path: string, options?: TableOptions): Promise<OpenedArray> => {
    return { kind: "encoded", array: await openParquet(path, options) };
  },
  attributes,
  statistics,
  create,
  reader: readerOf,
  writer: writerOf,
} satisfies Format;
