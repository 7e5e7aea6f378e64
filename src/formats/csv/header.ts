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
  const texts = columns.filter(({ kind }) => kind === "text");
  if (isQuoted(columns)) return "header";
  const numbers = columns.filter(({ kind, others }) => isNumber(kind) && others.some((other) => isNumber(other.kind)));
  const named = texts.some(({ others }) => hasNumbers(others));
  if (texts.length === 0) return whitespace ? "data" : judgeNumbers(columns);
  // a number with a fraction, a date, or a text that comes again is hardly a name
  const filled =
    numbers.some(({ kind }) => kind !== "int") ||
    texts.some(({ text, others }) => /^\s*\d+[-/.:]\d/.test(text) || others.some((other) => other.text === text));
  if (named !== filled) return named ? "header" : "data";
  if (named) return "doubtful";
  return numbers.length === 0 || isSeries(numbers) ? "header" : "doubtful";
}

function columnsOf(records: readonly TextRecord[], notation: Notation): Column[] {
  const [first, ...rest] = records;
  return (first?.fields ?? []).map((text, i) => {
    const others = rest.map(({ fields, quoted }) => {
      const other = fields[i] ?? "";
      return { text: other, quoted: quoted[i] === true, kind: notation.kindOf(other) };
    });
    return { text, quoted: first?.quoted[i] === true, kind: notation.kindOf(text), others };
  });
}

const isNumber = (kind: FieldKind): boolean => kind === "int" || kind === "float" || kind === "bool";

/** True if a column holds numbers and missing values only, and a number. */
function hasNumbers(fields: readonly { readonly kind: FieldKind }[]): boolean {
  return fields.some(({ kind }) => isNumber(kind)) && fields.every(({ kind }) => kind !== "text");
}

/** True if a number is in quotes above others without, or every field of the first record and no other. */
function isQuoted(columns: readonly Column[]): boolean {
  const above = columns.filter(({ quoted, others }) => quoted && others.every((other) => !other.quoted));
  return above.length === columns.length || above.some(({ kind, others }) => isNumber(kind) && others.length > 0);
}

/** True for whole numbers that follow each other: at least three of them, or years. */
function isSeries(columns: readonly Column[]): boolean {
  const values = columns.map(({ text }) => Number(text));
  const [first = Number.NaN] = values;
  const years = values.length > 1 && first >= 1900 && first <= 2100;
  return (values.length > 2 || years) && values.every((value, i) => value === first + i);
}

/**
 * Judges a first record without a text. pandas names columns 0, 1, 2, … by itself, and leaves the name of the index
 * empty.
 */
function judgeNumbers(columns: readonly Column[]): HeaderAnswer {
  const [index, ...rest] = columns;
  const named = rest.length > 0 && rest.every(({ text }, i) => text === String(i));
  if (index?.text === "" && named) {
    const counts = index.others.every(({ text }, i) => text === String(i));
    const labels = index.others.some(({ kind }) => kind === "text");
    if (index.others.length > 0 && (counts || labels)) return "header";
    return columns.length > 2 ? "doubtful" : "data";
  }
  const whole = columns.length > 1 && columns.every(({ text }, i) => text === String(i) && columns.length > i);
  const fractions = columns.every(({ others }) => others.length > 0 && others.every(({ kind }) => kind !== "int"));
  return whole && fractions ? "doubtful" : "data";
}
