/** The row of NumPy's .npy files, which are opened without a library. */
import type { EagerRow } from "../row.js";
import { npy } from "./format.js";

/** .npy files. */
export const npyRow = {
  name: "npy",
  word: "Npy",
  label: ".npy",
  signatures: [{ bytes: "\x93NUMPY", what: "a NumPy .npy file" }],
  openOptions: {},
  write: { options: {}, endings: { ".npy": {} } },
  load: () => npy,
} satisfies EagerRow;
