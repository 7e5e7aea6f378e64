/**
 * The threads executor: a pool of worker threads, shared by all computations of a program.
 *
 *     begin ─▶ workers start, all at once ─▶ ready ─▶ `joined` to every session ─▶ run, done, run, done, …
 *                        ▲                                       │ dies: `lost` to every session
 *                        └────────── while a session is active ──┘ after too many deaths in a row: sessions are refused
 *
 * Invariant: a worker number means one thread and is never used again; a session learns that a worker has `joined`
 * before it learns that the worker is `lost`. The pool keeps the process alive exactly while somebody waits for a
 * session that is open.
 */
import { ClosedError, serializeError, WorkerError } from "../../data/errors.js";
import type { Job } from "../../graph/task.js";
import type { Answer, Executor, Session } from "../executor.js";
import { PoolWorker, type WorkerOwner } from "./pool-worker.js";
import { type Pool, ThreadsSession } from "./session.js";

/** A tile takes about a millisecond; only a user's function may take longer. */
const STOP_MS = 500;

/** The pool gives up when this many workers have died without a task done in between. */
const MOST_DEATHS = 3;

/** Options of a pool. */
export interface ThreadsOptions {
  /** The number of threads. */
  readonly workers: number;
  /** How long a task of an abandoned computation may go on before its worker is ended, in milliseconds. */
  readonly stopMs?: number;
}

/** Performs tasks on worker threads, which start with the first computation and stay for the next ones. */
export class ThreadsExecutor implements Executor {
  readonly name = "threads";
  readonly sharesMemory = true;
  readonly #size: number;
  readonly #workers = new Map<number, PoolWorker>();
  readonly #sessions = new Map<number, ThreadsSession>();
  /** The sessions that somebody waits for. */
  readonly #attended = new Set<ThreadsSession>();
  readonly #pool: Pool & WorkerOwner;
  #workerNumber = 0;
  #sessionNumber = 0;
  #deaths = 0;

  constructor({ workers, stopMs = STOP_MS }: ThreadsOptions) {
    this.#size = workers;
    this.#pool = {
      workers: this.#workers,
      stopMs,
      ended: (session) => this.#ended(session),
      attended: (session, yes) => this.#attend(session, yes),
      ready: ({ number }) => this.#announce(({ queueDepth }) => ({ type: "joined", worker: number, queueDepth })),
      answered: (session, answer) => this.#answered(session, answer),
      died: (worker, error, asked) => this.#died(worker, error, asked),
    };
  }

  begin(job: Job, answer: (answer: Answer) => void): Session {
    const session = new ThreadsSession(this.#sessionNumber++, job, answer, this.#pool);
    this.#sessions.set(session.number, session);
    this.#attend(session, true);
    this.#fill();
    queueMicrotask(() => {
      for (const { up, number } of [...this.#workers.values()]) {
        if (up) session.give({ type: "joined", worker: number, queueDepth: session.queueDepth });
      }
    });
    return session;
  }

  /** Lets all workers look for unused memory: what they have seen of it is free only when none of them knows it. */
  collect(): void {
    for (const worker of this.#workers.values()) worker.collect();
  }

  /** Ends all workers; open computations fail. A later computation starts workers anew. */
  async close(): Promise<void> {
    this.#refuse(new ClosedError("the executor was closed during the computation"));
    const reason = new WorkerError("the worker was ended: the executor was closed");
    await Promise.all([...this.#workers.values()].map((worker) => worker.terminate(reason)));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Starts the workers that are missing; continues with fewer if the system allows no more. */
  #fill(): void {
    const living = [...this.#workers.values()].filter((worker) => worker.state !== "ending").length;
    try {
      for (let missing = this.#size - living; missing > 0; missing--) {
        const worker = new PoolWorker(this.#workerNumber++, this.#pool);
        this.#workers.set(worker.number, worker);
        if (this.#attended.size === 0) worker.keepAlive(false);
      }
    } catch (cause) {
      if (this.#workers.size > 0) return;
      this.#refuse(
        cause instanceof WorkerError ? cause : new WorkerError("no worker thread can be started", { cause }),
      );
    }
  }

  #attend(session: ThreadsSession, yes: boolean): void {
    const before = this.#attended.size > 0;
    if (yes) this.#attended.add(session);
    else this.#attended.delete(session);
    const now = this.#attended.size > 0;
    if (now !== before) for (const worker of this.#workers.values()) worker.keepAlive(now);
  }

  #announce(answer: (session: ThreadsSession) => Answer): void {
    for (const session of [...this.#sessions.values()]) session.give(answer(session));
  }

  #answered(session: number, answer: Answer): void {
    if (answer.type === "done") this.#deaths = 0;
    this.#sessions.get(session)?.give(answer);
  }

  #ended(session: ThreadsSession): void {
    this.#sessions.delete(session.number);
    this.#attend(session, false);
  }

  #died(worker: PoolWorker, error: WorkerError, asked: boolean): void {
    this.#workers.delete(worker.number);
    if (!asked) this.#deaths++;
    if (this.#deaths >= MOST_DEATHS) {
      this.#deaths = 0;
      const story = `${MOST_DEATHS} workers in a row ended before a task was done; the last one: ${error.message}`;
      this.#refuse(new WorkerError(story, { cause: error }));
    } else if ([...this.#sessions.values()].some((session) => session.active)) this.#fill();
    if (worker.joined) this.#announce(() => ({ type: "lost", worker: worker.number, error: serializeError(error) }));
  }

  /** Informs all open sessions that no worker will perform their tasks. */
  #refuse(error: Error): void {
    for (const session of this.#sessions.values()) session.refuse(error, this.#workerNumber++);
  }
}
