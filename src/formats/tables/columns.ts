/**
 * Columns of a table as one array: which of them, of what dtype, and what becomes of nulls. Arrow and Parquet share the rules.
 *
 *     columns asked for (or all of numbers) ─▶ their dtypes, NumPy's promotion ─▶ one array [rows, columns], order F
 *     one column ─────────────────────────────────────────────────────────────▶ one array [rows]
 *
 * Invariant: no null becomes a number. It is NaN, an error, or true in a mask.
 */
import { type DType, factsOf, promote } from "../../data/dtype.js";
import { ArgumentError, FormatError } from "../../data/errors.js";
import { checkOptions } from "../../data/options.js";

/** What becomes of nulls: NaN (integers with nulls become float64), an error, or an array of bools, true where a null stands. */
export type Nulls = "nan" | "error" | "mask";

/** How a table is opened as an array. */
export interface TableOptions {
  /** The names of the columns, in the order of the array's last axis. Default: all columns of bools, integers and floats. */
  readonly columns?: readonly string[];
  /** The name of the only column; the array then has one axis. */
  readonly column?: string;
  /** What becomes of nulls. Default `"nan"`. */
  readonly nulls?: Nulls;
}

/** How an element stands in a file once compression and encoding are undone. */
export type Stored = Exclude<DType, "complex64" | "complex128"> | "float16";

/** A column of a table, as far as choosing one needs it. */
export interface Column {
  readonly name: string;
  /** What it holds, in words: `"int32"`, `"utf8"`, `"timestamp[us]"`. */
  readonly type: string;
  /** Undefined where its elements are no numbers. */
  readonly stored: Stored | undefined;
  /** True for times, which are numbers only where they are asked for by name. */
  readonly time: boolean;
}

/** The columns that an array is made of. */
export interface Choice {
  /** Their numbers in the table. */
  readonly indices: readonly number[];
  /** True where the array has one axis. */
  readonly flat: boolean;
  readonly nulls: Nulls;
}

const known: readonly string[] = ["columns", "column", "nulls"] satisfies (keyof TableOptions)[];
const ways: readonly string[] = ["nan", "error", "mask"] satisfies Nulls[];

/** Checks options that came from outside. */
function check(options: TableOptions, operation: string): void {
  checkOptions(options, known, operation);
  const { columns, column, nulls } = options;
  if (columns !== undefined && column !== undefined) {
    throw new ArgumentError(`${operation}: takes either columns (an array of two axes) or column (of one), not both`);
  }
  if (column !== undefined && typeof column !== "string") {
    throw new ArgumentError(`${operation}: column is a name, not ${JSON.stringify(column)}`);
  }
  if (columns !== undefined) {
    if (!Array.isArray(columns) || columns.length === 0 || columns.some((name) => typeof name !== "string")) {
      throw new ArgumentError(`${operation}: columns is a list of names, not ${JSON.stringify(columns)}`);
    }
    const twice = columns.find((name, i) => columns.indexOf(name) !== i);
    if (twice !== undefined) throw new ArgumentError(`${operation}: column ${JSON.stringify(twice)} is named twice`);
  }
  if (nulls !== undefined && !ways.includes(nulls)) {
    throw new ArgumentError(`${operation}: nulls is "nan", "error" or "mask", not ${JSON.stringify(nulls)}`);
  }
}

/** The first names or types of a list, for a message. */
function some(list: readonly string[]): string {
  const more = list.length - 20;
  return list.slice(0, 20).join(", ") + (more > 0 ? `, and ${more} more` : "");
}

/**
 * The columns that options ask for.
 *
 * @throws ArgumentError for options that are wrong, and names that the table does not have
 * @throws FormatError where a column holds no numbers, or none does
 */
export function chooseColumns(
  path: string,
  table: readonly Column[],
  options: TableOptions,
  operation: string,
): Choice {
  check(options, operation);
  const { columns, column, nulls = "nan" } = options;
  const names = column === undefined ? columns : [column];
  if (names === undefined) {
    const indices = [...table.keys()].filter((i) => table[i]!.stored !== undefined && !table[i]!.time);
    if (indices.length > 0) return { indices, flat: false, nulls };
    const found = table.map(({ name, type }) => `${JSON.stringify(name)} (${type})`);
    const list = found.length === 0 ? "it has none" : `it has ${some(found)}`;
    throw new FormatError(`${operation}: ${path} has no columns of numbers; ${list}`, { path });
  }
  const indices = names.map((name) => {
    const places = [...table.keys()].filter((i) => table[i]!.name === name);
    if (places.length === 0) {
      const found = some(table.map((other) => JSON.stringify(other.name)));
      throw new ArgumentError(`${operation}: ${path} has no column ${JSON.stringify(name)}; it has ${found}`);
    }
    if (places.length > 1) {
      const message = `${operation}: ${path} has ${places.length} columns named ${JSON.stringify(name)}`;
      throw new FormatError(`${message}; rename them, as it cannot be told which is meant`, { path });
    }
    const { stored, type } = table[places[0]!]!;
    if (stored !== undefined) return places[0]!;
    const message = `${operation}: column ${JSON.stringify(name)} of ${path} holds ${type}`;
    throw new FormatError(`${message}; bools, integers, floats and times are read`, { path });
  });
  return { indices, flat: column !== undefined, nulls };
}

/** The dtype of a column of numbers without nulls. */
export function dtypeOf({ stored, time }: Column): DType {
  return time ? "int64" : stored === "float16" ? "float32" : stored!;
}

/**
 * The dtype of an array of columns.
 *
 * @param nulls for each column how many there are; undefined where the file does not tell
 * @throws FormatError where there are nulls that are to be an error
 */
export function commonDType(
  path: string,
  columns: readonly Column[],
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
