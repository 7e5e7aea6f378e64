/**
 * The order in which one worker would run the tasks.
 *
 * **Problem.** A chunk costs memory from the moment it is made until its last reader is done. The same graph can need a
 * handful of chunks or all of them, depending on nothing but the order. Summing eight blocks pairwise, how many chunks
 * live while each task runs:
 *
 *              o
 *          ╱       ╲
 *         m         n           level by level     a b c d e f g h i j k l m n o
 *        ╱ ╲       ╱ ╲                             1 2 3 4 5 6 7 8 9 8 7 6 5 4 3     all blocks wait
 *       i   j     k   l
 *      ╱╲   ╱╲   ╱╲   ╱╲        depth first        a b i c d j m e f k g h l n o     one chunk a level,
 *      a b c d   e f g h                           1 2 3 2 3 4 3 2 3 4 3 4 5 4 3     however long the file
 *
 * **Policy.** Depth first, from the outputs in the order in which they are wanted; a task comes right after the last of
 * its inputs (post-order), and inputs are visited in the order in which the task names them. So a task starts only what
 * its consumer is waiting for, blocks of a file are read front to back, and the order is the same on every run. It is
 * also the order of priority of the parallel run (see scheduler/memory.ts), which runs ahead of it but never against
 * it.
 *
 * Visiting the costlier input first would save a chunk here and there (Sethi and Ullman's numbering); it would also
 * read files out of order and move tasks about for a small change of the expression. It is not done.
 *
 * **Cost.** O(tasks + reads). No recursion: a chain of a million tasks is as deep as it is long.
 */
import type { Adjacency } from "../data/adjacency.js";
import { InternalError } from "../data/errors.js";
import { addUint32, uint32At } from "../data/numbers.js";

/** What {@link orderTasks} needs to know about a graph. */
export interface OrderInput {
  readonly tasks: number;
  /** Task → the chunks it reads, in the order in which they should be made. */
  readonly reads: Adjacency;
  /** Chunk → the task that makes it. */
  readonly producer: Uint32Array;
  /** The tasks that make the results, in the order in which the results are wanted. */
  readonly roots: Iterable<number>;
}

const NEW = 0;
const OPEN = 1;
const PLACED = 2;

/** The tasks that the roots need, depth first, inputs before their readers. Tasks that no root needs are left out. */
export function orderTasks({ tasks, reads, producer, roots }: OrderInput): Uint32Array {
  const order = new Uint32Array(tasks);
  let placed = 0;
  const mark = new Uint8Array(tasks);
  // The path from a root down to the task at hand, and for each task how many of its reads were visited.
  const path = new Uint32Array(tasks);
  const visited = new Uint32Array(tasks);
  let depth = 0;

  const enter = (task: number) => {
    mark[task] = OPEN;
    path[depth++] = task;
  };

  for (const root of roots) {
    if (mark[root] === NEW) enter(root);
    while (depth > 0) {
      const task = uint32At(path, depth - 1);
      const position = uint32At(visited, task);
      if (position === reads.count(task)) {
        mark[task] = PLACED;
        order[placed++] = task;
        depth--;
        continue;
      }
      addUint32(visited, task, 1);
      const input = uint32At(producer, reads.item(task, position));
      if (mark[input] === NEW) enter(input);
      else if (mark[input] === OPEN) throw new InternalError(`internal error: task ${input} needs its own result`);
    }
  }
  return placed === tasks ? order : order.slice(0, placed);
}
