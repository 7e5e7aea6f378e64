/**
 * The delimiter of a text, found out from its first records.
 *
 * Invariant: a delimiter is chosen only if nothing else fits as well. A text that may be read in two ways is refused,
 * because one of them gives wrong numbers.
 */
import { FormatError } from "../../data/errors.js";
import type { Dialect } from "./marks.js";
import type { Notation } from "./notation.js";
import type { CheckedOptions } from "./options.js";
import type { TextRecord } from "./records.js";

/** Cuts the first records of a text. */
export type Split = (dialect: Dialect) => readonly TextRecord[];

const [comma, tab, semicolon, bar, space, hash] = [0x2c, 0x09, 0x3b, 0x7c, 0x20, 0x23];
const names: Readonly<Record<number, string>> = {
  [comma]: "a comma",
  [tab]: "a tab",
  [semicolon]: "a semicolon",
  [bar]: "a bar",
  [space]: "blanks",
};

/** A dialect, and the share of its fields that are numbers; 0 is the least. */
interface Candidate {
  readonly dialect: Dialect;
  readonly score: number;
}

/** The dialect of a text: that of the options, or the one that fits best. */
export function dialectOf(split: Split, notation: Notation, options: CheckedOptions, path: string): Dialect {
  const { quote } = options;
  const comments = options.comment === undefined ? [-1, hash] : [options.comment];
  for (const comment of comments) {
    const dialects = delimitersOf(options).map((given) => ({ ...given, quote, comment }));
    if (comment === hash && options.comment === undefined && !beginsWith(split, dialects)) break;
    const candidates: Candidate[] = [];
    for (const dialect of dialects) {
      const score = scoreOf(split(dialect), dialect, notation, options);
      // nothing but numbers: no other character can separate them
      if (score === 1) return dialect;
      if (score >= 0) candidates.push({ dialect, score });
    }
    const chosen = choose(candidates, path);
    if (chosen !== undefined) return chosen;
  }
  return singleColumn(split, options);
}

function delimitersOf({
  delimiter,
  runs,
  quote,
  comment,
  decimal,
}: CheckedOptions): Pick<Dialect, "delimiter" | "runs">[] {
  if (delimiter !== undefined) return [{ delimiter, runs }];
  return [comma, tab, semicolon, bar, space]
    .filter((byte) => byte !== quote && byte !== comment && byte !== decimal)
    .map((byte) => ({ delimiter: byte, runs: byte === space }));
}

/** True if the first record begins with the character of comments. */
function beginsWith(split: Split, dialects: readonly Dialect[]): boolean {
  const [dialect] = dialects;
  const [first] = dialect === undefined ? [] : split({ ...dialect, comment: -1 });
  return first?.fields[0]?.trimStart().startsWith(String.fromCharCode(hash)) === true;
}

/** The number of fields that all records have; 0 if they differ. A header may lack the name of the first column. */
export function widthOf(records: readonly TextRecord[], { delimiter, runs }: Dialect, notation: Notation): number {
  const [first, ...rest] = records;
  const width = rest[0]?.fields.length ?? first?.fields.length ?? 0;
  if (first === undefined || rest.some(({ fields }) => fields.length !== width)) return 0;
  if (first.fields.length === width) return width;
  // as R writes it: rows have names, and their column has none
  const short = (runs || delimiter === tab) && first.fields.length === width - 1;
  const named = first.fields.some((field, i) => first.quoted[i] === true || notation.kindOf(field) === "text");
  return short && named ? width : 0;
}

/** The share of fields that are numbers; -1 if records differ in length or have one field only. */
function scoreOf(
  records: readonly TextRecord[],
  dialect: Dialect,
  notation: Notation,
  { delimiter, header }: CheckedOptions,
): number {
  const width = widthOf(records, dialect, notation);
  if (width < 2) return -1;
  if (header === false && records[0]?.fields.length !== width) return -1;
  if (delimiter !== undefined) return 1;
  const fields = (records.length > 1 ? records.slice(1) : records).flatMap((record) => record.fields);
  // 1,5 may be a number with another decimal mark: then the message says so
  const other = (field: string): boolean =>
    dialect.delimiter !== comma && /^\s*[+-]?\d+,[\d.,]*\d(e[+-]?\d+)?\s*$/i.test(field);
  return fields.filter((field) => notation.kindOf(field) !== "text" || other(field)).length / fields.length;
}

/** The best of some candidates, each of which leaves a text. */
function choose(candidates: readonly Candidate[], path: string): Dialect | undefined {
  const blanks = candidates.find(({ dialect }) => dialect.runs);
  const [best, second] = candidates.filter((candidate) => candidate !== blanks).sort((a, b) => b.score - a.score);
  if (best === undefined) return blanks?.dialect;
  // texts have blanks, so these separate fields only if nothing else does
  if (best.score === 0 && blanks !== undefined && blanks.score > 0) throw doubtful(best, blanks, path);
  if (best.score > 0 && best.score === second?.score) throw doubtful(best, second, path);
  return best.dialect;
}

function doubtful(one: Candidate, other: Candidate, path: string): FormatError {
  const [a, b] = [one, other].map(({ dialect }) => names[dialect.delimiter]);
  const message = `${path}: fields may end with ${a} or with ${b}; say which one with the option delimiter`;
  return new FormatError(message, { path, offset: 0 });
}

/** The dialect of a single column: any delimiter that has no other meaning. */
function singleColumn(split: Split, options: CheckedOptions): Dialect {
  const { quote } = options;
  const dialects = delimitersOf(options).map((given) => ({ ...given, quote, comment: options.comment ?? -1 }));
  const comment = options.comment ?? (beginsWith(split, dialects) ? hash : -1);
  const blanks = dialects.find(({ runs }) => runs);
  if (blanks !== undefined) {
    const records = split({ ...blanks, comment });
    if (records.length > 0 && records.every(({ fields }) => fields.length === 1)) return { ...blanks, comment };
  }
  const [delimiter = { delimiter: comma, runs: false }] = dialects;
  return { ...delimiter, quote, comment };
}
