/**
 * One worker thread, seen from the main thread: its state, its tasks, and what it knows of each session.
 *
 *     state      ready   given   emptied   terminated   exited
 *     starting   idle                      ending       dead
 *     idle               busy              ending       dead
 *     busy               busy    idle      ending       dead
 *     ending                                            dead
 *     dead
 *
 * Invariant: `#tasks` holds the tasks that were given and not answered, in the order in which the worker performs them,
 * so the first one is running. Tasks given to a worker that is ending are answered by its death.
 */
import { SHARE_ENV, Worker, type WorkerOptions } from "node:worker_threads";
import { deserializeError, serializeError, WorkerError } from "../../data/errors.js";
import type { Task } from "../../graph/task.js";
import { movedFile } from "../../storage/own-files.js";
import type { Answer } from "../executor.js";
import { programLoader } from "./program-loader.js";
import type { FromWorker, SessionFacts, TaskAnswer, ToWorker, WorkerData } from "./protocol.js";
import { releaseThreadSlot, takeThreadSlot } from "./thread-slots.js";

/** The state of a worker. */
export type WorkerState = "starting" | "idle" | "busy" | "ending" | "dead";

type Happening = "ready" | "given" | "emptied" | "terminated" | "exited";

const next: Readonly<Record<WorkerState, Readonly<Partial<Record<Happening, WorkerState>>>>> = {
  starting: { ready: "idle", terminated: "ending", exited: "dead" },
  idle: { given: "busy", terminated: "ending", exited: "dead" },
  busy: { given: "busy", emptied: "idle", terminated: "ending", exited: "dead" },
  ending: { exited: "dead" },
  dead: {},
};

/** The owner of a worker, which is notified of what happens to it. */
export interface WorkerOwner {
  ready(worker: PoolWorker): void;
  answered(session: number, answer: Answer): void;
  /** Its thread has ended: it was terminated (`asked`) or died. */
  died(worker: PoolWorker, error: WorkerError, asked: boolean): void;
}

interface Given {
  readonly session: number;
  readonly task: number;
}

interface Waiting {
  readonly session: number;
  readonly abandon: boolean;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** A worker thread of a pool. */
export class PoolWorker {
  readonly number: number;
  readonly #owner: WorkerOwner;
  readonly #threadSlot: number;
  readonly #thread: Worker;
  readonly #tasks: Given[] = [];
  /** Session → how many of its shared buffers the worker knows. */
  readonly #known = new Map<number, number>();
  readonly #waiting = new Set<Waiting>();
  #state: WorkerState = "starting";
  #reason: WorkerError | undefined;
  #uncaught: { readonly error: unknown } | undefined;
  #joined = false;

  constructor(number: number, owner: WorkerOwner) {
    this.number = number;
    this.#owner = owner;
    this.#threadSlot = takeThreadSlot();
    const moved = movedFile("worker.js", import.meta.url);
    const { flags, preloads } = programLoader();
    const options: WorkerOptions = {
      name: `chunkwise ${number}`,
      // not all flags of the program: an --import or --require is its own, and loaded only where it may be needed
      execArgv: [...flags],
      workerData: { threadSlot: this.#threadSlot, preloads } satisfies WorkerData,
      env: SHARE_ENV,
    };
    // bundlers that know of workers look for this very form
    this.#thread =
      moved === null ? new Worker(new URL("./worker.js", import.meta.url), options) : new Worker(moved, options);
    this.#thread.on("message", (message: FromWorker) => this.#hear(message));
    this.#thread.on("messageerror", (error) => void this.terminate(new WorkerError(this.#ended(error.message))));
    this.#thread.on("error", (error: unknown) => (this.#uncaught = { error }));
    this.#thread.on("exit", (code) => this.#exited(code));
  }

  get state(): WorkerState {
    return this.#state;
  }

  /** True while it can be given tasks. */
  get up(): boolean {
    return this.#state === "idle" || this.#state === "busy";
  }

  /** True once sessions know that it has joined, so that they must learn of its end. */
  get joined(): boolean {
    return this.#joined;
  }

  /** Whether the thread keeps the process alive. A thread that is ending always does: somebody waits for its end. */
  keepAlive(yes: boolean): void {
    if (yes || this.#state === "ending") this.#thread.ref();
    else this.#thread.unref();
  }

  /** Gives it tasks, and before them what it does not know about their session yet. */
  run(session: SessionFacts, tasks: readonly Task[]): void {
    if (!this.up || tasks.length === 0) return;
    const { number, job, stop, shared } = session;
    if (!this.#known.has(number)) {
      this.#post({ type: "begin", session: number, job, stop });
      this.#known.set(number, 0);
    }
    for (const { buffer, memory } of shared.slice(this.#known.get(number))) {
      this.#post({ type: "share", session: number, buffer, memory });
    }
    this.#known.set(number, shared.length);
    this.#post({ type: "run", session: number, tasks: JSON.stringify(tasks) });
    for (const { id } of tasks) this.#tasks.push({ session: number, task: id });
    this.#go("given");
  }

  /** Lets it look for unused memory when its turn comes. */
  collect(): void {
    if (this.up) this.#post({ type: "collect" });
  }

  /** Makes it forget a session; resolves when no task of the session runs or waits here. */
  release(session: number, abandon: boolean): Promise<void> {
    if (!this.#known.has(session)) return Promise.resolve();
    if (this.up) this.#post({ type: "end", session, abandon });
    return new Promise((resolve, reject) => {
      this.#waiting.add({ session, abandon, resolve, reject });
      this.#settle();
    });
  }

  /**
   * Whether the end of a session must wait for this worker. It need not wait if the worker runs a task of another
   * session: abandoned tasks behind that one are skipped when their turn comes.
   */
  holds(session: number, abandon: boolean): boolean {
    if (!this.#known.has(session)) return false;
    const first = this.#tasks[0];
    return first === undefined || first.session === session || (!abandon && this.#has(session));
  }

  /** Ends the thread, whatever it is doing; resolves when the thread has ended. */
  async terminate(reason: WorkerError): Promise<void> {
    this.#reason ??= reason;
    this.#go("terminated");
    await this.#thread.terminate();
  }

  #has(session: number): boolean {
    return this.#tasks.some((task) => task.session === session);
  }

  #post(message: ToWorker): void {
    this.#thread.postMessage(message);
  }

  #go(happening: Happening): void {
    this.#state = next[this.#state][happening] ?? this.#state;
  }

  #hear(message: FromWorker): void {
    switch (message.type) {
      case "ready":
        this.#go("ready");
        // It may become ready while it is being terminated.
        this.#joined = this.up;
        if (this.#joined) this.#owner.ready(this);
        break;
      case "ended":
        this.#forget(message.session, message.error === undefined ? undefined : deserializeError(message.error));
        break;
      default:
        for (const answer of message.answers) this.#answered(answer);
    }
  }

  #answered({ session, ...answer }: TaskAnswer): void {
    const isIt = (given: Given): boolean => given.session === session && given.task === answer.task;
    this.#tasks.splice(this.#tasks.findIndex(isIt), 1);
    if (this.#tasks.length === 0) this.#go("emptied");
    this.#settle();
    this.#owner.answered(session, { ...answer, worker: this.number });
  }

  #forget(session: number, error: Error | undefined): void {
    this.#known.delete(session);
    // the worker has dropped the tasks of the session that waited, and answers none of them
    const left = this.#tasks.filter((task) => task.session !== session);
    if (left.length < this.#tasks.length) {
      this.#tasks.splice(0, this.#tasks.length, ...left);
      if (left.length === 0) this.#go("emptied");
    }
    for (const waiting of this.#waiting) if (error !== undefined && waiting.session === session) waiting.reject(error);
    this.#settle();
  }

  /** Resolves the promises of those who wait for something that is over. */
  #settle(): void {
    for (const waiting of this.#waiting) {
      if (this.holds(waiting.session, waiting.abandon)) continue;
      this.#waiting.delete(waiting);
      waiting.resolve();
    }
  }

  #exited(code: number): void {
    this.#go("exited");
    releaseThreadSlot(this.#threadSlot);
    this.#tasks.length = 0;
    this.#known.clear();
    this.#settle();
    this.#owner.died(this, this.#reason ?? this.#death(code), this.#reason !== undefined);
  }

  #death(code: number): WorkerError {
    if (this.#uncaught === undefined) {
      return new WorkerError(this.#ended(`exit code ${code}, as after process.exit(${code}) in a user's function`));
    }
    const { error } = this.#uncaught;
    const { name, message, fields } = serializeError(error);
    const full = fields.code === "ERR_WORKER_OUT_OF_MEMORY";
    const why = full ? "its JavaScript heap is full" : `uncaught ${name}: ${message}`;
    return new WorkerError(this.#ended(why), { cause: error });
  }

  #ended(why: string): string {
    return `worker ${this.number} ended: ${why}`;
  }
}
