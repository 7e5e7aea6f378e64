/**
 * How many tasks a plan has at least, counted before there are any: a table of thousands of millions of tasks must be
 * refused in a moment, not when the memory is full.
 */
import { formatBytes } from "../data/bytes.js";
import { MemoryLimitError } from "../data/errors.js";
import { isEmpty, sizeOf, touchedBox } from "../data/region.js";
import type { Expr } from "../expr/expr.js";
import { bytesOf } from "../expr/meta.js";
import { operationOf } from "../expr/print.js";
import type { GroupPiece } from "./group.js";
import type { PlannedGroup } from "./planned-group.js";
import { isStored } from "./source.js";
import type { Leaf } from "./trace.js";

/** The bytes that a plan and its run keep for a task. */
const BYTES_PER_TASK = 128;
/** So many are always allowed. */
const FEW_TASKS = 2 ** 20;
/** Tasks have numbers of 31 bits. */
const MOST_TASKS = 2 ** 31 - 1;

/** The most tasks of a computation that may use this much memory. */
export function mostTasksIn(bytes: number): number {
  return Math.min(MOST_TASKS, Math.max(FEW_TASKS, Math.floor(bytes / BYTES_PER_TASK)));
}

/** The error for a computation of more tasks than can be. */
export function tooManyTasks(expr: Expr, tasks: number, most: number): MemoryLimitError {
  const blocks = sizeOf(expr.meta.chunks.map((sizes) => sizes.length));
  const each = formatBytes(bytesOf(expr.meta) / Math.max(1, blocks));
  return new MemoryLimitError(
    `${operationOf(expr)}: there are ${blocks} blocks of about ${each}, and the computation has at least ${tasks} ` +
      `tasks; expected at most ${most} with this memoryLimit; use larger chunks, such as chunks: "auto"`,
    { needed: tasks * BYTES_PER_TASK, limit: most * BYTES_PER_TASK },
  );
}

/** True where a piece reads every element of a leaf. */
function readsAll({ expr, view }: Leaf, { box }: GroupPiece): boolean {
  if (isEmpty(box) || view.some(({ dim, step }) => dim >= 0 && Math.abs(step) > 1)) return false;
  const touched = touchedBox(view, box);
  return expr.meta.shape.every((length, axis) => touched[axis]?.start === 0 && touched[axis]?.stop === length);
}

/** Refuses a plan that has too many tasks for certain. `whole` are expressions of which every block is needed. */
export function checkTasks(groups: readonly PlannedGroup[], whole: Iterable<Expr>, most: number): void {
  const needed = new Set(whole);
  let tasks = 0;
  for (const { group, grid } of groups.toReversed()) {
    const [{ expr }] = group.members;
    if (!group.members.some((member) => needed.has(member.expr))) continue;
    tasks += sizeOf(grid);
    if (tasks > most) throw tooManyTasks(expr, tasks, most);
    for (const piece of group.pieces) {
      for (const leaf of piece.leaves) if (isStored(leaf.expr) && readsAll(leaf, piece)) needed.add(leaf.expr);
    }
  }
}
