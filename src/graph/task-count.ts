/**
 * How large a plan is at least, counted before there are any tasks: a table of thousands of millions must be refused in
 * a moment, not when the memory is full.
 *
 *     ones([8192, 8192], { chunks: 1 }).sum()      one block wanted
 *       └ partial sums of 8192² blocks             the block touches all of the box, so all of them are needed
 *
 * Counting goes from the outputs down and knows of each node one box of which every block is needed. A box goes through
 * views as long as these leave no block out. Where they may (a step that is longer than a chunk) counting ends, and
 * tasks are counted as they are found.
 */
import { type Chunks, chunkAt, chunkInterval, countChunks } from "../data/chunks.js";
import { at, zip } from "../data/lists.js";
import { type Box, boxOf, intersect, isEmpty, sizeOf, touchedBox } from "../data/region.js";
import type { Expr } from "../expr/expr.js";
import type { BoxIndex } from "./box-index.js";
import type { ReadyPiece } from "./materialization.js";
import type { PlanSize } from "./plan-size.js";
import type { PlannedGroup } from "./planned-group.js";
import { isStored } from "./source.js";
import { touchBlock } from "./touch.js";
import type { Leaf } from "./trace.js";

/** The reads of fewer tasks are not estimated: counting them takes no time. */
const FEW_TASKS = 2 ** 10;
/** The number of tasks from which the reads of the others are estimated. */
const SAMPLES = 8;
/** Counting the blocks that a task reads ends here: these are too many in any case. */
const MANY_READS = 2 ** 20;

/** The blocks of a grid that a box meets, as an interval along each axis. */
function blocksIn(grid: Chunks, box: Box): Box {
  return zip(grid, box).map(([sizes, { start, stop }]) => ({
    start: chunkAt(sizes, start),
    stop: chunkAt(sizes, stop - 1) + 1,
  }));
}

const countOf = (blocks: Box): number => sizeOf(blocks.map(({ start, stop }) => stop - start));

/** The elements that a range of blocks covers. */
function boxOfBlocks(grid: Chunks, blocks: Box): Box {
  return zip(grid, blocks).map(([sizes, { start, stop }]) => ({
    start: chunkInterval(sizes, start).start,
    stop: chunkInterval(sizes, stop - 1).stop,
  }));
}

/** True where a view touches every block between the first and the last one: no step leaps over any. */
function leapsOverNone({ expr, view }: Leaf): boolean {
  return view.every(({ dim, step }, axis) => {
    const stride = Math.abs(step);
    return dim < 0 || stride <= 1 || at(expr.meta.chunks, axis).every((size) => size >= stride);
  });
}

/** What is needed for certain of each node. */
class Needs {
  readonly #boxes = new Map<Expr, Box>();

  /** The box of a node of which every block is needed; undefined: none is for certain. */
  of(expr: Expr): Box | undefined {
    return this.#boxes.get(expr);
  }

  /** Every block that the box meets is needed. Of several boxes the one that meets the most counts. */
  add(expr: Expr, box: Box): void {
    if (isEmpty(box)) return;
    const known = this.#boxes.get(expr);
    const { chunks } = expr.meta;
    if (known === undefined || countOf(blocksIn(chunks, known)) < countOf(blocksIn(chunks, box)))
      this.#boxes.set(expr, box);
  }

  /** Adds what pieces read over a box. */
  through(pieces: BoxIndex<ReadyPiece>, box: Box): void {
    for (const { item, common } of pieces.meeting(box)) {
      for (const leaf of item.leaves) {
        if (!isStored(leaf.expr) || !leapsOverNone(leaf)) continue;
        // a view of a part may say that it touches what does not exist
        this.add(leaf.expr, intersect(touchedBox(leaf.view, common), boxOf(leaf.expr.meta.shape)));
      }
    }
  }
}

/** Blocks of a group that are needed. */
interface Needed {
  readonly group: PlannedGroup;
  /** An interval along each axis of the group's grid. */
  readonly blocks: Box;
  /** How many they are. */
  readonly tasks: number;
}

/** The blocks of a group that are needed: those of the member that needs the most. */
function blocksNeeded({ members }: PlannedGroup, needs: Needs): Box | undefined {
  let most: Box | undefined;
  for (const { node } of members) {
    const box = needs.of(node.expr);
    if (box === undefined) continue;
    const blocks = blocksIn(node.expr.meta.chunks, box);
    if (most === undefined || countOf(blocks) > countOf(most)) most = blocks;
  }
  return most;
}

/** Adds what blocks of a group need in their turn. */
function addNeeds({ group: { ready, gathers, members }, blocks, tasks }: Needed, needs: Needs): void {
  const { expr, iteration } = members[0].node;
  if (iteration !== null) {
    needs.through(ready, boxOfBlocks(iteration, blocks));
    return;
  }
  // which part of its inputs a block of a routine or of a reshape needs is not known; all blocks need all
  if (tasks < countChunks(expr.meta.chunks)) return;
  const sources = gathers.length > 0 ? gathers : [ready];
  for (const [input, { meta }] of expr.inputs.slice(0, sources.length).entries()) {
    // but those of a part of a reshape
    const isPart = gathers.length === 0 && sizeOf(expr.meta.shape) < sizeOf(meta.shape);
    if (!isPart) needs.through(at(sources, input), boxOf(meta.shape));
  }
}

/** The number of different blocks that a task reads. */
function readsOf(group: PlannedGroup, block: readonly number[]): number {
  const found = new Map<Expr, Set<number>>();
  let count = 0;
  touchBlock(group, block, {
    block(expr, number) {
      if (count >= MANY_READS) return;
      const known = found.get(expr) ?? new Set();
      found.set(expr, known);
      if (known.size < known.add(number).size) count++;
    },
  });
  return count;
}

/** Adds what the tasks of a group read: as many blocks as a few of them, spread over all. */
function addReads({ group, blocks, tasks }: Needed, size: PlanSize): void {
  if (tasks < FEW_TASKS) return;
  const { expr } = group.members[0].node;
  for (let sample = 0; sample < SAMPLES; sample++) {
    // a place of its own along each axis
    const block = blocks.map(({ start, stop }, axis) => {
      const place = ((sample + axis) % SAMPLES) / (SAMPLES - 1);
      return start + Math.floor(place * (stop - start - 1));
    });
    size.add(expr, 0, Math.floor((tasks / SAMPLES) * readsOf(group, block)));
  }
}

/**
 * Counts tasks and what they read, from the outputs down. `whole` are expressions of which every block is needed.
 * Throws where `size` is passed.
 */
export function countTasks(groups: readonly PlannedGroup[], whole: Iterable<Expr>, size: PlanSize): void {
  const needs = new Needs();
  for (const expr of whole) needs.add(expr, boxOf(expr.meta.shape));
  const all: Needed[] = [];
  for (const group of groups.toReversed()) {
    const blocks = blocksNeeded(group, needs);
    if (blocks === undefined) continue;
    const needed = { group, blocks, tasks: countOf(blocks) };
    addNeeds(needed, needs);
    all.push(needed);
  }
  // where they are too many, the error names what the most of them make: it is nearest to what the user cut so fine
  const [first, ...others] = all;
  if (first === undefined) return;
  const largest = others.reduce((most, one) => (one.tasks > most.tasks ? one : most), first);
  const tasks = all.reduce((sum, one) => sum + one.tasks, 0);
  size.add(largest.group.members[0].node.expr, tasks, 0);
  for (const needed of all) addReads(needed, size);
}
