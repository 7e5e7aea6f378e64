/**
 * What the main thread and a worker say to each other. Plain data only; several sessions share a worker, so everything
 * but `ready` carries a session's number.
 *
 *     main → worker                          worker → main
 *                                            ready    once, when it can take messages
 *     begin    job and stop flag
 *     share    a shared buffer's number
 *     run      tasks, done in this order     answers          done or failed, one for each task, in that order
 *     end      forget the session            ended    its last message about the session
 *
 * Invariant: a worker hears `begin` and the `share`s that tasks need before their `run`, and `end` after all of them.
 * The stop flag is shared memory, because a worker in the middle of a task hears no messages.
 *
 * Answers to tasks that take no time go together; see worker.ts.
 */
import type { SerializedError } from "../../data/errors.js";
import type { BlockMemory } from "../../data/memory.js";
import type { Job } from "../../graph/task.js";
import type { TaskFigures } from "../executor.js";

/** What a worker is told when it starts. */
export interface WorkerData {
  /** The seat of its thread; see data/memory.ts. */
  readonly threadSlot: number;
}

/** A message to a worker. */
export type ToWorker =
  | { readonly type: "begin"; readonly session: number; readonly job: Job; readonly stop: Int32Array }
  | { readonly type: "share"; readonly session: number; readonly buffer: number; readonly memory: BlockMemory }
  /** Tasks as JSON: made and read in two thirds of the time that a structured clone takes. */
  | { readonly type: "run"; readonly session: number; readonly tasks: string }
  | { readonly type: "end"; readonly session: number; readonly abandon: boolean };

/** The end of a task. */
export type TaskAnswer =
  | { readonly type: "done"; readonly session: number; readonly task: number; readonly figures: TaskFigures }
  | { readonly type: "failed"; readonly session: number; readonly task: number; readonly error: SerializedError };

/** A message from a worker. */
export type FromWorker =
  | { readonly type: "ready" }
  | { readonly type: "answers"; readonly answers: readonly TaskAnswer[] }
  /** With an error when closing what the session had open went wrong. */
  | { readonly type: "ended"; readonly session: number; readonly error?: SerializedError };

/** What a worker may be told about a session. */
export interface SessionFacts {
  readonly number: number;
  readonly job: Job;
  /** Shared between threads: `[0]` is not 0 once the session is abandoned. */
  readonly stop: Int32Array;
  /** The buffers shared so far, in order. */
  readonly shared: readonly { readonly buffer: number; readonly memory: BlockMemory }[];
}
