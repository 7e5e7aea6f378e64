/**
 * The messages between the main thread and a worker: plain data. Several sessions share a worker, so every message but
 * `ready` and `collect` carries a session's number.
 *
 *     main → worker                          worker → main
 *                                            ready    once, when it can receive messages
 *     begin    job and stop flag
 *     share    a shared buffer's number
 *     run      tasks, in this order          answers  done or failed, one for each task, in that order
 *     end      forget the session            ended    its last message about the session
 *     collect  look for unused memory
 *
 * Invariant: a worker receives `begin` and the `share`s that tasks need before their `run`, and `end` after all of
 * them. The stop flag is shared memory, because a worker in the middle of a task receives no messages.
 *
 * Answers to short tasks are sent together; see worker.ts.
 */
import type { SerializedError } from "../../data/errors.js";
import type { BlockMemory } from "../../data/memory.js";
import type { Job } from "../../graph/task.js";
import type { TaskFigures } from "../executor.js";
import type { Preload } from "../user-module.js";

/** The data that a worker thread starts with. */
export interface WorkerData {
  /** The slot of its thread; see data/memory.ts. */
  readonly threadSlot: number;
  /** What it loads before a module of the user's. */
  readonly preloads: readonly Preload[];
}

/** A message to a worker. */
export type ToWorker =
  | { readonly type: "begin"; readonly session: number; readonly job: Job; readonly stop: Int32Array }
  | { readonly type: "share"; readonly session: number; readonly buffer: number; readonly memory: BlockMemory }
  /** Tasks as JSON, which takes two thirds of the time of a structured clone. */
  | { readonly type: "run"; readonly session: number; readonly tasks: string }
  | { readonly type: "end"; readonly session: number; readonly abandon: boolean }
  | { readonly type: "collect" };

/** The end of a task. */
export type TaskAnswer =
  | { readonly type: "done"; readonly session: number; readonly task: number; readonly figures: TaskFigures }
  | { readonly type: "failed"; readonly session: number; readonly task: number; readonly error: SerializedError };

/** A message from a worker. */
export type FromWorker =
  | { readonly type: "ready" }
  | { readonly type: "answers"; readonly answers: readonly TaskAnswer[] }
  /** With an error if closing the session's files failed. */
  | { readonly type: "ended"; readonly session: number; readonly error?: SerializedError };

/** What a worker must know about a session. */
export interface SessionFacts {
  readonly number: number;
  readonly job: Job;
  /** Shared between threads: `[0]` is not 0 once the session is abandoned. */
  readonly stop: Int32Array;
  /** The buffers shared so far, in order. */
  readonly shared: readonly { readonly buffer: number; readonly memory: BlockMemory }[];
}
