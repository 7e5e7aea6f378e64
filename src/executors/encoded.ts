/**
 * Encoded arrays on their way into a worker's memory and out of it: boxes that the loops of a piece need are decoded as a
 * whole before the loops run, blocks are encoded when they are finished.
 */
import { type DType, factsOf } from "../data/dtype.js";
import { countsOf, sizeOf } from "../data/region.js";
import type { Located } from "../formats/format.js";
import type { EncodedBox } from "../graph/task.js";
import type { Resources } from "./resources.js";
import type { Scratch } from "./scratch.js";

/** A box decoded to an address of scratch memory, or where it stands in a file as it is. */
export type Decoded = { readonly dtype: DType } & (
  | { readonly address: number; readonly located?: never }
  | { readonly located: Located }
);

/** The bytes of a box once it is decoded. */
export function decodedBytes({ box }: EncodedBox, dtype: DType): number {
  return sizeOf(countsOf(box)) * factsOf(dtype).bytes;
}

/** Decodes boxes into scratch memory, one after the other; those that stand in a file as they are, are left there. */
export async function decode(
  boxes: readonly EncodedBox[],
  resources: Resources,
  scratch: Scratch,
): Promise<readonly Decoded[]> {
  const dtypes = boxes.map(({ array }) => resources.job.arrays[array]!.dtype);
  const located = await locate(boxes, resources);
  // all places first: taking one may move the memory
  const decoded = boxes.map((box, i): Decoded => {
    const [dtype, at] = [dtypes[i]!, located[i]!];
    return at === null ? { dtype, address: scratch.take(decodedBytes(box, dtype)) } : { dtype, located: at };
  });
  for (const [i, part] of boxes.entries()) {
    const { dtype, ...place } = decoded[i]!;
    if (place.located !== undefined) continue;
    const reader = await resources.reader(part.array);
    const into = new Uint8Array(scratch.memory, place.address, decodedBytes(part, dtype));
    resources.bytesRead += await reader.read(part.box, into);
  }
  return decoded;
}

/** Where boxes stand in files; of an array of which several boxes are wanted, nothing holds long enough. */
async function locate(boxes: readonly EncodedBox[], resources: Resources): Promise<readonly (Located | null)[]> {
  const found: (Located | null)[] = [];
  for (const { array, box } of boxes) {
    const alone = boxes.filter((other) => other.array === array).length === 1;
    const reader = await resources.reader(array);
    const at = alone ? ((await reader.locate?.(box)) ?? null) : null;
    resources.bytesRead += at?.bytesRead ?? 0;
    found.push(at);
  }
  return found;
}

/** Encodes a whole block, which stands in memory in C order. */
export async function encode(
  part: EncodedBox,
  memory: ArrayBufferLike,
  address: number,
  resources: Resources,
): Promise<void> {
  const { dtype } = resources.job.arrays[part.array]!;
  const writer = await resources.writer(part.array);
  const elements = new Uint8Array(memory, address, decodedBytes(part, dtype));
  resources.bytesWritten += await writer.write(part.box, elements);
}
