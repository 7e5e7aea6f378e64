/** Composites become the expressions that they stand for: a mean becomes its tree of folds. */
import type { Expr } from "../expr/expr.js";
import { postorder, rewrite } from "../expr/walk.js";

/** Expands until no composite is left. */
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
