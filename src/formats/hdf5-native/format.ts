/**
 * Chunked datasets of HDF5 files whose filters are undone here. They are opened as all datasets (in the folder hdf5),
 * and read without the HDF5 library: a thread that only reads need not load its 4 MB, damage is found by checks that
 * the library does not make, and there are filters here that the library has only as plug-ins.
 */
import type { Format } from "../format.js";
import { ChunkedReader } from "./reader.js";

/** Chunked datasets of HDF5 files. */
export const hdf5Native = { reader: ChunkedReader.open } satisfies Format;
