/**
 * The index of a shard: where each of its chunks stands.
 *
 *     shard   │ chunk │ chunk │   …   │ index: offset, length of each chunk │ CRC │
 *
 * Invariant: a chunk that is not there has 2^64 − 1 twice.
 */

import { reverseBytes } from "../../storage/encoding.js";
import type { Sharding } from "./codecs.js";
import { crc32c } from "./crc32c.js";

/** Both numbers of a chunk that is not there. */
export const absent = 2n ** 64n - 1n;

/** How many chunks a shard has along each axis. */
export function chunksPerShard({ shard }: Sharding, chunk: readonly number[]): number[] {
  return shard.map((size, axis) => size / chunk[axis]!);
}

/** The number of a chunk in the index. */
export function entryOf({ axes }: Sharding, per: readonly number[], at: readonly number[]): number {
  return axes.reduce((sum, axis) => sum * per[axis]! + (at[axis]! % per[axis]!), 0);
}

/** Two numbers for each chunk, out of the bytes of an index; undefined where their checksum is wrong. */
export function decodeIndex(
  { checksum, otherEndian }: Sharding,
  bytes: Uint8Array<ArrayBuffer>,
): BigUint64Array | undefined {
  const entries = Buffer.from(bytes.buffer, 0, bytes.length - (checksum ? 4 : 0));
  if (checksum && crc32c(entries) !== new DataView(bytes.buffer).getUint32(entries.length, true)) return undefined;
  if (otherEndian) reverseBytes(entries, 8);
  return new BigUint64Array(bytes.buffer, 0, entries.length / 8);
}

/** The bytes of an index; what is given may be changed. */
export function encodeIndex({ checksum, otherEndian }: Sharding, index: BigUint64Array): Uint8Array {
  const entries = Buffer.from(index.buffer, 0, index.byteLength);
  if (otherEndian) reverseBytes(entries, 8);
  if (!checksum) return entries;
  const end = Buffer.alloc(4);
  end.writeUInt32LE(crc32c(entries));
  return Buffer.concat([entries, end]);
}
