/**
 * The bytes of a chunk before they are compressed: a box of elements put in the chunk's order into a full chunk, whose
 * rest, where the array ends inside it, holds the fill value.
 *
 * Invariant: elements are copied as bits, never as numbers, so that a NaN keeps its payload.
 */

import { type DType, factsOf } from "../../../data/dtype.js";
import { sizeOf, stridesOf } from "../../../data/region.js";
import { swapBytes } from "../../encoding.js";
import type { Pipeline } from "./written-layout.js";

/** A run shorter than this is copied by a loop, a longer one natively. */
const nativeBytes = 128;

/** A step along an axis: how often, and how far it moves, in elements. */
interface Step {
  readonly count: number;
  readonly from: number;
  readonly to: number;
}

/** Makes the bytes of chunks of one shape; the memory that it gives is used again at the next call. */
export class ChunkBytes {
  readonly #item: number;
  readonly #fill: Buffer | null;
  readonly #chunk: readonly number[];
  readonly #strides: readonly number[];
  readonly #dtype: DType;
  readonly #swap: boolean;
  readonly #bytes: Buffer<ArrayBuffer>;

  constructor(dtype: DType, chunk: readonly number[], { axes, bigEndian }: Pipeline, fill: Buffer | null) {
    this.#dtype = dtype;
    this.#item = factsOf(dtype).bytes;
    this.#fill = fill;
    this.#chunk = chunk;
    const stored = stridesOf(axes.map((axis) => chunk[axis]!));
    this.#strides = chunk.map((_, axis) => stored[axes.indexOf(axis)]!);
    this.#swap = bigEndian;
    this.#bytes = Buffer.from(new ArrayBuffer(sizeOf(chunk) * this.#item));
  }

  /**
   * Takes a box from elements, which may be shared memory.
   *
   * @param at where in `elements` the first element of the box stands, in elements
   * @param strides the distances in `elements`
   * @param counts the box's sides; at most the chunk's
   */
  take(elements: Uint8Array, at: number, strides: readonly number[], counts: readonly number[]): void {
    const item = this.#item;
    if (counts.some((count, axis) => count < this.#chunk[axis]!)) this.#clear();
    const steps = counts.map((count, axis) => ({ count, from: strides[axis]!, to: this.#strides[axis]! }));
    copy(elements.subarray(at * item), this.#bytes, merged(steps), item);
  }

  /** True when there is nothing but the fill value in the chunk, bit for bit. */
  isEmpty(): boolean {
    const [bytes, fill] = [this.#bytes, this.#fill];
    if (fill === null) return false;
    // All elements are alike when each is its neighbour; comparing memory is far faster than a loop.
    return (
      bytes.compare(fill, 0, fill.length, 0, fill.length) === 0 &&
      bytes.compare(bytes, fill.length, bytes.length, 0, bytes.length - fill.length) === 0
    );
  }

  /** The bytes in the order of the file; valid until the next call of {@link take}. */
  encode(): Uint8Array<ArrayBuffer> {
    if (this.#swap) swapBytes({ dtype: this.#dtype, encoding: { swap: true, half: false } }, this.#bytes);
    return this.#bytes;
  }

  #clear(): void {
    this.#bytes.fill(this.#fill ?? 0);
  }
}

/** The steps with the target's fastest last, neighbours that move alike as one. */
function merged(steps: readonly Step[]): Step[] {
  const result: Step[] = [];
  for (const step of steps.filter(({ count }) => count > 1).sort((a, b) => b.to - a.to)) {
    const outer = result.at(-1);
    if (outer !== undefined && outer.from === step.from * step.count && outer.to === step.to * step.count) {
      result[result.length - 1] = { count: outer.count * step.count, from: step.from, to: step.to };
    } else {
      result.push(step);
    }
  }
  return result;
}

/** Memory as words of at most 4 bytes. */
function wordsOf(bytes: Uint8Array, item: number): Uint8Array | Uint16Array | Uint32Array {
  const { buffer, byteOffset, length } = bytes;
  if (item === 1) return bytes;
  if (item === 2) return new Uint16Array(buffer, byteOffset, length >> 1);
  return new Uint32Array(buffer, byteOffset, Math.floor(length / 4));
}

function copy(from: Uint8Array, to: Uint8Array, steps: readonly Step[], item: number): void {
  const inner = steps.at(-1) ?? { count: 1, from: 1, to: 1 };
  const outer = steps.slice(0, -1);
  const width = Math.min(item, 4);
  // Elements that do not stand at a multiple of their words are taken to where they do.
  const aligned = from.byteOffset % width === 0 ? from : new Uint8Array(from);
  const [source, target, words] = [wordsOf(aligned, item), wordsOf(to, item), item / width];
  const native = inner.from === 1 && inner.to === 1 && inner.count * item >= nativeBytes;
  const index = outer.map(() => 0);
  for (let [a, b] = [0, 0]; ; ) {
    if (native) {
      target.set(source.subarray(a * words, (a + inner.count) * words), b * words);
    } else {
      for (
        let i = 0, x = a * words, y = b * words;
        i < inner.count;
        i++, x += inner.from * words, y += inner.to * words
      ) {
        for (let word = 0; word < words; word++) target[y + word] = source[x + word]!;
      }
    }
    let axis = outer.length - 1;
    for (; axis >= 0; axis--) {
      const step = outer[axis]!;
      a += step.from;
      b += step.to;
      if (++index[axis]! < step.count) break;
      a -= step.from * step.count;
      b -= step.to * step.count;
      index[axis] = 0;
    }
    if (axis < 0) return;
  }
}
