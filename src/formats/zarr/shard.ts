/**
 * Writes a shard: its chunks in C order, one after the other, and the index.
 *
 * Invariant: a chunk with nothing but the fill value, or wholly outside the array, takes no bytes. A shard of such
 * chunks only has no file.
 */
import { blockAt } from "../../data/chunks.js";
import { zip } from "../../data/lists.js";
import { firstOf, sizeOf, stridesOf } from "../../data/region.js";
import { type ArrayMetadata, indexBytes } from "./metadata.js";
import type { Append } from "./part-file.js";
import type { Sharding } from "./pipeline.js";
import { absent, chunksPerShard, encodeIndex, entryOf } from "./shard-index.js";

/** Encodes the chunk that begins at an element of the part; false if it holds nothing but the fill value. */
export type EncodeChunk = (at: number, sides: readonly number[], append: Append) => Promise<boolean>;

/**
 * Writes a shard; false if it has no chunk, and so should have no file.
 *
 * @param counts the sides of the box that the shard holds; shorter than the shard at the array's end
 */
export async function writeShard(
  metadata: ArrayMetadata,
  sharding: Sharding,
  counts: readonly number[],
  append: Append,
  encode: EncodeChunk,
): Promise<boolean> {
  const { chunk } = metadata;
  const per = chunksPerShard(sharding);
  const strides = stridesOf(counts);
  const index = new BigUint64Array(2 * sizeOf(per)).fill(absent);
  const indexFirst = sharding.location === "start";
  // if the index comes first, the chunks wait for it
  const waiting: Uint8Array[] = [];
  let offset = indexFirst ? indexBytes(metadata) : 0;
  let found = 0;
  for (let number = 0; number < sizeOf(per); number++) {
    const block = blockAt(per, number);
    const start = zip(block, chunk).map(([index, length]) => index * length);
    const sides = zip(zip(start, chunk), counts).map(([[from, length], count]) => Math.min(length, count - from));
    if (sides.some((side) => side <= 0)) continue;
    const at = firstOf(0, strides, start);
    const take = (bytes: Uint8Array): void => {
      index.set([BigInt(offset), BigInt(bytes.length)], 2 * entryOf(sharding, per, block));
      offset += bytes.length;
      // the memory of an encoded chunk may be used for the next one
      if (indexFirst) waiting.push(new Uint8Array(bytes));
      else append(bytes);
    };
    if (await encode(at, sides, take)) found++;
  }
  if (found === 0) return false;
  append(encodeIndex(sharding, index));
  for (const bytes of waiting) append(bytes);
  return true;
}
