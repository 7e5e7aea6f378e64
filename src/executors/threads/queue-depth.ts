/**
 * How many tasks a worker should have at a time: enough that it does not wait for the main thread, nor wakes it for each of them, not so
 * many that another computation waits long behind them. Towards the end of a graph the scheduler gives fewer.
 */

/** One that runs and one queued behind it. */
const FEWEST = 2;
const MOST = 64;
/** What a queue should last, in milliseconds. */
const AHEAD = 8;
/** After so many tasks, or so many milliseconds of them, the number is looked at again. */
const SAMPLE = 32;
const LONGEST = 2 * AHEAD;

/** Watches how long tasks take. */
export class QueueDepth {
  #slots: number;
  #tasks = 0;
  #milliseconds = 0;

  /** Begins with a guess. */
  constructor(slots = FEWEST) {
    this.#slots = slots;
  }

  /** The number of tasks that a worker should have. */
  get slots(): number {
    return this.#slots;
  }

  /** Takes note of a task; true when the number has changed. */
  add(milliseconds: number): boolean {
    this.#milliseconds += milliseconds;
    if (++this.#tasks < SAMPLE && this.#milliseconds < LONGEST) return false;
    const wanted = Math.floor((AHEAD * this.#tasks) / Math.max(this.#milliseconds, 1e-3));
    [this.#tasks, this.#milliseconds] = [0, 0];
    const slots = Math.min(MOST, Math.max(FEWEST, wanted));
    // only when it matters: each change is told for every worker
    if (slots < 2 * this.#slots && 2 * slots > this.#slots) return false;
    this.#slots = slots;
    return true;
  }
}
