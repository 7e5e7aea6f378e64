/**
 * Elements moved between memory of two orders, and turned from how they are stored into how they are computed with.
 *
 * Invariant: elements are copied as bits, never as numbers, so that a NaN keeps its payload.
 */
import { factsOf } from "../../data/dtype.js";
import type { Stored } from "../../data/layout.js";
import { swapBytes } from "../../storage/encoding.js";
import { widenHalves } from "../../storage/half.js";
import { countOf, dimsByStride, distance } from "../../storage/strided-layout.js";
import { littleMachine } from "./elements.js";

/** A place in memory, and how far a step along each axis moves; in elements. */
export interface Place {
  readonly bytes: Uint8Array;
  readonly first: number;
  readonly strides: readonly number[];
}

/** The memory as the widest words that suit an element of so many bytes there. */
function wordsOf(bytes: Uint8Array, wordBytes: number): Uint8Array | Uint16Array | Uint32Array {
  const length = Math.floor(bytes.length / wordBytes);
  if (wordBytes === 4) return new Uint32Array(bytes.buffer, bytes.byteOffset, length);
  return wordBytes === 2 ? new Uint16Array(bytes.buffer, bytes.byteOffset, length) : bytes;
}

/** Copies a box; both places hold `counts` elements along each axis. A source stride of 0 repeats an element. */
export function copyBox(from: Place, to: Place, counts: readonly number[], itemBytes: number): void {
  if (counts.includes(0)) return;
  const odd = from.bytes.byteOffset | to.bytes.byteOffset | itemBytes;
  const wordBytes = odd % 4 === 0 ? 4 : odd % 2 === 0 ? 2 : 1;
  const words = itemBytes / wordBytes;
  const [source, target] = [wordsOf(from.bytes, wordBytes), wordsOf(to.bytes, wordBytes)];
  // The axes along which both are packed go together as one block; the target's fastest of the others goes innermost.
  const axes = dimsByStride(to.strides, counts);
  let block = 1;
  while (axes.length > 0 && from.strides[axes[0]!] === block && to.strides[axes[0]!] === block) {
    block *= counts[axes.shift()!]!;
  }
  const inner = axes.shift();
  const [count, step, stride] =
    inner === undefined ? [1, 0, 0] : [counts[inner]!, from.strides[inner]! * words, to.strides[inner]! * words];
  const length = block * words;
  const loops = ({ strides }: Place) =>
    axes.toReversed().map((axis) => ({ count: counts[axis]!, stride: strides[axis]! * words }));
  const [outer, outerTo] = [loops(from), loops(to)];
  for (let number = 0; number < countOf(outer); number++) {
    let at = from.first * words + distance(outer, number);
    let place = to.first * words + distance(outerTo, number);
    if (length >= 16) {
      for (let i = 0; i < count; i++, at += step, place += stride) {
        target.set(source.subarray(at, at + length), place);
      }
      continue;
    }
    for (let i = 0; i < count; i++, at += step, place += stride) {
      for (let word = 0; word < length; word++) target[place + word] = source[at + word]!;
    }
  }
}

/**
 * Turns stored elements into those that are computed with, in place where they keep their size. The memory must be aligned
 * to the elements.
 */
export function toElements(stored: Stored, bytes: Uint8Array): Uint8Array {
  const { dtype, encoding } = stored;
  if (encoding.half) {
    // Halves are widened from the lower byte on.
    if (encoding.otherEndian === littleMachine) Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).swap16();
    const widened = new Uint8Array(2 * bytes.length);
    widenHalves(bytes, widened);
    return widened;
  }
  if (encoding.otherEndian) swapBytes(stored, bytes);
  // Any byte but 0 is true.
  if (dtype === "bool") for (let i = 0; i < bytes.length; i++) if (bytes[i]! > 1) bytes[i] = 1;
  return bytes;
}

/** True for elements that stand there as they are computed with: those {@link toElements} leaves alone. */
export function isNative({ dtype, encoding }: Stored): boolean {
  return !encoding.otherEndian && !encoding.half && dtype !== "bool";
}

/** Fills memory with one element. */
export function fillElements(element: Uint8Array, into: Uint8Array): void {
  Buffer.from(into.buffer, into.byteOffset, into.length).fill(element);
}

/** Bytes that begin where an element of this dtype may begin. */
export function aligned({ dtype, encoding }: Stored, bytes: Uint8Array): Uint8Array {
  const part = encoding.half ? 2 : factsOf(factsOf(dtype).part).bytes;
  return bytes.byteOffset % part === 0 && bytes.buffer instanceof ArrayBuffer ? bytes : new Uint8Array(bytes);
}
