/** Arrow IPC files and streams (Feather version 2). */
import type { Format, OpenedArray } from "../format.js";
import type { TableOptions } from "../tables/columns.js";
import { attributes, openArrow } from "./open.js";
import { readerOf } from "./reader.js";
import { create, writerOf } from "./writer.js";

/** Arrow IPC. */
export const arrow = {
  open: async (path: string, options?: TableOptions): Promise<OpenedArray> => {
    return { kind: "encoded", array: await openArrow(path, options) };
  },
  attributes,
  create,
  reader: readerOf,
  writer: writerOf,
} satisfies Format;
