/** The passes that rewrite expressions. Each keeps dtype, shape, chunks and values. */
import type { Expr } from "../expr/expr.js";
import { postorder, rewrite } from "../expr/walk.js";

/** Replaces composites by the expressions that define them, until none is left: a mean becomes its tree of folds. */
export function expand(roots: readonly Expr[]): Expr[] {
  let result = [...roots];
  while (postorder(result).some((expr) => expr.op.work.kind === "composite")) {
    result = rewrite(result, (expr) => {
      const { work } = expr.op;
      return work.kind === "composite" ? work.expand(expr.inputs, expr.params, expr.meta, expr) : expr;
    });
  }
  return result;
}

/** Makes nodes of equal content one node, so that what was written twice is computed once. */
export function share(roots: readonly Expr[]): Expr[] {
  const known = new Map<string, Expr>();
  return rewrite(roots, (expr) => {
    const same = known.get(expr.key);
    if (same !== undefined) return same;
    known.set(expr.key, expr);
    return expr;
  });
}
