/** The row of HDF5, and of what is made of it, such as netCDF-4. */
import type { SyncReadable } from "../../storage/stores/capabilities.js";
import type { FormatRow } from "../row.js";
import type { Hdf5Options } from "./open.js";

const signature = "\x89HDF\r\n\x1a\n";

/** A file may begin with a block of the user's, of 512, 1024, … bytes. */
function hasUserBlock(file: SyncReadable): boolean {
  const bytes = Buffer.alloc(signature.length);
  for (let at = 512; at + bytes.length <= file.size; at *= 2) {
    file.readInto(bytes, at);
    if (bytes.toString("latin1") === signature) return true;
  }
  return false;
}

/** HDF5 files. */
export const hdf5Row = {
  name: "hdf5",
  word: "Hdf5",
  label: "HDF5",
  signatures: [{ bytes: signature, what: "an HDF5 or netCDF-4 file" }],
  recognise: hasUserBlock,
  member: { option: "dataset", of: "an HDF5 file" },
  variables: true,
  openOptions: { dataset: true } satisfies Record<keyof Hdf5Options, true>,
  load: async () => (await import("./format.js")).hdf5,
} satisfies FormatRow;
