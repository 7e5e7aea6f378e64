/**
 * The views of a block that a kernel is given: the last `rank` axes at a time, after axes that belong together have
 * become one.
 *
 *     [batch 5, left 2, left 3, inner 4]  ── groups [1, 2, 1] ──▶  [5, 6, 4]  ── rank 2 ──▶  five matrices [6, 4]
 *
 * Blocks are contiguous, so nothing moves.
 */
import { factsOf } from "../data/dtype.js";
import { at } from "../data/lists.js";
import { sizeOf } from "../data/region.js";
import { groupedShape } from "../program/routines/grouped-axes.js";
import type { Block } from "../routines/routine.js";

/** The views of a block that a kernel of some rank is given one after the other. */
export function kernelViews(block: Block, groups: readonly number[] | undefined, rank: number): Block[] {
  const shape = groupedShape(block.shape, groups);
  const last = shape.slice(-rank);
  const bytes = sizeOf(last) * factsOf(block.dtype).bytes;
  const count = sizeOf(shape.slice(0, -rank));
  return Array.from({ length: count }, (_, i) => ({
    dtype: block.dtype,
    shape: last,
    offset: block.offset + i * bytes,
  }));
}

/** Views of a matrix that have the given numbers of its rows, one after the other. */
export function splitRows({ dtype, shape, offset }: Block, rows: readonly number[]): Block[] {
  const columns = at(shape, shape.length - 1);
  let address = offset;
  return rows.map((count) => {
    const view = { dtype, shape: [count, columns], offset: address };
    address += count * columns * factsOf(dtype).bytes;
    return view;
  });
}
