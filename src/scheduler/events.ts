/**
 * What happens and what is to be done about it: the only words between the scheduler and the world.
 *
 * Events go in, instructions come out; both are plain data. Progress, profile and dashboards read the same events.
 *
 *     run ──▶ taskDone ──▶ deliver ──▶ chunkTaken ──▶ free         a task, and a result that it makes
 *      ├────▶ taskFailed ──▶ fail
 *      └────▶ workerLost ──▶ free, run                             once more, by another worker
 *
 * Invariants. A task's answer comes once and from the worker that was given it, or that worker is lost. A `run`
 * takes the memory of the task's outputs, and each of them is given back by exactly one `free`. The last instruction of
 * all is one `finish` or one `fail`.
 */
import type { SerializedError } from "../data/errors.js";

/** Something that happened. */
export type Event =
  /** A worker has joined and takes up to `queueDepth` tasks at a time: one runs, the others wait at the worker. */
  | { readonly type: "workerJoined"; readonly worker: number; readonly queueDepth: number }
  /** The worker takes another number of tasks from now on. Too late when it is gone. */
  | { readonly type: "workerQueueResized"; readonly worker: number; readonly queueDepth: number }
  /** A worker has died; the tasks that it was given and has not answered are lost. Without workers nothing moves. */
  | { readonly type: "workerLost"; readonly worker: number; readonly error: SerializedError }
  /** The task's outputs are complete, and its worker will not touch them or its inputs again. */
  | { readonly type: "taskDone"; readonly task: number; readonly worker: number }
  /** The task has thrown: the computation fails. */
  | { readonly type: "taskFailed"; readonly task: number; readonly worker: number; readonly error: SerializedError }
  /** The caller has taken a delivered chunk and will not look at its memory again. */
  | { readonly type: "chunkTaken"; readonly chunk: number }
  /** The caller no longer wants the results. */
  | { readonly type: "cancelled"; readonly reason: SerializedError };

/** Something to be done, in the order in which it is said. */
export type Instruction =
  /** Take memory for the task's outputs and give the task to the worker, behind those that the worker already has. */
  | { readonly type: "run"; readonly task: number; readonly worker: number }
  /** The chunk's memory is free again: nobody needs it any more, or the worker that was to make it has died. */
  | { readonly type: "free"; readonly chunk: number }
  /** Give the chunk to the caller, who answers with `chunkTaken`. */
  | { readonly type: "deliver"; readonly chunk: number }
  /** All tasks are done and all delivered chunks taken. */
  | { readonly type: "finish" }
  /**
   * The computation has failed or was cancelled (`task` is null), and nothing more will be started. What still runs is
   * awaited or abandoned by the executor; memory that was not freed by now is the caller's to give back.
   */
  | { readonly type: "fail"; readonly error: SerializedError; readonly task: number | null };
