/** What files say beside the elements of their arrays: attributes, and for the command line all of it. */
import { takesOnly } from "../data/arguments.js";
import { ArgumentError } from "../data/errors.js";
import { checkOptions, checkPath } from "../data/options.js";
import { shown } from "../data/shown.js";
import { detect } from "../formats/detect.js";
import type { Format } from "../formats/format.js";
import { withFormat } from "../formats/opening.js";
import type { FormatRow } from "../formats/row.js";
import type { ColumnStatistics } from "../formats/statistics.js";

/**
 * The value of an attribute: any JSON, with bigints beside its numbers (see {@link readAttributes}), and in HDF5 a
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
   * The array or the group inside a Zarr store or an HDF5 file, such as `"group/array"`, the variable of a netCDF-3
   * file, or the column of an Arrow or Parquet file. Default: the array or the group at the path itself; in an HDF5
   * file, the root group.
   */
  readonly path?: string;
}

const operation = "readAttributes";

/**
 * Reads the attributes of an array or a group of Zarr (versions 2 and 3), HDF5 or netCDF-3; of Arrow and Parquet, the
 * texts that the schema or the file holds by key, such as `pandas`. Other formats have none, except for times. The
 * result is frozen, with everything in it.
 *
 * NumPy's times, which are read as int64 from .npy, .npz and Zarr, have attributes that say what they count: `dtype`
 * as NumPy names it, and where the CF conventions have a word for the unit, `units` and `calendar`. A NaT is the least
 * int64, -(2n ** 63n). Columns of times of Arrow and Parquet have the same attributes, and `timezone` if there is one;
 * columns of decimals have their `scale`.
 *
 * Zarr: any JSON, also NaN and infinities, which Python writes; whole numbers beyond ±(2^53 - 1) are bigints.
 *
 * HDF5: texts, bools, numbers, and nested lists of them; elements are as `NDArray.get` returns them for their dtype, so
 * 64-bit integers are always bigints. Attributes of other types (references, records) are left out. They are read on a
 * thread of their own, which takes about a tenth of a second: a damaged file can keep the HDF5 library busy for ever,
 * and the thread is ended after 20 seconds.
 *
 * Rejects with a StorageError when the file cannot be opened; with a FormatError when it is damaged, or there is no
 * such array or group; with an ArgumentError if `path` is given for a format whose files have nothing inside.
 * @example
 * const { units, scale_factor = 1 } = await readAttributes("climate.zarr", { path: "surface/temperature" });
 */
export const readAttributes = takesOnly(
  "readAttributes",
  ["path", "options"],
  async (path: string, options: AttributesOptions = {}): Promise<Attributes> => {
    checkPath(path, operation);
    checkOptions(options, ["path"], operation);
    const { path: inside } = options;
    if (inside !== undefined && typeof inside !== "string") {
      throw new ArgumentError(`${operation}: path is the name of an array or a group, not ${shown(inside)}`);
    }
    const { row } = detect(path);
    return withFormat(row, async (format) => {
      if (inside === undefined || hasInside(row, format)) return attributesOf(format, path, inside);
      const rule = `${path} is of the format ${row.name}, which has no path inside; leave it out`;
      throw new ArgumentError(`${operation}: ${rule}`);
    });
  },
);

/** True if attributes belong to what is inside a file. */
function hasInside(row: FormatRow, format: Format): boolean {
  return (row.member !== undefined || row.columnAttributes === true) && format.attributes !== undefined;
}

async function attributesOf(format: Format, path: string, inside: string | undefined): Promise<Attributes> {
  const attributes = (await format.attributes?.(path, inside)) ?? {};
  freeze(attributes);
  return attributes as Attributes; // formats read nothing else
}

/** Freezes a value and everything in it. */
function freeze(value: unknown): void {
  if (typeof value === "object" && value !== null) Object.values(Object.freeze(value)).forEach(freeze);
}

/** What a file says beside the elements of its arrays. */
export interface FileDescription {
  readonly attributes: Attributes;
  /** Statistics of its columns; none for most formats. */
  readonly columns: readonly ColumnStatistics[];
}

/** Describes a file beside an array that {@link listArrays} names, or beside all of its arrays. */
export async function describeFile(path: string, name = ""): Promise<FileDescription> {
  const { row } = detect(path);
  return withFormat(row, async (format) => {
    const inside = name !== "" && hasInside(row, format) ? name : undefined;
    const attributes = await attributesOf(format, path, inside);
    return { attributes, columns: (await format.statistics?.(path)) ?? [] };
  });
}
