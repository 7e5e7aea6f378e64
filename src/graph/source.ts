/** What lowering asks about an expression whose elements exist already. */
import { factsOf } from "../data/dtype.js";
import { storedBytes } from "../data/layout.js";
import type { Expr } from "../expr/expr.js";
import type { Source } from "../expr/op.js";

/** Where an expression's elements are; null for one that is computed. */
export function sourceOf({ op, params }: Expr): Source | null {
  return op.work.kind === "source" ? op.work.source(params) : null;
}

/** True for an array that is read from a file. */
export function isRead(expr: Expr): boolean {
  const kind = sourceOf(expr)?.kind;
  return kind === "file" || kind === "encoded";
}

/** The bytes of an element in its source: a file may store it in fewer than it has once it is read. */
export function elementBytes(expr: Expr): number {
  const source = sourceOf(expr);
  if (source?.kind === "encoded") return source.array.storedBytes;
  return source?.kind === "file" ? storedBytes(source.file) : factsOf(expr.meta.dtype).bytes;
}

/** True for an array whose elements are computed and kept: all but sources, among those that a trace ends at. */
export function isStored(expr: Expr): boolean {
  return expr.op.work.kind !== "source";
}
