/** What a Parquet file tells of its columns without reading them. */
import type { Statistics } from "hyparquet";
import { openLocalBytes } from "../../stores/local-bytes.js";
import { chooseColumns, type TableOptions } from "../tables/columns.js";
import { chunkOf, readFooter } from "./metadata.js";

/** What the metadata tells of a column in one row group; what it does not tell, or not exactly, is left out. */
export interface GroupStatistics {
  /** The number of rows. */
  readonly rows: number;
  /** The number of nulls. */
  readonly nulls?: number;
  /** The least element that is not null; of floats, that is not NaN. -0 and 0 are not told apart. */
  readonly min?: number | bigint | boolean;
  /** The greatest element that is not null; of floats, that is not NaN. -0 and 0 are not told apart. */
  readonly max?: number | bigint | boolean;
}

/** What the metadata tells of a column. */
export interface ColumnStatistics {
  /** Its name. */
  readonly column: string;
  /** True for floats: an element that is NaN is not seen in min and max. */
  readonly ignoresNaN: boolean;
  /** One entry for each row group. */
  readonly groups: readonly GroupStatistics[];
}

/**
 * Reads the least and the greatest element of columns, and how many nulls they have, from the metadata of a Parquet file.
 * The older fields min and max, of which writers disagreed what order they are by, are not looked at.
 *
 * @param options which columns, as when the file is opened
 * @throws StorageError, FormatError, ArgumentError as when the file is opened
 * @example
 * const [x] = await statistics("x.parquet", { column: "x" });
 * x.groups[0]; // { rows: 131072, nulls: 0, min: -4.5, max: 4.5 }
 */
export async function statistics(path: string, options: TableOptions = {}): Promise<ColumnStatistics[]> {
  const file = openLocalBytes(path);
  try {
    const footer = await readFooter(file);
    const { indices } = chooseColumns(path, footer.columns, options, "statistics");
    return indices.map((i) => {
      const column = footer.columns[i]!;
      const groups = footer.rows.map((rows, group): GroupStatistics => {
        const { nulls } = chunkOf(footer, path, group, column);
        const told = footer.metadata.row_groups[group]!.columns[column.leaf]!.meta_data?.statistics;
        return { rows, ...(nulls === undefined ? {} : { nulls }), ...limits(told) };
      });
      return { column: column.name, ignoresNaN: column.stored?.startsWith("float") === true, groups };
    });
  } finally {
    await file.close();
  }
}

function limits(told: Statistics | undefined): Pick<GroupStatistics, "min" | "max"> {
  if (told === undefined) return {};
  const [min, max] = [told.min_value, told.max_value];
  // by the format, limits with a NaN are to be ignored
  if (Number.isNaN(min) || Number.isNaN(max)) return {};
  return {
    ...(isElement(min) && told.is_min_value_exact !== false ? { min } : {}),
    ...(isElement(max) && told.is_max_value_exact !== false ? { max } : {}),
  };
}

function isElement(value: unknown): value is number | bigint | boolean {
  return typeof value === "number" || typeof value === "bigint" || typeof value === "boolean";
}
