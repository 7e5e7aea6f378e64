/**
 * Lists of numbers, one per item, in two flat arrays: which chunks each task reads, which tasks read each chunk.
 *
 *     lists    0: [4, 7]    1: []    2: [4]
 *     start    0  2  2  3
 *     items    4  7  4                        list i is items[start[i]] … items[start[i + 1] − 1]
 *
 * A graph has millions of such lists, so none of them is an object; nothing is allocated to go through one.
 */
import { addUint32, uint32At } from "./numbers.js";

/** Lists of numbers; see the head of this file. */
export class Adjacency {
  readonly #start: Uint32Array;
  readonly #items: Uint32Array;

  private constructor(start: Uint32Array, items: Uint32Array) {
    this.#start = start;
    this.#items = items;
  }

  /** Takes lists one after the other; none of them is looked at again when the next is taken. */
  static from(lists: Iterable<Iterable<number>>): Adjacency {
    const start = [0];
    const items: number[] = [];
    for (const list of lists) {
      for (const item of list) items.push(item);
      start.push(items.length);
    }
    return new Adjacency(Uint32Array.from(start), Uint32Array.from(items));
  }

  /** `length` lists of which each has its own number alone. */
  static identity(length: number): Adjacency {
    const start = Uint32Array.from({ length: length + 1 }, (_, i) => i);
    return new Adjacency(start, start.subarray(0, length));
  }

  /** How many lists there are. */
  get length(): number {
    return this.#start.length - 1;
  }

  /** How many numbers all lists have together. */
  get size(): number {
    return this.#items.length;
  }

  /** How many numbers list `i` has. */
  count(i: number): number {
    return uint32At(this.#start, i + 1) - uint32At(this.#start, i);
  }

  /** The number at a position of list `i`. */
  item(i: number, position: number): number {
    return uint32At(this.#items, uint32At(this.#start, i) + position);
  }

  /** List `i`. */
  list(i: number): Uint32Array {
    return this.#items.subarray(uint32At(this.#start, i), uint32At(this.#start, i + 1));
  }

  /** Calls back with each number of list `i`. */
  forEach(i: number, visit: (item: number) => void): void {
    const stop = uint32At(this.#start, i + 1);
    for (let at = uint32At(this.#start, i); at < stop; at++) visit(uint32At(this.#items, at));
  }

  /** The other way round: `count` lists, of which list `j` names the lists that have the number `j`, in order. */
  inverse(count: number): Adjacency {
    const start = new Uint32Array(count + 1);
    for (const item of this.#items) addUint32(start, item + 1, 1);
    for (let j = 0; j < count; j++) addUint32(start, j + 1, uint32At(start, j));
    const next = start.slice();
    const items = new Uint32Array(this.#items.length);
    for (let i = 0; i < this.length; i++) {
      this.forEach(i, (item) => {
        items[uint32At(next, item)] = i;
        addUint32(next, item, 1);
      });
    }
    return new Adjacency(start, items);
  }
}
