/** What files say beside the elements of their arrays: attributes, and statistics of columns. */
import { ArgumentError } from "../data/errors.js";
import { checkOptions, checkPath } from "../data/options.js";
import { detect } from "../formats/detect.js";
import type { Format } from "../formats/format.js";
import { withFormat } from "../formats/opening.js";
import type { FormatRow } from "../formats/row.js";
import type { ColumnStatistics, StatisticsOptions } from "../formats/statistics.js";
import { table } from "../formats/table.js";

/**
 * The value of an attribute: what JSON has, with bigints beside its numbers (see {@link readAttributes}), and in HDF5 a
 * complex number as an object with `re` and `im`.
 */
export type AttributeValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | readonly AttributeValue[]
  | { readonly [name: string]: AttributeValue };

/** Attributes by their names. */
export type Attributes = Readonly<Record<string, AttributeValue>>;

/** The options of {@link readAttributes}. */
export interface AttributesOptions {
  /**
   * The array or the group inside a Zarr store or an HDF5 file, such as `"group/array"`. Default: what stands at the path
   * itself, of an HDF5 file its root group.
   */
  readonly path?: string;
}

const operation = "readAttributes";

/**
 * Reads the attributes of an array or a group: of Zarr (versions 2 and 3) and of HDF5; of Arrow and Parquet the texts that the
 * schema or the file holds by keys, such as `pandas`. Other formats have none. The result is frozen, with all that is in it.
 *
 * Zarr: any JSON, also NaN and infinities, which Python writes; whole numbers beyond ±(2^53 - 1) are bigints.
 *
 * HDF5: texts, bools, numbers, and nested lists of them; elements are what `NDArray.get` gives for their dtype, so 64-bit integers
 * are bigints always. Attributes of other types (references, records) are left out. They are read on a thread of their own,
 * which takes about a tenth of a second: a damaged file can keep the HDF5 library busy for ever, and this is ended after 20
 * seconds.
 *
 * Rejects with a StorageError when the file cannot be opened; with a FormatError when it is damaged, or there is no such array or
 * group; with an ArgumentError where `path` is given for a format whose files have nothing inside.
 * @example
 * const { units, scale_factor = 1 } = await readAttributes("climate.zarr", { path: "surface/temperature" });
 */
export async function readAttributes(path: string, options: AttributesOptions = {}): Promise<Attributes> {
  checkPath(path, operation);
  checkOptions(options, ["path"], operation);
  const { path: inside } = options;
  if (inside !== undefined && typeof inside !== "string") {
    throw new ArgumentError(`${operation}: path is the name of an array or a group, not ${JSON.stringify(inside)}`);
  }
  const { row } = detect(path);
  const attributes = await withFormat(row, (format) => {
    if (inside !== undefined && !hasInside(row, format)) {
      const rule = `${path} is of the format ${row.name}, which has no path inside; leave it out`;
      throw new ArgumentError(`${operation}: ${rule}`);
    }
    return format.attributes?.(path, inside) ?? {};
  });
  return frozen(attributes) as Attributes;
}

/** True where attributes belong to what is inside a file. */
function hasInside(row: FormatRow, format: Format): boolean {
  return row.member !== undefined && format.attributes !== undefined;
}

/** Freezes a value and all that is in it. */
function frozen<T>(value: T): T {
  if (typeof value === "object" && value !== null) Object.values(Object.freeze(value)).forEach(frozen);
  return value;
}

/**
 * Reads what a Parquet file tells of its columns without reading them: how many rows and nulls they have, their least and their
 * greatest element, as a whole and for each row group. Costs the reading of the metadata at the end of the file.
 *
 * `min` and `max` are exact where they are there. They are absent where the file does not tell them for every row group, says that
 * they are not exact, or tells what the column cannot hold; the older fields of the format are trusted for signed integers only.
 * **Of floats they leave NaN out**: a column with NaNs, whose `min()` is NaN when it is computed, has the least of its other elements
 * here, and the file does not tell whether there are NaNs. -0 and 0 are not told apart: either is 0.
 *
 * `columns` names columns; default: all of bools, integers and floats. Columns of times, as 64-bit integers in the file's unit, are there
 * when they are named.
 *
 * Rejects with a StorageError when the file cannot be opened; with a FormatError when it is damaged, or a column that is asked for
 * holds no numbers; with an ArgumentError for a name that it does not have.
 * @example
 * const [fare] = await readParquetStatistics("trips.parquet", { columns: ["fare"] });
 * fare.min; // -52.5
 * const wanted = fare.groups.map(({ max }) => max === undefined || max > 100); // row groups that may have more than 100
 */
export async function readParquetStatistics(
  path: string,
  options: StatisticsOptions = {},
): Promise<ColumnStatistics[]> {
  checkPath(path, "readParquetStatistics");
  checkOptions(options, ["columns"], "readParquetStatistics");
  return withFormat(table.parquet, ({ statistics }) => statistics?.(path, options) ?? []);
}

/** What a file says beside the elements of its arrays. */
export interface FileDescription {
  readonly attributes: Attributes;
  readonly columns: readonly ColumnStatistics[];
}

/** Describes a file beside an array that {@link listArrays} names, or beside all of its arrays. */
export async function describeFile(path: string, name = ""): Promise<FileDescription> {
  const { row } = detect(path);
  return withFormat(row, async (format) => {
    const inside = name !== "" && hasInside(row, format) ? name : undefined;
    const attributes = frozen((await format.attributes?.(path, inside)) ?? {}) as Attributes;
    return { attributes, columns: (await format.statistics?.(path)) ?? [] };
  });
}
