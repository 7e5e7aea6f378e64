/**
 * Indices along one axis as a virtual dataset selects them: runs, each of which is blocks of neighbours at regular
 * distances. The indices of a list of runs rise from the first to the last; an index has a position among them.
 *
 *     { start: 2, stride: 5, count: 3, block: 2 }     2 3  7 8  12 13
 *     positions                                       0 1  2 3   4  5
 */
import { InternalError } from "../../data/errors.js";
import type { Interval } from "../../data/region.js";

/** A run. The count or the block is infinite where it has no end; blocks that touch are one. */
export interface Run {
  readonly start: number;
  readonly stride: number;
  readonly count: number;
  readonly block: number;
}

/** The run of all indices of an axis. */
export const wholeRun = (length: number): Run => ({ start: 0, stride: 1, count: length, block: 1 });

/** True where a run has no gaps. */
const isDense = ({ stride, count, block }: Run): boolean => block >= stride || count === 1;

/** The number of indices of runs. */
export function lengthOf(runs: readonly Run[]): number {
  return runs.reduce((sum, { count, block }) => sum + count * block, 0);
}

/** How many indices of runs are below one. */
export function countBelow(runs: readonly Run[], index: number): number {
  return runs.reduce((sum, run) => {
    const { start, stride, count, block } = run;
    const before = Math.max(0, index - start);
    if (isDense(run)) return sum + Math.min(before, count * block);
    const whole = Math.floor(before / stride);
    return sum + Math.min(whole * block + Math.min(block, before - whole * stride), count * block);
  }, 0);
}

/** The index after the last of runs, of which each has an end. */
export function stopOf(runs: readonly Run[]): number {
  const last = runs.at(-1);
  if (last === undefined) return 0;
  return isDense(last)
    ? last.start + last.count * last.block
    : last.start + (last.count - 1) * last.stride + last.block;
}

/** The first indices of a run, as many as are wanted. */
export function firstOfRun(run: Run, wanted: number): Run[] {
  const { start, stride, block } = run;
  if (isDense(run)) return [{ start, stride: 1, count: wanted, block: 1 }];
  const whole = Math.floor(wanted / block);
  const rest = wanted - whole * block;
  return [
    { start, stride, count: whole, block },
    { start: start + whole * stride, stride: 1, count: rest, block: 1 },
  ].filter(({ count }) => count > 0);
}

/** Some of the indices of runs, by their positions. */
export function slicePositions(runs: readonly Run[], { start, stop }: Interval): Run[] {
  const found: Run[] = [];
  for (let position = start; position < stop; ) {
    const { index, step, left } = stretchAt(runs, position);
    const count = Math.min(left, stop - position);
    found.push({ start: index, stride: step, count, block: 1 });
    position += count;
  }
  return found;
}

/** Indices at one distance from each other: the first of them, the distance, and how many there are. */
interface Stretch {
  readonly index: number;
  readonly step: number;
  readonly left: number;
}

function stretchAt(runs: readonly Run[], position: number): Stretch {
  let rest = position;
  for (const run of runs) {
    const { start, stride, count, block } = run;
    const length = count * block;
    if (rest >= length) {
      rest -= length;
      continue;
    }
    if (isDense(run)) return { index: start + rest, step: 1, left: length - rest };
    if (block === 1) return { index: start + rest * stride, step: stride, left: length - rest };
    const inside = rest % block;
    return { index: start + ((rest - inside) / block) * stride + inside, step: 1, left: block - inside };
  }
  throw new InternalError(`internal error: runs have ${lengthOf(runs)} indices, and none at position ${position}`);
}

/** Indices of two axes that belong together, at one distance from each other on each. */
export interface Piece {
  readonly count: number;
  readonly target: number;
  readonly targetStep: number;
  readonly origin: number;
  readonly originStep: number;
}

/** Cuts two lists of runs of one length into pieces, as far as the indices of the first are in an interval. */
export function piecesIn(target: readonly Run[], origin: readonly Run[], { start, stop }: Interval): Piece[] {
  const found: Piece[] = [];
  const last = countBelow(target, stop);
  for (let position = countBelow(target, start); position < last; ) {
    const [to, from] = [stretchAt(target, position), stretchAt(origin, position)];
    const count = Math.min(to.left, from.left, last - position);
    found.push({ count, target: to.index, targetStep: to.step, origin: from.index, originStep: from.step });
    position += count;
  }
  return found;
}
