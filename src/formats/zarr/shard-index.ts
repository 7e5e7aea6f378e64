/**
 * The index of a shard: where each of its chunks is.
 *
 *     shard   │ chunk │ chunk │   …   │ index: offset, length of each chunk │ CRC │
 *
 * Invariant: a chunk that is not in the shard has 2^64 − 1 twice.
 */
import { at, zip } from "../../data/lists.js";
import { sizeOf } from "../../data/region.js";
import { reverseBytes } from "../../storage/encoding.js";
import { crc32c } from "./crc32c.js";
import type { Sharding } from "./pipeline.js";

/** Both numbers of a chunk that is not in the shard. */
export const absent = 2n ** 64n - 1n;

/** How many chunks (or shards) a shard has along each axis. */
export function chunksPerShard({ shard, chunk }: Pick<Sharding, "shard" | "chunk">): number[] {
  return zip(shard, chunk).map(([size, length]) => size / length);
}

/** The number of a chunk in the index, by its index in the array or in the shard. */
export function entryOf({ axes }: Sharding, chunksAlong: readonly number[], chunk: readonly number[]): number {
  const sides = zip(chunksAlong, chunk);
  return axes.reduce((number, axis) => {
    const [count, index] = at(sides, axis);
    return number * count + (index % count);
  }, 0);
}

/** Of the shards in a file, so many indices are kept. */
export const INDICES_KEPT = 4;

/** The bytes of an index. */
export function indexLength(sharding: Sharding): number {
  return 16 * sizeOf(chunksPerShard(sharding)) + (sharding.checksum ? 4 : 0);
}

/** Two numbers for each chunk, from the bytes of an index; undefined if their checksum is wrong. */
export function decodeIndex(
  { checksum, otherEndian }: Sharding,
  bytes: Uint8Array<ArrayBuffer>,
): BigUint64Array | undefined {
  const entries = Buffer.from(bytes.buffer, 0, bytes.length - (checksum ? 4 : 0));
  if (checksum && crc32c(entries) !== new DataView(bytes.buffer).getUint32(entries.length, true)) return undefined;
  if (otherEndian) reverseBytes(entries, 8);
  return new BigUint64Array(bytes.buffer, 0, entries.length / 8);
}

/** The bytes of an index, which may be changed. */
export function encodeIndex({ checksum, otherEndian }: Sharding, index: BigUint64Array): Uint8Array {
  const entries = Buffer.from(index.buffer, 0, index.byteLength);
  if (otherEndian) reverseBytes(entries, 8);
  if (!checksum) return entries;
  const end = Buffer.alloc(4);
  end.writeUInt32LE(crc32c(entries));
  return Buffer.concat([entries, end]);
}
