/** NetCDF-3 files. */
import type { Format } from "../format.js";
import { attributes, list, openNetcdf3, variable } from "./open.js";
import { Netcdf3Reader } from "./reader.js";

/** NetCDF-3 files. */
export const netcdf3 = { open: openNetcdf3, list, attributes, variable, reader: Netcdf3Reader.open } satisfies Format;
