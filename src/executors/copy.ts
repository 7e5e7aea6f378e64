/** Copies of results out of a worker's memory: into memory that JavaScript sees, or to an address of the process. */
import { copyBox, copyLoops, type Strided } from "../data/copy.js";
import type { AddressedMemory } from "../data/memory.js";
import { copyToAddress } from "../native/pages.js";

/** Where a box may be copied to. */
export interface CopyTarget extends Omit<Strided, "memory"> {
  readonly memory: ArrayBufferLike | AddressedMemory;
}

/** The widest word that the addon copies. */
const widestWordBytes = 8;

/** Copies a box of elements of `itemBytes` bytes. The source and the target must not overlap. */
export function copyOut(itemBytes: number, counts: readonly number[], from: Strided, to: CopyTarget): void {
  const { memory, offset, strides } = to;
  if (!("address" in memory)) {
    copyBox(itemBytes, counts, from, { memory, offset, strides });
    return;
  }
  const wordBytes = Math.min(itemBytes, widestWordBytes);
  const loops = copyLoops(counts, from.strides, strides, itemBytes / wordBytes);
  if (loops === null) return;
  if (loops.length === 0) loops.push({ count: 1, from: 1, to: 1 });
  const distances = loops.flatMap(({ count, from, to }) => [count, to * wordBytes, from * wordBytes]);
  const first = new Uint8Array(from.memory, from.offset, wordBytes);
  copyToAddress(memory.address + offset, first, new Float64Array(distances));
}
