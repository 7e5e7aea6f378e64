/**
 * Encoded arrays on their way into a worker's memory and out of it: boxes that the loops of a piece need are decoded as a
 * whole before the loops run, blocks are encoded when they are finished.
 */
import { type DType, factsOf } from "../data/dtype.js";
import { countsOf, sizeOf } from "../data/region.js";
import type { EncodedBox } from "../graph/task.js";
import type { Resources } from "./resources.js";
import type { Scratch } from "./scratch.js";

/** A decoded box in scratch memory. */
export interface Decoded {
  readonly dtype: DType;
  readonly address: number;
}

/** The bytes of a box once it is decoded. */
export function decodedBytes(box: EncodedBox, dtype: DType): number {
  return sizeOf(countsOf(box)) * factsOf(dtype).bytes;
}

/** Decodes boxes into scratch memory, one after the other. */
export async function decode(
  boxes: readonly EncodedBox[],
  resources: Resources,
  scratch: Scratch,
): Promise<readonly Decoded[]> {
  const dtypes = boxes.map(({ array }) => resources.job.arrays[array]!.dtype);
  // all places first: taking one may move the memory
  const addresses = boxes.map((box, i) => scratch.take(decodedBytes(box, dtypes[i]!)));
  for (const [i, box] of boxes.entries()) {
    const reader = await resources.reader(box.array);
    const into = new Uint8Array(scratch.memory, addresses[i]!, decodedBytes(box, dtypes[i]!));
    resources.bytesRead += await reader.read(box, into);
  }
  return boxes.map((_, i) => ({ dtype: dtypes[i]!, address: addresses[i]! }));
}

/** Encodes a whole block, which stands in memory in C order. */
export async function encode(
  box: EncodedBox,
  memory: ArrayBufferLike,
  address: number,
  resources: Resources,
): Promise<void> {
  const { dtype } = resources.job.arrays[box.array]!;
  const writer = await resources.writer(box.array);
  resources.bytesWritten += await writer.write(box, new Uint8Array(memory, address, decodedBytes(box, dtype)));
}
