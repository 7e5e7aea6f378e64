/** Ways through a graph of expressions. None of them recurses: an expression may be many thousand nodes deep. */
import type { Expr } from "./expr.js";

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
    for (let i = top.expr.inputs.length - 1; i >= 0; i--) stack.push({ expr: top.expr.inputs[i]!, entered: false });
  }
  return result;
}

/** Rebuilds expressions from the leaves up: `change` sees each node once, its inputs already changed. */
export function rewrite(roots: readonly Expr[], change: (expr: Expr) => Expr): Expr[] {
  const done = new Map<Expr, Expr>();
  for (const expr of postorder(roots)) done.set(expr, change(expr.over(expr.inputs.map((input) => done.get(input)!))));
  return roots.map((root) => done.get(root)!);
}
