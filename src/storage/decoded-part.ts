/**
 * Boxes of arrays whose parts can be decoded only as a whole. The last part stays in memory while less than all of it
 * is asked for, because the next box is often in the same part.
 */
import { chunkAt, chunkBox } from "../data/chunks.js";
import { beforeStep } from "../data/collection.js";
import { copyBox, type Strided } from "../data/copy.js";
import { factsOf } from "../data/dtype.js";
import { decodedStrides, type EncodedArray } from "../data/encoded.js";
import { type Box, cornerOf, countsOf, firstOf, sizeOf } from "../data/region.js";

/** The elements of a box in memory, in an array's order. */
export interface DecodedPart {
  readonly bytes: Uint8Array;
  readonly box: Box;
}

/** Copies the elements of a box, which is inside both of the others, from one to the other. */
export function copyPart(
  from: DecodedPart,
  to: DecodedPart,
  box: Box,
  order: Pick<EncodedArray, "order">,
  itemBytes: number,
): void {
  const placeIn = ({ bytes, box: outer }: DecodedPart): Strided => {
    const strides = decodedStrides(order, outer);
    const first = firstOf(0, strides, cornerOf(box)) - firstOf(0, strides, cornerOf(outer));
    return { memory: bytes.buffer, offset: bytes.byteOffset + first * itemBytes, strides };
  };
  copyBox(itemBytes, countsOf(box), placeIn(from), placeIn(to));
}

/** Reads boxes of an array of which only whole parts can be decoded. */
export class DecodedPartCache {
  readonly #array: EncodedArray;
  readonly #itemBytes: number;
  #last: { readonly key: string; readonly part: DecodedPart } | undefined;

  constructor(array: EncodedArray) {
    this.#array = array;
    this.#itemBytes = factsOf(array.dtype).bytes;
  }

  /**
   * Fills memory with a box that is inside one part of the grid.
   *
   * @param decode fills memory, which may be shared, with the elements of a part in the array's order
   */
  read(box: Box, into: Uint8Array, decode: (part: Box, into: Uint8Array) => void): void {
    const missing = this.#copyOrPrepare(box, into);
    if (missing === undefined) return;
    decode(missing.part.box, missing.part.bytes);
    this.#keep(missing, box, into);
  }

  /** The same for parts whose decoding must be awaited. */
  async readLater(box: Box, into: Uint8Array, decode: (part: Box, into: Uint8Array) => Promise<void>): Promise<void> {
    const missing = this.#copyOrPrepare(box, into);
    if (missing === undefined) return;
    await decode(missing.part.box, missing.part.bytes);
    this.#keep(missing, box, into);
  }

  /** Releases the part. */
  clear(): void {
    this.#last = undefined;
  }

  /** Copies the box if its part is in memory. Otherwise gives the part that must be decoded, and where to. */
  #copyOrPrepare(box: Box, into: Uint8Array): { key: string; part: DecodedPart } | undefined {
    if (into.length === 0) return undefined;
    const { grid, shape } = this.#array;
    const block = grid.map((sizes, axis) => chunkAt(sizes, box[axis]?.start ?? 0));
    const part = chunkBox(grid, block);
    const length = sizeOf(countsOf(part)) * this.#itemBytes;
    const key = block.join();
    if (shape.length === 0 || into.length === length) return { key, part: { bytes: into, box: part } };
    if (this.#last?.key !== key) {
      this.#last = undefined; // frees one part before the next is made
      beforeStep(length);
      return { key, part: { bytes: new Uint8Array(length), box: part } };
    }
    copyPart(this.#last.part, { bytes: into, box }, box, this.#array, this.#itemBytes);
    return undefined;
  }

  #keep(decoded: { key: string; part: DecodedPart }, box: Box, into: Uint8Array): void {
    if (decoded.part.bytes === into) return; // the box is the whole part
    this.#last = decoded;
    copyPart(decoded.part, { bytes: into, box }, box, this.#array, this.#itemBytes);
  }
}
