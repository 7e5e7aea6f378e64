/**
 * Elements moved between memory of two orders, and turned from how they are stored into how they are computed with.
 *
 * Invariant: elements are copied as bits, never as numbers, so that a NaN keeps its payload.
 */
import { factsOf } from "../../../data/dtype.js";
import type { Stored } from "../../../data/layout.js";
import { swapBytes } from "../../encoding.js";
import { widen } from "./half.js";

/** A place in memory, and how far a step along each axis moves; in elements. */
export interface Place {
  readonly bytes: Uint8Array;
  readonly first: number;
  readonly strides: readonly number[];
}

type Words = Uint8Array | Uint16Array | Uint32Array;

/** The memory as the widest words that suit an element of so many bytes there. */
function wordsOf(bytes: Uint8Array, wordBytes: number): Words {
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
  // The axis along which the target is packed goes innermost, if the source is packed there, too, as a block.
  const axes = counts.map((_, axis) => axis).filter((axis) => counts[axis]! > 1);
  axes.sort((a, b) => to.strides[b]! - to.strides[a]!);
  let run = 1;
  while (axes.length > 0) {
    const axis = axes.at(-1)!;
    if (from.strides[axis] !== run || to.strides[axis] !== run) break;
    run *= counts[axis]!;
    axes.pop();
  }
  const inner = run === 1 ? axes.pop() : undefined;
  const outer = axes;
  const index = outer.map(() => 0);
  let [at, place] = [from.first * words, to.first * words];
  const length = run * words;
  for (;;) {
    if (inner !== undefined) {
      copyStrided(
        source,
        at,
        from.strides[inner]! * words,
        target,
        place,
        to.strides[inner]! * words,
        counts[inner]!,
        words,
      );
    } else if (length >= 16) {
      target.set(source.subarray(at, at + length), place);
    } else {
      for (let word = 0; word < length; word++) target[place + word] = source[at + word]!;
    }
    let depth = outer.length - 1;
    for (; depth >= 0; depth--) {
      const axis = outer[depth]!;
      at += from.strides[axis]! * words;
      place += to.strides[axis]! * words;
      index[depth]!++;
      if (index[depth]! < counts[axis]!) break;
      index[depth] = 0;
      at -= counts[axis]! * from.strides[axis]! * words;
      place -= counts[axis]! * to.strides[axis]! * words;
    }
    if (depth < 0) return;
  }
}

function copyStrided(
  source: Words,
  at: number,
  step: number,
  target: Words,
  place: number,
  stride: number,
  count: number,
  words: number,
): void {
  for (let i = 0; i < count; i++) {
    for (let word = 0; word < words; word++) target[place + word] = source[at + word]!;
    at += step;
    place += stride;
  }
}

let widened: Uint32Array | undefined;

/** The float32 bits of all halves. */
function halves(): Uint32Array {
  widened ??= Uint32Array.from({ length: 2 ** 16 }, (_, bits) => widen(bits));
  return widened;
}

/**
 * Turns stored elements into those that are computed with, in place where they keep their size. The memory must be aligned
 * to the elements.
 */
export function toElements(stored: Stored, bytes: Uint8Array): Uint8Array {
  const { dtype, encoding } = stored;
  if (encoding.swap) {
    if (encoding.half) Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).swap16();
    else swapBytes({ dtype, encoding }, bytes);
  }
  if (encoding.half) {
    const table = halves();
    const from = new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2);
    const to = new Uint32Array(from.length);
    for (let i = 0; i < from.length; i++) to[i] = table[from[i]!]!;
    return new Uint8Array(to.buffer);
  }
  // Any byte but 0 is true.
  if (dtype === "bool") for (let i = 0; i < bytes.length; i++) if (bytes[i]! > 1) bytes[i] = 1;
  return bytes;
}

/** Fills memory with one element. */
export function fillElements(element: Uint8Array, into: Uint8Array): void {
  if (element.every((byte) => byte === element[0])) {
    into.fill(element[0]!);
    return;
  }
  into.set(element.subarray(0, into.length));
  for (let done = element.length; done < into.length; done *= 2) {
    into.copyWithin(done, 0, Math.min(done, into.length - done));
  }
}

/** Bytes that begin where an element of this dtype may begin. */
export function aligned({ dtype, encoding }: Stored, bytes: Uint8Array): Uint8Array {
  const part = encoding.half ? 2 : factsOf(factsOf(dtype).part).bytes;
  return bytes.byteOffset % part === 0 && bytes.buffer instanceof ArrayBuffer ? bytes : bytes.slice();
}
