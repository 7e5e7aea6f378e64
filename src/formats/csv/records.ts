/**
 * Records of text in JavaScript: the first ones, from which delimiter, header and dtype are inferred, and one that is
 * wrong, for the message about it. The rules are those of the scanner and the parser.
 */
import type { Dialect } from "./marks.js";

/** A record's fields, without the quotes around them. */
export interface TextRecord {
  readonly fields: readonly string[];
  /** The beginning of each field. */
  readonly places: readonly number[];
  /** Its beginning, and that of the next one. */
  readonly start: number;
  readonly end: number;
}

const [newline, carriage] = [0x0a, 0x0d];

/**
 * The records in `bytes` from a place on, at most `most`. A record that reaches the end counts only if `whole` says
 * that the text ends there.
 */
export function splitRecords(
  bytes: Uint8Array,
  from: number,
  { delimiter, quote, comment }: Dialect,
  most: number,
  whole: boolean,
): TextRecord[] {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const records: TextRecord[] = [];
  let at = from;
  const lineEnd = (): number => {
    if (at < text.length && text[at] === newline) return 1;
    return text[at] === carriage && (text[at + 1] === newline || (whole && at + 1 === text.length)) ? 2 : 0;
  };
  while (at < text.length && records.length < most) {
    const blank = lineEnd();
    if (blank > 0) {
      at += blank;
      continue;
    }
    if (text[at] === comment) {
      const end = text.indexOf(newline, at);
      at = end < 0 ? text.length : end + 1;
      continue;
    }
    const start = at;
    const fields: string[] = [];
    const places: number[] = [];
    for (let ended = 0; ended === 0; ) {
      let field = "";
      places.push(at);
      if (text[at] === quote) {
        for (at++; ; ) {
          const close = text.indexOf(quote, at);
          if (close < 0) return records; // the scanner finds the quote that is never closed
          field += text.toString("utf8", at, close);
          at = close + 1;
          if (text[at] !== quote) break;
          field += String.fromCharCode(quote);
          at++;
        }
      }
      const rest = at;
      while (at < text.length && text[at] !== delimiter && lineEnd() === 0) at++;
      fields.push(field + text.toString("utf8", rest, at));
      if (at >= text.length) {
        if (!whole) return records;
        ended = 1;
      } else if (text[at] === delimiter) at++;
      else ended = lineEnd();
      if (ended > 0) at += ended;
    }
    at = Math.min(at, text.length);
    records.push({ fields, places, start, end: at });
  }
  return records;
}

/** The kind of a field: a whole number, another number, a missing value, or none of these. */
export type FieldKind = "int" | "float" | "missing" | "text";

/** Judges a field as the parser does. */
export function kindOf(field: string, missing: readonly string[]): FieldKind {
  const text = field.replace(/^[ \t]+|[ \t]+$/g, "");
  if (/^[+-]?\d+$/.test(text)) {
    const value = text.length > 25 ? 2n ** 64n : BigInt(text.replace("+", ""));
    return BigInt.asIntN(64, value) === value ? "int" : "float";
  }
  if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) return "float";
  if (missing.includes(text)) return "missing";
  return /^[+-]?(nan|inf|infinity)$/i.test(text) ? "float" : "text";
}
