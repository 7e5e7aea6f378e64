/**
 * One computation's use of the pool: what its workers must know, and how it ends.
 *
 *     open ── refuse() ──▶ refused: tasks are answered `failed`, since no worker is left
 *       └─────── end() ──────┴──▶ ended: no answer is given any more
 *
 * Invariant: every answer goes through {@link ThreadsSession.give}, never within a call of the session's own methods.
 */
import { type SerializedError, serializeError, WorkerError } from "../../data/errors.js";
import type { BlockMemory } from "../../data/memory.js";
import type { Job, Task } from "../../graph/task.js";
import type { Answer, Session } from "../executor.js";
import type { PoolWorker } from "./pool-worker.js";
import type { SessionFacts } from "./protocol.js";
import { QueueDepth } from "./queue-depth.js";

/** The queue depth before any task was done: loops over blocks take about a millisecond. Routines may take any time. */
const FIRST_DEPTH = 8;

/** What a session needs of its pool. */
export interface Pool {
  readonly workers: ReadonlyMap<number, PoolWorker>;
  /** How long an abandoned task may take to reach its next tile, in milliseconds, before its worker is terminated. */
  readonly stopMs: number;
  /** Called when a session has ended. */
  ended(session: ThreadsSession): void;
  /** Called when somebody waits for a session, or nobody any more. */
  attended(session: ThreadsSession, yes: boolean): void;
}

/** A computation on a pool of workers. */
export class ThreadsSession implements Session, SessionFacts {
  readonly number: number;
  readonly job: Job;
  readonly stop = new Int32Array(new SharedArrayBuffer(4));
  readonly shared: { readonly buffer: number; readonly memory: BlockMemory }[] = [];
  readonly #pool: Pool;
  readonly #answer: (answer: Answer) => void;
  readonly #queueDepth: QueueDepth;
  #refusal: Error | undefined;
  #end: Promise<void> | undefined;

  constructor(number: number, job: Job, answer: (answer: Answer) => void, pool: Pool) {
    this.number = number;
    this.job = job;
    this.#answer = answer;
    this.#pool = pool;
    this.#queueDepth = new QueueDepth(job.routines.length > 0 ? undefined : FIRST_DEPTH);
  }

  /** True while workers are worth starting for it. */
  get active(): boolean {
    return this.#end === undefined && this.#refusal === undefined;
  }

  /** How many tasks a worker should have. */
  get queueDepth(): number {
    return this.#queueDepth.tasks;
  }

  /** Gives an answer to the caller, unless the session was ended. */
  give(answer: Answer): void {
    if (this.#end !== undefined) return;
    this.#answer(answer);
    if (answer.type !== "done" || !this.#queueDepth.add(answer.figures.milliseconds)) return;
    for (const { up, number } of [...this.#pool.workers.values()]) {
      if (up) this.give({ type: "queueDepth", worker: number, queueDepth: this.queueDepth });
    }
  }

  /**
   * Gives up on workers. The caller is given the number of a worker that does not exist, so that the tasks come here
   * and fail with the reason.
   */
  refuse(error: Error, worker: number): void {
    if (!this.active) return;
    this.#refusal = error;
    queueMicrotask(() => this.give({ type: "joined", worker, queueDepth: 1 }));
  }

  keepAlive(yes: boolean): void {
    if (this.#end === undefined) this.#pool.attended(this, yes);
  }

  share(buffer: number, memory: BlockMemory): void {
    this.shared.push({ buffer, memory });
  }

  run(number: number, tasks: readonly Task[]): void {
    if (this.#end !== undefined) return;
    try {
      if (this.#refusal !== undefined) throw this.#refusal;
      const worker = this.#pool.workers.get(number);
      if (worker === undefined) throw new WorkerError(`worker ${number} is gone`);
      // Throws where something in the job or in a task is not plain data.
      worker.run(this, tasks);
    } catch (error) {
      this.#fail(number, tasks, serializeError(error));
    }
  }

  end(abandon: boolean): Promise<void> {
    this.#end ??= this.#finish(abandon);
    return this.#end;
  }

  #fail(worker: number, tasks: readonly Task[], error: SerializedError): void {
    queueMicrotask(() => {
      for (const { id } of tasks) this.give({ type: "failed", task: id, worker, error });
    });
  }

  async #finish(abandon: boolean): Promise<void> {
    this.#pool.attended(this, true);
    if (abandon) Atomics.store(this.stop, 0, 1);
    const workers = [...this.#pool.workers.values()];
    const terminate = (): void => {
      const reason = new WorkerError("the worker was ended: a task of an abandoned computation did not stop");
      for (const worker of workers) if (worker.holds(this.number, abandon)) void worker.terminate(reason);
    };
    // In the turn after the timer: if this thread was busy, answers that have arrived meanwhile are handled first.
    const deadline = abandon ? setTimeout(() => setImmediate(terminate), this.#pool.stopMs) : undefined;
    const released = await Promise.allSettled(workers.map((worker) => worker.release(this.number, abandon)));
    clearTimeout(deadline);
    this.#pool.ended(this);
    for (const result of released) if (result.status === "rejected") throw result.reason;
  }
}
