/**
 * JSON as Zarr's metadata has it. JSON.parse will not do: Python writes NaN and Infinity into attributes, fill values of
 * 64-bit integers exceed what a JavaScript number holds, and metadata that is only extended must keep `1.0` a float.
 *
 * Invariant: a document that is read and written again says the same to every reader: numbers keep their text, keys
 * their order.
 */
import { ArgumentError, FormatError } from "../../../data/errors.js";

/** A number as its text, also `NaN`, `Infinity` and `-Infinity`. */
export class JsonNumber {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** A value of a JSON document. */
export type Json = null | boolean | string | JsonNumber | readonly Json[] | JsonObject;

/** An object of a JSON document, its keys in the order of the document. */
export type JsonObject = Map<string, Json>;

/** No metadata nests deeper; more is damaged or hostile, and would overflow the stack. */
const deepest = 100;

const token =
  /[ \t\n\r]*(?:([[\]{},:])|("[^"\\]*(?:\\.[^"\\]*)*")|(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?|NaN|-?Infinity)|(true|false|null))/y;

/**
 * Reads a document whose outermost value is an object.
 *
 * @param path what messages call the document
 * @throws FormatError with the place where the text is no JSON
 */
export function readJson(text: string, path: string): JsonObject {
  let at = 0;
  const fail = (problem: string): FormatError =>
    new FormatError(`${path}: ${problem} at character ${at}`, { path, offset: at });
  function next(): RegExpExecArray {
    token.lastIndex = at;
    const match = token.exec(text);
    if (match === null)
      throw fail(at >= text.trimEnd().length ? "the JSON document ends too early" : "this is no JSON");
    at = token.lastIndex;
    return match;
  }
  function string(quoted: string): string {
    try {
      return JSON.parse(quoted) as string;
    } catch (cause) {
      throw new FormatError(`${path}: a string is no JSON at character ${at}`, { path, offset: at }, { cause });
    }
  }
  function value(depth: number, [, mark, quoted, number, word]: RegExpExecArray): Json {
    if (depth > deepest) throw fail(`more than ${deepest} levels of arrays and objects`);
    if (quoted !== undefined) return string(quoted);
    if (number !== undefined) return new JsonNumber(number);
    if (word !== undefined) return word === "null" ? null : word === "true";
    if (mark === "[") return array(depth);
    if (mark === "{") return object(depth);
    throw fail(`an unexpected ${mark}`);
  }
  function array(depth: number): Json[] {
    const items: Json[] = [];
    for (let match = next(); match[1] !== "]"; ) {
      items.push(value(depth + 1, match));
      match = next();
      if (match[1] === "]") break;
      if (match[1] !== ",") throw fail("a missing comma");
      match = next();
      if (match[1] === "]") throw fail("a comma before the end of an array");
    }
    return items;
  }
  function object(depth: number): JsonObject {
    const members: JsonObject = new Map();
    for (let match = next(); match[1] !== "}"; ) {
      if (match[2] === undefined) throw fail("a missing key");
      const key = string(match[2]);
      if (next()[1] !== ":") throw fail("a missing colon");
      members.set(key, value(depth + 1, next()));
      match = next();
      if (match[1] === "}") break;
      if (match[1] !== ",") throw fail("a missing comma");
      match = next();
      if (match[1] === "}") throw fail("a comma before the end of an object");
    }
    return members;
  }
  const document = value(0, next());
  if (text.slice(at).trim() !== "") throw fail("text after the end of the JSON document");
  if (!(document instanceof Map)) throw fail("the outermost value must be an object");
  return document;
}

/** The text of a document, indented as zarr-python does it. */
export function writeJson(value: Json, indent = ""): string {
  const deeper = `${indent}  `;
  if (value instanceof JsonNumber) return value.text;
  if (value instanceof Map) {
    const members = [...value].map(([key, item]) => `\n${deeper}${JSON.stringify(key)}: ${writeJson(item, deeper)}`);
    return members.length === 0 ? "{}" : `{${members.join(",")}\n${indent}}`;
  }
  if (Array.isArray(value)) {
    const items = (value as readonly Json[]).map((item) => `\n${deeper}${writeJson(item, deeper)}`);
    return items.length === 0 ? "[]" : `[${items.join(",")}\n${indent}]`;
  }
  return JSON.stringify(value);
}

/**
 * A value of the user's program as JSON: null, booleans, finite numbers, bigints, strings, arrays and plain objects.
 *
 * @param place what messages call it
 * @throws ArgumentError for everything else; nothing is left out or turned into null silently
 */
export function toJson(value: unknown, place: string, depth = 0): Json {
  if (depth > deepest) throw new ArgumentError(`${place}: it has more than ${deepest} levels, or contains itself`);
  if (value === null || typeof value === "boolean" || typeof value === "string") return value;
  if (typeof value === "bigint") return new JsonNumber(String(value));
  if (typeof value === "number" && Number.isFinite(value)) {
    return new JsonNumber(Object.is(value, -0) ? "-0.0" : String(value));
  }
  if (Array.isArray(value)) return value.map((item, i) => toJson(item, `${place}[${i}]`, depth + 1));
  const prototype: unknown = typeof value === "object" ? Object.getPrototypeOf(value) : undefined;
  if (typeof value === "object" && (prototype === Object.prototype || prototype === null)) {
    return new Map(
      Object.entries(value).map(([key, item]) => [key, toJson(item, `${place}.${key}`, depth + 1)] as const),
    );
  }
  const given = typeof value === "object" ? "an object of a class" : String(value);
  throw new ArgumentError(
    `${place} is ${given}, which JSON cannot hold; right are null, booleans, finite numbers, bigints, strings, arrays and plain objects`,
  );
}

/** A whole number from a document, or undefined. */
export function integerOf(value: Json | undefined): number | undefined {
  if (!(value instanceof JsonNumber) || !/^-?\d+$/.test(value.text)) return undefined;
  const number = Number(value.text);
  return Number.isSafeInteger(number) ? number : undefined;
}

/** A list of whole numbers from a document, or undefined. */
export function integersOf(value: Json | undefined): number[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const numbers = value.map(integerOf);
  return numbers.some((number) => number === undefined) ? undefined : (numbers as number[]);
}
