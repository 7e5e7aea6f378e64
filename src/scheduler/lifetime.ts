/**
 * When chunks live, if one worker runs the tasks one after the other: the plan that the parallel run is measured by.
 *
 *     place in the order     0    1    2    3    4
 *     task                   a    b    ab   c    abc
 *     chunk of a             ├─────────┤
 *     chunk of b                  ├────┤                 ├ made     ┤ last
 *     chunk of ab                      ├─────────┤
 *
 * A **place** is a task's position in `table.order`. A chunk is made at one place and needed for the last time at
 * another (its last reader's, or its own if nobody reads it).
 *
 * Invariant, checked here once so that nothing else needs to: the order holds every task once, every chunk is made by
 * one task, and nothing is read before it is made.
 */
import { ChunkwiseError } from "../data/errors.js";
import type { Adjacency, TaskTable } from "../graph/task.js";

/** The lives of all chunks in the sequential run. */
export interface Lifetimes {
  /** Task → its place in the order. */
  readonly place: Uint32Array;
  /** Chunk → the place of the task that makes it. */
  readonly made: Uint32Array;
  /** Chunk → the place where it is needed for the last time. */
  readonly last: Uint32Array;
}

const NOWHERE = 0xffff_ffff;

/** Computes when chunks live; throws where the table contradicts itself. */
export function lifetimes(table: TaskTable): Lifetimes {
  const { tasks, chunks, reads, makes, order } = table;
  const place = new Uint32Array(tasks).fill(NOWHERE);
  const made = new Uint32Array(chunks).fill(NOWHERE);
  const last = new Uint32Array(chunks);
  if (order.length !== tasks) throw broken(`there are ${tasks} tasks, and ${order.length} in the order`);
  for (let at = 0; at < tasks; at++) {
    const task = order[at]!;
    if (place[task] !== NOWHERE) throw broken(`task ${task} is no task or twice in the order`);
    place[task] = at;
    for (let i = reads.start[task]!; i < reads.start[task + 1]!; i++) {
      const chunk = reads.items[i]!;
      if ((made[chunk] ?? NOWHERE) === NOWHERE) throw broken(`task ${task} reads chunk ${chunk} before it is made`);
      last[chunk] = at;
    }
    for (let i = makes.start[task]!; i < makes.start[task + 1]!; i++) {
      const chunk = makes.items[i]!;
      if (made[chunk] !== NOWHERE) throw broken(`task ${task} makes chunk ${chunk}, which is no chunk or made already`);
      made[chunk] = at;
      last[chunk] = at;
    }
  }
  const missing = made.indexOf(NOWHERE);
  if (missing >= 0) throw broken(`no task makes chunk ${missing}`);
  return { place, made, last };
}

/** Chunk → the tasks that read it: the table's `reads` the other way round. */
export function readersOf({ tasks, chunks, reads }: TaskTable): Adjacency {
  const start = new Uint32Array(chunks + 1);
  for (const chunk of reads.items) start[chunk + 1]!++;
  for (let chunk = 0; chunk < chunks; chunk++) start[chunk + 1]! += start[chunk]!;
  const items = new Uint32Array(reads.items.length);
  const next = start.slice();
  for (let task = 0; task < tasks; task++) {
    for (let i = reads.start[task]!; i < reads.start[task + 1]!; i++) {
      const chunk = reads.items[i]!;
      items[next[chunk]!++] = task;
    }
  }
  return { start, items };
}

function broken(what: string): ChunkwiseError {
  return new ChunkwiseError(`internal error: the task table is broken: ${what}`);
}
