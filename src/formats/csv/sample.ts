/**
 * The first records of a file, from which the delimiter, the header, the columns and the dtype are inferred. Options of
 * the user come first.
 */
import { type DType, factsOf } from "../../data/dtype.js";
import { FormatError } from "../../data/errors.js";
import { at } from "../../data/lists.js";
import type { RefuseSigned } from "../format.js";
import { choose, columnName, holdsReturn, inferDType, returnAdvice, shortField } from "./columns.js";
import { dialectOf, widthOf } from "./dialect.js";
import { judgeHeader } from "./header.js";
import type { Dialect } from "./marks.js";
import { Notation } from "./notation.js";
import type { CheckedOptions } from "./options.js";
import { splitRecords, type TextRecord } from "./records.js";
import type { Text } from "./text.js";

/** The number of records that are looked at. */
const sampled = 100;
const leastBytes = 2 ** 17;
/** The first record must end within this many bytes. */
const mostBytes = 2 ** 26;

/** The result of looking at the first records. */
export interface Sample {
  readonly dialect: Dialect;
  readonly fields: number;
  readonly names: readonly string[] | null;
  /** The fields of the array's columns. */
  readonly columns: readonly number[];
  readonly dtype: DType;
  /** True if the records that were looked at are all there are. */
  readonly complete: boolean;
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
    const found = describe({ bytes, from, whole, path }, options);
    if (found !== undefined) return found;
  }
  const hint = "it is not a table, or a quote in it is never closed";
  throw new FormatError(`${path}: the first record is longer than ${mostBytes} bytes; ${hint}`, { path, offset: 0 });
}

/** The beginning of the text behind a byte order mark and the lines to skip. */
function beginOf(bytes: Uint8Array, path: string, skipRows: number, refuseSigned: RefuseSigned): number {
  const fail = (message: string): FormatError => new FormatError(`${path}: ${message}`, { path, offset: 0 });
  if (bytes.length === 0) throw fail("the file is empty; a table has at least one record");
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

/** The beginning of a file. */
interface Beginning {
  readonly bytes: Uint8Array;
  /** Where its records begin. */
  readonly from: number;
  /** True if that is the whole file. */
  readonly whole: boolean;
  readonly path: string;
}

/** What the first records show; undefined if more of the file is needed. */
function describe({ bytes, from, whole, path }: Beginning, options: CheckedOptions): Sample | undefined {
  const notation = new Notation(options, options.missing);
  const split = (dialect: Dialect): TextRecord[] => splitRecords(bytes, from, dialect, sampled + 1, whole);
  const dialect = dialectOf(split, notation, options, path);
  const records = split(dialect);
  const [first] = records;
  if (first === undefined) {
    if (!whole) return undefined;
    throw new FormatError(`${path}: the file holds no record`, { path, offset: bytes.length });
  }
  const fields = widthOf(records, dialect, notation) || first.fields.length;
  const header = headerOf(records, fields, dialect, notation, options, path);
  if (header && records.length < 2 && !whole) return undefined;
  const names = header
    ? [...new Array<string>(fields - first.fields.length).fill(""), ...first.fields]
    : commentNames({ bytes, from, whole, path }, first.start, fields, dialect, options);
  const offset = header ? first.end : from;
  const where = (column: number, place: number): string => `line ${lineAt(bytes, place)}, ${columnName(column, names)}`;
  const data = header ? records.slice(1) : records;
  // a line with another end has more fields than others, so that no delimiter fits
  if (fields === 1) refuseReturns(data, bytes, path);
  const columns = choose(fields, names, options.columns, path);
  const dtype = options.dtype ?? inferDType(data, columns, notation, path, where);
  const complete = whole && records.length <= sampled;
  return { dialect, fields, names, columns, dtype, complete, start: { offset, line: lineAt(bytes, offset) } };
}

/** Refuses records with a CR inside, which ends a line where others end with LF. */
function refuseReturns(records: readonly TextRecord[], bytes: Uint8Array, path: string): void {
  for (const { fields, places, quoted } of records) {
    for (const [i, field] of fields.entries()) {
      if (!holdsReturn(field, quoted[i] === true)) continue;
      const offset = at(places, i);
      throw new FormatError(`${path}: line ${lineAt(bytes, offset)}: ${shortField(field)} ${returnAdvice}`, {
        path,
        offset,
      });
    }
  }
}

/** Whether the first record is a header. */
function headerOf(
  records: readonly TextRecord[],
  fields: number,
  dialect: Dialect,
  notation: Notation,
  { header }: CheckedOptions,
  path: string,
): boolean {
  if (header !== "auto") return header;
  if (records[0]?.fields.length !== fields) return true;
  const answer = judgeHeader(records, notation, dialect.runs && fields > 1);
  if (answer !== "doubtful") return answer === "header";
  const message = "the first record may be names or data; say which with the option header: true or false";
  throw new FormatError(`${path}: ${message}`, { path, offset: records[0].start });
}

/** The names in the last comment before the first record, as NumPy writes them, if there are as many as fields. */
function commentNames(
  { bytes, from }: Beginning,
  to: number,
  fields: number,
  dialect: Dialect,
  { header }: CheckedOptions,
): string[] | null {
  if (header !== "auto" || dialect.comment < 0) return null;
  const mark = String.fromCharCode(dialect.comment);
  const lines = Buffer.from(bytes.subarray(from, to)).toString("utf8").split("\n");
  const last = lines.map((line) => line.trim()).findLast((line) => line.startsWith(mark));
  const text = Buffer.from(last?.slice(mark.length) ?? "");
  const [record] = splitRecords(text, 0, { ...dialect, comment: -1 }, 1, true);
  return record?.fields.length === fields ? record.fields.map((field) => field.trim()) : null;
}

/** The bytes of a record of the array. */
export function rowBytesOf(dtype: DType, columns: number): number {
  return factsOf(dtype).bytes * columns;
}
