/** Ways through a graph of expressions. None of them recurses: an expression may be many thousand nodes deep. */
import { at, lookUp, zip } from "../data/lists.js";
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
  const stack: { expr: Expr; entered: boolean }[] = [...roots].reverse().map((expr) => ({ expr, entered: false }));
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    if (top.entered) {
      result.push(top.expr);
      continue;
    }
    if (seen.has(top.expr)) continue;
    seen.add(top.expr);
    stack.push({ expr: top.expr, entered: true });
    for (const expr of top.expr.inputs.toReversed()) stack.push({ expr, entered: false });
  }
  return result;
}

/** Rebuilds expressions from the leaves up: `change` sees each node once, its inputs already changed. */
export function rewrite(roots: readonly Expr[], change: (expr: Expr) => Expr): Expr[] {
  const done = new Map<Expr, Expr>();
  for (const expr of postorder(roots)) {
    done.set(expr, change(expr.over(expr.inputs.map((input) => lookUp(done, input)))));
  }
  return roots.map((root) => lookUp(done, root));
}
