/** The sink family: what stands between an expression and the file that it is written to. */

import type { Chunks } from "../data/chunks.js";
import type { Expr } from "../expr/expr.js";
import { makeExpr } from "../expr/expr.js";
import type { Meta } from "../expr/meta.js";
import type { Op } from "../expr/op.js";

interface SinkParams {
  readonly path: string;
  readonly id: string;
  readonly chunks: Chunks | null;
}

const sinkOp: Op<SinkParams, readonly [Meta]> = {
  name: "write",
  infer: ([meta], { chunks }) => ({ ...meta, chunks: chunks ?? meta.chunks }),
  work: { kind: "map", reads: (_inputs, _params, view, box) => [{ box, views: [view] }] },
};

/**
 * A node of its own for a file, so that the same array can be written twice, and written and returned. It is cut as the
 * expression is, or as the file's parts are.
 */
export function sinkExpr(expr: Expr, path: string, id: string, chunks: Chunks | null = null): Expr {
  return makeExpr(sinkOp, [expr], { path, id, chunks }, expr);
}
