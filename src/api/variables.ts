/** Variables: what files say of their arrays beside the elements, for decoding, for copies, and for users. */
import { takesOnly } from "../data/arguments.js";
import { ArgumentError } from "../data/errors.js";
import { checkOptions, checkPath } from "../data/options.js";
import { detect } from "../formats/detect.js";
import { withFormat } from "../formats/opening.js";
import type { FormatRow } from "../formats/row.js";
import type { Variable } from "../formats/variable.js";
import type { Handle } from "../ops/handle.js";
import { columnNames } from "../ops/sources.js";
import type { AttributesOptions } from "./metadata.js";

/** What a file of a format says of an array, or of a column; nothing for formats that have neither. */
export function variableIn(row: FormatRow, path: string, inside?: string): Promise<Variable> {
  return withFormat(row, async ({ variable, attributes }) => {
    if (variable !== undefined) return variable(path, inside);
    const isColumn = row.columnAttributes === true && inside !== undefined;
    return { attributes: (isColumn ? await attributes?.(path, inside) : undefined) ?? {} };
  });
}

/** What a file says of an array, for a copy: by the name that {@link listArrays} gives it. */
export function variableAt(path: string, inside?: string): Promise<Variable> {
  return variableIn(detect(path).row, path, inside);
}

/** Adds the names of an array's columns to a variable, if the array is an unchanged table. */
export function withColumns(variable: Variable, { expr }: Handle): Variable {
  const columns = columnNames(expr);
  return columns === undefined ? variable : { ...variable, columns };
}

/**
 * Reads the names of the axes of an array of Zarr (`dimension_names`, or xarray's `_ARRAY_DIMENSIONS`), HDF5 and netCDF
 * (dimension scales and labels): for each axis a name, or null where it has none. Empty if the file has no names.
 *
 * Rejects as {@link readAttributes} does, and if there is a group at the path.
 * @example
 * const dimensionNames = await readDimensionNames("climate.nc", { path: "t" }); // ["time", "y", "x"]
 * await (await openHdf5("climate.nc", { dataset: "t" })).saveZarr("climate.zarr", { path: "t", dimensionNames });
 */
export const readDimensionNames = takesOnly(
  "readDimensionNames",
  ["path", "options"],
  async (path: string, options: AttributesOptions = {}): Promise<readonly (string | null)[]> => {
    const operation = "readDimensionNames";
    checkPath(path, operation);
    checkOptions(options, ["path"], operation);
    const { path: inside } = options;
    if (inside !== undefined && typeof inside !== "string") {
      throw new ArgumentError(`${operation}: path is the name of an array, not ${JSON.stringify(inside)}`);
    }
    const { row } = detect(path);
    if (row.variables !== true) return [];
    return (await variableIn(row, path, inside)).dimensions ?? [];
  },
);
