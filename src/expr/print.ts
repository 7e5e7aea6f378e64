/** Expressions as text: one line a node, inputs indented below, repeats named once. */

import { formatBytes } from "../data/bytes.js";
import type { Chunks } from "../data/chunks.js";
import { largestOf } from "../data/numbers.js";
import type { Expr } from "./expr.js";
import { bytesOf } from "./meta.js";
import type { Source } from "./op.js";

function axisText(sizes: readonly number[]): string {
  const [first = 0] = sizes;
  const regular = sizes.every((size, i) => size === first || (i === sizes.length - 1 && size < first));
  if (sizes.length === 1) return String(first);
  if (regular) return `${sizes.length}×${first}`;
  return sizes.length <= 4
    ? `(${sizes.join("+")})`
    : `${sizes.length} from ${-largestOf(sizes.map((size) => -size))} to ${largestOf(sizes)}`;
}

/** Chunks for people: `[62×16384, 1024]` is 62 chunks of 16,384 along the first axis and one along the second. */
export function formatChunks(chunks: Chunks): string {
  return `[${chunks.map(axisText).join(", ")}]`;
}

/** The longest text of the parameters of a node; a path is shown whole. */
const MOST_CHARACTERS = 80;

/** The parameters that a line shows behind its arrow. */
const shownAnyway: ReadonlySet<string> = new Set(["dtype", "shape", "chunks"]);

const isDefault = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  value === false ||
  (typeof value === "object" && Object.values(value).every(isDefault) && !(Array.isArray(value) && value.length > 0));

/** Entries `name: value` of plain data, without those that say nothing. */
function entriesText(value: object): string {
  return Object.entries(value)
    .filter(([, entry]) => !isDefault(entry))
    .map(([name, entry]) => `${name}: ${valueText(entry)}`)
    .join(", ");
}

/** Plain data for people. */
function valueText(value: unknown): string {
  if (typeof value === "bigint") return `${value}n`;
  if (Array.isArray(value)) return `[${value.map(valueText).join(", ")}]`;
  return typeof value === "object" && value !== null ? `{${entriesText(value)}}` : String(value);
}

/** Parameters for people: plain data as text, shortened. */
export function formatParams(params: unknown): string {
  if (isDefault(params)) return "";
  const named = typeof params === "object" && params !== null && !Array.isArray(params);
  const text = named
    ? entriesText(Object.fromEntries(Object.entries(params).filter(([name]) => !shownAnyway.has(name))))
    : valueText(params);
  return text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS - 1)}…` : text;
}

function sourceText(source: Source): string {
  if (source.kind === "file") return JSON.stringify(source.file.path);
  if (source.kind === "encoded") return JSON.stringify(source.array.path);
  return source.kind === "constant" ? valueText(source.value) : "";
}

/** The operation that the user wrote, which errors name: a part of another has the name of that one. */
export function operationOf({ op }: Expr): string {
  return op.partOf ?? op.name;
}

/** What a node is called where plans are shown. */
export function nameOf(expr: Expr): string {
  return expr.op.shown?.(expr.params).name ?? operationOf(expr);
}

/** A node with its parameters: `slice(0:10)`, `file("x.npy")`. */
export function formatNode(expr: Expr): string {
  const { op, params } = expr;
  const own = op.work.kind === "source" ? sourceText(op.work.source(params)) : formatParams(params);
  const text = op.shown?.(params).params ?? own;
  return text === "" ? nameOf(expr) : `${nameOf(expr)}(${text})`;
}

/** The most entries of a list that are shown: a concatenation may have ten thousand inputs. */
const MOST_SHOWN = 40;

/** The entries of a list that are shown, and how many there are beside them: none, or several. */
export function shownOf<T>(list: readonly T[]): { readonly shown: readonly T[]; readonly more: number } {
  const shown = list.length > MOST_SHOWN ? list.slice(0, MOST_SHOWN - 1) : list;
  return { shown, more: list.length - shown.length };
}

/** Trees of expressions, with the shape, dtype, chunks and bytes of each node. */
export function printExprs(roots: readonly Expr[]): string {
  const lines: string[] = [];
  const numbers = new Map<Expr, number>();
  const visit = (expr: Expr, depth: number): void => {
    const indent = "  ".repeat(depth);
    const known = numbers.get(expr);
    if (known !== undefined) {
      lines.push(`${indent}#${known} (above)`);
      return;
    }
    numbers.set(expr, numbers.size + 1);
    const { dtype, shape, chunks, fields } = expr.meta;
    const what = `${fields ? fields.join("+") : dtype} [${shape.join(", ")}]`;
    lines.push(
      `${indent}#${numbers.size} ${formatNode(expr)}  → ${what} in ${formatChunks(chunks)}, ` +
        formatBytes(bytesOf(expr.meta)),
    );
    if (depth > 200) lines.push(`${indent}  …`);
    else visitAll(expr.inputs, depth + 1, "inputs");
  };
  const visitAll = (exprs: readonly Expr[], depth: number, what: string): void => {
    const { shown, more } = shownOf(exprs);
    for (const expr of shown) visit(expr, depth);
    if (more > 0) lines.push(`${"  ".repeat(depth)}… and ${more} more ${what}`);
  };
  visitAll(roots, 0, "arrays");
  return lines.join("\n");
}
