/**
 * Running: the loop between the scheduler, which decides, and the executor, which does.
 *
 *     executor ── answers ──▶ events ──▶ Scheduler ──▶ instructions ──▶ memory, tasks, deliveries ──▶ executor
 *
 * What runs is a {@link Runnable}: nothing here knows expressions or operations.
 *
 * Invariant: when the promise settles nothing of the computation runs any more, and no listener, file or memory is
 * left.
 */
import {
  ChunkwiseError,
  deserializeError,
  InternalError,
  type SerializedError,
  serializeError,
} from "../data/errors.js";
import { float64At } from "../data/numbers.js";
import type { Answer, Executor, Session, TaskFigures } from "../executors/executor.js";
import type { Runnable } from "../graph/runnable.js";
import type { ChunkLocation, Task } from "../graph/task.js";
import type { Event } from "../scheduler/events.js";
import { Scheduler } from "../scheduler/scheduler.js";
import { onAbort } from "./abort.js";
import { Arena } from "./arena.js";
import type { Attention } from "./attention.js";
import { taskError } from "./failure.js";
import { type OnProgress, ProgressMeter } from "./meter.js";

/** A finished block in shared memory; valid until what the taker returned has settled. */
export interface Delivered {
  readonly chunk: number;
  readonly memory: SharedArrayBuffer;
  /** Byte address of the block, C-contiguous. */
  readonly offset: number;
}

/** How a Runnable is run. */
export interface RunOptions {
  readonly executor: Executor;
  /** The bytes that chunks and tasks may take. */
  readonly budget: number;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: OnProgress | undefined;
  /** Takes a delivered block; its memory is used again when the promise has settled. */
  readonly deliver: (block: Delivered) => void | Promise<void>;
  /** The most delivered blocks that wait for the caller. */
  readonly maxDelivered?: number | undefined;
  /** Whether the caller waits for the next block. Default: always. */
  readonly attention?: Attention | undefined;
}

/** Runs all tasks; rejects with the first error, or with the signal's reason. */
export function run(runnable: Runnable, options: RunOptions): Promise<void> {
  return new Run(runnable, options).result;
}

/** What an executor's answer means to the scheduler. */
function eventOf(answer: Answer): Event {
  const { worker } = answer;
  switch (answer.type) {
    case "joined":
      return { type: "workerJoined", worker, queueDepth: answer.queueDepth };
    case "queueDepth":
      return { type: "workerQueueResized", worker, queueDepth: answer.queueDepth };
    case "lost":
      return { type: "workerLost", worker, error: answer.error };
    case "failed":
      return { type: "taskFailed", worker, task: answer.task, error: answer.error };
    case "done":
      return { type: "taskDone", worker, task: answer.task };
  }
}

class Run {
  readonly result: Promise<void>;
  readonly #runnable: Runnable;
  readonly #options: RunOptions;
  readonly #scheduler: Scheduler;
  readonly #session: Session;
  readonly #arena: Arena;
  readonly #locations = new Map<number, ChunkLocation>();
  readonly #meter: ProgressMeter;
  readonly #stopListening: () => void;
  #nowhere: ChunkLocation | undefined;
  readonly #events: Event[] = [];
  /** Worker → the tasks that it is given at the end of this turn. */
  readonly #outbox = new Map<number, Task[]>();
  #settle: { resolve(): void; reject(error: unknown): void } | undefined;
  #handling = false;

  constructor(runnable: Runnable, options: RunOptions) {
    const { executor, signal, budget, maxDelivered, onProgress, attention } = options;
    const { table, job, memories, bytesToRead } = runnable;
    signal?.throwIfAborted();
    this.#runnable = runnable;
    this.#options = options;
    this.#scheduler = new Scheduler(table, { budget, ...(maxDelivered === undefined ? {} : { maxDelivered }) });
    this.#meter = new ProgressMeter(table.tasks, bytesToRead, onProgress, (error) => this.#end(error));
    this.result = new Promise<void>((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    this.#session = executor.begin(job, (answer) => this.#answer(answer));
    for (const [number, memory] of memories.entries()) this.#session.share(number, memory);
    this.#arena = new Arena(memories.length, (number, buffer) =>
      this.#session.share(number, { bytes: buffer.byteLength, buffer }),
    );
    this.#stopListening = onAbort(signal, this.#abort);
    attention?.listen((waited) => this.#session.keepAlive?.(waited));
  }

  readonly #abort = (): void =>
    this.#handle({ type: "cancelled", reason: serializeError(this.#options.signal?.reason) });

  #answer(answer: Answer): void {
    if (answer.type === "done") this.#count(answer.figures);
    this.#handle(eventOf(answer));
  }

  /** What the caller's onProgress throws ends the run; an executor must never see it. */
  #count(figures: TaskFigures): void {
    try {
      this.#meter.add(figures, this.#scheduler.used, this.#scheduler.peakUsed);
    } catch (error) {
      this.#end(error);
    }
  }

  /** Events that come while one is handled (a caller taking a block at once) wait their turn. */
  #handle(event: Event): void {
    this.#events.push(event);
    if (this.#handling) return;
    this.#handling = true;
    try {
      for (let next = this.#events.shift(); next !== undefined; next = this.#events.shift()) this.#step(next);
    } catch (error) {
      this.#end(error);
    } finally {
      this.#handling = false;
    }
  }

  #step(event: Event): void {
    for (const instruction of this.#scheduler.handle(event)) {
      if (this.#settle === undefined) return;
      switch (instruction.type) {
        case "run":
          this.#send(instruction.worker, this.#prepare(instruction.task));
          break;
        case "free":
          this.#free(instruction.chunk);
          break;
        case "deliver":
          this.#deliver(instruction.chunk);
          break;
        case "finish":
          this.#end();
          break;
        case "fail":
          this.#end(this.#failure(instruction.error, instruction.task));
          break;
      }
    }
  }

  /** Tasks for a worker go together when the answers that they follow came together. */
  #send(worker: number, task: Task): void {
    if (this.#outbox.size === 0) queueMicrotask(this.#post);
    const batch = this.#outbox.get(worker);
    if (batch === undefined) this.#outbox.set(worker, [task]);
    else batch.push(task);
  }

  readonly #post = (): void => {
    const batches = [...this.#outbox];
    this.#outbox.clear();
    if (this.#settle === undefined) return;
    for (const [worker, tasks] of batches) this.#session.run(worker, tasks);
  };

  #prepare(task: number): Task {
    const { makes, bytes } = this.#runnable.table;
    for (let i = makes.start(task); i < makes.stop(task); i++) {
      const chunk = makes.at(i);
      const size = float64At(bytes, chunk);
      if (size > 0) this.#locations.set(chunk, this.#arena.take(size));
    }
    return this.#runnable.task(task, this.#locate);
  }

  readonly #locate = (chunk: number): ChunkLocation => {
    const location = this.#locations.get(chunk);
    if (location !== undefined) return location;
    if (float64At(this.#runnable.table.bytes, chunk) > 0)
      throw new InternalError(`internal error: chunk ${chunk} has no memory`);
    // An empty block needs an address, although nothing is ever put there.
    this.#nowhere ??= this.#arena.take(0);
    return this.#nowhere;
  };

  #free(chunk: number): void {
    const location = this.#locations.get(chunk);
    if (location === undefined) return;
    this.#locations.delete(chunk);
    this.#arena.give(location, float64At(this.#runnable.table.bytes, chunk));
  }

  #deliver(chunk: number): void {
    const location = this.#locations.get(chunk);
    const taken = (): void => this.#handle({ type: "chunkTaken", chunk });
    // a block of no bytes has no memory, but the caller still learns of it
    const memory = location === undefined ? new SharedArrayBuffer(0) : this.#arena.memory(location);
    const later = this.#options.deliver({ chunk, memory, offset: location?.offset ?? 0 });
    if (later === undefined) taken();
    else later.then(taken, (error: unknown) => this.#end(error));
  }

  #failure(serialized: SerializedError, task: number | null): unknown {
    const { signal } = this.#options;
    if (task === null) return signal?.aborted ? signal.reason : deserializeError(serialized);
    const cause = deserializeError(serialized);
    // what a user's function throws names no operation
    const message = cause instanceof ChunkwiseError ? cause.message : "";
    return taskError(this.#runnable.about(task, message), cause);
  }

  #end(...failed: [error?: unknown]): void {
    const settle = this.#settle;
    if (settle === undefined) return;
    this.#settle = undefined;
    this.#stopListening();
    const error = failed.length > 0;
    this.#session
      .end(error)
      .then(
        () => {
          if (error) return undefined; // a caller may still look at what was delivered
          this.#arena.close();
          return this.#meter.finish(this.#scheduler.used, this.#scheduler.peakUsed);
        },
        (problem: unknown) => {
          if (!error) throw problem; // else the first error says more
        },
      )
      .then(() => (error ? settle.reject(failed[0]) : settle.resolve()), settle.reject);
  }
}
