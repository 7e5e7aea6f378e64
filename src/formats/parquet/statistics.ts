/**
 * What the metadata of a Parquet file says about its columns, without reading them.
 *
 *     footer: limits of each column in each row group ─▶ checked ─▶ groups ─▶ combined ─▶ the column
 *
 * Invariant: a limit that is returned is an element of the column. Limits that are missing, ambiguous or of the wrong
 * type are left out, and a column has no limit if one of its groups has none.
 */
import type { Statistics } from "hyparquet";
import { factsOf } from "../../data/dtype.js";
import { at } from "../../data/lists.js";
import type { ColumnStatistics, RowStatistics, StatisticsOptions } from "../statistics.js";
import { chooseColumns, dtypeOf, type Numeric } from "../tables/columns.js";
import { chunkOf } from "./metadata.js";
import type { ParquetColumn } from "./schema.js";
import { columnIn, type FileColumn, isKey, type OpenedFile, openTable } from "./table.js";
import { isConverted } from "./values.js";

/** An element of a column, as `NDArray.get` gives it: 64-bit integers and times are bigints. */
type Limit = number | bigint | boolean;

const operation = "readParquetStatistics";

/**
 * Reads the limits of columns, and how many nulls they have, from the metadata of a Parquet file.
 *
 * @throws StorageError, FormatError, ArgumentError as when the file is opened
 */
export async function statistics(path: string, { columns }: StatisticsOptions = {}): Promise<ColumnStatistics[]> {
  const table = await openTable(path);
  // decimals that are asked for by name have statistics, whether their values are wanted or not
  const options = columns === undefined ? {} : { columns, inexact: true };
  const chosen = chooseColumns(path, table.columns, options, operation);
  return chosen.columns.map((column) => {
    const groups = table.files.flatMap((file) => {
      const found = columnIn(file, column);
      return file.footer.groups.map(({ rows }, number) => statisticsOf(file, rows, number, found));
    });
    return { column: column.name, dtype: dtypeOf(column), ...combined(groups), groups };
  });
}

/** What the metadata says about a column in a row group. */
function statisticsOf({ path, footer }: OpenedFile, rows: number, number: number, column: FileColumn): RowStatistics {
  if (isKey(column)) {
    const { constant } = column;
    if (constant === null) return { rows, nulls: rows };
    const value = elementOf(constant, column);
    return { rows, nulls: 0, ...given(value, value) };
  }
  const { nulls, statistics: limits } = chunkOf(footer, path, at(footer.groups, number), column);
  const known = { rows, ...(nulls === undefined ? {} : { nulls }) };
  // of converted elements, the library gives what it makes of them
  if (limits === undefined || isEmpty(known) || isConverted(column)) return known;
  return { ...known, ...limitsOf(limits, column) };
}

/** True if no element could have limits. */
function isEmpty({ rows, nulls }: RowStatistics): boolean {
  return rows === (nulls ?? 0);
}

/** The statistics of all groups of a column. */
function combined(groups: readonly RowStatistics[]): RowStatistics {
  const rows = groups.reduce((sum, group) => sum + group.rows, 0);
  const nulls = groups.reduce((sum, group) => sum + (group.nulls ?? Number.NaN), 0);
  const filled = groups.filter((group) => !isEmpty(group));
  const mins = filled.map((group) => group.min);
  const maxs = filled.map((group) => group.max);
  const limits = given(
    mins.reduce(
      betterOf((a, b) => a < b),
      mins[0],
    ),
    maxs.reduce(
      betterOf((a, b) => a > b),
      maxs[0],
    ),
  );
  return { rows, ...(Number.isNaN(nulls) ? {} : { nulls }), ...limits };
}

/** The better of two limits; none if one is unknown, as it may be the better one. */
function betterOf(better: (a: Limit, b: Limit) => boolean): (a?: Limit, b?: Limit) => Limit | undefined {
  return (a, b) => (a === undefined || b === undefined ? undefined : better(b, a) ? b : a);
}

/** The limits of a column in a row group. */
function limitsOf(limits: Statistics, column: Numeric<ParquetColumn>): Pick<RowStatistics, "min" | "max"> {
  // the older fields min and max follow the order of signed numbers for every type; for floats, writers differed
  const older = factsOf(dtypeOf(column)).kind === "int";
  const [min, max] = [
    (limits.is_min_value_exact ?? true)
      ? elementOf(limits.min_value ?? (older ? limits.min : undefined), column)
      : undefined,
    (limits.is_max_value_exact ?? true)
      ? elementOf(limits.max_value ?? (older ? limits.max : undefined), column)
      : undefined,
  ];
  // limits in the wrong order show that the writer is wrong, or a bit
  return min !== undefined && max !== undefined && min > max ? {} : given(min, max);
}

function given(min: Limit | undefined, max: Limit | undefined): Pick<RowStatistics, "min" | "max"> {
  return { ...(min === undefined ? {} : { min }), ...(max === undefined ? {} : { max }) };
}

/** A limit that the library decoded, as an element of the column; undefined if it cannot be one. */
function elementOf(found: unknown, column: Numeric): Limit | undefined {
  const { kind, bytes, big } = factsOf(dtypeOf(column));
  if (kind === "bool") return typeof found === "boolean" ? found : undefined;
  // the format says to ignore a NaN, and that either zero may mean the other; the sum turns -0 into 0
  if (kind === "float") return typeof found === "number" && !Number.isNaN(found) ? found + 0 : undefined;
  if (typeof found !== "bigint" && !(typeof found === "number" && Number.isInteger(found))) return undefined;
  const fits = kind === "int" ? BigInt.asIntN(8 * bytes, BigInt(found)) : BigInt.asUintN(8 * bytes, BigInt(found));
  if (fits !== BigInt(found)) return undefined;
  return big ? fits : Number(found);
}
