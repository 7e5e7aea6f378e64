/**
 * Where a box crosses from one block of a leaf to the next.
 *
 * Every operand of a piece is one strided array, so a box is cut where blocks of a leaf meet: those of a stored node,
 * of a resident array, or the parts of an encoded one. Files and counters cut nothing.
 */
import { type Chunks, chunkAt, chunkInterval, startsOf } from "../data/chunks.js";
import { at } from "../data/lists.js";
import { type AxisView, type Box, type Interval, reach, restrict, sideOf, type View } from "../data/region.js";

/** Adds to `cuts[dim]` the points at which a view leaves one block of a grid for the next. */
function cutAxis(axis: AxisView, sizes: readonly number[], box: Box, cuts: number[][]): void {
  const { dim, start, step } = axis;
  if (sizes.length === 1 || dim < 0 || step === 0) return;
  const [low, high] = reach(axis, box);
  const bounds = startsOf(sizes);
  const last = chunkAt(sizes, high);
  for (let block = chunkAt(sizes, low) + 1; block <= last; block++) {
    // upwards: the first point at or above the bound; downwards: the first point below it
    const bound = at(bounds, block);
    at(cuts, dim).push(step > 0 ? Math.ceil((bound - start) / step) : Math.floor((bound - start) / step) + 1);
  }
}

/** The boxes into which a box falls so that each lies in a single block of every grid. */
export function cutBox(box: Box, leaves: readonly { readonly view: View; readonly grid: Chunks | null }[]): Box[] {
  if (leaves.every(({ grid }) => grid === null)) return [box];
  const cuts: number[][] = box.map(() => []);
  for (const { view, grid } of leaves) {
    if (grid === null) continue;
    for (const [i, axis] of view.entries()) cutAxis(axis, at(grid, i), box, cuts);
  }
  let boxes: Box[] = [box];
  cuts.forEach((points, dim) => {
    if (points.length === 0) return;
    const { start, stop } = sideOf(box, dim);
    const bounds = [...new Set([...points, stop])].filter((point) => point > start).sort((a, b) => a - b);
    const sides = bounds.map((end, i): Interval => ({ start: bounds[i - 1] ?? start, stop: end }));
    boxes = boxes.flatMap((part) => sides.map((side) => part.with(dim, side)));
  });
  return boxes;
}

/** Calls back with the number (in C order) of each block of a grid that a view touches over a box. */
export function forEachBlock(view: View, grid: Chunks, box: Box, found: (number: number) => void): void {
  let numbers = [0];
  for (const [axis, rule] of view.entries()) {
    const sizes = at(grid, axis);
    if (sizes.length === 1) continue;
    const [low, high] = reach(rule, box);
    const [first, last] = [chunkAt(sizes, low), chunkAt(sizes, high)];
    if (first === last) {
      numbers = numbers.map((number) => number * sizes.length + first);
      continue;
    }
    const next: number[] = [];
    for (const number of numbers) {
      for (let block = first; block <= last; block++) {
        if (lands(rule, box, chunkInterval(sizes, block))) next.push(number * sizes.length + block);
      }
    }
    numbers = next;
  }
  for (const number of numbers) found(number);
}

/** True when some point of the box has an index in the chunk: a long step may leap over it. */
function lands(axis: AxisView, box: Box, { start, stop }: Interval): boolean {
  return Math.abs(axis.step) <= 1 || restrict(box, axis, start, stop) !== null;
}
