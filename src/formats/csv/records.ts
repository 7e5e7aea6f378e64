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
  /** Whether each field is in quotes. */
  readonly quoted: readonly boolean[];
  /** Its beginning, and that of the next one. */
  readonly start: number;
  readonly end: number;
}

const [newline, carriage, space, tab] = [0x0a, 0x0d, 0x20, 0x09];

/**
 * The records in `bytes` from a place on, at most `most`. A record that reaches the end counts only if `whole` says
 * that the text ends there.
 */
export function splitRecords(
  bytes: Uint8Array,
  from: number,
  dialect: Dialect,
  most: number,
  whole: boolean,
): TextRecord[] {
  const lines = new Lines(bytes, dialect, whole);
  const records: TextRecord[] = [];
  for (let start = lines.recordFrom(from); start < bytes.length && records.length < most; ) {
    const record = recordAt(lines, start);
    if (record === undefined) break;
    records.push(record);
    start = lines.recordFrom(record.end);
  }
  return records;
}

/** The field at the beginning of some bytes. */
export function fieldAt(bytes: Uint8Array, dialect: Dialect): string {
  return new Lines(bytes, dialect, true).fieldAt(0)?.text ?? "";
}

/** The record that begins at a place; undefined if it reaches the end of text that goes on. */
function recordAt(lines: Lines, start: number): TextRecord | undefined {
  const fields: string[] = [];
  const places: number[] = [];
  const quoted: boolean[] = [];
  for (let at = start; ; ) {
    const field = lines.fieldAt(at);
    if (field === undefined) return undefined;
    fields.push(field.text);
    places.push(at);
    quoted.push(field.quoted);
    const next = lines.next(field.end);
    if (next === undefined) return undefined;
    if (next.ended) return { fields, places, quoted, start, end: next.at };
    at = next.at;
  }
}

/** Text, and where its lines and fields end. */
class Lines {
  readonly #text: Buffer;
  readonly #dialect: Dialect;
  readonly #whole: boolean;

  constructor(bytes: Uint8Array, dialect: Dialect, whole: boolean) {
    this.#text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#dialect = dialect;
    this.#whole = whole;
  }

  /** The bytes of the line end at a place; 0: there is none. */
  #lineEnd(at: number): number {
    const text = this.#text;
    if (at < text.length && text[at] === newline) return 1;
    return text[at] === carriage && (text[at + 1] === newline || (this.#whole && at + 1 === text.length)) ? 2 : 0;
  }

  #isDelimiter(byte: number | undefined): boolean {
    return byte === this.#dialect.delimiter || (this.#dialect.runs && byte === tab);
  }

  /** The place behind any blanks, where these mean nothing. */
  #behindBlanks(at: number): number {
    if (this.#dialect.runs) while (this.#text[at] === space || this.#text[at] === tab) at++;
    return at;
  }

  /** The beginning of the next record, behind blank lines and comments. */
  recordFrom(from: number): number {
    const text = this.#text;
    for (let at = this.#behindBlanks(from); ; at = this.#behindBlanks(at)) {
      const blank = this.#lineEnd(at);
      if (blank > 0) at += blank;
      else if (at < text.length && text[at] === this.#dialect.comment) {
        const end = text.indexOf(newline, at);
        at = end < 0 ? text.length : end + 1;
      } else return Math.min(at, text.length);
    }
  }

  /** The field at a place; undefined if a quote in it is never closed, which the scanner reports. */
  fieldAt(at: number): { readonly text: string; readonly quoted: boolean; readonly end: number } | undefined {
    const text = this.#text;
    const { quote } = this.#dialect;
    const quoted = quote >= 0 && text[at] === quote;
    let field = "";
    if (quoted) {
      for (at++; ; ) {
        const close = text.indexOf(quote, at);
        if (close < 0) return undefined;
        field += text.toString("utf8", at, close);
        at = close + 1;
        if (text[at] !== quote) break;
        field += String.fromCharCode(quote);
        at++;
      }
    }
    const rest = at;
    while (at < text.length && !this.#isDelimiter(text[at]) && this.#lineEnd(at) === 0) at++;
    return { text: field + text.toString("utf8", rest, at), quoted, end: at };
  }

  /** What follows the end of a field: the next field, or the next line. Undefined if the text goes on from there. */
  next(end: number): { readonly at: number; readonly ended: boolean } | undefined {
    const at = this.#behindBlanks(end);
    const { length } = this.#text;
    if (at >= length) return this.#whole ? { at: length, ended: true } : undefined;
    const lineEnd = this.#lineEnd(at);
    if (lineEnd > 0) return { at: Math.min(at + lineEnd, length), ended: true };
    return { at: this.#dialect.runs ? at : at + 1, ended: false };
  }
}
