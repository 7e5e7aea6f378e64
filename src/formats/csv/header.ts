/**
 * Whether the first record of a text names the columns.
 *
 * Invariant: a record of numbers is never taken for names, and names never for numbers, where the records do not show
 * which they are. Such texts are refused, and the option `header` decides.
 */
import type { FieldKind, Notation } from "./notation.js";
import type { TextRecord } from "./records.js";

/** A column: the kind and the text of its first field, and those of the others. */
interface Column {
  readonly text: string;
  readonly quoted: boolean;
  readonly kind: FieldKind;
  readonly others: readonly { readonly text: string; readonly quoted: boolean; readonly kind: FieldKind }[];
}

/** Whether the first record is a header, or that it may be. */
export type HeaderAnswer = "header" | "data" | "doubtful";

/** Judges the first of some records of one length. */
export function judgeHeader(records: readonly TextRecord[], notation: Notation, whitespace: boolean): HeaderAnswer {
  const columns = columnsOf(records, notation);
  if (records.length < 2) return judgeAlone(columns);
  if (isQuoted(columns) || isIndexed(columns)) return "header";
  const numbers = columns.filter(({ kind, others }) => isNumber(kind) && others.some((other) => isNumber(other.kind)));
  const texts = columns.filter(({ kind }) => kind === "text");
  const named = columns.some(isOdd);
  // a number with a fraction, a word of bools, a date, or a text that comes again is hardly a name
  const filled =
    numbers.some(({ kind }) => kind !== "int") ||
    texts.some(({ text, others }) => /^\s*\d+[-/.:]\d/.test(text) || others.some((other) => other.text === text));
  if (named && filled) return "doubtful";
  if (filled) return "data";
  if (texts.length === 0) return judgeNumbers(columns, { named, whitespace });
  return named || numbers.length === 0 || isSeries(numbers) ? "header" : "doubtful";
}

/** Judges the only record: what is in quotes or no number is a name. */
function judgeAlone(columns: readonly Column[]): HeaderAnswer {
  const names = columns.filter(({ kind, quoted }) => kind === "text" || quoted);
  if (names.length === columns.length) return "header";
  return names.some(({ kind }) => kind === "text") ? "doubtful" : "data";
}

function columnsOf(records: readonly TextRecord[], notation: Notation): Column[] {
  const [first, ...rest] = records;
  // an empty field is no name, whatever else it is
  const kindOf = (field: string): FieldKind => (field.trim() === "" ? "missing" : notation.kindOf(field));
  return (first?.fields ?? []).map((text, i) => {
    const others = rest.map(({ fields, quoted }) => {
      const other = fields[i] ?? "";
      return { text: other, quoted: quoted[i] === true, kind: kindOf(other) };
    });
    return { text, quoted: first?.quoted[i] === true, kind: kindOf(text), others };
  });
}

const isNumber = (kind: FieldKind): boolean => kind === "int" || kind === "float" || kind === "bool";

/** True for a text above numbers, and for a whole number above several texts. */
function isOdd({ kind, others }: Column): boolean {
  const below = others.filter((other) => other.kind !== "missing");
  if (below.length === 0) return false;
  if (kind === "text") return below.every((other) => other.kind !== "text");
  return kind === "int" && below.length > 1 && below.every((other) => other.kind === "text");
}

/** True if a number is in quotes above others without, or every field of the first record and no other. */
function isQuoted(columns: readonly Column[]): boolean {
  const above = columns.filter(({ quoted, others }) => quoted && others.every((other) => !other.quoted));
  return above.length === columns.length || above.some(({ kind }) => isNumber(kind));
}

/** True for whole numbers that follow each other: at least three of them, or years. */
function isSeries(columns: readonly Column[]): boolean {
  const values = columns.map(({ text }) => Number(text));
  const [first = Number.NaN] = values;
  const years = values.length > 1 && first >= 1900 && first <= 2100;
  return (values.length > 2 || years) && values.every((value, i) => value === first + i);
}

/** True for different whole numbers behind an empty field above 0, 1, 2, …: what pandas writes with its index. */
function isIndexed([index, ...rest]: readonly Column[]): boolean {
  if (index?.text !== "" || rest.length === 0 || !areNames(rest)) return false;
  const counts = index.others.length > 1 && index.others.every(({ text }, i) => text === String(i));
  const labels = index.others.some(({ kind }) => kind === "text") && isCount(rest);
  return counts || labels || (isCount(rest) && index.others.length === 1 && index.others[0]?.text === "0");
}

/** True for whole numbers that differ. */
function areNames(columns: readonly Column[]): boolean {
  return (
    columns.every(({ kind }) => kind === "int") && new Set(columns.map(({ text }) => text)).size === columns.length
  );
}

/** True for 0, 1, 2, … */
const isCount = (columns: readonly Column[]): boolean => columns.every(({ text }, i) => text === String(i));

/** Judges a first record without a text: numbers, missing values, words of bools. */
function judgeNumbers(
  columns: readonly Column[],
  { named, whitespace }: { readonly named: boolean; readonly whitespace: boolean },
): HeaderAnswer {
  const [index, ...rest] = columns;
  const labels = index?.text === "" && rest.length > 0 ? rest : columns;
  if (!areNames(labels)) return "data";
  if (named) return isSeries(labels) || isCount(labels) ? "header" : "doubtful";
  const below = labels.map(({ others: fields }) => fields.filter(({ kind }) => kind !== "missing"));
  // the fewer names there are, the more records it takes to tell them from data that happen to begin with whole numbers
  const floats = below.every((fields) => fields.length >= (isSeries(labels) ? 1 : 3) && fields.every(isFloat));
  if (floats && below.flat().some(({ text }) => isPadded(text))) return "header";
  const needed = isSeries(labels) ? 1 : labels.length > 1 ? 3 : 20;
  const fractions = below.map((fields) => fields.length >= needed && fields.every(({ kind }) => kind !== "int"));
  if (fractions.every(Boolean) || (isCount(labels) && fractions.some(Boolean))) {
    // between blanks, such data come from solvers, and names hardly are numbers
    return whitespace && !(labels.length > 2 && isCount(labels)) ? "data" : "doubtful";
  }
  const years = isSeries(labels) && labels.every(({ text }) => isYear(text));
  const others = below.every((fields) => fields.length === 0 || fields.some(({ text }) => !isYear(text)));
  return years && others ? "doubtful" : "data";
}

const isFloat = ({ kind }: { readonly kind: FieldKind }): boolean => kind === "float";

/** True for a number such as 1.0 or 2.50: who writes these would also have written a point into whole numbers. */
const isPadded = (text: string): boolean => /^\s*[+-]?\d+[.,]\d*0\s*$/.test(text);

const isYear = (text: string): boolean => Number(text) >= 1900 && Number(text) <= 2100;
