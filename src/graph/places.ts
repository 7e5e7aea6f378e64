/**
 * Places: where the blocks of leaves and outputs stand, so that a task's pieces become numbers.
 *
 * Leaves that consist of blocks (stored nodes, resident arrays) cut a piece where their blocks meet; files and counters do not.
 */
import { type Chunks, chunkAt, startsOf } from "../data/chunks.js";
import { type AxisView, type Box, reach, type View } from "../data/region.js";

/** Adds to `cuts[dim]` the points at which a view leaves one block of a grid for the next. */
function cutAxis(axis: AxisView, sizes: readonly number[], box: Box, cuts: number[][]): void {
  const { dim, start, step } = axis;
  if (sizes.length === 1 || dim < 0 || step === 0) return;
  const [low, high] = reach(axis, box);
  const bounds = startsOf(sizes);
  const last = chunkAt(sizes, high);
  for (let block = chunkAt(sizes, low) + 1; block <= last; block++) {
    // upwards: the first point at or above the bound; downwards: the first point below it
    const bound = bounds[block]!;
    cuts[dim]!.push(step > 0 ? Math.ceil((bound - start) / step) : Math.floor((bound - start) / step) + 1);
  }
}

/** The boxes into which a box falls so that each lies in a single block of every grid. */
export function cutBox(box: Box, leaves: readonly { readonly view: View; readonly grid: Chunks | null }[]): Box[] {
  const cuts: number[][] = box.map(() => []);
  for (const { view, grid } of leaves) {
    if (grid === null) continue;
    for (const [i, axis] of view.entries()) cutAxis(axis, grid[i]!, box, cuts);
  }
  let boxes: Box[] = [box];
  cuts.forEach((points, dim) => {
    if (points.length === 0) return;
    const bounds = [...new Set([box[dim]!.start, ...points, box[dim]!.stop])].sort((a, b) => a - b);
    boxes = boxes.flatMap((part) => bounds.slice(1).map((stop, i) => part.with(dim, { start: bounds[i]!, stop })));
  });
  return boxes;
}

/** Calls back with the number (in C order) of each block of a grid that a view touches over a box. */
export function forEachBlock(view: View, grid: Chunks, box: Box, found: (number: number) => void): void {
  let numbers = [0];
  for (let axis = 0; axis < view.length; axis++) {
    const sizes = grid[axis]!;
    if (sizes.length === 1) continue;
    const rule = view[axis]!;
    const [low, high] = reach(rule, box);
    const [first, last] = [chunkAt(sizes, low), chunkAt(sizes, high)];
    if (first === last) {
      for (let i = 0; i < numbers.length; i++) numbers[i] = numbers[i]! * sizes.length + first;
      continue;
    }
    const next: number[] = [];
    for (const number of numbers) {
      for (let block = first; block <= last; block++) {
        if (lands(rule, box, startsOf(sizes)[block]!, startsOf(sizes)[block + 1]!))
          next.push(number * sizes.length + block);
      }
    }
    numbers = next;
  }
  for (const number of numbers) found(number);
}

/** True when some point of the box has an index in [low, high): a long step may leap over a block. */
function lands({ dim, start, step }: AxisView, box: Box, low: number, high: number): boolean {
  if (Math.abs(step) <= 1 || dim < 0) return true;
  const [near, far] = step > 0 ? [low, high - 1] : [high - 1, low];
  const first = Math.max(box[dim]!.start, Math.ceil((near - start) / step));
  return first <= Math.min(box[dim]!.stop - 1, Math.floor((far - start) / step));
}
