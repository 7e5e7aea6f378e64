/** Content hashes: the same plain data gives the same name, in any process. */
import { createHash } from "node:crypto";

/** Text that two values share exactly when they are the same plain data; object keys are sorted. */
export function canonical(value: unknown): string {
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "number") return Object.is(value, -0) ? "-0" : String(value);
  if (value === undefined) return "undefined";
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonical(item)}`).join(",")}}`;
  }
  return JSON.stringify(value);
}

/** A hash of plain data: 24 hexadecimal digits. */
export function hashOf(value: unknown): string {
  return createHash("sha1").update(canonical(value)).digest("hex").slice(0, 24);
}
