/**
 * How many tasks a worker should have at a time: enough that it does not wait for the main thread, not so many that one
 * worker still has a queue when the others have nothing left. So tasks that take no time are queued in numbers that do.
 */

/** One that runs and one queued behind it. */
const FEWEST = 2;
const MOST = 64;
/** What a queue should last, in milliseconds. */
const AHEAD = 2;
/** After so many tasks the number is looked at again. */
const SAMPLE = 32;

/** Watches how long tasks take. */
export class Pace {
  #slots = FEWEST;
  #tasks = 0;
  #milliseconds = 0;

  /** The number of tasks that a worker should have. */
  get slots(): number {
    return this.#slots;
  }

  /** Takes note of a task; true when the number has changed. */
  add(milliseconds: number): boolean {
    this.#milliseconds += milliseconds;
    if (++this.#tasks < SAMPLE) return false;
    const wanted = Math.floor((AHEAD * this.#tasks) / Math.max(this.#milliseconds, 1e-3));
    [this.#tasks, this.#milliseconds] = [0, 0];
    const slots = Math.min(MOST, Math.max(FEWEST, wanted));
    // only when it matters: each change is told for every worker
    if (slots < 2 * this.#slots && 2 * slots > this.#slots) return false;
    this.#slots = slots;
    return true;
  }
}
