/** Makes the index that finds the chunks of a dataset, of the kind that the dataset names. */
import { at, zip } from "../../data/lists.js";
import { firstOf, sizeOf, stridesOf } from "../../data/region.js";
import { BTree } from "./b-tree.js";
import { BTree2 } from "./b-tree-2.js";
import { ExtensibleArray } from "./extensible-array.js";
import { FixedArray } from "./fixed-array.js";
import type { Metadata } from "./metadata.js";
import type { ChunkedParams } from "./params.js";
import type { ChunkIndex } from "./stored-chunk.js";

/**
 * The index of a dataset.
 *
 * @param bytes the bytes of a chunk
 * @throws FormatError where it is damaged
 */
export function indexOf(metadata: Metadata, params: ChunkedParams, bytes: number): ChunkIndex {
  const { index, chunk, filters, most } = params;
  const { kind, address } = index;
  if (address === undefined) return { find: () => undefined };
  const filtered = filters.length > 0;
  const offset = metadata.offsetOf(address);
  switch (kind) {
    case "b-tree":
      return new BTree(metadata, address, chunk);
    case "stretch": {
      const strides = stridesOf(index.shape);
      const record = bytes / sizeOf(chunk);
      return {
        find: (block) => {
          const start = zip(block, chunk).map(([number, length]) => number * length);
          const counts = zip(zip(start, chunk), index.shape).map(([[from, length], all]) =>
            Math.min(length, all - from),
          );
          const place = offset + firstOf(0, strides, start) * record;
          return { offset: place, bytes: sizeOf(counts) * record, mask: 0, toldAt: place };
        },
      };
    }
    case "b-tree 2":
      return new BTree2(metadata, address, { bytes, filtered, rank: chunk.length });
    case "single chunk":
      return { find: () => ({ offset, bytes: index.bytes, mask: index.mask, toldAt: offset }) };
    case "implicit": {
      const numberOf = numbering(most);
      return {
        find: (block) => ({ offset: offset + numberOf(block) * bytes, bytes, mask: 0, toldAt: offset }),
      };
    }
    case "fixed array": {
      const count = sizeOf(most.map((length) => length ?? Number.POSITIVE_INFINITY));
      return new FixedArray(metadata, address, { bytes, filtered, count }, numbering(most));
    }
    case "extensible array":
      return new ExtensibleArray(metadata, address, { bytes, filtered }, numbering(most));
  }
}

/** The number of a chunk in C order of the largest grid; an axis that may grow without end counts as the slowest. */
function numbering(most: readonly (number | null)[]): (block: readonly number[]) => number {
  const axes = most.map((_, axis) => axis).sort((a, b) => Number(most[a] !== null) - Number(most[b] !== null));
  return (block) => axes.reduce((number, axis) => number * (most[axis] ?? 1) + at(block, axis), 0);
}
