/**
 * Parts that can be decoded only as a whole: boxes out of them, and the last one, which is kept while less than all of it
 * is asked for.
 */
import { chunkAt, chunkBox } from "../data/chunks.js";
import { factsOf } from "../data/dtype.js";
import { decodedStrides, type EncodedArray } from "../data/encoded.js";
import { type Box, countsOf, sizeOf } from "../data/region.js";

/** Below this, a call that copies a run takes longer than a loop over its bytes. */
const shortRun = 48;

/** The elements of a box in memory, in an array's order. */
export interface DecodedPart {
  readonly bytes: Uint8Array;
  readonly box: Box;
}

/** Copies the elements of a box, which lies inside both of the others, from one to the other. */
export function copyBox(
  from: DecodedPart,
  to: DecodedPart,
  box: Box,
  array: Pick<EncodedArray, "order">,
  item: number,
): void {
  const counts = countsOf(box);
  if (counts.includes(0)) return;
  const rank = counts.length;
  const [steps, strides] = [decodedStrides(array, from.box), decodedStrides(array, to.box)];
  let [at, place] = [0, 0];
  for (let axis = 0; axis < rank; axis++) {
    at += (box[axis]!.start - from.box[axis]!.start) * steps[axis]! * item;
    place += (box[axis]!.start - to.box[axis]!.start) * strides[axis]! * item;
  }
  // axes from the fastest on; those along which both are packed make one run
  const axes = counts.map((_, axis) => (array.order === "C" ? rank - 1 - axis : axis));
  let run = 1;
  while (axes.length > 0 && steps[axes[0]!] === run && strides[axes[0]!] === run) run *= counts[axes.shift()!]!;
  run *= item;
  const index = axes.map(() => 0);
  for (;;) {
    if (run >= shortRun) to.bytes.set(from.bytes.subarray(at, at + run), place);
    else for (let byte = 0; byte < run; byte++) to.bytes[place + byte] = from.bytes[at + byte]!;
    let depth = 0;
    for (; depth < axes.length; depth++) {
      const axis = axes[depth]!;
      const [step, stride] = [steps[axis]! * item, strides[axis]! * item];
      at += step;
      place += stride;
      index[depth]!++;
      if (index[depth]! < counts[axis]!) break;
      index[depth] = 0;
      at -= counts[axis]! * step;
      place -= counts[axis]! * stride;
    }
    if (depth === axes.length) return;
  }
}

/** Reads boxes of an array of which only whole parts are decoded. */
export class DecodedPartCache {
  readonly #array: EncodedArray;
  readonly #item: number;
  readonly #decode: (part: Box, into: Uint8Array) => void;
  #kept: { readonly key: string; readonly part: DecodedPart } | undefined;

  /** @param decode fills memory, which may be shared, with the elements of a part of the grid in the array's order */
  constructor(array: EncodedArray, decode: (part: Box, into: Uint8Array) => void) {
    this.#array = array;
    this.#item = factsOf(array.dtype).bytes;
    this.#decode = decode;
  }

  /** Fills memory with a box inside a part of the grid. */
  read(box: Box, into: Uint8Array): void {
    const { grid, shape } = this.#array;
    if (into.length === 0) return;
    const block = grid.map((sizes, axis) => chunkAt(sizes, box[axis]!.start));
    const part = chunkBox(grid, block);
    const length = sizeOf(countsOf(part)) * this.#item;
    if (shape.length === 0 || into.length === length) {
      this.#decode(part, into);
      return;
    }
    const key = block.join();
    if (this.#kept?.key !== key) {
      this.#kept = undefined; // let go of one part before the next is made
      const bytes = new Uint8Array(length);
      this.#decode(part, bytes);
      this.#kept = { key, part: { bytes, box: part } };
    }
    copyBox(this.#kept.part, { bytes: into, box }, box, this.#array, this.#item);
  }

  /** Lets go of the part. */
  clear(): void {
    this.#kept = undefined;
  }
}
