/** What lowering asks of an expression that stands somewhere already. */
import type { Expr } from "../expr/expr.js";
import type { Source } from "../expr/op.js";

/** Where an expression's elements stand; null for one that is computed. */
export function sourceOf({ op, params }: Expr): Source | null {
  return op.work.kind === "source" ? op.work.source(params) : null;
}
