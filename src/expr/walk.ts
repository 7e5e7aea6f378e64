/** Ways through a graph of expressions. None of them recurses: an expression may be many thousand nodes deep. */
import { at, zip } from "../data/lists.js";
import type { View } from "../data/region.js";
import type { Expr } from "./expr.js";
import type { Part } from "./op.js";

/** An input of a map, and where a part touches it. */
export interface Touched {
  readonly expr: Expr;
  readonly view: View;
}

/** The inputs that a part of a map touches. */
export function touchedBy({ inputs }: Expr, part: Part): Touched[] {
  if ("view" in part) return [{ expr: at(inputs, part.input), view: part.view }];
  return zip(inputs, part.views).map(([expr, view]) => ({ expr, view }));
}

/** Every node below the roots once, inputs before the nodes that use them. */
export function postorder(roots: readonly Expr[]): Expr[] {
  const result: Expr[] = [];
  const seen = new Set<Expr>();
  // a node lies on the stack twice: until its inputs are looked at, and again below them; leaves need no second visit
  const entered = new Set<Expr>();
  const stack = roots.toReversed();
  for (let expr = stack.pop(); expr !== undefined; expr = stack.pop()) {
    if (entered.delete(expr)) {
      result.push(expr);
      continue;
    }
    if (seen.has(expr)) continue;
    seen.add(expr);
    const { inputs } = expr;
    if (inputs.length === 0) {
      result.push(expr);
      continue;
    }
    entered.add(expr);
    stack.push(expr);
    for (let i = inputs.length - 1; i >= 0; i--) stack.push(at(inputs, i));
  }
  return result;
}

/**
 * Rebuilds expressions from the leaves up: `change` sees each node once, its inputs already changed. Where nothing
 * changes the nodes stay as they are. `order` is the postorder of the roots.
 */
export function rewrite(
  roots: readonly Expr[],
  change: (expr: Expr) => Expr,
  order: readonly Expr[] = postorder(roots),
): Expr[] {
  const changed = new Map<Expr, Expr>();
  const now = (expr: Expr): Expr => changed.get(expr) ?? expr;
  for (const expr of order) {
    const isSame = changed.size === 0 || expr.inputs.every((input) => !changed.has(input));
    const result = change(isSame ? expr : expr.over(expr.inputs.map(now)));
    if (result !== expr) changed.set(expr, result);
  }
  return roots.map(now);
}
