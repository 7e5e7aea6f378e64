/**
 * What can be run: a table to steer by, and the plain data of each task when its time has come.
 *
 * The loop between scheduler and executor (run/run.ts) knows nothing else of what it runs. A graph of array expressions
 * is one implementation. A Runnable is a value: it can be run any number of times, and running changes nothing of it.
 */
import type { BlockMemory } from "../data/memory.js";
import type { ChunkLocation, Job, Task, TaskTable } from "./task.js";

/** Says where the memory of a chunk is. */
export type Locate = (chunk: number) => ChunkLocation;

/** Which part of the user's program a task belongs to; this is what error messages name. */
export interface TaskOrigin {
  /** The operation, by the name that the user knows. */
  readonly operation: string;
  /** The index of the block that the task makes. */
  readonly block: readonly number[];
  /** `file:line:column` of the user's call, if known. */
  readonly madeAt?: string;
}

/** Tasks that can be run; see the head of this file. */
export interface Runnable {
  readonly table: TaskTable;
  readonly job: Job;
  /** Memory that exists before the run, by the number of the buffer. The buffers of chunks are numbered after these. */
  readonly memories: readonly BlockMemory[];
  /** The bytes of files that all tasks read. */
  readonly bytesToRead: number;
  /** The plain data of a task. `locate` must know the chunks that it reads and makes. */
  task(id: number, locate: Locate): Task;
  /** What to name when the task fails; of several operations the one that the message of the failure names first. */
  about(task: number, message?: string): TaskOrigin;
}

/** The same tasks with another job: other places of its files, say. */
export function withJob(runnable: Runnable, job: Job): Runnable {
  const { table, memories, bytesToRead } = runnable;
  return {
    table,
    job,
    memories,
    bytesToRead,
    task: (id, locate) => runnable.task(id, locate),
    about: (task, message) => runnable.about(task, message),
  };
}
