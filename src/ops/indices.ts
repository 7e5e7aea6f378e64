/** Arrays that hold their own indices: counted, never stored. */
import { at } from "../data/lists.js";
import { type Expr, makeExpr } from "../expr/expr.js";
import type { Meta } from "../expr/meta.js";
import type { Op } from "../expr/op.js";
import { spread } from "./movement.js";

/** Element i, in C order, is the number i, as a float64 (exact up to 2^53). */
export const countedOp: Op<Pick<Meta, "shape" | "chunks">> = {
  name: "counted",
  shown: () => ({ name: "indices" }),
  infer: (_inputs, { shape, chunks }) => ({ dtype: "float64", shape, chunks }),
  work: { kind: "source", source: () => ({ kind: "counted" }) },
};

/** For each element of an array its index along an axis; over several axes its position in C order over all of them. */
export function indicesAlong({ shape, chunks }: Meta, axes: readonly number[], origin: Expr): Expr {
  const counted = makeExpr(
    countedOp,
    [],
    { shape: axes.map((axis) => at(shape, axis)), chunks: axes.map((axis) => at(chunks, axis)) },
    origin,
  );
  return spread(counted, axes, { shape, chunks }, origin);
}
