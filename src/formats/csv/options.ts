/** The options of a file of text, and the part of them that travels to a worker. */
import { type DType, factsOf, toDType } from "../../data/dtype.js";
import type { EncodedArray } from "../../data/encoded.js";
import { ArgumentError, DTypeError } from "../../data/errors.js";
import { shown } from "../../data/shown.js";
import type { Compression, Encoding } from "./encoding.js";
import type { Elements, ParserTraits } from "./marks.js";

/** Options of reading a file of text. */
export interface CsvOptions {
  /**
   * The character between fields, or `"whitespace"`: any number of spaces and tabs, which mean nothing at the ends of
   * a line. Default: the one of comma, tab, semicolon, bar and whitespace that cuts the first records into the same
   * number of fields, most of them numbers.
   */
  readonly delimiter?: string;
  /**
   * Whether the first record names the columns. Default `"auto"`: if it has a text above numbers, a number in quotes
   * above others without, or the names that pandas gives. Files in which that remains doubtful are refused.
   */
  readonly header?: boolean | "auto";
  /** The columns that are read, in this order: by name, or by number from 0. Default: all. */
  readonly columns?: readonly string[] | readonly number[];
  /** One column, by name or by number from 0; the array then has one axis. */
  readonly column?: string | number;
  /**
   * The dtype of the elements: a float, a whole number or bool. Default: that of what the columns hold which are read:
   * bool for `True` and `False`, int64 or uint64 for whole numbers, else float64. It follows from the first 100
   * records; if these hold no float and a later one may, the file is read once more. Floats that nobody asked for round
   * no whole numbers: such files are refused.
   */
  readonly dtype?: DType;
  /**
   * Further marks of a missing value, which is read as NaN: texts, in which case matters, and numbers, however they are
   * written. An empty field, "-", "\\N" and the marks of pandas ("NA", "<NA>", "N/A", "null", "None" and the like)
   * always mark one, unless this list is empty. "nan" and "inf" are numbers in any case.
   */
  readonly missing?: readonly (string | number | bigint)[];
  /** The character before the fraction of a number. Default `"."`. */
  readonly decimal?: string;
  /** The character between groups of three digits, such as `","`. Default: none. */
  readonly thousands?: string;
  /**
   * Lines that begin with this character are skipped; the last one before the first record may name the columns.
   * Default: `"#"` in files that begin with it and are no table otherwise.
   */
  readonly comment?: string;
  /**
   * The character around fields that hold delimiters or line ends; doubled, it stands for itself. Default `"`; `""`:
   * none.
   */
  readonly quote?: string;
  /** Lines to skip at the beginning. Default 0. */
  readonly skipRows?: number;
  /**
   * The compression of the file. Default `"auto"`: by its first bytes. Compressed text is read from its beginning
   * whenever something before the last place is needed, by every worker; Zstandard needs Node 22.15 or the package
   * zstd-napi.
   */
  readonly compression?: "auto" | "none" | "gzip" | "zstd";
  /** About how many bytes of text a part has that is read at once. Default 4 MiB; 64 MiB in compressed files. */
  readonly partBytes?: number;
}

/** What the reader needs beside the array; plain data. */
export interface CsvParams {
  readonly encoding: Encoding;
  readonly traits: ParserTraits;
  /** Fields of each record. */
  readonly fields: number;
  /** The field of each column of the array. */
  readonly columns: readonly number[];
  /** Names of the fields, where there are any. */
  readonly names: readonly string[] | null;
  readonly missing: readonly string[];
  /** The beginning of each part's text, and as a last entry the end of the text. */
  readonly offsets: readonly number[];
  /**
   * For each part, the number (from 1) of its first line minus that of its first record; one entry if all are the same.
   */
  readonly lines: readonly number[];
  /** No record is longer than this many bytes. */
  readonly longest: number;
}

/** The part of an opened array that only its reader understands. */
export function paramsOf({ params }: EncodedArray): CsvParams {
  return params as CsvParams;
}

/** The default texts of a missing value: those of pandas that are not numbers anyway, of databases, and a dash. */
export const defaultMissing = [
  ...["", "-", "\\N", "NA", "<NA>", "N/A", "n/a", "NULL", "null", "None", "#NA", "#N/A", "#N/A N/A"],
  ...["1.#IND", "-1.#IND", "1.#QNAN", "-1.#QNAN"],
];

/** Checked options, with the defaults of those that do not depend on the file. */
export interface CheckedOptions {
  readonly delimiter: number | undefined;
  readonly runs: boolean;
  readonly decimal: number;
  readonly thousands: number;
  readonly header: boolean | "auto";
  readonly columns: readonly (string | number)[] | undefined;
  readonly single: boolean;
  readonly dtype: DType | undefined;
  readonly missing: readonly string[];
  readonly sentinels: readonly string[];
  /** Undefined: `#` if the text begins with it. */
  readonly comment: number | undefined;
  readonly quote: number;
  readonly skipRows: number;
  readonly compression: "auto" | Compression;
  readonly partBytes: number | undefined;
}

const operation = "openCsv";

/** The one ASCII character of an option, as a byte. */
export function characterOf(value: unknown, what: string, from: string): number {
  if (typeof value === "string" && /^[^\r\n0-9.+\-a-zA-Z]$/.test(value)) {
    const code = value.charCodeAt(0);
    if (code > 0 && code < 0x80) return code;
  }
  const rule = "one ASCII character other than a letter, digit, sign, point or line end";
  throw new ArgumentError(`${from}: ${what} must be ${rule}; got ${shown(value)}`);
}

/** The elements of a dtype, as the parser reads them. */
export function elementsOf(dtype: DType, from: string): Elements {
  const { kind, bytes } = factsOf(dtype);
  if (kind !== "complex") return { kind, bytes };
  throw new DTypeError(`${from}: text holds real numbers, not ${dtype}`);
}

function count(value: unknown, what: string, least: number): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= least) return value;
  throw new ArgumentError(`${operation}: ${what} must be a whole number of at least ${least}; got ${shown(value)}`);
}

function columnsOf({ columns, column }: CsvOptions): (string | number)[] | undefined {
  if (columns !== undefined && column !== undefined) {
    throw new ArgumentError(`${operation}: expected columns or column, not both`);
  }
  const list: unknown = column === undefined ? columns : [column];
  if (list === undefined) return undefined;
  const good = (value: unknown): boolean =>
    typeof value === "string" || (typeof value === "number" && Number.isSafeInteger(value) && value >= 0);
  if (!Array.isArray(list) || list.length === 0 || !list.every(good)) {
    const rule = "columns must be a list of names, or of whole numbers from 0, with at least one entry";
    throw new ArgumentError(`${operation}: ${rule}; got ${shown(list)}`);
  }
  if (new Set(list).size < list.length) throw new ArgumentError(`${operation}: columns names a column twice`);
  return list;
}

/** Missing values as words, and as numbers in plain decimal text. */
function missingOf(missing: unknown): { readonly missing: string[]; readonly sentinels: string[] } {
  if (missing === undefined) return { missing: defaultMissing, sentinels: [] };
  const isEntry = (entry: unknown): boolean =>
    typeof entry === "string" || typeof entry === "bigint" || (typeof entry === "number" && !Number.isNaN(entry));
  if (!Array.isArray(missing) || !missing.every(isEntry)) {
    throw new ArgumentError(`${operation}: missing must be a list of texts and numbers; got ${shown(missing)}`);
  }
  const texts = missing.map((entry) => String(entry).trim());
  const isNumber = (text: string): boolean => /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text);
  const numbers = texts.filter(isNumber).map((text) => text.replace("+", ""));
  const words = texts.filter((text) => !isNumber(text));
  // as na_values of pandas: a further mark does not turn blanks into numbers
  return {
    missing: texts.length === 0 ? [] : [...new Set([...defaultMissing, ...words])],
    sentinels: [...new Set(numbers)],
  };
}

/** The characters with a meaning; two of them may be the same only where the place shows which one is meant. */
function charactersOf(options: CsvOptions) {
  const { delimiter, quote = '"', decimal = ".", thousands, comment } = options;
  const character = (value: unknown, what: string): number => characterOf(value, what, operation);
  const runs = delimiter === "whitespace";
  const characters = {
    delimiter: delimiter === undefined ? undefined : runs ? 0x20 : character(delimiter, "delimiter"),
    comment: comment === undefined ? undefined : comment === "" ? -1 : character(comment, "comment"),
    quote: quote === "" ? -1 : character(quote, "quote"),
    decimal: decimal === "." ? 0x2e : character(decimal, "decimal"),
    thousands: thousands === undefined ? -1 : thousands === "." ? 0x2e : character(thousands, "thousands"),
  };
  const differ = (what: string, ...list: (number | undefined)[]): void => {
    const used = list.filter((value) => value !== undefined && value >= 0);
    if (new Set(used).size < used.length) throw new ArgumentError(`${operation}: ${what} must be different characters`);
  };
  const { decimal: point, thousands: mark } = characters;
  differ("delimiter, comment, quote and decimal", characters.delimiter, characters.comment, characters.quote, point);
  // numbers in quotes may have separators of thousands that are delimiters elsewhere
  differ("comment, quote, decimal and thousands", characters.comment, characters.quote, point, mark);
  return { ...characters, runs };
}

/** Checks the options of a user. */
export function checkCsvOptions(options: CsvOptions): CheckedOptions {
  const { header = "auto", dtype, skipRows = 0, partBytes, compression = "auto" } = options;
  if (header !== true && header !== false && header !== "auto") {
    throw new ArgumentError(`${operation}: header must be true, false or "auto"; got ${shown(header)}`);
  }
  if (!["auto", "none", "gzip", "zstd"].includes(compression)) {
    const rule = 'compression must be "auto", "none", "gzip" or "zstd"';
    throw new ArgumentError(`${operation}: ${rule}; got ${shown(compression)}`);
  }
  if (dtype !== undefined) elementsOf(toDType(dtype, operation), operation);
  return {
    ...charactersOf(options),
    ...missingOf(options.missing),
    header,
    columns: columnsOf(options),
    single: options.column !== undefined,
    dtype,
    skipRows: count(skipRows, "skipRows", 0),
    compression,
    partBytes: partBytes === undefined ? undefined : count(partBytes, "partBytes", 1),
  };
}
