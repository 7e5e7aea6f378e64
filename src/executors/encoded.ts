/**
 * Encoded arrays on their way into a worker's memory and out of it: boxes that the loops of a piece need are decoded as
 * a whole before the loops run, and blocks are encoded when they are finished.
 */
import { type DType, factsOf } from "../data/dtype.js";
import { at } from "../data/lists.js";
import { countsOf, sizeOf } from "../data/region.js";
import type { Located } from "../formats/format.js";
import type { EncodedBox } from "../graph/task.js";
import type { Resources } from "./resources.js";
import type { Scratch } from "./scratch.js";

/** A box of an encoded array: decoded to an address of scratch memory, or read in place from its file. */
export type Decoded =
  | { readonly kind: "inMemory"; readonly dtype: DType; readonly address: number }
  | { readonly kind: "inFile"; readonly dtype: DType; readonly located: Located };

/** The bytes of a box once it is decoded. */
export function decodedBytes({ box }: EncodedBox, dtype: DType): number {
  return sizeOf(countsOf(box)) * factsOf(dtype).bytes;
}

/** Decodes boxes into scratch memory, one after the other. Boxes that lie in a file without an encoding stay there. */
export async function decode(
  boxes: readonly EncodedBox[],
  resources: Resources,
  scratch: Scratch,
): Promise<readonly Decoded[]> {
  const located = await locate(boxes, resources);
  // all addresses first: taking one may move the memory
  const decoded = boxes.map((box, i): Decoded => {
    const { dtype } = at(resources.job.arrays, box.array);
    const place = located[i] ?? null;
    if (place !== null) return { kind: "inFile", dtype, located: place };
    return { kind: "inMemory", dtype, address: scratch.take(decodedBytes(box, dtype)) };
  });
  for (const [i, part] of boxes.entries()) {
    const target = at(decoded, i);
    if (target.kind === "inFile") continue;
    const reader = await resources.reader(part.array);
    const into = new Uint8Array(scratch.memory, target.address, decodedBytes(part, target.dtype));
    resources.bytesRead += await reader.read(part.box, into);
  }
  return decoded;
}

/**
 * Where boxes lie in files. A reader may reuse the place for its next box, so this holds only for an array of which a
 * single box is wanted.
 */
async function locate(boxes: readonly EncodedBox[], resources: Resources): Promise<readonly (Located | null)[]> {
  const found: (Located | null)[] = [];
  for (const { array, box } of boxes) {
    const alone = boxes.filter((other) => other.array === array).length === 1;
    const reader = await resources.reader(array);
    const place = alone ? ((await reader.locate?.(box)) ?? null) : null;
    resources.bytesRead += place?.bytesRead ?? 0;
    found.push(place);
  }
  return found;
}

/** Encodes a whole block, which lies in memory in C order. */
export async function encode(
  part: EncodedBox,
  memory: ArrayBufferLike,
  address: number,
  resources: Resources,
): Promise<void> {
  const { dtype } = at(resources.job.arrays, part.array);
  const writer = await resources.writer(part.array);
  const elements = new Uint8Array(memory, address, decodedBytes(part, dtype));
  resources.bytesWritten += await writer.write(part.box, elements);
}
