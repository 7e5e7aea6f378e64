/**
 * The interface of an executor: the thing that carries tasks out, on this thread, on worker threads, on a cluster.
 *
 * Invariant: every task given to {@link Session.run} is answered by exactly one `done` or `failed`, or its worker by one
 * `lost`, until {@link Session.end} is called; once that has resolved nothing of the session runs any more.
 */
import type { SerializedError } from "../data/errors.js";
import type { AddressedMemory, BlockMemory } from "../data/memory.js";
import type { Job, Task } from "../graph/task.js";

/** What a worker has measured while it did a task. */
export interface TaskFigures {
  /** Bytes read from files. */
  readonly bytesRead: number;
  /** Bytes written to files. */
  readonly bytesWritten: number;
  /** Time at work, in milliseconds. */
  readonly milliseconds: number;
}

/** An answer of an executor. */
export type Answer =
  /** A worker is there; it takes so many tasks at a time. */
  | { readonly type: "joined"; readonly worker: number; readonly slots: number }
  /** From now on it takes another number. */
  | { readonly type: "paced"; readonly worker: number; readonly slots: number }
  | { readonly type: "done"; readonly task: number; readonly worker: number; readonly figures: TaskFigures }
  | { readonly type: "failed"; readonly task: number; readonly worker: number; readonly error: SerializedError }
  | { readonly type: "lost"; readonly worker: number; readonly error: SerializedError };

/**
 * One computation's use of an executor.
 *
 * A lost worker is replaced: the replacement joins under a new number. When an executor has no hope for workers any more,
 * it lets a number without a worker join, so that the tasks come and are answered `failed` with the reason.
 */
export interface Session {
  /** Makes a shared buffer known under a number before tasks that use it are run. */
  share(buffer: number, memory: BlockMemory): void;
  /** Hands tasks to a worker that has joined, which does them in this order. Does nothing once `end` was called. */
  run(worker: number, tasks: readonly Task[]): void;
  /**
   * Ends the session: no answer is given from this call on. Tasks that were not answered are finished; with `abandon`,
   * those that wait are dropped and those that run stop at their next tile, and a worker that has not stopped soon after
   * (a user's endless loop) is ended and replaced. Workers forget the session's job, buffers and open files. Rejects
   * where closing them went wrong; a second call gives the same promise.
   */
  end(abandon: boolean): Promise<void>;
}

/** Carries tasks out. */
export interface Executor {
  /** `"inline"` or `"threads"`. */
  readonly name: string;
  /**
   * True where its workers are threads of this process. Only then may {@link Session.share} be given memory by its address
   * ({@link AddressedMemory}): an address means nothing to another process.
   */
  readonly sharesMemory: boolean;
  /** Starts a computation; answers may begin after this call has returned, never within it. */
  begin(job: Job, answer: (answer: Answer) => void): Session;
  /** Ends everything the executor started. */
  close(): Promise<void>;
}
