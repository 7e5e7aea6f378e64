/** How the numbers of a table are written, in JavaScript: for the first records, and for what the parser asks. */
import type { NumberStyle } from "./marks.js";

/** The kind of a field: a truth value, a whole number, another number, a missing value, or none of these. */
export type FieldKind = "bool" | "int" | "float" | "missing" | "text";

/** The words of truth values, and their numbers. */
export const boolWords: ReadonlyMap<string, number> = new Map([
  ["True", 1],
  ["False", 0],
  ["true", 1],
  ["false", 0],
  ["TRUE", 1],
  ["FALSE", 0],
]);

const point = 0x2e;

/** A character in a regular expression. */
const literal = (byte: number): string => String.fromCharCode(byte).replace(/[\\^$.*+?()[\]{}|/-]/, "\\$&");

/** Judges fields as the parser does. */
export class Notation {
  /** Numbers as they are written: sign, whole part, fraction, exponent; undefined if that is JavaScript's own way. */
  readonly #form: RegExp | undefined;
  readonly #thousands: string;
  readonly #missing: ReadonlySet<string>;
  readonly #sentinels: readonly string[];

  constructor({ decimal, thousands, sentinels }: NumberStyle, missing: readonly string[] = []) {
    const mark = thousands < 0 ? "" : literal(thousands);
    const grouped = mark === "" ? "" : `|\\d{1,3}(?:${mark}\\d{3})+`;
    const form = `^([+-]?)(\\d*${grouped})(?:(${literal(decimal)})(\\d*))?(e[+-]?\\d+)?$`;
    this.#form = decimal === point && thousands < 0 ? undefined : new RegExp(form, "i");
    this.#thousands = thousands < 0 ? "" : String.fromCharCode(thousands);
    this.#missing = new Set(missing);
    this.#sentinels = sentinels;
  }

  /** A number's text with a decimal point and no separators of thousands. Other texts are no numbers afterwards. */
  plain(text: string): string {
    if (this.#form === undefined) return text;
    const match = this.#form.exec(text);
    if (match === null) return /\d/.test(text) ? "" : text;
    const [, sign = "", whole = "", mark, fraction = "", power = ""] = match;
    const digits = this.#thousands === "" ? whole : whole.replaceAll(this.#thousands, "");
    return `${sign}${digits}${mark === undefined ? "" : `.${fraction}`}${power}`;
  }

  /** The kind of a field. */
  kindOf(field: string): FieldKind {
    const text = field.replace(/^[ \t]+|[ \t]+$/g, "");
    const number = this.plain(text);
    const whole = /^[+-]?\d+$/.test(number);
    if (whole || /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(number)) {
      if (this.#sentinels.some((sentinel) => equal(number, sentinel))) return "missing";
      return whole ? "int" : "float";
    }
    if (this.#missing.has(text)) return "missing";
    if (boolWords.has(text)) return "bool";
    return /^[+-]?(nan|inf|infinity)$/i.test(text) ? "float" : "text";
  }

  /** The value of a field that is a whole number. */
  wholeOf(field: string): bigint {
    return BigInt(this.plain(field.trim()).replace("+", ""));
  }
}

/** True if two numbers are the same. */
function equal(a: string, b: string): boolean {
  if (Number(a) !== Number(b)) return false;
  const whole = /^[+-]?\d+$/;
  return !(whole.test(a) && whole.test(b)) || BigInt(a.replace("+", "")) === BigInt(b.replace("+", ""));
}
