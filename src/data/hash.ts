/** Content hashes: the same plain data gives the same name, in any process. */
import { createHash } from "node:crypto";
import { isList } from "./lists.js";
import { type Items, isItems } from "./plain.js";

/** Text that two values share exactly when they are the same plain data; object keys are sorted. */
export function canonical(value: unknown): string {
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "number") return Object.is(value, -0) ? "-0" : String(value);
  if (value === undefined) return "undefined";
  if (isList(value)) return listText(value);
  if (isItems(value)) return objectText(value);
  return JSON.stringify(value);
}

/** From this length on, whole numbers at one distance are written as the first, the distance and the count. */
const LONG_RUN = 16;

/** How many numbers of a list from an index on are whole and at one distance: 0 where they are few. */
function runAt(list: readonly unknown[], from: number): { readonly step: number; readonly count: number } {
  const [first, second] = [list[from], list[from + 1]];
  const step = Number.isInteger(first) && Number.isInteger(second) ? Number(second) - Number(first) : 0;
  const follows = (count: number): boolean => Object.is(list[from + count], Number(first) + step * count);
  if (!Number.isInteger(first) || !follows(LONG_RUN - 1)) return { step, count: 0 };
  let count = 0;
  while (from + count < list.length && follows(count)) count++;
  return { step, count: count < LONG_RUN ? 0 : count };
}

// written without lists of parts: a loop's key is made of hundreds of objects; and the chunks of an axis may be a
// million numbers
function listText(list: readonly unknown[]): string {
  let text = "[";
  for (let i = 0; i < list.length; i++) {
    text += i === 0 ? canonical(list[i]) : `,${canonical(list[i])}`;
    if (i + LONG_RUN > list.length) continue;
    const { step, count } = runAt(list, i);
    if (count === 0) continue;
    text += `+${step}×${count}`;
    i += count - 1;
  }
  return `${text}]`;
}

function objectText(items: Items): string {
  let text = "{";
  for (const key of Object.keys(items).sort())
    text += `${text === "{" ? "" : ","}${JSON.stringify(key)}:${canonical(items[key])}`;
  return `${text}}`;
}

/** A hash of plain data: 24 hexadecimal digits. */
export function hashOf(value: unknown): string {
  return createHash("sha1").update(canonical(value)).digest("hex").slice(0, 24);
}
