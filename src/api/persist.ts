/** Computed once, kept in memory: persist. */
import type { Expr } from "../expr/expr.js";
import { memoryExpr } from "../ops/sources.js";
import { residentBlocks } from "../run/results.js";
import { type ComputeOptions, prepare } from "./compute.js";

/** Computes the blocks of an expression and gives an expression of the blocks in shared memory. */
export async function persistExpr(expr: Expr, options: ComputeOptions): Promise<Expr> {
  const settings = prepare(options, "persist");
  const resident = await residentBlocks(expr, settings, options, "persist");
  const { dtype, shape, chunks } = expr.meta;
  return memoryExpr(resident, dtype, shape, chunks);
}
