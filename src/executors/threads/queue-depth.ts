/**
 * How many tasks a worker should have at a time. With too few it waits for the main thread, or wakes it for each task;
 * with too many another computation waits long behind them. Towards the end of a graph the scheduler gives fewer.
 */

/** One task that runs and one that waits behind it. */
const FEWEST_TASKS = 2;
const MOST_TASKS = 64;
/** How long a queue should last, in milliseconds. */
const QUEUE_MS = 8;
/** The depth is computed anew after this many tasks, or this many milliseconds of tasks. */
const SAMPLE_TASKS = 32;
const SAMPLE_MS = 2 * QUEUE_MS;

/** Watches how long tasks take. */
export class QueueDepth {
  #tasks: number;
  #sampledTasks = 0;
  #sampledMs = 0;

  /** Begins with a guess. */
  constructor(tasks = FEWEST_TASKS) {
    this.#tasks = tasks;
  }

  /** The number of tasks that a worker should have. */
  get tasks(): number {
    return this.#tasks;
  }

  /** Takes note of a task; true if the number has changed. */
  add(milliseconds: number): boolean {
    this.#sampledMs += milliseconds;
    if (++this.#sampledTasks < SAMPLE_TASKS && this.#sampledMs < SAMPLE_MS) return false;
    const wanted = Math.floor((QUEUE_MS * this.#sampledTasks) / Math.max(this.#sampledMs, 1e-3));
    [this.#sampledTasks, this.#sampledMs] = [0, 0];
    const tasks = Math.min(MOST_TASKS, Math.max(FEWEST_TASKS, wanted));
    // small changes do not matter, and each change is an answer for every worker
    if (tasks < 2 * this.#tasks && 2 * tasks > this.#tasks) return false;
    this.#tasks = tasks;
    return true;
  }
}
