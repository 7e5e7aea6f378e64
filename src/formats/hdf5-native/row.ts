/** The row of chunks of HDF5 datasets that are decoded without the HDF5 library. */
import type { FormatRow } from "../row.js";

/** Chunked datasets of HDF5 files; the format HDF5 opens them. */
export const hdf5NativeRow = {
  name: "hdf5-native",
  load: async () => (await import("./format.js")).hdf5Native,
} satisfies FormatRow;
