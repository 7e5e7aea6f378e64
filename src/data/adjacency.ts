/**
 * Lists of numbers, one per item, in two flat arrays: which chunks each task reads, which tasks read each chunk.
 *
 *     lists    0: [4, 7]    1: []    2: [4]
 *     start    0  2  2  3
 *     items    4  7  4                        list i is items[start[i]] … items[start[i + 1] − 1]
 *
 * A graph has millions of such lists, so none of them is an object, and nothing is allocated to go through one:
 *
 *     for (let i = lists.start(task); i < lists.stop(task); i++) visit(lists.at(i));
 *
 * A callback instead of the loop costs a task a third more time, because the engine does not inline it.
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

  /** List i is the items from `stops[i − 1]` (0 for the first list) to below `stops[i]`. The items are kept. */
  static of(stops: ArrayLike<number>, items: Iterable<number>): Adjacency {
    const start = new Uint32Array(stops.length + 1);
    start.set(stops, 1);
    return new Adjacency(start, items instanceof Uint32Array ? items : Uint32Array.from(items));
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

  /** Where list `i` begins among the numbers of all lists. */
  start(i: number): number {
    return uint32At(this.#start, i);
  }

  /** Where list `i` ends among the numbers of all lists. */
  stop(i: number): number {
    return uint32At(this.#start, i + 1);
  }

  /** The number at an index from `start(i)` to below `stop(i)`. */
  at(index: number): number {
    return uint32At(this.#items, index);
  }

  /** The other way round: `count` lists, of which list `j` names the lists that have the number `j`, in order. */
  inverse(count: number): Adjacency {
    const start = new Uint32Array(count + 1);
    for (const item of this.#items) addUint32(start, item + 1, 1);
    for (let j = 0; j < count; j++) addUint32(start, j + 1, uint32At(start, j));
    const next = start.slice();
    const items = new Uint32Array(this.#items.length);
    for (let i = 0; i < this.length; i++) {
      for (let at = this.start(i); at < this.stop(i); at++) {
        const item = this.at(at);
        items[uint32At(next, item)] = i;
        addUint32(next, item, 1);
      }
    }
    return new Adjacency(start, items);
  }
}
