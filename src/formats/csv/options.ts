/** The options of a file of text, and the part of them that travels to a worker. */

import { type DType, factsOf } from "../../data/dtype.js";
import type { EncodedArray } from "../../data/encoded.js";
import { ArgumentError, DTypeError } from "../../data/errors.js";
import { shown } from "../../data/shown.js";
import type { Elements, ParserTraits } from "./marks.js";

/** Options of reading a file of text. */
export interface CsvOptions {
  /**
   * The character between fields. Default: the one of comma, tab, semicolon, bar and space that cuts the first records
   * into the same number of fields, most of them numbers.
   */
  readonly delimiter?: string;
  /** Whether the first record names the columns. Default `"auto"`: if one of its fields is not a number. */
  readonly header?: boolean | "auto";
  /** The columns that are read, in this order: by name, or by number from 0. Default: all. */
  readonly columns?: readonly string[] | readonly number[];
  /** One column, by name or by number from 0; the array then has one axis. */
  readonly column?: string | number;
  /**
   * The dtype of the elements: a float or a whole number. Default: int64 if the first 100 records hold nothing else in
   * the columns that are read, else float64.
   */
  readonly dtype?: DType;
  /**
   * The texts of a missing value, which becomes NaN; case matters. Default: an empty field, "NA", "N/A", "null",
   * "NULL", "None", "#N/A", "n/a" and "-". "nan" and "inf" are numbers in any case.
   */
  readonly missing?: readonly string[];
  /** Lines that begin with this character are skipped. Default: none are. */
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

export type Compression = "none" | "gzip" | "zstd";

/** What the reader needs beside the array; plain data. */
export interface CsvParams {
  readonly compression: Compression;
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

/** The default texts of a missing value. */
const defaultMissing = ["", "NA", "N/A", "null", "NULL", "None", "#N/A", "n/a", "-"];

/** Checked options, with the defaults of those that do not depend on the file. */
export interface CheckedOptions {
  readonly delimiter: number | undefined;
  readonly header: boolean | "auto";
  readonly columns: readonly (string | number)[] | undefined;
  readonly single: boolean;
  readonly dtype: DType | undefined;
  readonly missing: readonly string[];
  readonly comment: number;
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
  if (kind === "float" || kind === "int" || kind === "uint") return { kind, bytes };
  throw new DTypeError(`${from}: text holds floats and whole numbers, not ${dtype}`);
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

function missingOf(missing: unknown): string[] {
  if (missing === undefined) return defaultMissing;
  if (!Array.isArray(missing) || !missing.every((word) => typeof word === "string")) {
    throw new ArgumentError(`${operation}: missing must be a list of strings; got ${shown(missing)}`);
  }
  const number = missing.find((word) => word.trim() !== "" && !Number.isNaN(Number(word)));
  if (number === undefined) return missing.map((word: string) => word.trim());
  const hint = "a number cannot stand for a missing value; read it, and replace it with where()";
  throw new ArgumentError(`${operation}: missing holds ${shown(number)}: ${hint}`);
}

/** Checks the options of a user. */
export function checkCsvOptions(options: CsvOptions): CheckedOptions {
  const { delimiter, header = "auto", dtype, comment, quote = '"', skipRows = 0, partBytes } = options;
  const { compression = "auto" } = options;
  if (header !== true && header !== false && header !== "auto") {
    throw new ArgumentError(`${operation}: header must be true, false or "auto"; got ${shown(header)}`);
  }
  if (!["auto", "none", "gzip", "zstd"].includes(compression)) {
    const rule = 'compression must be "auto", "none", "gzip" or "zstd"';
    throw new ArgumentError(`${operation}: ${rule}; got ${shown(compression)}`);
  }
  if (dtype !== undefined) elementsOf(dtype, operation);
  const characters = {
    delimiter: delimiter === undefined ? undefined : characterOf(delimiter, "delimiter", operation),
    comment: comment === undefined ? -1 : characterOf(comment, "comment", operation),
    quote: quote === "" ? -1 : characterOf(quote, "quote", operation),
  };
  const used = Object.values(characters).filter((character) => character !== undefined && character >= 0);
  if (new Set(used).size < used.length) {
    throw new ArgumentError(`${operation}: delimiter, comment and quote must be three different characters`);
  }
  return {
    ...characters,
    header,
    columns: columnsOf(options),
    single: options.column !== undefined,
    dtype,
    missing: missingOf(options.missing),
    skipRows: count(skipRows, "skipRows", 0),
    compression,
    partBytes: partBytes === undefined ? undefined : count(partBytes, "partBytes", 1),
  };
}
