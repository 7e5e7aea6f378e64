/**
 * Typed arrays as flat lists of numbers, for what is kept per task or per chunk. An index outside is a mistake of this
 * library: it throws, where a typed array alone would answer `undefined` and ignore what is put there.
 *
 * There is a function for each kind of array: one for both would be called with both, and be twice as slow.
 */
import { InternalError } from "./errors.js";

/** The number at an index. */
export function uint32At(list: Uint32Array, index: number): number {
  return list[index] ?? outside(list, index);
}

/** The number at an index. */
export function float64At(list: Float64Array, index: number): number {
  return list[index] ?? outside(list, index);
}

/** Adds to the number at an index; returns the sum. */
export function addUint32(list: Uint32Array, index: number, by: number): number {
  const sum = uint32At(list, index) + by;
  list[index] = sum;
  return sum;
}

// a function of its own, so that the others stay small enough to be inlined
function outside({ length }: Uint32Array | Float64Array, index: number): never {
  throw new InternalError(`internal error: a list of ${length} numbers has no entry ${index}`);
}

/** The largest of some numbers, which may be too many for the arguments of `Math.max`; at least `least`. */
export function largestOf(numbers: Iterable<number>, least = Number.NEGATIVE_INFINITY): number {
  let largest = least;
  for (const number of numbers) largest = Math.max(largest, number);
  return largest;
}

/** A list that grows, with four bytes for each number: plans have more numbers than fit into the engine's heap. */
export class Uint32List {
  #items = new Uint32Array(64);
  #length = 0;

  /** How many numbers there are. */
  get length(): number {
    return this.#length;
  }

  /** The numbers, as long as none is added. */
  get items(): Uint32Array {
    return this.#items.subarray(0, this.#length);
  }

  /** The number at an index. */
  at(index: number): number {
    return index < this.#length ? uint32At(this.#items, index) : outside(this.items, index);
  }

  /** Appends a number. */
  push(number: number): void {
    if (this.#length === this.#items.length) {
      const grown = new Uint32Array(2 * this.#length);
      grown.set(this.#items);
      this.#items = grown;
    }
    this.#items[this.#length++] = number;
  }
}

/** The same with eight bytes for each number. */
export class Float64List {
  #items = new Float64Array(64);
  #length = 0;

  /** The numbers, as long as none is added. */
  get items(): Float64Array {
    return this.#items.subarray(0, this.#length);
  }

  /** Appends a number. */
  push(number: number): void {
    if (this.#length === this.#items.length) {
      const grown = new Float64Array(2 * this.#length);
      grown.set(this.#items);
      this.#items = grown;
    }
    this.#items[this.#length++] = number;
  }
}
