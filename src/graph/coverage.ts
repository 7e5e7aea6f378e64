/**
 * Coverage: how many different elements of a file a computation reads. The difference to all that it reads is read
 * twice.
 *
 * Invariant: stretches that overlap are counted once if they have one step along each axis; those of different steps
 * (every element, and every fourth) are counted apart.
 */
import { at } from "../data/lists.js";
import { type Box, type Interval, reach, sideOf, type View } from "../data/region.js";

/** Collects the boxes of one file that are read. */
export class Coverage {
  readonly #lattices = new Map<string, Box[]>();

  /** Adds the elements that a view touches over a box, which must not be empty. */
  add(view: View, box: Box): void {
    const cells: Interval[] = [];
    let key = "";
    for (const axis of view) {
      const [low, high] = reach(axis, box);
      const step = high > low ? Math.abs(axis.step) : 1;
      cells.push({ start: Math.floor(low / step), stop: Math.floor(high / step) + 1 });
      key += `${step}:${low % step};`;
    }
    const boxes = this.#lattices.get(key);
    if (boxes === undefined) this.#lattices.set(key, [cells]);
    else boxes.push(cells);
  }

  /** The number of elements. */
  get elements(): number {
    let sum = 0;
    for (const boxes of this.#lattices.values()) sum += unionSize(boxes, 0);
    return sum;
  }
}

/**
 * The points that lie in at least one of the boxes, seen from dimension `dim` on: a sweep along each dimension in turn.
 */
function unionSize(boxes: readonly Box[], dim: number): number {
  const [first] = boxes;
  if (first === undefined) return 0;
  if (dim === first.length) return 1;
  const sides = boxes.map((box) => ({ box, ...sideOf(box, dim) })).sort((a, b) => a.start - b.start);
  const bounds = [...new Set(sides.flatMap(({ start, stop }) => [start, stop]))].sort((a, b) => a - b);
  let size = 0;
  let next = 0;
  let open: typeof sides = [];
  bounds.slice(0, -1).forEach((bound, i) => {
    open = open.filter(({ stop }) => stop > bound);
    for (let side = sides[next]; side?.start === bound; side = sides[++next]) open.push(side);
    const across = open.map(({ box }) => box);
    size += (at(bounds, i + 1) - bound) * unionSize(across, dim + 1);
  });
  return size;
}
