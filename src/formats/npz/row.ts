/** The row of NumPy's .npz files. */
import type { FormatRow } from "../row.js";
import type { NpzOptions } from "./open.js";

/** .npz files. */
export const npzRow = {
  name: "npz",
  word: "Npz",
  label: ".npz",
  signatures: [
    { bytes: "PK\x03\x04", what: "a zip archive, such as .npz (unpack it: it holds one .npy file per array)" },
    { bytes: "PK\x05\x06", what: "an empty zip archive" },
  ],
  member: { option: "member", of: "a .npz file" },
  openOptions: { member: true } satisfies Record<keyof NpzOptions, true>,
  load: async () => (await import("./format.js")).npz,
} satisfies FormatRow;
