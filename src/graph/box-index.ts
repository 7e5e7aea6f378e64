/**
 * An index of things by the boxes that they cover: which of them a box meets, without looking at each.
 *
 * A node of many pieces (a concatenation, the stretches of a factor) is asked for by each of its many blocks, so looking
 * through all pieces would take the square of their number.
 *
 *     sorted by where they begin along the axis that tells them apart best
 *     begin    0   10   20   30   40       a box [15, 25) meets only what begins before 25,
 *     furthest 10  20   30   40   50       and from where the furthest end so far is above 15
 */
import { type Box, intersect, isEmpty } from "../data/region.js";

interface Boxed {
  readonly box: Box;
}

/** Things with boxes; see the head of this file. */
export class BoxIndex<T extends Boxed> {
  readonly items: readonly T[];
  readonly #axis: number;
  /** Numbers of the items, by where they begin; and after each, the furthest end of all up to it. */
  readonly #sorted: readonly number[];
  readonly #furthest: readonly number[];

  constructor(items: readonly T[]) {
    this.items = items;
    const kinds = (items[0]?.box.start ?? []).map((_, axis) => new Set(items.map(({ box }) => box.start[axis])).size);
    this.#axis = kinds.indexOf(Math.max(...kinds));
    this.#sorted = items.length < 2 ? [] : [...items.keys()].sort((a, b) => this.#begin(a) - this.#begin(b));
    let furthest = Number.NEGATIVE_INFINITY;
    this.#furthest = this.#sorted.map((number) => (furthest = Math.max(furthest, this.#end(number))));
  }

  #begin(number: number): number {
    return this.items[number]!.box.start[this.#axis]!;
  }

  #end(number: number): number {
    return this.items[number]!.box.stop[this.#axis]!;
  }

  /** The things that a box meets, in the order in which they were given, each with what it has in common with the box. */
  meeting(box: Box): { readonly item: T; readonly common: Box }[] {
    const found: { item: T; common: Box }[] = [];
    for (const number of this.#candidates(box)) {
      const item = this.items[number]!;
      const common = intersect(item.box, box);
      if (!isEmpty(common)) found.push({ item, common });
    }
    return found;
  }

  #candidates(box: Box): number[] {
    if (this.#axis < 0 || this.#sorted.length === 0) return [...this.items.keys()];
    let [low, high] = [0, this.#sorted.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#furthest[middle]! > box.start[this.#axis]!) high = middle;
      else low = middle + 1;
    }
    const numbers: number[] = [];
    for (let i = low; i < this.#sorted.length && this.#begin(this.#sorted[i]!) < box.stop[this.#axis]!; i++)
      numbers.push(this.#sorted[i]!);
    return numbers.sort((a, b) => a - b);
  }
}
