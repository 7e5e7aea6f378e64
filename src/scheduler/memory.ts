/**
 * Memory: the least that a graph needs, and which task may run ahead without ever needing more than there is.
 *
 * **Problem.** Workers that start whatever is ready fill the memory with half-finished results; then every task that
 * would free some needs room for its own output first, and nothing moves. Waiting for room "when there is none" does
 * not help: by then it is too late. The room to finish must be set aside before anything runs ahead.
 *
 * **Rule.** Run one after the other in `table.order`, the tasks need `peak` bytes ({@link sequentialPeak}). Peak ≤
 * budget is checked before anything runs. The **frontier** is the first task in the order that is not *settled*: done,
 * with every chunk that the order needs no longer (`last` at this place) freed. So a task whose result still waits for
 * the caller holds the frontier. Tasks behind the frontier are settled; a task beyond it is **ahead**.
 *
 *     order     ■ ■ ■ ■ ■ ■ ▣ ▤ □ ▤ ▦ □ □ □ …           ■ settled    ▤ done, ahead      □ not started
 *                           ↑   ahead →                ▣ frontier   ▦ running, ahead
 *               ╰── ≤ peak ─╯ ╰ ≤ budget − peak
 *
 *     the frontier's task      may always start
 *     a task ahead             may start if   peak + ahead + need(task) ≤ budget
 *
 * A task **holds** the bytes of its outputs that are live (from its start) and, while it runs, of its scratch; `need`
 * is what it holds at its start; `ahead` is the sum of what the tasks ahead hold.
 *
 * **Never over the budget.** Bytes in use = what tasks up to the frontier hold + ahead.
 *   1. Let F be the frontier. A live chunk made before F is needed at F's place or later, else it would be freed: all
 *      tasks before F are settled. So the sequential run holds that same chunk when it comes to F, and besides it F's
 *      outputs and scratch. Hence the tasks up to F hold ≤ what the sequential run holds at F ≤ peak. Slow callers
 *      change nothing: a chunk that is not taken is either needed later in the sequential run as well, or it holds the
 *      frontier at its place.
 *   2. `ahead` grows only by the start of a task ahead, which the rule keeps at ≤ budget − peak. All else lets it
 *      shrink: a task ends or is lost with its worker, a chunk is freed, the frontier comes to a task (which then
 *      belongs to 1).
 *   Together: ≤ peak + (budget − peak).
 *
 * **Never stuck.** Suppose that nothing runs and nothing waits for the caller, there is a worker, and not all is
 * settled. Then the frontier's task is not done: all earlier tasks are, so if it were, all readers of the chunks that
 * it needs last would be done and it would be settled. All its inputs are made and live, it is the first of the ready
 * tasks, every slot is free, and the rule lets it start. So something runs: a contradiction. Each start at the frontier
 * brings it forward for good, for done tasks stay done.
 *
 * The caller's part is to take every delivered chunk in the end: at once, or in the order of the results if none of
 * them is an input of an earlier one. (Then a chunk that holds the frontier is always the next that the caller wants:
 * what comes before it in that order also comes before it in the order of tasks.)
 */
import { formatBytes } from "../data/bytes.js";
import { MemoryLimitError } from "../data/errors.js";
import { float64At, uint32At } from "../data/numbers.js";
import type { TaskTable } from "../graph/task.js";
import { type Lifetimes, lifetimes } from "./lifetime.js";

/** The least memory in which a graph can run in its order. */
export interface SequentialPeak {
  /** Bytes. */
  readonly peak: number;
  /** The first task that needs that much; −1 for a graph without tasks. */
  readonly atTask: number;
}

/** The bytes needed to run the tasks one after the other in `table.order`, when the caller takes results at once. */
export function sequentialPeak(table: TaskTable, { last }: Pick<Lifetimes, "last"> = lifetimes(table)): SequentialPeak {
  const { reads, makes, bytes, scratch, order } = table;
  let peak = 0;
  let atTask = order[0] ?? -1;
  let live = 0;
  for (let at = 0; at < order.length; at++) {
    const task = uint32At(order, at);
    for (let i = makes.start(task); i < makes.stop(task); i++) live += float64At(bytes, makes.at(i));
    const needed = live + float64At(scratch, task);
    if (needed > peak) {
      peak = needed;
      atTask = task;
    }
    for (const lists of [makes, reads]) {
      for (let i = lists.start(task); i < lists.stop(task); i++) {
        const chunk = lists.at(i);
        if (last[chunk] === at) live -= float64At(bytes, chunk);
      }
    }
  }
  return { peak, atTask };
}

/** The error that says how much memory a graph needs at least, and how much it may use. */
export function memoryLimitError(needed: number, limit: number): MemoryLimitError {
  const exact = (bytes: number): string => `${formatBytes(bytes)} (${bytes} bytes)`;
  return new MemoryLimitError(
    `the computation needs at least ${exact(needed)} of memory at one time and may use ${exact(limit)}`,
    { needed, limit },
  );
}

/** Who holds which bytes, where the frontier is, and which task may start: the rule at the head of this file. */
export class Memory {
  readonly #table: TaskTable;
  readonly #lives: Lifetimes;
  readonly #budget: number;
  readonly #peak: number;
  /** Place → the bytes that its task holds now. */
  readonly #held: Float64Array;
  #frontier = 0;
  #ahead = 0;
  #used = 0;
  #peakUsed = 0;

  /** Throws a {@link MemoryLimitError} if the tasks do not fit even one after the other. */
  constructor(table: TaskTable, lives: Lifetimes, budget: number) {
    const { peak } = sequentialPeak(table, lives);
    if (!(peak <= budget)) throw memoryLimitError(peak, budget);
    this.#table = table;
    this.#lives = lives;
    this.#budget = budget;
    this.#peak = peak;
    this.#held = new Float64Array(table.tasks);
  }

  /** The place of the first task in the order that is not settled. */
  get frontier(): number {
    return this.#frontier;
  }

  /** The bytes of all live chunks and of the scratch of running tasks. */
  get used(): number {
    return this.#used;
  }

  /** The most that {@link used} has been. */
  get peakUsed(): number {
    return this.#peakUsed;
  }

  /** True where tasks ahead may take less than half of the budget from now on. */
  get scarce(): boolean {
    return this.#peak + this.#ahead > this.#budget / 2;
  }

  /** True if the task may start now. */
  admits(task: number): boolean {
    return this.#lives.place[task] === this.#frontier || this.#peak + this.#ahead + this.#need(task) <= this.#budget;
  }

  /** The task starts: it holds its outputs and its scratch. */
  started(task: number): void {
    this.#change(uint32At(this.#lives.place, task), this.#need(task));
    this.#peakUsed = Math.max(this.#peakUsed, this.#used);
  }

  /** The task runs no longer: its scratch is free. */
  stopped(task: number): void {
    this.#change(uint32At(this.#lives.place, task), -float64At(this.#table.scratch, task));
  }

  /** The chunk's memory is free. */
  freed(chunk: number): void {
    this.#change(uint32At(this.#lives.made, chunk), -float64At(this.#table.bytes, chunk));
  }

  /** The frontier's task is settled: the frontier moves on by one, and what its new task holds is no longer ahead. */
  settled(): void {
    this.#frontier++;
    if (this.#frontier < this.#held.length) this.#ahead -= float64At(this.#held, this.#frontier);
  }

  #change(place: number, bytes: number): void {
    this.#held[place] = float64At(this.#held, place) + bytes;
    this.#used += bytes;
    if (place > this.#frontier) this.#ahead += bytes;
  }

  #need(task: number): number {
    const { makes, bytes, scratch } = this.#table;
    let need = float64At(scratch, task);
    for (let i = makes.start(task); i < makes.stop(task); i++) need += float64At(bytes, makes.at(i));
    return need;
  }
}
