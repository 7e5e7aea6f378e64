/**
 * A shard: the chunks of a file in C order, one behind the other, and an index that tells where each is.
 *
 * Invariant: a chunk with nothing but the fill value, or wholly outside the array, takes no bytes; its entry is 2^64 - 1
 * twice. A shard of nothing but such chunks has no file.
 */
import { blockAt } from "../../../data/chunks.js";
import { sizeOf, stridesOf } from "../../../data/region.js";
import { crc32c } from "./crc32c.js";
import type { Append } from "./part-file.js";
import type { WrittenLayout } from "./written-layout.js";

/** Both numbers of the entry of a chunk that is not there. */
const absent = 2n ** 64n - 1n;

/** Encodes the chunk that begins at an element of the part; false where it holds nothing but the fill value. */
export type EncodeChunk = (at: number, sides: readonly number[], append: Append) => Promise<boolean>;

/** The bytes of the index of a shard. */
export function indexBytes({ part, chunk, shards }: WrittenLayout): number {
  const chunks = part.reduce((count, length, axis) => count * (length / chunk[axis]!), 1);
  return 16 * chunks + (shards?.indexChecked ? 4 : 0);
}

/**
 * Writes a shard; false when it has no chunk, and so should have no file.
 *
 * @param counts the sides of the box that the shard holds; shorter than the shard at the array's end
 */
export async function writeShard(
  layout: WrittenLayout,
  { indexFirst, indexChecked }: NonNullable<WrittenLayout["shards"]>,
  counts: readonly number[],
  append: Append,
  encode: EncodeChunk,
): Promise<boolean> {
  const { part, chunk } = layout;
  const grid = part.map((length, axis) => length / chunk[axis]!);
  const strides = stridesOf(counts);
  const index = Buffer.alloc(indexBytes(layout));
  // Where the index comes first, the chunks have to wait for it.
  const waiting: Uint8Array[] = [];
  const base = indexFirst ? index.length : 0;
  let [offset, found] = [base, 0];
  for (let number = 0; number < sizeOf(grid); number++) {
    const start = blockAt(grid, number).map((at, axis) => at * chunk[axis]!);
    const sides = start.map((from, axis) => Math.min(chunk[axis]!, counts[axis]! - from));
    let [place, length] = [absent, absent];
    const outside = sides.some((side) => side <= 0);
    const at = start.reduce((sum, from, axis) => sum + from * strides[axis]!, 0);
    const take = (bytes: Uint8Array): void => {
      [place, length] = [BigInt(offset), BigInt(bytes.length)];
      offset += bytes.length;
      // The memory of an encoded chunk may be used for the next one.
      if (indexFirst) waiting.push(new Uint8Array(bytes));
      else append(bytes);
    };
    if (!outside && (await encode(at, sides, take))) found++;
    index.writeBigUInt64LE(place, 16 * number);
    index.writeBigUInt64LE(length, 16 * number + 8);
  }
  if (found === 0) return false;
  if (indexChecked) index.writeUInt32LE(crc32c(index.subarray(0, -4)), index.length - 4);
  append(indexFirst ? Buffer.concat([index, ...waiting]) : index);
  return true;
}
