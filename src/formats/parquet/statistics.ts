/**
 * What a Parquet file tells of its columns without reading them.
 *
 *     footer: limits of each column in each row group ─▶ judged ─▶ groups ─▶ of all groups together ─▶ the column
 *
 * Invariant: a limit that is told is an element of the column. What the file does not tell, tells in a way that leaves doubt, or
 * tells of a type that cannot be, is left out; a column's limit is left out where one of its groups has none.
 */
import type { Statistics } from "hyparquet";
import { factsOf } from "../../data/dtype.js";
import { openBytes } from "../../storage/stores/local-store.js";
import type { ColumnStatistics, RowStatistics, StatisticsOptions } from "../statistics.js";
import { chooseColumns, dtypeOf } from "../tables/columns.js";
import { chunkOf, type ParquetColumn, readFooter } from "./metadata.js";

/** An element of a column, as `NDArray.get` gives it: 64-bit integers and times are bigints. */
type Limit = number | bigint | boolean;

const operation = "readParquetStatistics";

/**
 * Reads the limits of columns, and how many nulls they have, from the metadata of a Parquet file.
 *
 * @throws StorageError, FormatError, ArgumentError as when the file is opened
 */
export async function statistics(path: string, { columns }: StatisticsOptions = {}): Promise<ColumnStatistics[]> {
  const file = await openBytes(path);
  try {
    const footer = await readFooter(file);
    const { indices } = chooseColumns(path, footer.columns, columns === undefined ? {} : { columns }, operation);
    return indices.map((i) => {
      const column = footer.columns[i]!;
      const groups = footer.rows.map((rows, group): RowStatistics => {
        const { nulls } = chunkOf(footer, path, group, column);
        const told = footer.metadata.row_groups[group]!.columns[column.leaf]!.meta_data?.statistics;
        const known = { rows, ...(nulls === undefined ? {} : { nulls }) };
        return told === undefined || isEmpty(known) ? known : { ...known, ...limitsOf(told, column) };
      });
      return { column: column.name, dtype: dtypeOf(column), ...together(groups), groups };
    });
  } finally {
    await file.close();
  }
}

/** True where there is no element that could have limits. */
function isEmpty({ rows, nulls }: RowStatistics): boolean {
  return rows === (nulls ?? 0);
}

/** All groups of a column as one. */
function together(groups: readonly RowStatistics[]): RowStatistics {
  const rows = groups.reduce((sum, group) => sum + group.rows, 0);
  const nulls = groups.reduce((sum, group) => sum + (group.nulls ?? Number.NaN), 0);
  const filled = groups.filter((group) => !isEmpty(group));
  const min = filled
    .map((group) => group.min)
    .reduce(
      chosen((a, b) => a < b),
      filled[0]?.min,
    );
  const max = filled
    .map((group) => group.max)
    .reduce(
      chosen((a, b) => a > b),
      filled[0]?.max,
    );
  return { rows, ...(Number.isNaN(nulls) ? {} : { nulls }), ...given(min, max) };
}

/** Of two limits the better one; none where one is not known, as it may be better. */
function chosen(better: (a: Limit, b: Limit) => boolean): (a?: Limit, b?: Limit) => Limit | undefined {
  return (a, b) => (a === undefined || b === undefined ? undefined : better(b, a) ? b : a);
}

/** The limits of a column in a row group. */
function limitsOf(told: Statistics, column: ParquetColumn): Pick<RowStatistics, "min" | "max"> {
  // The older fields min and max were made by the order of signed numbers, whatever the type; of floats, writers differed.
  const older = factsOf(dtypeOf(column)).kind === "int";
  const [min, max] = [
    (told.is_min_value_exact ?? true) ? elementOf(told.min_value ?? (older ? told.min : undefined), column) : undefined,
    (told.is_max_value_exact ?? true) ? elementOf(told.max_value ?? (older ? told.max : undefined), column) : undefined,
  ];
  // limits in the wrong order tell that the writer, or a bit, went wrong
  return min !== undefined && max !== undefined && min > max ? {} : given(min, max);
}

function given(min: Limit | undefined, max: Limit | undefined): Pick<RowStatistics, "min" | "max"> {
  return { ...(min === undefined ? {} : { min }), ...(max === undefined ? {} : { max }) };
}

/** What the library found where a limit stands, as an element of the column; undefined where it can be none. */
function elementOf(found: unknown, column: ParquetColumn): Limit | undefined {
  const { kind, bytes, big } = factsOf(dtypeOf(column));
  if (kind === "bool") return typeof found === "boolean" ? found : undefined;
  // By the format, a NaN is to be ignored. Either zero stands for both; the sum makes one of them.
  if (kind === "float") return typeof found === "number" && !Number.isNaN(found) ? found + 0 : undefined;
  if (typeof found !== "bigint" && !(typeof found === "number" && Number.isInteger(found))) return undefined;
  const fits = kind === "int" ? BigInt.asIntN(8 * bytes, BigInt(found)) : BigInt.asUintN(8 * bytes, BigInt(found));
  if (fits !== BigInt(found)) return undefined;
  return big ? fits : Number(found);
}
