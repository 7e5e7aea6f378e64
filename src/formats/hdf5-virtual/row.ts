/** The row of virtual datasets of HDF5 files. */
import type { FormatRow } from "../row.js";

/** Virtual datasets of HDF5 files; the format HDF5 opens them. */
export const hdf5VirtualRow = {
  name: "hdf5-virtual",
  load: async () => (await import("./format.js")).hdf5Virtual,
} satisfies FormatRow;
