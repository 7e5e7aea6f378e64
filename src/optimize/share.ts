/** Nodes of equal content become one node, so that what was written twice is computed once. */
import type { Expr } from "../expr/expr.js";
import { rewrite } from "../expr/walk.js";

/** Replaces each node by the first one with its key. */
export function share(roots: readonly Expr[]): Expr[] {
  const known = new Map<string, Expr>();
  return rewrite(roots, (expr) => {
    const same = known.get(expr.key);
    if (same !== undefined) return same;
    known.set(expr.key, expr);
    return expr;
  });
}
