/** Computed once, kept in memory: persist. */
import { blockAt, chunkBox, gridOf } from "../data/chunks.js";
import { countsOf, sizeOf } from "../data/region.js";
import type { Expr } from "../expr/expr.js";
import { fieldOffsets } from "../graph/realise.js";
import { memoryExpr } from "../ops/sources.js";
import { type ComputeOptions, execute, planFor, prepare } from "./compute.js";

let count = 0;

/** Computes the blocks of an expression and gives an expression of the blocks in shared memory. */
export async function persistExpr(expr: Expr, options: ComputeOptions): Promise<Expr> {
  const settings = prepare(options, "persist");
  const planned = planFor([{ expr, file: null }], settings, "persist");
  const [chunks] = planned.graph.outputs;
  const { dtype, shape, chunks: grid } = planned.roots[0]!.meta;
  const numbers = new Map(Array.from(chunks!, (chunk, number) => [chunk, number]));
  const buffers = new Array<SharedArrayBuffer>(chunks!.length);
  await execute(planned, settings, options, ({ chunk, memory, offset }) => {
    const number = numbers.get(chunk)!;
    const { bytes } = fieldOffsets([dtype], sizeOf(countsOf(chunkBox(grid, blockAt(gridOf(grid), number)))));
    const buffer = new SharedArrayBuffer(Math.max(8, bytes));
    new Uint8Array(buffer).set(new Uint8Array(memory, offset, bytes));
    buffers[number] = buffer;
  });
  return memoryExpr({ id: `persisted-${++count}`, grid, buffers }, dtype, shape, grid);
}
