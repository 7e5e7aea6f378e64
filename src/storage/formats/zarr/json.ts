/**
 * JSON as Zarr writers write it. Python writes NaN and infinities bare, which is no JSON, and whole numbers beyond 2^53,
 * which JSON.parse would round. Both become strings, the form that Zarr v3 has for them anyhow: `"NaN"`, `"Infinity"`,
 * `"-Infinity"`, `"9007199254740993"`.
 *
 * Invariant: what is inside a string is never touched.
 */
import { FormatError } from "../../../data/errors.js";

/** An object of JSON. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Strings, to be skipped; then what must become a string. A number's digits are looked at afterwards. */
const tokens = /"[^"\\]*(?:\\.[^"\\]*)*"|-?Infinity|NaN|-?\d[\d.eE+-]*/gs;

function replaced(token: string): string {
  const first = token.charCodeAt(0);
  if (first === 0x22) return token;
  if (token.endsWith("y") || token.endsWith("N")) return `"${token}"`;
  return /^-?[1-9]\d+$/.test(token) && !Number.isSafeInteger(Number(token)) ? `"${token}"` : token;
}

/**
 * The object that a metadata document holds.
 *
 * @throws FormatError when the bytes are no JSON object; its offset is where the text goes wrong, where that is known
 */
export function parseObject(bytes: Uint8Array, path: string): JsonObject {
  let value: unknown;
  try {
    // Only such files are read with care that have something to take care of.
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    value = JSON.parse(/NaN|Infinity|\d{16}/.test(text) ? text.replace(tokens, replaced) : text);
  } catch (cause) {
    if (!(cause instanceof SyntaxError || cause instanceof TypeError || cause instanceof RangeError)) throw cause;
    const at = /position (\d+)/.exec(cause.message)?.[1];
    const place = at === undefined ? { path } : { path, offset: Number(at) };
    throw new FormatError(`${path}: the metadata is no JSON: ${cause.message}`, place, { cause });
  }
  if (isObject(value)) return value;
  throw new FormatError(`${path}: the metadata must be a JSON object`, { path, offset: 0 });
}

/** True for an object that is no array. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A value as messages show it. */
export function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
