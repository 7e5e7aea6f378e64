/**
 * A reader for the few of Python's literals that the header of a .npy file consists of. A header comes from outside and
 * may be hostile, so nothing in it is evaluated, and the depth and the length of what is read are bounded.
 *
 * Invariant: the text has one character per byte (latin1), so a place in it is a place in the header's bytes.
 */
import type { FormatError } from "../../data/errors.js";

/** A value, and where in the text it begins. */
export type Literal = { readonly at: number } & (
  | { readonly kind: "string"; readonly value: string }
  | { readonly kind: "integer"; readonly value: bigint }
  | { readonly kind: "bool"; readonly value: boolean }
  | { readonly kind: "none" }
  | { readonly kind: "tuple" | "list"; readonly items: readonly Literal[] }
  | { readonly kind: "dict"; readonly entries: readonly (readonly [key: Literal, value: Literal])[] }
);

/** Makes the error to throw for a problem at a place of the text. */
export type Fail = (problem: string, at: number) => FormatError;

/** The deepest nesting, which no real structured dtype reaches; the call stack must not overflow. */
const DEEPEST = 32;

/** The longest integer that is read; converting millions of digits would take minutes. */
const MOST_DIGITS = 40;

const words = new Map<string, { kind: "bool"; value: boolean } | { kind: "none" }>([
  ["True", { kind: "bool", value: true }],
  ["False", { kind: "bool", value: false }],
  ["None", { kind: "none" }],
]);

const escapes = new Map([
  ["n", "\n"],
  ["t", "\t"],
  ["r", "\r"],
  ["\\", "\\"],
  ["'", "'"],
  ['"', '"'],
]);

/** Reads one literal with only white space around it. Strings are UTF-8 if `encoding` says so. */
export function readLiteral(text: string, encoding: "latin1" | "utf8", fail: Fail): Literal {
  return new LiteralReader(text, encoding, fail).read();
}

/** A recursive descent through the text: each method reads one kind of literal from {@link #at} on. */
class LiteralReader {
  #at = 0;
  readonly #text: string;
  readonly #encoding: "latin1" | "utf8";
  readonly #fail: Fail;

  constructor(text: string, encoding: "latin1" | "utf8", fail: Fail) {
    this.#text = text;
    this.#encoding = encoding;
    this.#fail = fail;
  }

  read(): Literal {
    const result = this.#value(0);
    this.#skipSpace();
    if (this.#at < this.#text.length) throw this.#unexpected("the end");
    return result;
  }

  /** The next character; empty at the end. */
  get #next(): string {
    return this.#text[this.#at] ?? "";
  }

  #skipSpace(): void {
    this.#match(/[ \t\r\n]*/y);
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0] ?? "";
    this.#at += found.length;
    return found;
  }

  #unexpected(wanted: string): FormatError {
    const found = this.#next === "" ? "the end" : JSON.stringify(this.#next);
    return this.#fail(`the header has ${found} where ${wanted} should be`, this.#at);
  }

  #value(depth: number): Literal {
    this.#skipSpace();
    const begin = this.#at;
    const first = this.#next;
    if (depth > DEEPEST) throw this.#fail(`the header is nested more than ${DEEPEST} deep`, begin);
    if (first === "'" || first === '"') return this.#string(first, begin);
    if (/^-?\d/.test(this.#text.slice(begin, begin + 2))) return this.#integer(begin);
    if (first === "(") return this.#tuple(begin, depth);
    if (first === "[") return { at: begin, kind: "list", items: this.#items("]", depth).items };
    if (first === "{") return this.#dict(begin, depth);
    const word = words.get(this.#match(/[A-Za-z]+/y));
    if (word !== undefined) return { at: begin, ...word };
    this.#at = begin;
    throw this.#unexpected("a string, an integer, True, False, a tuple, a list or a dictionary");
  }

  #string(quote: string, begin: number): Literal {
    this.#at++;
    let bytes = "";
    for (;;) {
      const character = this.#next;
      if (character === "" || character === "\n") throw this.#fail("a string in the header has no end", begin);
      this.#at++;
      if (character === quote) break;
      if (character !== "\\") {
        bytes += character;
        continue;
      }
      const escaped = escapes.get(this.#next);
      if (escaped === undefined) {
        throw this.#fail("the header has a string with an escape that is not read", this.#at - 1);
      }
      bytes += escaped;
      this.#at++;
    }
    return { at: begin, kind: "string", value: Buffer.from(bytes, "latin1").toString(this.#encoding) };
  }

  #integer(begin: number): Literal {
    const digits = this.#match(/-?\d+/y);
    // Python 2 wrote a long as 3L
    if (this.#next === "L") this.#at++;
    if (digits.length > MOST_DIGITS) {
      const problem = `an integer in the header has ${digits.length} characters; at most ${MOST_DIGITS} are read`;
      throw this.#fail(problem, begin);
    }
    if (/^-?0\d/.test(digits)) {
      throw this.#fail(`the header has the integer ${digits}, which begins with a zero`, begin);
    }
    return { at: begin, kind: "integer", value: BigInt(digits) };
  }

  #tuple(begin: number, depth: number): Literal {
    const { items, trailingComma } = this.#items(")", depth);
    const [only, ...others] = items;
    // to Python, (3) is the number 3, and only (3,) is a tuple
    if (only !== undefined && others.length === 0 && !trailingComma) return only;
    return { at: begin, kind: "tuple", items };
  }

  #dict(begin: number, depth: number): Literal {
    const entries: (readonly [Literal, Literal])[] = [];
    this.#sequence("}", () => {
      const key = this.#value(depth + 1);
      this.#skipSpace();
      if (this.#next !== ":") throw this.#unexpected('":"');
      this.#at++;
      entries.push([key, this.#value(depth + 1)]);
    });
    return { at: begin, kind: "dict", entries };
  }

  #items(close: string, depth: number): { readonly items: readonly Literal[]; readonly trailingComma: boolean } {
    const items: Literal[] = [];
    const trailingComma = this.#sequence(close, () => items.push(this.#value(depth + 1)));
    return { items, trailingComma };
  }

  /** Reads items between brackets, with commas between them; returns whether there is one after the last. */
  #sequence(close: string, readItem: () => void): boolean {
    this.#at++;
    this.#skipSpace();
    let comma = false;
    for (let items = 0; this.#next !== close; items++) {
      if (items > 0 && !comma) throw this.#unexpected(`"," or "${close}"`);
      readItem();
      this.#skipSpace();
      comma = this.#next === ",";
      if (comma) this.#at++;
      this.#skipSpace();
    }
    this.#at++;
    return comma;
  }
}
