/** The row of folders of .npy files, which are opened without a library. */
import type { EagerRow } from "../row.js";
import { npyStack } from "./format.js";
import type { NpyStackOptions } from "./npy-stack.js";

/** Folders of .npy files. */
export const npyStackRow = {
  name: "npy-stack",
  word: "NpyStack",
  label: "folders of .npy files",
  folder: { ending: ".npy" },
  openOptions: { axis: true } satisfies Record<keyof NpyStackOptions, true>,
  load: () => npyStack,
} satisfies EagerRow;
