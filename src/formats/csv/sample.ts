/**
 * The first records of a file, from which the delimiter, the header, the columns and the dtype are inferred. Options of
 * the user come first.
 */
import { type DType, factsOf } from "../../data/dtype.js";
import { ArgumentError, FormatError } from "../../data/errors.js";
import { at } from "../../data/lists.js";
import type { RefuseSigned } from "../format.js";
import type { Dialect } from "./marks.js";
import type { CheckedOptions } from "./options.js";
import { kindOf, splitRecords, type TextRecord } from "./records.js";
import type { Text } from "./text.js";

/** The number of records that are looked at. */
const sampled = 100;
const leastBytes = 2 ** 17;
/** The first record must end within this many bytes. */
const mostBytes = 2 ** 26;

const [comma, semicolon, bar] = [0x2c, 0x3b, 0x7c];
/** The delimiters to try, in this order. */
const candidates = [comma, 0x09, semicolon, bar, 0x20];

/** The result of looking at the first records. */
export interface Sample {
  readonly dialect: Dialect;
  readonly fields: number;
  readonly names: readonly string[] | null;
  /** The fields of the array's columns. */
  readonly columns: readonly number[];
  readonly dtype: DType;
  /** The beginning of the records behind the header, and the number of that line. */
  readonly start: { readonly offset: number; readonly line: number };
}

/** Reads the first records of a text. */
export async function readSample(
  text: Text,
  path: string,
  options: CheckedOptions,
  refuseSigned: RefuseSigned,
): Promise<Sample> {
  for (let size = leastBytes; size <= mostBytes; size *= 8) {
    const buffer = new Uint8Array(size);
    const bytes = buffer.subarray(0, await text.read(buffer, 0));
    const whole = bytes.length < size;
    if (!whole && !bytes.includes(0x0a)) continue;
    const from = beginOf(bytes, path, options.skipRows, refuseSigned);
    const found = describe(bytes, from, whole, path, options);
    if (found !== undefined) return found;
  }
  const hint = "it is not a table, or a quote in it is never closed";
  throw new FormatError(`${path}: the first record is longer than ${mostBytes} bytes; ${hint}`, { path, offset: 0 });
}

/** The beginning of the text behind a byte order mark and the lines to skip. */
function beginOf(bytes: Uint8Array, path: string, skipRows: number, refuseSigned: RefuseSigned): number {
  const fail = (message: string): FormatError => new FormatError(`${path}: ${message}`, { path, offset: 0 });
  if (bytes.length === 0) throw fail("the file is empty; a table has at least one record");
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)) {
    throw fail("the text is UTF-16; convert it to UTF-8 or ASCII first");
  }
  refuseSigned(bytes);
  let begin = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  for (let row = 0; row < skipRows; row++) {
    const end = bytes.indexOf(0x0a, begin);
    if (end < 0)
      throw fail(`skipRows is ${skipRows}, and line ${row + 1} has no end in the first ${bytes.length} bytes`);
    begin = end + 1;
  }
  return begin;
}

function lineAt(bytes: Uint8Array, offset: number): number {
  let line = 1;
  for (let end = bytes.indexOf(0x0a); end >= 0 && end < offset; end = bytes.indexOf(0x0a, end + 1)) line++;
  return line;
}

/** The share of fields that are numbers, for a delimiter; -1 if records differ in length or have one field only. */
function scoreOf(records: readonly TextRecord[], missing: readonly string[]): number {
  const width = records[0]?.fields.length ?? 0;
  if (width < 2 || records.some(({ fields }) => fields.length !== width)) return -1;
  const fields = (records.length > 1 ? records.slice(1) : records).flatMap((record) => record.fields);
  return fields.filter((field) => kindOf(field, missing) !== "text").length / fields.length;
}

function describe(
  bytes: Uint8Array,
  from: number,
  whole: boolean,
  path: string,
  options: CheckedOptions,
): Sample | undefined {
  const { quote, comment, missing } = options;
  const split = (delimiter: number, most = sampled): TextRecord[] =>
    splitRecords(bytes, from, { delimiter, quote, comment }, most, whole);
  let delimiter = options.delimiter;
  if (delimiter === undefined) {
    let best = -1;
    for (const candidate of candidates) {
      if (candidate === quote || candidate === comment) continue;
      const score = scoreOf(split(candidate, 20), missing);
      if (score > best) [best, delimiter] = [score, candidate];
    }
    // a single column: any delimiter that has no other meaning
    const free = [comma, semicolon, bar].find((candidate) => candidate !== quote && candidate !== comment);
    delimiter ??= free ?? comma;
  }
  const dialect = { delimiter, quote, comment };
  const records = split(delimiter, sampled + 1);
  const [first] = records;
  if (first === undefined) {
    if (!whole) return undefined;
    throw new FormatError(`${path}: the file holds no record`, { path, offset: bytes.length });
  }
  const kinds = first.fields.map((field) => kindOf(field, missing));
  const header = options.header === "auto" ? kinds.includes("text") : options.header;
  if (header && records.length < 2 && !whole) return undefined;
  const names = header ? first.fields : null;
  const columns = choose(first.fields.length, names, options.columns, path);
  const data = header ? records.slice(1) : records;
  const offset = header ? first.end : from;
  const found = { dialect, fields: first.fields.length, names, columns };
  const start = { offset, line: lineAt(bytes, offset) };
  return { ...found, start, dtype: options.dtype ?? inferDType(data, columns, names, missing, path, bytes) };
}

/** The fields that a user asks for. */
function choose(
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
    const shown = JSON.stringify(column);
    if (names === null)
      throw new ArgumentError(`openCsv: ${path} has no header, so it has no column ${shown}; use numbers`);
    const index = names.indexOf(column);
    const some = names
      .slice(0, 20)
      .map((name) => JSON.stringify(name))
      .join(", ");
    if (index < 0) throw new ArgumentError(`openCsv: ${path} has no column ${shown}; its columns are ${some}`);
    if (names.lastIndexOf(column) === index) return index;
    throw new ArgumentError(`openCsv: ${path} has more than one column ${shown}; choose it by its number`);
  });
  if (new Set(list).size === list.length) return list;
  throw new ArgumentError(`openCsv: columns names a column twice: ${JSON.stringify(wanted)}`);
}

/** The text of a field for a message, shortened. */
export function shown(field: string): string {
  return JSON.stringify(field.length > 40 ? `${field.slice(0, 40)}…` : field);
}

/** The words for a column in a message: its number from 1, and its name. */
export function columnName(field: number, names: readonly string[] | null): string {
  const name = names?.[field];
  return name === undefined ? `column ${field + 1}` : `column ${field + 1} (${shown(name)})`;
}

function inferDType(
  records: readonly TextRecord[],
  columns: readonly number[],
  names: readonly string[] | null,
  missing: readonly string[],
  path: string,
  bytes: Uint8Array,
): DType {
  let dtype: DType = records.length === 0 ? "float64" : "int64";
  for (const { fields, places } of records) {
    for (const column of columns) {
      const field = fields[column];
      if (field === undefined) continue; // the parser reports records that are too short
      const kind = kindOf(field, missing);
      if (kind === "text") {
        const offset = at(places, column);
        const where = `line ${lineAt(bytes, offset)}, ${columnName(column, names)}`;
        const advice =
          "choose the columns that hold numbers with the option columns, or name missing values in the option missing";
        const message = `${path}: ${where}: ${shown(field)} is not a number; ${advice}`;
        throw new FormatError(message, { path, offset });
      }
      if (kind !== "int") dtype = "float64";
    }
  }
  return dtype;
}

/** The bytes of a record of the array. */
export function rowBytesOf(dtype: DType, columns: number): number {
  return factsOf(dtype).bytes * columns;
}
