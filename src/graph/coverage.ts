/**
 * Coverage: how many different elements of a file a computation reads, so that what it reads twice can be told.
 *
 * Invariant: stretches that overlap are counted once if they have one step along each axis; those of different steps
 * (every element, and every fourth) are counted apart.
 */
import { type Box, type Interval, reach, type View } from "../data/region.js";

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

/** The points that lie in at least one of the boxes, seen from dimension `dim` on: a sweep along each dimension in turn. */
function unionSize(boxes: readonly Box[], dim: number): number {
  if (boxes.length === 0) return 0;
  if (dim === boxes[0]!.length) return 1;
  const starts = boxes.toSorted((a, b) => a[dim]!.start - b[dim]!.start);
  const bounds = [...new Set(boxes.flatMap((box) => [box[dim]!.start, box[dim]!.stop]))].sort((a, b) => a - b);
  let size = 0;
  let next = 0;
  let open: Box[] = [];
  bounds.forEach((bound, i) => {
    open = open.filter((box) => box[dim]!.stop > bound);
    while (next < starts.length && starts[next]![dim]!.start === bound) open.push(starts[next++]!);
    if (open.length > 0) size += (bounds[i + 1]! - bound) * unionSize(open, dim + 1);
  });
  return size;
}
