/** The passes that rewrite expressions. Each keeps dtype, shape, chunks and values. */
import { canonical } from "../data/hash.js";
import { lookUp } from "../data/lists.js";
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
  const numbers = new Map<Expr, number>();
  return rewrite(roots, (expr) => {
    // inputs are shared already, so their numbers say what they are, without the hash of each
    const { op, params, inputs } = expr;
    const key = canonical([op.name, params, inputs.map((input) => lookUp(numbers, input))]);
    const same = known.get(key);
    if (same !== undefined) return same;
    known.set(key, expr);
    numbers.set(expr, numbers.size);
    return expr;
  });
}
