/**
 * The interface of an executor, which performs tasks: on this thread, on worker threads, on a cluster.
 *
 * Invariant: every task given to {@link Session.run} is answered by exactly one `done` or `failed`, or its worker by
 * one `lost`, until {@link Session.end} is called; once that has resolved nothing of the session runs any more.
 */
import type { SerializedError } from "../data/errors.js";
import type { AddressedMemory, BlockMemory } from "../data/memory.js";
import type { Job, Task } from "../graph/task.js";

/** What a worker measures while it performs a task. */
export interface TaskFigures {
  /** Bytes read from files. */
  readonly bytesRead: number;
  /** Those of them that loops read in place, from a mapped file. */
  readonly bytesMapped: number;
  /** Bytes written to files. */
  readonly bytesWritten: number;
  /** The time that the task took, in milliseconds. */
  readonly milliseconds: number;
}

/** An answer of an executor. */
export type Answer =
  /** A worker has joined; it takes `queueDepth` tasks at a time, one of which it performs while the others wait. */
  | { readonly type: "joined"; readonly worker: number; readonly queueDepth: number }
  /** The worker takes another number of tasks from now on. */
  | { readonly type: "queueDepth"; readonly worker: number; readonly queueDepth: number }
  | { readonly type: "done"; readonly task: number; readonly worker: number; readonly figures: TaskFigures }
  | { readonly type: "failed"; readonly task: number; readonly worker: number; readonly error: SerializedError }
  | { readonly type: "lost"; readonly worker: number; readonly error: SerializedError };

/**
 * One computation's use of an executor.
 *
 * A lost worker is replaced, and its replacement joins under a new number. An executor that cannot start workers any
 * more announces a number without a worker: the tasks that it is then given are answered `failed` with the reason.
 */
export interface Session {
  /** Makes a shared buffer known under a number before tasks that use it are run. */
  share(buffer: number, memory: BlockMemory): void;
  /** Gives tasks to a worker that has joined, which performs them in this order. Does nothing once `end` was called. */
  run(worker: number, tasks: readonly Task[]): void;
  /** Whether the session keeps the process alive: true until this is called. Absent where nothing does. */
  keepAlive?(yes: boolean): void;
  /**
   * Ends the session: no answer is given from this call on. Tasks that were not answered are finished. With `abandon`,
   * tasks that wait are dropped, tasks that run stop at their next tile, and a worker that has not stopped soon after
   * (because of a user's endless loop) is ended and replaced. Workers forget the session's job, buffers and open files.
   * Rejects if closing the files failed; a second call returns the same promise.
   */
  end(abandon: boolean): Promise<void>;
}

/** Performs tasks. */
export interface Executor {
  /** `"inline"` or `"threads"`. */
  readonly name: string;
  /**
   * True if its workers are threads of this process. Only then may {@link Session.share} be given memory by its address
   * ({@link AddressedMemory}): an address means nothing in another process.
   */
  readonly sharesMemory: boolean;
  /** Starts a computation. Answers come after this call has returned, never within it. */
  begin(job: Job, answer: (answer: Answer) => void): Session;
  /** Ends everything the executor started. */
  close(): Promise<void>;
}
