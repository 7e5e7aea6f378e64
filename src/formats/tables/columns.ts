/**
 * Columns of a table as one array: which of them, of what dtype, and what becomes of nulls. Arrow and Parquet share
 * these rules.
 *
 *     the columns asked for, or all of numbers ─▶ dtypes, promoted as in NumPy ─▶ one array [rows, columns], order F
 *     one column ──────────────────────────────────────────────────────────────▶ one array [rows]
 *     one column of lists, all of one length ──────────────────────────────────▶ one array [rows, length], order C
 *
 * Among several columns, a column of lists counts as one column for each place in its lists.
 *
 * Invariant: no null becomes a number, unless the user gives one. It is NaN, NaT among times, an error, or true in a
 * mask.
 */
import { type DType, factsOf, promote } from "../../data/dtype.js";
import { ArgumentError, FormatError } from "../../data/errors.js";
import { checkOptions } from "../../data/options.js";
import { shown } from "../../data/shown.js";
import { type TimeType, timeAttributes } from "../times.js";

/**
 * What becomes of nulls: NaN (bools and integers with nulls become float64) or, of times, NaT, the least int64; an
 * error; an array of bools, true for each null; or a number that takes their place, so that integers stay integers.
 */
export type Nulls = "nan" | "error" | "mask" | number;

/** How a table is opened as an array. */
export interface TableOptions {
  /**
   * The names of the columns, in the order of the array's last axis; a member of a struct is `"struct.member"`. A
   * column of lists takes one place for each element of a list. Default: all columns of bools, integers and floats that
   * are neither lists nor members.
   */
  readonly columns?: readonly string[];
  /** The name of the only column; the array then has one axis, or with lists, all of one length, two. */
  readonly column?: string;
  /** What becomes of nulls. Default `"nan"`. */
  readonly nulls?: Nulls;
  /**
   * Takes the nearest float64 for numbers that float64 cannot hold exactly: decimals, which are refused otherwise, and
   * integers of 64 bits that become float64, which are an error beyond 2^53 unless they fit. Default false.
   */
  readonly inexact?: boolean;
}

/** The type of an element in a file once it is decompressed and decoded. */
export type Stored = Exclude<DType, "complex64" | "complex128"> | "float16";

/** A column of a table, as far as choosing columns needs it. */
export interface Column {
  readonly name: string;
  /** The type of its elements in words: `"int32"`, `"utf8"`, `"timestamp[us]"`. */
  readonly type: string;
  /** Undefined if its elements are not numbers; float64 of decimals. */
  readonly stored: Stored | undefined;
  /** What times count. They count as numbers only if the column is asked for by name. */
  readonly time?: TimeType;
  /** The time zone in which times are shown; they count in UTC. */
  readonly zone?: string;
  /** Of decimals, the number of digits behind the point. They need `inexact`. */
  readonly scale?: number;
  /** Of lists, the length of every one. */
  readonly list?: number;
  /** True for lists and members of structs, which count only if they are asked for by name. */
  readonly nested?: boolean;
}

/** A column whose elements are numbers. */
export type Numeric<C extends Column = Column> = C & { readonly stored: Stored };

/** The columns that an array is made of. */
export interface Choice<C extends Column> {
  readonly columns: readonly Numeric<C>[];
  /** True if the array has one axis. */
  readonly flat: boolean;
  /** The length of the array's last axis, if it has two. */
  readonly width: number;
  readonly nulls: Nulls;
  readonly inexact: boolean;
}

/** The names of the options. */
export const tableOptions = {
  columns: true,
  column: true,
  nulls: true,
  inexact: true,
} satisfies Record<keyof TableOptions, true>;
const ways: readonly unknown[] = ["nan", "error", "mask"] satisfies Nulls[];

/** Checks options that come from a user. */
function check(options: TableOptions, operation: string): void {
  checkOptions(options, Object.keys(tableOptions), operation);
  const { columns, column, nulls, inexact } = options;
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
  if (nulls !== undefined && !ways.includes(nulls) && !Number.isFinite(nulls)) {
    const expected = `"nan", "error", "mask" or a number that takes their place`;
    throw new ArgumentError(`${operation}: nulls must be ${expected}; got ${shown(nulls)}`);
  }
  if (inexact !== undefined && typeof inexact !== "boolean") {
    throw new ArgumentError(`${operation}: inexact must be true or false; got ${shown(inexact)}`);
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
  const { columns, column, nulls = "nan", inexact = false } = options;
  const choice = (chosen: readonly Numeric<C>[]): Choice<C> => {
    const flat = column !== undefined && chosen[0]?.list === undefined;
    return { columns: chosen, flat, width: widthOf(chosen), nulls, inexact };
  };
  if (column !== undefined || columns !== undefined) {
    const names = column === undefined ? (columns ?? []) : [column];
    return choice(names.map((name) => checkScale(path, columnNamed(path, table, name, operation), options, operation)));
  }
  const numeric = table
    .filter(isNumeric)
    .filter(({ time, scale, nested }) => time === undefined && !nested && (scale === undefined || inexact));
  if (numeric.length > 0) return choice(numeric);
  const found = table.map(({ name, type }) => `${JSON.stringify(name)} (${type})`);
  const list = found.length === 0 ? "it has none" : `it has ${listed(found)}`;
  const advice = adviceFor(table.find(isNumeric) ?? table[0]);
  throw new FormatError(`${operation}: ${path} has no columns of numbers; ${list}${advice}`, { path });
}

/** What to do with a column that is not among the default ones; empty where nothing is known. */
function adviceFor(column: Column | undefined): string {
  if (column === undefined) return "";
  if (isNumeric(column)) {
    const more = column.scale === undefined ? "" : ", inexact: true";
    return `; name those to read: column: ${JSON.stringify(column.name)}${more}`;
  }
  if (!/list/.test(column.type)) return "";
  const rule = "lists are read if all have one length, which the type must say in Arrow (a fixed-size list)";
  return `; ${rule}; save the elements of others as one column, and the lengths of the lists as another`;
}

/** The places that columns take on the last axis. */
function widthOf(columns: readonly Column[]): number {
  return columns.reduce((sum, { list = 1 }) => sum + list, 0);
}

/** The names of the places on the last axis; none if lists take several of them. */
export function namesOf({ columns }: Choice<Column>): { readonly names?: readonly string[] } {
  return columns.some(({ list }) => list !== undefined) ? {} : { names: columns.map(({ name }) => name) };
}

/** Refuses decimals unless they are wanted inexactly, or not at all. */
function checkScale<C extends Numeric>(path: string, column: C, options: TableOptions, operation: string): C {
  const { name, type, scale } = column;
  if (scale === undefined || options.inexact === true || options.nulls === "mask") return column;
  const message = `${operation}: column ${JSON.stringify(name)} of ${path} holds ${type}, which no dtype holds exactly`;
  throw new FormatError(`${message}; with inexact: true it becomes the nearest float64`, { path });
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
  throw new FormatError(`${message}; expected bools, integers, floats or times${adviceFor(column)}`, { path });
}

/** The dtype of a column of numbers without nulls. */
export function dtypeOf({ stored, time }: Numeric): DType {
  if (time !== undefined) return "int64";
  return stored === "float16" ? "float32" : stored;
}

/**
 * The dtype of an array of columns.
 *
 * @param nulls the number of nulls of each column; undefined if the file does not say
 * @throws FormatError if there are nulls and `rule` is `"error"`; ArgumentError if `rule` is no element of a column
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
      if (typeof rule === "number") checkFill(rule, dtype, column.name, operation);
      const stays = rule !== "nan" || count === 0 || column.time !== undefined || factsOf(dtype).kind === "float";
      return stays ? dtype : "float64";
    })
    .reduce(promote);
}

/** Checks that a number can take the place of nulls. */
function checkFill(fill: number, dtype: DType, name: string, operation: string): void {
  const { kind, bytes } = factsOf(dtype);
  const bits = kind === "bool" ? 1 : kind === "uint" ? 8 * bytes : 8 * bytes - 1;
  const most = Math.min(2 ** bits - 1, Number.MAX_SAFE_INTEGER);
  const least = kind === "int" ? Math.max(-(2 ** bits), Number.MIN_SAFE_INTEGER) : 0;
  if (kind === "float" || (Number.isSafeInteger(fill) && fill >= least && fill <= most)) return;
  const problem = `nulls: ${fill} is no ${dtype}, which column ${JSON.stringify(name)} holds`;
  throw new ArgumentError(`${operation}: ${problem}; expected a whole number from ${least} to ${most}`);
}

/** What a file says of a column beside its elements: what times count, and the digits of decimals. */
export function columnAttributes({ time, zone, scale }: Column): Readonly<Record<string, string | number>> {
  return {
    ...timeAttributes(time),
    ...(zone === undefined ? {} : { timezone: zone }),
    ...(scale === undefined ? {} : { scale }),
  };
}

/** The first column of a name. */
export function findColumn<C extends Column>(path: string, columns: readonly C[], name: string): C {
  const found = columns.find((column) => column.name === name);
  if (found === undefined) throw new ArgumentError(`${path} has no column ${JSON.stringify(name)}`);
  return found;
}

/** What stands in the place of a null of a column in an array of a dtype. */
export function markOf(rule: Nulls, { time }: Pick<Column, "time">, dtype: DType): number | bigint {
  if (rule === "mask") return 1;
  const { kind, big } = factsOf(dtype);
  if (typeof rule === "number") return big ? BigInt(rule) : rule;
  // an array of integers can have nulls of times only; under "error" there are none, or reading fails
  return kind === "float" || time === undefined ? Number.NaN : LEAST;
}

/** NaT. */
const LEAST = -(2n ** 63n);
