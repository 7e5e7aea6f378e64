/**
 * Memory for blocks that stay: a few large shared buffers that hold the blocks of an array one after the other.
 *
 * The system gives the memory when it is written, so the workers that write the blocks share the cost of it.
 */
import { blockAt, type Chunks, chunkBox, countChunks, gridOf } from "../data/chunks.js";
import type { DType } from "../data/dtype.js";
import { shareMemory } from "../data/memory.js";
import { countsOf, sizeOf } from "../data/region.js";
import type { Held } from "../expr/op.js";
import { fieldOffsets } from "../graph/realise.js";

/** What a buffer holds at the most, unless one block is larger: large, since a buffer costs a message to each worker. */
const LARGEST = 2 ** 30;

let count = 0;

/** Memory for all blocks of an array. Throws a RangeError where the runtime gives none. */
export function holdBlocks(dtype: DType, grid: Chunks): Held {
  const lengths: number[] = [];
  const counts = gridOf(grid);
  const blocks = Array.from({ length: countChunks(grid) }, (_, number) => {
    const { bytes } = fieldOffsets([dtype], sizeOf(countsOf(chunkBox(grid, blockAt(counts, number)))));
    const last = lengths.at(-1);
    if (last === undefined || last + bytes > LARGEST) lengths.push(0);
    const offset = lengths.at(-1)!;
    lengths[lengths.length - 1] = offset + bytes;
    return { buffer: lengths.length - 1, offset };
  });
  return { id: `persisted-${++count}`, grid, memories: lengths.map(shareMemory), blocks };
}
