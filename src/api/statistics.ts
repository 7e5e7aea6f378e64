/** Statistics of columns that files hold. */
import { takesOnly } from "../data/arguments.js";
import { checkOptions, checkPath } from "../data/options.js";
import { withFormat } from "../formats/opening.js";
import type { ColumnStatistics, StatisticsOptions } from "../formats/statistics.js";
import { table } from "../formats/table.js";

/**
 * Reads what a Parquet file says about its columns without reading them: how many rows and nulls they have, their least
 * and their greatest element, as a whole and for each row group. Only the metadata at the end of the file is read.
 *
 * `min` and `max` are exact where they are present. They are absent where the file does not have them for every row
 * group, marks them as inexact, or has a value that the column cannot hold; the older fields of the format are trusted
 * for signed integers only. **For floats they ignore NaN**: a column with NaNs, whose `min()` is NaN when it is
 * computed, has the least of its other elements here, and the file does not say whether there are NaNs. -0 and 0 are
 * the same: either is 0.
 *
 * `columns` names columns; default: all columns of bools, integers and floats. Columns of times, as 64-bit integers in
 * the file's unit, are included when they are named.
 *
 * Rejects with a StorageError when the file cannot be opened; with a FormatError when it is damaged, or a column that
 * is asked for holds no numbers; with an ArgumentError for a name that it does not have.
 * @example
 * for (const { min, max, groups } of await readParquetStatistics("trips.parquet", { columns: ["fare"] })) {
 *   console.log(min, max); // -52.5 812
 *   // row groups that may have more than 100
 *   console.log(groups.map((group) => group.max === undefined || Number(group.max) > 100));
 * }
 */
export const readParquetStatistics = takesOnly(
  "readParquetStatistics",
  ["path", "options"],
  async (path: string, options: StatisticsOptions = {}): Promise<ColumnStatistics[]> => {
    checkPath(path, "readParquetStatistics");
    checkOptions(options, ["columns"], "readParquetStatistics");
    return withFormat(table.parquet, ({ statistics }) => statistics?.(path, options) ?? []);
  },
);
