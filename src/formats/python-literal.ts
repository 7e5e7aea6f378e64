/**
 * A reader for the little of Python's literals that a .npy header is made of. A header comes from outside and may be
 * hostile, so nothing of it is evaluated, and depth and length of what is read are bounded.
 *
 * Invariant: the text holds one character per byte (latin1), so `at` is a place in the header's bytes.
 */
import type { FormatError } from "../data/errors.js";

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

/** Structured dtypes nest; nobody nests deeper than this, and the call stack must not overflow. */
const maxDepth = 32;

/** The longest integer that is read; converting millions of digits would take minutes. */
const maxDigits = 40;

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

/** Reads one literal with nothing but white space around it. Strings are UTF-8 when `encoding` says so. */
export function readLiteral(text: string, encoding: "latin1" | "utf8", fail: Fail): Literal {
  let at = 0;

  const space = (): void => {
    while (at < text.length && " \t\r\n".includes(text[at]!)) at++;
  };

  const unexpected = (wanted: string): FormatError => {
    const found = at < text.length ? JSON.stringify(text[at]) : "the end";
    return fail(`the header has ${found} where ${wanted} should be`, at);
  };

  const match = (pattern: RegExp): string => {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0] ?? "";
    at += found.length;
    return found;
  };

  /** Reads what stands between brackets: items, commas between them, and perhaps one after the last. */
  const sequence = (close: string, item: () => void): { readonly trailingComma: boolean } => {
    at++;
    space();
    let comma = false;
    for (let items = 0; text[at] !== close; items++) {
      if (items > 0 && !comma) throw unexpected(`"," or "${close}"`);
      item();
      space();
      comma = text[at] === ",";
      if (comma) at++;
      space();
    }
    at++;
    return { trailingComma: comma };
  };

  const string = (begin: number): Literal => {
    const quote = text[at++];
    let bytes = "";
    for (;;) {
      const character = text[at];
      if (character === undefined || character === "\n") throw fail("a string in the header has no end", begin);
      at++;
      if (character === quote) break;
      if (character !== "\\") {
        bytes += character;
        continue;
      }
      const escaped = escapes.get(text[at] ?? "");
      if (escaped === undefined) throw fail("the header has a string with an escape that is not read", at - 1);
      bytes += escaped;
      at++;
    }
    return { at: begin, kind: "string", value: Buffer.from(bytes, "latin1").toString(encoding) };
  };

  const integer = (begin: number): Literal => {
    const digits = match(/-?\d+/y);
    // Python 2 wrote a long as 3L.
    if (text[at] === "L") at++;
    const limit = `an integer in the header has ${digits.length} characters; at most ${maxDigits} are read`;
    if (digits.length > maxDigits) throw fail(limit, begin);
    if (/^-?0\d/.test(digits)) throw fail(`the header has the integer ${digits}, which begins with a zero`, begin);
    return { at: begin, kind: "integer", value: BigInt(digits) };
  };

  const value = (depth: number): Literal => {
    space();
    const begin = at;
    const first = text[at] ?? "";
    if (depth > maxDepth) throw fail(`the header is nested more than ${maxDepth} deep`, at);
    if (first === "'" || first === '"') return string(begin);
    if (/^-?\d/.test(text.slice(at, at + 2))) return integer(begin);
    if (first === "(" || first === "[") {
      const items: Literal[] = [];
      const { trailingComma } = sequence(first === "(" ? ")" : "]", () => void items.push(value(depth + 1)));
      // To Python, (3) is the number 3, and only (3,) is a tuple.
      if (first === "(" && items.length === 1 && !trailingComma) return items[0]!;
      return { at: begin, kind: first === "(" ? "tuple" : "list", items };
    }
    if (first === "{") {
      const entries: (readonly [Literal, Literal])[] = [];
      sequence("}", () => {
        const key = value(depth + 1);
        space();
        if (text[at] !== ":") throw unexpected('":"');
        at++;
        entries.push([key, value(depth + 1)]);
      });
      return { at: begin, kind: "dict", entries };
    }
    const word = words.get(match(/[A-Za-z]+/y));
    if (word !== undefined) return { at: begin, ...word };
    at = begin;
    throw unexpected("a string, an integer, True, False, a tuple, a list or a dictionary");
  };

  const result = value(0);
  space();
  if (at < text.length) throw unexpected("the end");
  return result;
}
