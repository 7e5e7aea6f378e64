/**
 * Running a graph: the loop between the scheduler, which decides, and the executor, which does.
 *
 *     executor ── answers ──▶ events ──▶ Scheduler ──▶ instructions ──▶ memory, tasks, deliveries ──▶ executor
 *
 * Invariant: when the promise settles nothing of the computation runs any more, and no listener, file or memory is left.
 */
import {
  ChunkwiseError,
  ComputeError,
  deserializeError,
  type FailurePlace,
  type SerializedError,
  serializeError,
} from "../data/errors.js";
import { float64At } from "../data/numbers.js";
import type { Answer, Executor, Session, TaskFigures } from "../executors/executor.js";
import type { Graph } from "../graph/graph.js";
import type { ChunkLocation } from "../graph/materialization.js";
import type { Task } from "../graph/task.js";
import type { Event } from "../scheduler/events.js";
import { Scheduler } from "../scheduler/scheduler.js";
import { Arena } from "./arena.js";
import { type OnProgress, ProgressMeter } from "./meter.js";
import { userLine } from "./user-line.js";

/** A finished block in shared memory; valid until what the taker returned has settled. */
export interface Delivered {
  readonly chunk: number;
  readonly memory: SharedArrayBuffer;
  /** Byte address of the block, C-contiguous. */
  readonly offset: number;
}

/** How a graph is run. */
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
}

/** Runs a graph to its end; rejects with the first error, or with the signal's reason. */
export function run(graph: Graph, options: RunOptions): Promise<void> {
  return new Run(graph, options).result;
}

class Run {
  readonly result: Promise<void>;
  readonly #graph: Graph;
  readonly #options: RunOptions;
  readonly #scheduler: Scheduler;
  readonly #session: Session;
  readonly #arena: Arena;
  readonly #places = new Map<number, ChunkLocation>();
  readonly #meter: ProgressMeter;
  #nowhere: ChunkLocation | undefined;
  readonly #events: Event[] = [];
  /** Worker → the tasks that it is given at the end of this turn. */
  readonly #outbox = new Map<number, Task[]>();
  #settle: { resolve(): void; reject(error: unknown): void } | undefined;
  #handling = false;

  constructor(graph: Graph, options: RunOptions) {
    const { executor, signal, budget, maxDelivered, onProgress } = options;
    signal?.throwIfAborted();
    this.#graph = graph;
    this.#options = options;
    this.#scheduler = new Scheduler(graph.table, { budget, ...(maxDelivered === undefined ? {} : { maxDelivered }) });
    this.#meter = new ProgressMeter(graph.table.tasks, graph.amounts.bytesToRead, onProgress);
    this.result = new Promise<void>((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    graph.place.of = (chunk) => this.#place(chunk);
    this.#session = executor.begin(graph.job, (answer) => this.#answer(answer));
    for (const [number, memory] of graph.memories.entries()) this.#session.share(number, memory);
    this.#arena = new Arena(graph.memories.length, (number, buffer) =>
      this.#session.share(number, { bytes: buffer.byteLength, buffer }),
    );
    signal?.addEventListener("abort", this.#abort, { once: true });
  }

  readonly #abort = (): void =>
    this.#handle({ type: "cancelled", reason: serializeError(this.#options.signal?.reason) });

  #answer(answer: Answer): void {
    if (answer.type === "joined")
      this.#handle({ type: "workerJoined", worker: answer.worker, slots: answer.queueDepth });
    else if (answer.type === "queueDepth")
      this.#handle({ type: "workerPaced", worker: answer.worker, slots: answer.queueDepth });
    else if (answer.type === "lost") this.#handle({ type: "workerLost", worker: answer.worker, error: answer.error });
    else if (answer.type === "failed")
      this.#handle({ type: "taskFailed", task: answer.task, worker: answer.worker, error: answer.error });
    else {
      this.#count(answer.figures);
      this.#handle({ type: "taskDone", task: answer.task, worker: answer.worker });
    }
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
      if (instruction.type === "run") {
        this.#send(instruction.worker, this.#prepare(instruction.task));
      } else if (instruction.type === "free") this.#free(instruction.chunk);
      else if (instruction.type === "deliver") this.#deliver(instruction.chunk);
      else if (instruction.type === "finish") this.#end();
      else this.#end(this.#failure(instruction.error, instruction.task));
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
    const { makes, bytes } = this.#graph.table;
    makes.forEach(task, (chunk) => {
      const size = float64At(bytes, chunk);
      if (size > 0) this.#places.set(chunk, this.#arena.take(size));
    });
    return this.#graph.task(task);
  }

  #place(chunk: number): ChunkLocation {
    const place = this.#places.get(chunk);
    if (place !== undefined) return place;
    if (float64At(this.#graph.table.bytes, chunk) > 0)
      throw new ChunkwiseError(`internal error: chunk ${chunk} has no place`);
    // An empty block needs an address, although nothing is ever put there.
    this.#nowhere ??= this.#arena.take(0);
    return this.#nowhere;
  }

  #free(chunk: number): void {
    const place = this.#places.get(chunk);
    if (place === undefined) return;
    this.#places.delete(chunk);
    this.#arena.give(place, float64At(this.#graph.table.bytes, chunk));
  }

  #deliver(chunk: number): void {
    const place = this.#places.get(chunk);
    const taken = (): void => this.#handle({ type: "chunkTaken", chunk });
    // a block of no bytes has no place, but the caller still learns of it
    const memory = place === undefined ? new SharedArrayBuffer(0) : this.#arena.memory(place);
    const later = this.#options.deliver({ chunk, memory, offset: place?.offset ?? 0 });
    if (later === undefined) taken();
    else later.then(taken, (error: unknown) => this.#end(error));
  }

  #failure(plain: SerializedError, task: number | null): unknown {
    const { signal } = this.#options;
    if (task === null) return signal?.aborted ? signal.reason : deserializeError(plain);
    const [made] = this.#graph.makes(task);
    const { expr, block } = made!;
    const cause = deserializeError(plain);
    const madeAt = userLine(expr.trace.stack);
    const { path, offset } = cause as FailurePlace;
    const operation = expr.op.name.replace(/\.fold$/, ""); // a part of a composite: the user wrote the composite
    const where = `block [${block.join(", ")}]${madeAt === undefined ? "" : `, made at ${madeAt}`}`;
    // routines name themselves: they also run where no operation is
    const told = cause.message.startsWith(`${operation}: `) ? cause.message : `${operation}: ${cause.message}`;
    return new ComputeError(
      `${told} (${where})`,
      {
        operation,
        block,
        ...(madeAt === undefined ? {} : { madeAt }),
        ...(path === undefined ? {} : { path }),
        ...(offset === undefined ? {} : { offset }),
      },
      { cause },
    );
  }

  #end(...failed: [error?: unknown]): void {
    const settle = this.#settle;
    if (settle === undefined) return;
    this.#settle = undefined;
    this.#options.signal?.removeEventListener("abort", this.#abort);
    const error = failed.length > 0;
    this.#session
      .end(error)
      .then(
        () => {
          if (error) return; // a caller may still look at what was delivered
          this.#arena.close();
          this.#meter.finish(this.#scheduler.used, this.#scheduler.peakUsed);
        },
        (problem: unknown) => {
          if (!error) throw problem; // else what came first tells more
        },
      )
      .then(() => (error ? settle.reject(failed[0]) : settle.resolve()), settle.reject);
  }
}
