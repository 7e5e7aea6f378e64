/** Content hashes: the same plain data gives the same name, in any process. */
import { createHash } from "node:crypto";
import { isList } from "./lists.js";

/** Text that two values share exactly when they are the same plain data; object keys are sorted. */
export function canonical(value: unknown): string {
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "number") return Object.is(value, -0) ? "-0" : String(value);
  if (value === undefined) return "undefined";
  if (isList(value)) return listText(value);
  if (typeof value === "object" && value !== null) return objectText(value);
  return JSON.stringify(value);
}

// written without lists of parts: a loop's key is made of hundreds of objects
function listText(list: readonly unknown[]): string {
  let text = "[";
  for (const [i, item] of list.entries()) text += i === 0 ? canonical(item) : `,${canonical(item)}`;
  return `${text}]`;
}

function objectText(object: object): string {
  const items: Readonly<Record<string, unknown>> = { ...object };
  let text = "{";
  for (const key of Object.keys(items).sort())
    text += `${text === "{" ? "" : ","}${JSON.stringify(key)}:${canonical(items[key])}`;
  return `${text}}`;
}

/** A hash of plain data: 24 hexadecimal digits. */
export function hashOf(value: unknown): string {
  return createHash("sha1").update(canonical(value)).digest("hex").slice(0, 24);
}
