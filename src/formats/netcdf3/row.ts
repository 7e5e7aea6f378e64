/** The row of netCDF-3. */
import type { FormatRow } from "../row.js";
import type { Netcdf3Options } from "./open.js";

const what = "a netCDF-3 file";

/** NetCDF-3 files: classic, with 64-bit offsets, and with 64-bit sizes. */
export const netcdf3Row = {
  name: "netcdf3",
  word: "Netcdf3",
  label: "netCDF-3",
  signatures: [
    { bytes: "CDF\x01", what },
    { bytes: "CDF\x02", what },
    { bytes: "CDF\x05", what },
  ],
  member: { option: "variable", of: what },
  variables: true,
  openOptions: { variable: true } satisfies Record<keyof Netcdf3Options, true>,
  load: async () => (await import("./format.js")).netcdf3,
} satisfies FormatRow;
