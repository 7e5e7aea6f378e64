/**
 * Folders of Parquet files that are one table, with values in the names of folders, as Hive, Spark, Dask and pandas
 * write them.
 *
 *     table/year=2023/month=1/part-0.parquet     every row of it has year 2023 and month 1
 *     table/year=2023/month=2/part-0.parquet
 *
 * Files and folders follow each other in the order of their names, with numbers in them by value. Names that begin with
 * a point or an underscore, which are those of other files (`_SUCCESS`, `.part-0.parquet.crc`), are ignored.
 */
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { FormatError } from "../../data/errors.js";
import { failure } from "../../storage/stores/failure.js";
import type { Column } from "../tables/columns.js";

/** A file of a table. */
export interface TableFile {
  readonly path: string;
  /** The values in the names of the folders that it is in, by their keys. */
  readonly keys: ReadonlyMap<string, string>;
}

/** A column whose value the names of folders hold. */
export interface KeyColumn extends Column {
  /** The value of all rows of a file; null if it is one. */
  readonly constant: number | null;
}

/** How Hive writes a null. */
const NULL_VALUE = "__HIVE_DEFAULT_PARTITION__";
const ENDING = ".parquet";
/** The deepest nesting of folders; links may lead round in circles. */
const DEEPEST = 32;

const { compare } = new Intl.Collator("en", { numeric: true, sensitivity: "variant" });

/**
 * The files of a table: the path itself, or those of the folder.
 *
 * @throws StorageError if there is nothing, FormatError if a folder has no file of Parquet
 */
export function filesOf(path: string): TableFile[] {
  if (!isFolder(path)) return [{ path, keys: new Map() }];
  const files = filesIn(path, new Map(), 0);
  if (files.length > 0) return files;
  throw new FormatError(`${path}: the folder has no file that ends with ${ENDING}`, { path });
}

function filesIn(folder: string, keys: ReadonlyMap<string, string>, depth: number): TableFile[] {
  if (depth > DEEPEST) {
    throw new FormatError(`${folder}: folders are nested more than ${DEEPEST} deep`, { path: folder });
  }
  let names: string[];
  try {
    names = readdirSync(folder).filter((name) => !/^[._]/.test(name));
  } catch (cause) {
    throw failure(`list the folder ${folder}`, folder, cause);
  }
  // the collator takes names as equal that differ only in zeros before a number
  names.sort((a, b) => compare(a, b) || (a < b ? -1 : 1));
  return names.flatMap((name) => {
    const path = join(folder, name);
    if (isFolder(path)) return filesIn(path, withKey(keys, name), depth + 1);
    return name.endsWith(ENDING) ? [{ path, keys }] : [];
  });
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch (cause) {
    throw failure(`open ${path}`, path, cause);
  }
}

function withKey(keys: ReadonlyMap<string, string>, name: string): ReadonlyMap<string, string> {
  const equals = name.indexOf("=");
  if (equals < 1) return keys;
  return new Map([...keys, [unescaped(name.slice(0, equals)), unescaped(name.slice(equals + 1))]]);
}

/** Text in which some characters are written as %20 and the like. */
function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a percent sign that is one
  }
}

/** The columns that the names of folders hold, as far as choosing columns needs them: those of numbers, and others. */
export function keyColumns(files: readonly TableFile[]): KeyColumn[] {
  return [...(files[0]?.keys.keys() ?? [])].map((name) => {
    const values = files.map(({ keys }) => valueIn(keys.get(name)));
    const numbers = values.filter((value) => typeof value === "number");
    const column = { name, constant: null };
    if (numbers.length === 0 || values.includes(undefined)) return { ...column, type: "texts", stored: undefined };
    const stored = !numbers.every(Number.isInteger) ? "float64" : numbers.every(isShort) ? "int32" : "int64";
    return { ...column, type: stored, stored };
  });
}

/** A key column in one file. */
export function keyColumnIn<C extends KeyColumn>(column: C, { keys }: TableFile): C {
  return { ...column, constant: valueIn(keys.get(column.name)) ?? null };
}

const isShort = (value: number): boolean => value >= -(2 ** 31) && value < 2 ** 31;

/** A value as a number or a null; undefined if it is neither, or would be rounded. */
function valueIn(text: string | undefined): number | null | undefined {
  if (text === NULL_VALUE) return null;
  if (text === undefined || !/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) return undefined;
  const value = Number(text);
  return /^[+-]?\d+$/.test(text) && !Number.isSafeInteger(value) ? undefined : value;
}
