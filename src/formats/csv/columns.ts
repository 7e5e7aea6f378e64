/** The columns that a user asks for, and the dtype that holds what the first records have in them. */
import type { DType } from "../../data/dtype.js";
import { ArgumentError, FormatError } from "../../data/errors.js";
import { at } from "../../data/lists.js";
import { shown } from "../../data/shown.js";
import { rounds } from "./decimal.js";
import type { FieldKind, Notation } from "./notation.js";
import type { TextRecord } from "./records.js";

/** The fields that a user asks for. */
export function choose(
  fields: number,
  names: readonly string[] | null,
  wanted: readonly (string | number)[] | undefined,
  path: string,
): number[] {
  if (wanted === undefined) return Array.from({ length: fields }, (_, i) => i);
  const list = wanted.map((column) => {
    if (typeof column === "number") {
      if (column < fields) return column;
      throw new ArgumentError(`openCsv: ${path} has no column ${column}; it has ${fields}, numbered from 0`);
    }
    if (names === null)
      throw new ArgumentError(`openCsv: ${path} has no header, so it has no column ${shown(column)}; use numbers`);
    const index = names.indexOf(column);
    const some = names
      .slice(0, 20)
      .map((name) => JSON.stringify(name))
      .join(", ");
    if (index < 0) throw new ArgumentError(`openCsv: ${path} has no column ${shown(column)}; its columns are ${some}`);
    if (names.lastIndexOf(column) === index) return index;
    throw new ArgumentError(`openCsv: ${path} has more than one column ${shown(column)}; choose it by its number`);
  });
  if (new Set(list).size === list.length) return list;
  throw new ArgumentError(`openCsv: columns names a column twice: ${shown(wanted)}`);
}

/** The text of a field for a message, shortened. */
export function shortField(field: string): string {
  return JSON.stringify(field.length > 40 ? `${field.slice(0, 40)}…` : field);
}

/** The words for a column in a message: its number from 1, and its name. */
export function columnName(field: number, names: readonly string[] | null): string {
  const name = names?.[field];
  return name === undefined ? `column ${field + 1}` : `column ${field + 1} (${shortField(name)})`;
}

/** True if a field without quotes holds a CR, which ends no line where lines end with LF. */
export function holdsReturn(field: string, quoted: boolean): boolean {
  return !quoted && field.includes("\r");
}

/** What to do about a CR in a field without quotes. */
export const returnAdvice =
  "holds a CR, and lines end with LF here; give all lines the same end, or put text that holds a CR in quotes";

/** What to do about a field that is no number. */
export function textAdvice(field: string): string {
  if (/^\s*[+-]?\d[\d.]*,\d/.test(field)) {
    return 'if the comma is a decimal mark, open it with decimal: ","; if it separates thousands, with thousands: ","';
  }
  return "choose the columns that hold numbers with the option columns, or name missing values in the option missing";
}

/** What to do about a whole number that a float64 rounds. */
export const roundedAdvice =
  'float64 would round it; open it with dtype: "float64" if that may be, or choose columns of whole numbers only';

/** The place of a field, for a message. */
export type Where = (column: number, offset: number) => string;

/** The dtype of the columns that are read. */
export function inferDType(
  records: readonly TextRecord[],
  columns: readonly number[],
  notation: Notation,
  path: string,
  where: Where,
): DType {
  const kinds = new Set<FieldKind>();
  let [least, most] = [0n, 0n];
  let rounded: { readonly field: string; readonly column: number; readonly offset: number } | undefined;
  const fail = (column: number, offset: number, message: string): FormatError =>
    new FormatError(`${path}: ${where(column, offset)}: ${message}`, { path, offset });
  for (const { fields, places, quoted } of records) {
    for (const column of columns) {
      const field = fields[column];
      if (field === undefined) continue; // the parser reports records that are too short
      const kind = notation.kindOf(field);
      kinds.add(kind);
      if (kind === "text") {
        const isReturn = holdsReturn(field, quoted[column] === true);
        const problem = isReturn ? returnAdvice : `is not a number; ${textAdvice(field)}`;
        throw fail(column, at(places, column), `${shortField(field)} ${problem}`);
      }
      if (kind !== "int" || field.length < 16) continue;
      const value = notation.wholeOf(field);
      if (value < least) least = value;
      if (value > most) most = value;
      if (rounds(String(value))) rounded ??= { field, column, offset: at(places, column) };
    }
  }
  if (kinds.size === 0) return "float64";
  if (!kinds.has("float") && !kinds.has("missing")) {
    if (!kinds.has("int")) return "bool";
    if (least >= -(2n ** 63n) && most < 2n ** 63n) return "int64";
    if (least === 0n && most < 2n ** 64n && !negative(records, columns)) return "uint64";
  }
  if (rounded === undefined) return "float64";
  const { field, column, offset } = rounded;
  throw fail(column, offset, `${shortField(field)} is a whole number, and ${roundedAdvice}`);
}

/** True if one of the whole numbers is negative. */
function negative(records: readonly TextRecord[], columns: readonly number[]): boolean {
  return records.some(({ fields }) => columns.some((column) => fields[column]?.trimStart().startsWith("-") === true));
}
