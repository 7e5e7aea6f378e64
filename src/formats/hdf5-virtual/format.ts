/**
 * Virtual datasets of HDF5 files, whose elements are those of other datasets. They are opened as all datasets are (in
 * the folder hdf5), and put together here, piece by piece.
 */
import type { Format } from "../format.js";
import { VirtualReader } from "./reader.js";

/** Virtual datasets of HDF5 files. */
export const hdf5Virtual = { reader: VirtualReader.open } satisfies Format;
