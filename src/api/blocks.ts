/** The blocks of an array one at a time. */
import { blockAt, chunkBox, gridOf } from "../data/chunks.js";
import { beforeHandingOut, mostGarbage } from "../data/collection.js";
import { allocate, type DType, factsOf } from "../data/dtype.js";
import { countsOf, type Region, sizeOf } from "../data/region.js";
import type { Expr } from "../expr/expr.js";
import { orderedBlocks } from "../run/ordered-blocks.js";
import type { Delivered } from "../run/run.js";
import { arrayInMemory, type ComputeOptions, prepare } from "./compute.js";
import type { NDArray } from "./nd-array.js";

/** One block of an array. */
export interface BlockResult<D extends DType = DType> {
  /** The block's index in the grid of chunks. */
  readonly index: readonly number[];
  /** The part of the array that it is: per axis start, step (1) and count. */
  readonly region: Region;
  readonly block: NDArray<D>;
}

/** Computes the blocks of an expression and gives them in C order. */
export async function* blocksOf<D extends DType>(
  wanted: Expr,
  options: ComputeOptions,
): AsyncGenerator<BlockResult<D>, void, void> {
  const settings = prepare(options, "blocks");
  const garbage = mostGarbage(settings.memoryLimit);
  for await (const { number, expr, delivered } of orderedBlocks(wanted, settings, options)) {
    const { dtype, chunks } = expr.meta;
    const index = blockAt(gridOf(chunks), number);
    const box = chunkBox(chunks, index);
    const region = box.map(({ start, stop }) => ({ start, step: 1, count: stop - start }));
    beforeHandingOut(sizeOf(countsOf(box)) * factsOf(dtype).bytes, garbage);
    yield { index, region, block: copyOf<D>(delivered, dtype, countsOf(box)) };
  }
}

function copyOf<D extends DType>({ memory, offset }: Delivered, dtype: DType, shape: readonly number[]): NDArray<D> {
  const size = sizeOf(shape);
  const data = allocate(dtype, size);
  new Uint8Array(data.buffer).set(new Uint8Array(memory, offset, data.byteLength));
  return arrayInMemory<D>({ dtype, shape }, data);
}
