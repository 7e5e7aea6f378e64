/** The blocks of an array one at a time. */
import { blockAt, chunkBox, gridOf } from "../data/chunks.js";
import { allocate, type DType } from "../data/dtype.js";
import { countsOf, type Region, sizeOf } from "../data/region.js";
import type { Expr } from "../expr/expr.js";
import { orderedBlocks } from "../run/ordered-blocks.js";
import type { Delivered } from "../run/run.js";
import { type ComputeOptions, prepare } from "./compute.js";
import { NDArray } from "./nd-array.js";

/** One block of an array. */
export interface BlockResult {
  /** The block's index in the grid of chunks. */
  readonly index: readonly number[];
  /** The part of the array that it is: per axis start, step (1) and count. */
  readonly region: Region;
  readonly block: NDArray;
}

/** Computes the blocks of an expression and gives them in C order. */
export async function* blocksOf(wanted: Expr, options: ComputeOptions): AsyncGenerator<BlockResult, void, void> {
  const settings = prepare(options, "blocks");
  for await (const { number, expr, delivered } of orderedBlocks(wanted, settings, options)) {
    const { dtype, chunks } = expr.meta;
    const index = blockAt(gridOf(chunks), number);
    const box = chunkBox(chunks, index);
    const region = box.map(({ start, stop }) => ({ start, step: 1, count: stop - start }));
    yield { index, region, block: copyOf(delivered, dtype, countsOf(box)) };
  }
}

function copyOf({ memory, offset }: Delivered, dtype: DType, shape: readonly number[]): NDArray {
  const data = allocate(dtype, sizeOf(shape));
  new Uint8Array(data.buffer).set(new Uint8Array(memory, offset, data.byteLength));
  return new NDArray(dtype, shape, data);
}
