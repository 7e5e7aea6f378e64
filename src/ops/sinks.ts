/** The sink family: what stands between an expression and the file that it is written to. */
import type { Expr } from "../expr/expr.js";
import { makeExpr } from "../expr/expr.js";
import type { Op } from "../expr/op.js";

const sinkOp: Op<{ readonly path: string; readonly id: string }> = {
  name: "write",
  infer: ([meta]) => meta!,
  work: { kind: "map", reads: (_inputs, _params, view, box) => [{ box, views: [view] }], value: ([fields]) => fields! },
};

/** A node of its own for a file, so that the same array can be written twice, and written and returned. */
export function sinkExpr(expr: Expr, path: string, id: string): Expr {
  return makeExpr(sinkOp, [expr], { path, id }, expr);
}
