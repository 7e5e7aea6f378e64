/** Elements of chunks in memory: how they move between two orders, and how stored elements become numbers. */
import { copyBox, type Strided } from "../../data/copy.js";
import type { Stored } from "../../data/layout.js";
import { decodeElements, numberBytes } from "../../storage/encoding.js";

/** A box of elements in memory: where its first element is, and how far a step along each axis moves, in elements. */
export interface BoxInMemory {
  readonly bytes: Uint8Array;
  readonly first: number;
  readonly strides: readonly number[];
}

/** Copies a box; both sides hold `counts` elements along each axis. A source stride of 0 repeats an element. */
export function copyElements(from: BoxInMemory, to: BoxInMemory, counts: readonly number[], itemBytes: number): void {
  const placeOf = ({ bytes, first, strides }: BoxInMemory): Strided => {
    return { memory: bytes.buffer, offset: bytes.byteOffset + first * itemBytes, strides };
  };
  copyBox(itemBytes, counts, placeOf(from), placeOf(to));
}

/**
 * Turns stored elements into those that are computed with, in place if they keep their size. The memory must be
 * aligned to the elements.
 */
export function toElements(stored: Stored, bytes: Uint8Array): Uint8Array {
  const { dtype, encoding } = stored;
  const elements = encoding.half ? new Uint8Array(2 * bytes.length) : bytes;
  decodeElements(stored, bytes, elements);
  // any byte but 0 is true
  if (dtype === "bool") for (let i = 0; i < elements.length; i++) if (elements[i] !== 0) elements[i] = 1;
  return elements;
}

/** True if stored elements are as they are computed with: {@link toElements} does not change them. */
export function isNative({ dtype, encoding }: Stored): boolean {
  return !encoding.otherEndian && !encoding.half && dtype !== "bool";
}

/** Fills memory with one element. */
export function fillElements(element: Uint8Array, into: Uint8Array): void {
  Buffer.from(into.buffer, into.byteOffset, into.length).fill(element);
}

/** Bytes that begin where an element of this dtype may begin, in memory that is not shared. */
export function aligned(stored: Stored, bytes: Uint8Array): Uint8Array {
  const inPlace = bytes.byteOffset % numberBytes(stored) === 0 && bytes.buffer instanceof ArrayBuffer;
  return inPlace ? bytes : new Uint8Array(bytes);
}
