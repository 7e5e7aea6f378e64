/**
 * JSON as Zarr writers write it. Python writes NaN and infinities bare, which is not JSON, and whole numbers beyond
 * 2^53, which JSON.parse would round. They are read as numbers and bigints.
 */
import { randomUUID } from "node:crypto";
import { ArgumentError, FormatError } from "../../data/errors.js";

/** Makes the error for what is wrong with the metadata. */
export type Refuse = (problem: string) => Error;

/** An object of JSON. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** A document: its text and its content. */
export interface Document {
  readonly text: string;
  readonly content: JsonObject;
}

/** No metadata nests deeper; more is damaged or hostile, and would overflow the stack. */
const deepest = 100;

/**
 * Strings, to be skipped; then what JSON.parse cannot read or would round. A number's digits are looked at afterwards.
 */
const special = /"[^"\\]*(?:\\.[^"\\]*)*"|-?Infinity|NaN|-?\d[\d.eE+-]*/gs;

function isSpecial(token: string): boolean {
  if (token.startsWith('"')) return false;
  return /[yN]$/.test(token) || (/^-?[1-9]\d+$/.test(token) && !Number.isSafeInteger(Number(token)));
}

/** Reads a text with special numbers, which JSON.parse gets as strings with a mark. */
function parseSpecial(text: string): unknown {
  const replaced = (by: (token: string) => string): string =>
    text.replace(special, (token) => (isSpecial(token) ? by(token) : token));
  // zeros as long as the token, so that an error has the right place in the text
  JSON.parse(replaced((token) => "0".padEnd(token.length)));
  const mark = randomUUID();
  const numberOf = (token: string): number | bigint => (/\d/.test(token) ? BigInt(token) : Number(token));
  return JSON.parse(
    replaced((token) => `"${mark}${token}"`),
    (_, value: unknown) =>
      typeof value === "string" && value.startsWith(mark) ? numberOf(value.slice(mark.length)) : value,
  );
}

/**
 * Reads a document of metadata.
 *
 * @throws FormatError if the bytes are not a JSON object; its offset is where the text goes wrong, if that is known
 */
export function readJson(bytes: Uint8Array, path: string): Document {
  let [text, content]: [string, unknown] = ["", undefined];
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    // only files with such numbers are read with care
    content = /NaN|Infinity|\d{16}/.test(text) ? parseSpecial(text) : JSON.parse(text);
  } catch (cause) {
    if (!(cause instanceof SyntaxError || cause instanceof TypeError || cause instanceof RangeError)) throw cause;
    const at = /position (\d+)/.exec(cause.message)?.[1];
    const place = at === undefined ? { path } : { path, offset: Number(at) };
    throw new FormatError(`${path}: the metadata is not JSON: ${cause.message}`, place, { cause });
  }
  if (!isObject(content)) throw new FormatError(`${path}: the metadata must be a JSON object`, { path, offset: 0 });
  if (isDeeper(content, deepest)) {
    throw new FormatError(`${path}: the metadata has more than ${deepest} levels of arrays and objects`, { path });
  }
  return { text, content };
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  return levels === 0 || Object.values(value).some((item) => isDeeper(item, levels - 1));
}

/**
 * A value with texts in place of the numbers that JSON does not have, as Zarr v3 writes them in metadata of its own:
 * `"NaN"`, `"Infinity"`, `"-Infinity"`, `"9007199254740993"`.
 */
export function withTexts(value: unknown): unknown {
  if (typeof value === "bigint" || (typeof value === "number" && !Number.isFinite(value))) return String(value);
  if (Array.isArray(value)) return value.map(withTexts);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withTexts(item)]));
}

/** True for an object that is not an array. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A value as messages show it. */
export function shown(value: unknown): string {
  const text = JSON.stringify(value, (_, item) => (typeof item === "bigint" ? String(item) : item)) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

/**
 * The text of a value, indented as zarr-python does it: null, booleans, finite numbers, bigints, strings, arrays and
 * plain objects.
 *
 * @param place what messages call it
 * @param bare true if NaN and infinities may be written bare, as Python does
 * @throws ArgumentError for everything else; nothing is left out or turned into null silently
 */
export function jsonText(value: unknown, place: string, bare = false, indent = "\n"): string {
  const deeper = `${indent}  `;
  if (deeper.length > 2 * deepest) throw new ArgumentError(`${place}: it has more than ${deepest} levels`);
  if (value === null || typeof value === "boolean" || typeof value === "string") return JSON.stringify(value);
  if (typeof value === "bigint") return String(value);
  if (typeof value === "number" && (bare || Number.isFinite(value)))
    return Object.is(value, -0) ? "-0.0" : String(value);
  const list = (items: readonly string[], [open, close]: string): string =>
    items.length === 0 ? `${open}${close}` : `${open}${deeper}${items.join(`,${deeper}`)}${indent}${close}`;
  if (Array.isArray(value)) {
    return list(
      value.map((item, i) => jsonText(item, `${place}[${i}]`, bare, deeper)),
      "[]",
    );
  }
  const prototype: unknown = typeof value === "object" ? Object.getPrototypeOf(value) : undefined;
  if (typeof value === "object" && (prototype === Object.prototype || prototype === null)) {
    const members = Object.entries(value).map(
      ([key, item]) => `${JSON.stringify(key)}: ${jsonText(item, `${place}.${key}`, bare, deeper)}`,
    );
    return list(members, "{}");
  }
  const given = typeof value === "object" ? "an object of a class" : String(value);
  const expected = "null, booleans, finite numbers, bigints, strings, arrays or plain objects";
  throw new ArgumentError(`${place} is ${given}, which JSON cannot hold; expected ${expected}`);
}
