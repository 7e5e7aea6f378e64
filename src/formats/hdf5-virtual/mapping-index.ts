/**
 * Finds the mappings that have elements in a box without looking at all of them: a dataset may be made of many
 * thousands of files. They are sorted along the axis on which they differ most; a binary search gives the last that can
 * begin before the end of the box, and the furthest end of all before each says where the search back may stop.
 */
import { at, zip } from "../../data/lists.js";
import type { Box } from "../../data/region.js";
import { lastUpTo } from "../../data/search.js";
import type { Mapping } from "./params.js";
import { stopOf } from "./runs.js";

interface Bounded {
  readonly mapping: Mapping;
  /** Its place among all. */
  readonly order: number;
  readonly box: Box;
}

/** The mappings of a dataset. */
export class MappingIndex {
  readonly #axis: number;
  readonly #sorted: readonly Bounded[];
  readonly #starts: readonly number[];
  /** The furthest end of each mapping and those before it. */
  readonly #reach: readonly number[];

  constructor(mappings: readonly Mapping[]) {
    const all = mappings.map((mapping, order) => ({ mapping, order, box: boundsOf(mapping) }));
    const rank = all[0]?.box.length ?? 0;
    const distinct = Array.from({ length: rank }, (_, axis) => new Set(all.map(({ box }) => box[axis]?.start)).size);
    this.#axis = Math.max(0, distinct.indexOf(Math.max(...distinct)));
    const startOf = ({ box }: Bounded) => box[this.#axis]?.start ?? 0;
    this.#sorted = all.sort((a, b) => startOf(a) - startOf(b) || a.order - b.order);
    this.#starts = this.#sorted.map(startOf);
    let reach = 0;
    this.#reach = this.#sorted.map(({ box }) => (reach = Math.max(reach, box[this.#axis]?.stop ?? 1)));
  }

  /** Those that may have elements in a box, in the order in which they count. */
  in(box: Box): Mapping[] {
    const { start, stop } = box[this.#axis] ?? { start: 0, stop: 1 };
    const found: Bounded[] = [];
    if (this.#sorted.length === 0) return [];
    for (let i = lastUpTo(this.#starts, stop - 1); i >= 0 && at(this.#reach, i) > start; i--) {
      const bounded = at(this.#sorted, i);
      if (zip(bounded.box, box).every(([own, side]) => own.start < side.stop && own.stop > side.start)) {
        found.push(bounded);
      }
    }
    return found.sort((a, b) => a.order - b.order).map(({ mapping }) => mapping);
  }
}

function boundsOf({ target }: Mapping): Box {
  return target.map((runs) => ({ start: runs[0]?.start ?? 0, stop: stopOf(runs) }));
}
