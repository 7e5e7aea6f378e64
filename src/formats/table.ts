/** The table of formats. Adding one is a folder, its import here, and its line in the table. */
import { arrowRow } from "./arrow/row.js";
import { csvRow } from "./csv/row.js";
import { hdf5Row } from "./hdf5/row.js";
import { hdf5NativeRow } from "./hdf5-native/row.js";
import { hdf5VirtualRow } from "./hdf5-virtual/row.js";
import { netcdf3Row } from "./netcdf3/row.js";
import { npyRow } from "./npy/row.js";
import { npyStackRow } from "./npy-stack/row.js";
import { npzRow } from "./npz/row.js";
import { parquetRow } from "./parquet/row.js";
import { rawRow } from "./raw/row.js";
import type { FormatRow } from "./row.js";
import { zarrRow } from "./zarr/row.js";

/** The rows by the names that code calls them, in the order in which help and messages list them. */
export const table = {
  npy: npyRow,
  npz: npzRow,
  npyStack: npyStackRow,
  zarr: zarrRow,
  hdf5: hdf5Row,
  hdf5Native: hdf5NativeRow,
  hdf5Virtual: hdf5VirtualRow,
  netcdf3: netcdf3Row,
  arrow: arrowRow,
  parquet: parquetRow,
  csv: csvRow,
  raw: rawRow,
} as const satisfies Readonly<Record<string, FormatRow>>;
