/** The row of raw binary files, which only the user can describe. */
import type { EagerRow } from "../row.js";
import { raw } from "./format.js";
import type { RawOptions } from "./raw.js";

/** Raw binary files. */
export const rawRow = {
  name: "raw",
  word: "Raw",
  openOptions: { dtype: true, shape: true, offset: true, order: true, byteOrder: true } satisfies Record<
    keyof RawOptions,
    true
  >,
  load: () => raw,
} satisfies EagerRow;
