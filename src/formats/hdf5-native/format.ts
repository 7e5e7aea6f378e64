/**
 * Chunked datasets of HDF5 files whose chunks went through no filters but deflate, shuffle and fletcher32. They are
 * opened as all datasets (in the folder hdf5), and read here without the HDF5 library: a thread that only reads need
 * not load its 4 MB, and damage is found by checks that the library does not make.
 */
import type { Format } from "../format.js";
import { ChunkedReader } from "./reader.js";

/** Chunked datasets of HDF5 files. */
export const hdf5Native = { reader: ChunkedReader.open } satisfies Format;
