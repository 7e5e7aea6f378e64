/** Computed once, kept in memory: persist. The workers write the blocks to the place where they stay. */
import { formatBytes } from "../data/bytes.js";
import type { Expr } from "../expr/expr.js";
import { bytesOf } from "../expr/meta.js";
import type { ResidentArray } from "../expr/op.js";
import { memoryExpr } from "../ops/sources.js";
import { residentMemory } from "../run/resident.js";
import { type ComputeOptions, checkResults, execute, orRefuse, planFor, prepare } from "./compute.js";

function memoryFor({ meta }: Expr, limit: number): ResidentArray {
  const needed = bytesOf(meta);
  const message = `persist: ${formatBytes(needed)} of memory cannot be had from the runtime; save to a file`;
  return orRefuse(() => residentMemory(meta.dtype, meta.chunks), message, { needed, limit });
}

/** Computes the blocks of an expression and gives an expression of the blocks in shared memory. */
export async function persistExpr(expr: Expr, options: ComputeOptions): Promise<Expr> {
  const settings = prepare(options, "persist");
  checkResults([expr], settings, "persist");
  const resident = memoryFor(expr, settings.memoryLimit);
  const planned = planFor([{ expr, sink: null, resident }], settings, "persist");
  await execute(planned, settings, options, () => undefined);
  const { dtype, shape, chunks } = expr.meta;
  return memoryExpr(resident, dtype, shape, chunks);
}
