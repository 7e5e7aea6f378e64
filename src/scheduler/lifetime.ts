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
import { InternalError } from "../data/errors.js";
import { uint32At } from "../data/numbers.js";
import type { TaskTable } from "../graph/task.js";

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
    const task = uint32At(order, at);
    if (place[task] !== NOWHERE) throw broken(`task ${task} does not exist or is twice in the order`);
    place[task] = at;
    for (let i = reads.start(task); i < reads.stop(task); i++) {
      const chunk = reads.at(i);
      if ((made[chunk] ?? NOWHERE) === NOWHERE) throw broken(`task ${task} reads chunk ${chunk} before it is made`);
      last[chunk] = at;
    }
    for (let i = makes.start(task); i < makes.stop(task); i++) {
      const chunk = makes.at(i);
      if (made[chunk] !== NOWHERE)
        throw broken(`task ${task} makes chunk ${chunk}, which does not exist or is made already`);
      made[chunk] = at;
      last[chunk] = at;
    }
  }
  const missing = made.indexOf(NOWHERE);
  if (missing >= 0) throw broken(`no task makes chunk ${missing}`);
  return { place, made, last };
}

function broken(what: string): InternalError {
  return new InternalError(`internal error: the task table is broken: ${what}`);
}
