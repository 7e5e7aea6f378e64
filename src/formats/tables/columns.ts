/**
 * Columns of a table as one array: which of them, of what dtype, and what becomes of nulls. Arrow and Parquet share
 * these rules.
 *
 *     the columns asked for, or all of numbers ─▶ dtypes, promoted as in NumPy ─▶ one array [rows, columns], order F
 *     one column ──────────────────────────────────────────────────────────────▶ one array [rows]
 *
 * Invariant: no null becomes a number. It is NaN, an error, or true in a mask.
 */
import { type DType, factsOf, promote } from "../../data/dtype.js";
import { ArgumentError, FormatError } from "../../data/errors.js";
import { checkOptions } from "../../data/options.js";
import { shown } from "../../data/shown.js";

/**
 * What becomes of nulls: NaN (integers with nulls become float64), an error, or an array of bools, true for each null.
 */
export type Nulls = "nan" | "error" | "mask";

/** How a table is opened as an array. */
export interface TableOptions {
  /**
   * The names of the columns, in the order of the array's last axis. Default: all columns of bools, integers and
   * floats.
   */
  readonly columns?: readonly string[];
  /** The name of the only column; the array then has one axis. */
  readonly column?: string;
  /** What becomes of nulls. Default `"nan"`. */
  readonly nulls?: Nulls;
}

/** The type of an element in a file once it is decompressed and decoded. */
export type Stored = Exclude<DType, "complex64" | "complex128"> | "float16";

/** A column of a table, as far as choosing columns needs it. */
export interface Column {
  readonly name: string;
  /** The type of its elements in words: `"int32"`, `"utf8"`, `"timestamp[us]"`. */
  readonly type: string;
  /** Undefined if its elements are not numbers. */
  readonly stored: Stored | undefined;
  /** True for times, which count as numbers only if the column is asked for by name. */
  readonly time: boolean;
}

/** A column whose elements are numbers. */
export type Numeric<C extends Column = Column> = C & { readonly stored: Stored };

/** The columns that an array is made of. */
export interface Choice<C extends Column> {
  readonly columns: readonly Numeric<C>[];
  /** True if the array has one axis. */
  readonly flat: boolean;
  readonly nulls: Nulls;
}

const known: readonly string[] = ["columns", "column", "nulls"] satisfies (keyof TableOptions)[];
const ways: readonly string[] = ["nan", "error", "mask"] satisfies Nulls[];

/** Checks options that come from a user. */
function check(options: TableOptions, operation: string): void {
  checkOptions(options, known, operation);
  const { columns, column, nulls } = options;
  if (columns !== undefined && column !== undefined) {
    throw new ArgumentError(
      `${operation}: expected columns (for an array of two axes) or column (for one of one axis), not both`,
    );
  }
  if (column !== undefined && typeof column !== "string") {
    throw new ArgumentError(`${operation}: column must be a name; got ${shown(column)}`);
  }
  if (columns !== undefined) {
    if (!Array.isArray(columns) || columns.length === 0 || columns.some((name) => typeof name !== "string")) {
      throw new ArgumentError(`${operation}: columns must be a list of names; got ${shown(columns)}`);
    }
    const twice = columns.find((name, i) => columns.indexOf(name) !== i);
    if (twice !== undefined) throw new ArgumentError(`${operation}: column ${JSON.stringify(twice)} is named twice`);
  }
  if (nulls !== undefined && !ways.includes(nulls)) {
    throw new ArgumentError(`${operation}: nulls must be "nan", "error" or "mask"; got ${shown(nulls)}`);
  }
}

/** How many columns a message lists. */
const MOST_LISTED = 20;

/** The first entries of a list, for a message. */
function listed(list: readonly string[]): string {
  const more = list.length - MOST_LISTED;
  return list.slice(0, MOST_LISTED).join(", ") + (more > 0 ? `, and ${more} more` : "");
}

function isNumeric<C extends Column>(column: C): column is Numeric<C> {
  return column.stored !== undefined;
}

/**
 * The columns that options ask for.
 *
 * @throws ArgumentError for options that are wrong, and names that the table does not have
 * @throws FormatError if a column does not hold numbers, or none does
 */
export function chooseColumns<C extends Column>(
  path: string,
  table: readonly C[],
  options: TableOptions,
  operation: string,
): Choice<C> {
  check(options, operation);
  const { columns, column, nulls = "nan" } = options;
  if (column !== undefined) return { columns: [columnNamed(path, table, column, operation)], flat: true, nulls };
  if (columns !== undefined) {
    return { columns: columns.map((name) => columnNamed(path, table, name, operation)), flat: false, nulls };
  }
  const numeric = table.filter(isNumeric).filter(({ time }) => !time);
  if (numeric.length > 0) return { columns: numeric, flat: false, nulls };
  const found = table.map(({ name, type }) => `${JSON.stringify(name)} (${type})`);
  const list = found.length === 0 ? "it has none" : `it has ${listed(found)}`;
  throw new FormatError(`${operation}: ${path} has no columns of numbers; ${list}`, { path });
}

/** The only column of a name; it must hold numbers. */
function columnNamed<C extends Column>(path: string, table: readonly C[], name: string, operation: string): Numeric<C> {
  const [column, ...others] = table.filter((other) => other.name === name);
  if (column === undefined) {
    const found = listed(table.map((other) => JSON.stringify(other.name)));
    throw new ArgumentError(`${operation}: ${path} has no column ${JSON.stringify(name)}; it has ${found}`);
  }
  if (others.length > 0) {
    const message = `${operation}: ${path} has ${1 + others.length} columns named ${JSON.stringify(name)}`;
    throw new FormatError(`${message}; rename them, as the name does not say which is meant`, { path });
  }
  if (isNumeric(column)) return column;
  const message = `${operation}: column ${JSON.stringify(name)} of ${path} holds ${column.type}`;
  throw new FormatError(`${message}; expected bools, integers, floats or times`, { path });
}

/** The dtype of a column of numbers without nulls. */
export function dtypeOf({ stored, time }: Numeric): DType {
  if (time) return "int64";
  return stored === "float16" ? "float32" : stored;
}

/**
 * The dtype of an array of columns.
 *
 * @param nulls the number of nulls of each column; undefined if the file does not say
 * @throws FormatError if there are nulls and `rule` is `"error"`
 */
export function commonDType(
  path: string,
  columns: readonly Numeric[],
  nulls: readonly (number | undefined)[],
  rule: Nulls,
  operation: string,
): DType {
  if (rule === "mask") return "bool";
  return columns
    .map((column, i): DType => {
      const count = nulls[i];
      if (rule === "error" && count !== undefined && count > 0) {
        const message = `${operation}: column ${JSON.stringify(column.name)} of ${path} has ${count} nulls`;
        throw new FormatError(`${message}; they become NaN with nulls: "nan", true with nulls: "mask"`, { path });
      }
      const dtype = dtypeOf(column);
      return rule === "error" || count === 0 || factsOf(dtype).kind === "float" ? dtype : "float64";
    })
    .reduce(promote);
}
