/** The passes that rewrite expressions. Each keeps dtype, shape, chunks and values. */
import { Fingerprints, mixed, samePlain } from "../data/plain.js";
import type { Expr } from "../expr/expr.js";
import { postorder, rewrite } from "../expr/walk.js";

/** Replaces composites by the expressions that define them, until none is left: a mean becomes its tree of folds. */
export function expand(roots: readonly Expr[]): readonly Expr[] {
  let result = roots;
  let order = postorder(result);
  while (order.some((expr) => expr.op.work.kind === "composite")) {
    const change = (expr: Expr): Expr => {
      const { work } = expr.op;
      return work.kind === "composite" ? work.expand(expr.inputs, expr.params, expr.meta, expr) : expr;
    };
    result = rewrite(result, change, order);
    order = postorder(result);
  }
  return result;
}

/** True for nodes of equal content over the same inputs. */
function isEqual(a: Expr, b: Expr): boolean {
  if (a.op.name !== b.op.name || a.inputs.length !== b.inputs.length) return false;
  return a.inputs.every((input, i) => input === b.inputs[i]) && samePlain(a.params, b.params);
}

/** Makes nodes of equal content one node, so that what was written twice is computed once. */
export function share(roots: readonly Expr[]): readonly Expr[] {
  const fingerprints = new Fingerprints();
  const numbers = new Map<Expr, number>();
  /** Fingerprint → the nodes that have it, nearly always one. */
  const known = new Map<number, Expr[]>();
  return rewrite(roots, (expr) => {
    const { op, params, inputs } = expr;
    // inputs are shared already, so their numbers say what they are
    let number = mixed(fingerprints.of(op.name), fingerprints.of(params));
    for (const input of inputs) number = mixed(number, numbers.get(input) ?? 0);
    const alike = known.get(number);
    const same = alike?.find((node) => isEqual(node, expr));
    if (same !== undefined) return same;
    if (alike === undefined) known.set(number, [expr]);
    else alike.push(expr);
    numbers.set(expr, number);
    return expr;
  });
}
