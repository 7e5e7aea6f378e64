/** Expressions as text: one line a node, inputs indented below, repeats named once. */
import { formatBytes } from "../data/bytes.js";
import type { Chunks } from "../data/chunks.js";
import { canonical } from "../data/hash.js";
import type { Expr } from "./expr.js";
import { bytesOf } from "./meta.js";

function axisText(sizes: readonly number[]): string {
  const [first = 0] = sizes;
  const regular = sizes.every((size, i) => size === first || (i === sizes.length - 1 && size < first));
  if (sizes.length === 1) return String(first);
  if (regular) return `${sizes.length}×${first}`;
  return sizes.length <= 4
    ? `(${sizes.join("+")})`
    : `${sizes.length} from ${Math.min(...sizes)} to ${Math.max(...sizes)}`;
}

/** Chunks for people: `[62×16384, 1024]` is 62 chunks of 16,384 along the first axis and one along the second. */
export function formatChunks(chunks: Chunks): string {
  return `[${chunks.map(axisText).join(", ")}]`;
}

function paramText(params: unknown): string {
  const text = canonical(params ?? {}).replaceAll('"', "");
  if (text === "{}" || text === "undefined") return "";
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}

/** Trees of expressions, with the shape, dtype, chunks and bytes of each node. */
export function printExprs(roots: readonly Expr[]): string {
  const lines: string[] = [];
  const names = new Map<Expr, number>();
  const visit = (expr: Expr, depth: number): void => {
    const indent = "  ".repeat(depth);
    const known = names.get(expr);
    if (known !== undefined && expr.inputs.length > 0) {
      lines.push(`${indent}#${known} (above)`);
      return;
    }
    names.set(expr, names.size + 1);
    const { dtype, shape, chunks, fields } = expr.meta;
    const what = `${fields ? fields.join("+") : dtype} [${shape.join(", ")}]`;
    lines.push(
      `${indent}#${names.get(expr)} ${expr.op.name} ${paramText(expr.params)}`.trimEnd() +
        `  → ${what} in ${formatChunks(chunks)}, ${formatBytes(bytesOf(expr.meta))}`,
    );
    if (depth > 200) lines.push(`${indent}  …`);
    else for (const input of expr.inputs) visit(input, depth + 1);
  };
  for (const root of roots) visit(root, 0);
  return lines.join("\n");
}
