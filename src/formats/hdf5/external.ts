/** External storage: the stretches of other files in which the elements of a dataset are. */
import type { SyncReadable } from "../../storage/stores/capabilities.js";

/** A stretch of another file. */
export interface ExternalStretch {
  /** The file, as the dataset names it. */
  readonly name: string;
  readonly offset: number;
  /** Infinity where it is as long as it must be. */
  readonly bytes: number;
}

/** The length of a slot: where its name is among the names, where the stretch begins, and its length. */
const slotBytes = 24;
const endless = 2n ** 64n - 1n;

/** Reads the message of a header that lists the files; none if it is not understood. */
export function externalFrom(file: SyncReadable, base: number, data: Buffer): ExternalStretch[] {
  if (data.length < 16 || data[0] !== 1) return [];
  const [count, heap] = [data.readUInt16LE(6), base + Number(data.readBigUInt64LE(8))];
  const head = read(file, heap, 32);
  if (head?.toString("latin1", 0, 4) !== "HEAP" || data.length < 16 + slotBytes * count) return [];
  const names = read(file, base + Number(head.readBigUInt64LE(24)), Number(head.readBigUInt64LE(8)));
  if (names === undefined) return [];
  return Array.from({ length: count }, (_, slot) => {
    const at = 16 + slotBytes * slot;
    const from = Number(data.readBigUInt64LE(at));
    const size = data.readBigUInt64LE(at + 16);
    return {
      name: names.toString("utf8", from, names.indexOf(0, from)),
      offset: Number(data.readBigUInt64LE(at + 8)),
      bytes: size === endless ? Number.POSITIVE_INFINITY : Number(size),
    };
  });
}

/** Names of files have far less. */
const mostBytes = 2 ** 20;

function read(file: SyncReadable, at: number, length: number): Buffer | undefined {
  if (!(length <= mostBytes && at + length <= file.size)) return undefined;
  const bytes = Buffer.alloc(length);
  file.readInto(bytes, at);
  return bytes;
}
