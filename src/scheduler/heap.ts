/**
 * The ready tasks, the one that comes first in the order on top: a binary heap of places in one flat array.
 *
 *                 0
 *              ╱     ╲            parent of i: (i − 1) >> 1
 *             2       1           children:    2i + 1, 2i + 2
 *            ╱ ╲     ╱            no parent is greater than its child
 *           5   3   4
 *
 * A place is in the heap at most once, so an array of as many numbers as there are tasks always suffices.
 */
import { uint32At } from "../data/numbers.js";

/** A binary heap of distinct numbers below a capacity, the least on top. */
export class PlaceHeap {
  readonly #places: Uint32Array;
  #size = 0;

  constructor(capacity: number) {
    this.#places = new Uint32Array(capacity);
  }

  /** How many places are in the heap. */
  get size(): number {
    return this.#size;
  }

  /** The least place, or −1 if there is none. */
  get first(): number {
    return this.#size === 0 ? -1 : uint32At(this.#places, 0);
  }

  /** Adds a place. */
  push(place: number): void {
    const places = this.#places;
    let at = this.#size++;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = uint32At(places, parent);
      if (above <= place) break;
      places[at] = above;
      at = parent;
    }
    places[at] = place;
  }

  /** Removes the least place and returns it, or −1 if there is none. */
  pop(): number {
    if (this.#size === 0) return -1;
    const places = this.#places;
    const top = uint32At(places, 0);
    const size = --this.#size;
    // The last place sinks from the top to where it belongs.
    const place = uint32At(places, size);
    let at = 0;
    for (let child = 1; child < size; child = 2 * at + 1) {
      if (child + 1 < size && uint32At(places, child + 1) < uint32At(places, child)) child++;
      const below = uint32At(places, child);
      if (place <= below) break;
      places[at] = below;
      at = child;
    }
    places[at] = place;
    return top;
  }
}
