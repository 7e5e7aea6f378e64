/** HDF5 files, and what is made of them, such as netCDF-4. */
import type { Format } from "../format.js";
import { list } from "./listing.js";
import { attributes, openHdf5, variable } from "./open.js";
import { Hdf5Reader } from "./reader.js";

/** HDF5 files. */
export const hdf5 = { open: openHdf5, list, attributes, variable, reader: Hdf5Reader.open } satisfies Format;
