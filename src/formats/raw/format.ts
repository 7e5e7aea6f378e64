/** Raw binary files. */
import type { Format, OpenedArray } from "../format.js";
import { type RawOptions, rawFile } from "./raw.js";

/** Raw binary files. */
export const raw = {
  open: (path: string, options: RawOptions): OpenedArray => ({ kind: "strided", file: rawFile(path, options) }),
} satisfies Format;
