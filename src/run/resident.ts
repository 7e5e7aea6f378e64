/**
 * Memory for blocks that stay: a few large buffers that hold the blocks of an array one after the other. They are
 * shared buffers of their own, or parts of the memory of a result, where the blocks follow each other in the order of
 * its elements.
 *
 * The system gives the memory when it is written, so the workers that write the blocks share the cost of it. The one
 * worker that writes a single block would have all of it, at the end: for that the pages are made in the background.
 */
import { blockAt, type Chunks, chunkBox, countChunks, gridOf } from "../data/chunks.js";
import { type DType, factsOf, type TypedArray } from "../data/dtype.js";
import { type BlockMemory, shareMemory } from "../data/memory.js";
import { countsOf, sizeOf } from "../data/region.js";
import type { ResidentArray } from "../expr/op.js";
import { fieldOffsets } from "../graph/materialization.js";
import { addressOf, hasAddresses, makePages, preferHugePages } from "../native/pages.js";

/** The most that a buffer holds, unless one block is larger: large, since a buffer costs a message to each worker. */
const LARGEST_BUFFER_BYTES = 2 ** 30;

/** Smaller results are copied to their place by the main thread: an address of theirs would save no time. */
const SMALLEST_DIRECT_RESULT_BYTES = 2 ** 24;

/** Small blocks are copied, too: a place of its own for each would take more room than they. */
const MOST_DIRECT_BLOCKS = 2 ** 20;

let count = 0;

/** The elements of each block of a grid. */
function blockSizes(grid: Chunks): number[] {
  const counts = gridOf(grid);
  return Array.from({ length: countChunks(grid) }, (_, number) =>
    sizeOf(countsOf(chunkBox(grid, blockAt(counts, number)))),
  );
}

/** Puts blocks one after the other into buffers; `make` gives the memory of each. */
function arrangeBlocks(
  grid: Chunks,
  blockBytes: readonly number[],
  make: (bytes: number) => BlockMemory,
): ResidentArray {
  const lengths: number[] = [];
  const blocks = blockBytes.map((bytes) => {
    const last = lengths.at(-1);
    if (last === undefined || last + bytes > LARGEST_BUFFER_BYTES)
      return { buffer: lengths.push(bytes) - 1, offset: 0 };
    lengths[lengths.length - 1] = last + bytes;
    return { buffer: lengths.length - 1, offset: last };
  });
  return { id: `resident-${++count}`, grid, memories: lengths.map(make), blocks };
}

/** Memory for all blocks of an array. Throws a RangeError where the runtime gives none. */
export function residentMemory(dtype: DType, grid: Chunks): ResidentArray {
  const sizes = blockSizes(grid).map((size) => fieldOffsets([dtype], size).bytes);
  return arrangeBlocks(grid, sizes, (bytes) => {
    const memory = shareMemory(bytes);
    preferHugePages(memory.buffer);
    if (sizes.length === 1) makePages(memory.buffer);
    return memory;
  });
}

/** True where the blocks of a grid follow each other in C order, each in one piece. */
function isInOrder(grid: Chunks): boolean {
  const last = grid.findLastIndex((lengths) => lengths.length > 1);
  return grid.slice(0, Math.max(0, last)).every((lengths) => lengths.every((length) => length === 1));
}

/**
 * The memory of a result as the place of its blocks, so that workers write them there; undefined where a block is
 * scattered over the result, or addresses are not known. The result must stay alive until no worker writes to it any
 * more.
 */
export function residentResult(
  dtype: DType,
  grid: Chunks,
  { buffer, byteOffset, byteLength }: TypedArray,
): ResidentArray | undefined {
  if (byteLength < SMALLEST_DIRECT_RESULT_BYTES || countChunks(grid) > MOST_DIRECT_BLOCKS) return undefined;
  if (!isInOrder(grid) || !hasAddresses()) return undefined;
  const sizes = blockSizes(grid).map((size) => size * factsOf(dtype).bytes);
  if (sizes.length === 1) makePages(buffer);
  let start = addressOf(buffer, byteOffset);
  return arrangeBlocks(grid, sizes, (bytes) => {
    const address = start;
    start += bytes;
    return { bytes, address };
  });
}
