/**
 * Which workers have joined and which of them gets the next task: breadth before depth.
 *
 * A worker takes several tasks at a time so that it never waits for the next message: it runs one, the others are
 * queued. But a task queued behind another while some worker is idle is time lost. So the next task goes to a worker
 * with the fewest; workers are kept in one queue per number of tasks, and finding one costs the same for two workers as
 * for a thousand.
 *
 *     tasks at the worker     workers with a free slot
 *             0               w3 w1      ← the next task goes to w3, which moves one line down
 *             1               w0
 *             2               w2
 */
import { InternalError } from "../data/errors.js";

interface Worker {
  readonly id: number;
  queueDepth: number;
  /** What it was given and has not answered, oldest first. */
  readonly tasks: number[];
}

/** The workers and the tasks that each of them has. */
export class Workers {
  readonly #workers = new Map<number, Worker>();
  readonly #free: Set<Worker>[] = [];

  /** How many workers there are. */
  get size(): number {
    return this.#workers.size;
  }

  /** True if some worker has room in its queue, and fewer than `most` tasks. */
  free(most: number): boolean {
    return this.#free.some((line, tasks) => tasks < most && line.size > 0);
  }

  /** A worker joins. */
  join(id: number, queueDepth: number): void {
    if (this.#workers.has(id)) throw new InternalError(`internal error: worker ${id} has joined twice`);
    if (!(queueDepth >= 1)) throw new InternalError(`internal error: worker ${id} has a queue of ${queueDepth}`);
    const worker = { id, queueDepth, tasks: [] };
    this.#workers.set(id, worker);
    this.#enqueue(worker);
  }

  /** A worker takes another number of tasks from now on; it keeps those that it has. */
  resize(id: number, queueDepth: number): void {
    const worker = this.#workers.get(id);
    if (worker === undefined) return;
    if (!(queueDepth >= 1)) throw new InternalError(`internal error: worker ${id} has a queue of ${queueDepth}`);
    this.#dequeue(worker);
    worker.queueDepth = queueDepth;
    this.#enqueue(worker);
  }

  /** A worker is gone. Returns the tasks that it had, oldest first. */
  leave(id: number): readonly number[] {
    const worker = this.#workers.get(id);
    if (worker === undefined) return [];
    this.#workers.delete(id);
    this.#dequeue(worker);
    return worker.tasks;
  }

  /**
   * Gives the task to the worker with the fewest, of equals to the one longest in line; returns the worker's number.
   */
  give(task: number): number {
    for (const line of this.#free) {
      for (const worker of line) {
        this.#dequeue(worker);
        worker.tasks.push(task);
        this.#enqueue(worker);
        return worker.id;
      }
    }
    throw new InternalError(`internal error: no worker is free for task ${task}`);
  }

  /** The worker has answered the task. Returns false if the worker is gone, so that the answer is too late. */
  answered(id: number, task: number): boolean {
    const worker = this.#workers.get(id);
    if (worker === undefined) return false;
    const index = worker.tasks.indexOf(task);
    if (index < 0) throw new InternalError(`internal error: worker ${id} answers task ${task}, which it does not have`);
    this.#dequeue(worker);
    worker.tasks.splice(index, 1);
    this.#enqueue(worker);
    return true;
  }

  #enqueue(worker: Worker): void {
    const count = worker.tasks.length;
    while (this.#free.length <= count) this.#free.push(new Set());
    if (count < worker.queueDepth) this.#free[count]?.add(worker);
  }

  #dequeue(worker: Worker): void {
    this.#free[worker.tasks.length]?.delete(worker);
  }
}
