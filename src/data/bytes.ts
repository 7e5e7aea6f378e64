/** Sizes in bytes, as people write and read them. "MB" is a million bytes and "MiB" is 2^20 bytes. */
import { takesOnly } from "./arguments.js";
import { ArgumentError } from "./errors.js";
import { shown } from "./shown.js";

const prefixes: readonly string[] = ["", "K", "M", "G", "T", "P"];

/**
 * The number of bytes of a size: a number of bytes, or text such as `"512MB"` (decimal), `"512MiB"` (binary),
 * `"1.5 GB"` or `"65536"`. Case does not matter, and the B is optional: `"2g"` is 2,000,000,000.
 *
 * A fraction of a byte is dropped. Throws an {@link ArgumentError} for anything else, and for less than one byte.
 *
 * @example
 * parseBytes("512MB", "compute: memoryLimit"); // 512_000_000
 */
export const parseBytes = takesOnly(
  "parseBytes",
  ["size", "operation"],
  (size: string | number, operation = "parseBytes"): number => {
    if (typeof operation !== "string")
      throw new ArgumentError(`parseBytes: operation is the beginning of messages, not ${shown(operation)}`);
    const bytes = Math.floor(typeof size === "number" ? size : typeof size === "string" ? fromText(size) : Number.NaN);
    if (bytes >= 1 && bytes <= Number.MAX_SAFE_INTEGER) return bytes;
    const got = shown(size);
    throw new ArgumentError(`${operation}: ${got} is not a size in bytes; expected 512000000, "512MB" or "1.5GiB"`);
  },
);

function fromText(text: string): number {
  const match = /^\s*(\d+(?:\.\d*)?|\.\d+)\s*(?:([kmgtp])(i?))?b?\s*$/i.exec(text);
  if (match === null) return Number.NaN;
  const [, number, prefix = "", binary] = match;
  return Number(number) * (binary ? 1024 : 1000) ** prefixes.indexOf(prefix.toUpperCase());
}

/** Bytes for people: decimal units, three figures, such as `1.25 GB`. */
export const formatBytes = takesOnly("formatBytes", ["bytes"], (bytes: number): string => {
  if (typeof bytes !== "number") throw new ArgumentError(`formatBytes: ${shown(bytes)} is not a number of bytes`);
  let [value, unit] = [bytes, 0];
  while (value >= 1000 && unit < prefixes.length - 1) [value, unit] = [value / 1000, unit + 1];
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toPrecision(3)} ${prefixes[unit]}B`;
});
