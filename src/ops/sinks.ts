/** The sink family: the step from an expression to the file that it is written to. */
import type { Chunks } from "../data/chunks.js";
import { type Expr, makeExpr } from "../expr/expr.js";
import type { Meta } from "../expr/meta.js";
import type { Op } from "../expr/op.js";

interface SinkParams {
  readonly path: string;
  readonly id: string;
  readonly chunks: Chunks | null;
}

const sinkOp: Op<SinkParams, readonly [Meta]> = {
  name: "write",
  shown: ({ path }) => ({ params: JSON.stringify(path) }),
  infer: ([meta], { chunks }) => ({ ...meta, chunks: chunks ?? meta.chunks }),
  work: { kind: "map", reads: (_inputs, _params, view, box) => [{ box, views: [view] }] },
};

/**
 * A separate node for a file, so that one array can be written twice, or written and returned. It has the chunks of the
 * expression, or those of the file.
 */
export function sinkExpr(expr: Expr, path: string, id: string, chunks: Chunks | null = null): Expr {
  return makeExpr(sinkOp, [expr], { path, id, chunks }, expr);
}
