/**
 * The scheduler: what to do next, and nothing else. Events in, instructions out; no clock, no promise, no randomness,
 * so that the same events always give the same instructions and any fault can be replayed.
 *
 *     event ──▶ what it means for ──▶ the frontier ──▶ start what may ──▶ all settled?
 *               tasks and chunks      moves on         be started         finish
 *
 * | part | what it knows |
 * |---|---|
 * | {@link TaskStates} | which task is waiting, ready, running, done |
 * | {@link Uses} | who still needs a chunk |
 * | {@link Memory} | where the frontier is, and which task may start |
 * | {@link Workers} | who gets it |
 *
 * Ready tasks start in the order of the table, as long as a worker has a free slot and the memory admits the first of
 * them. It is always the *first* that must fit: letting a small task pass a large one would only fill the memory that
 * the large one waits for.
 *
 * Invariants: every started task is done once or lost with its worker; a chunk is made once, freed once, and between
 * the two its memory is in use; the budget is kept at every moment; `finish` or `fail` comes once and is the last word.
 */
import type { Adjacency } from "../data/adjacency.js";
import type { SerializedError } from "../data/errors.js";
import { addUint32, uint32At } from "../data/numbers.js";
import type { TaskTable } from "../graph/task.js";
import type { Event, Instruction } from "./events.js";
import { PlaceHeap } from "./heap.js";
import { type Lifetimes, lifetimes } from "./lifetime.js";
import { Memory } from "./memory.js";
import { State, type StateName, TaskStates } from "./state.js";
import { Uses } from "./uses.js";
import { Workers } from "./workers.js";

/** How a computation is to be run. */
export interface SchedulerOptions {
  /** The bytes that chunks and scratch may take at any one time. */
  readonly budget: number;
  /**
   * How many delivered chunks may be in the making or waiting for the caller, so that no worker runs far ahead of a
   * caller who works through the blocks one by one. Only the frontier's task may exceed it. Default: no limit.
   */
  readonly maxDelivered?: number;
  /** How often a task that was lost with its worker is tried again before the computation fails. Default: 1. */
  readonly retries?: number;
}

/** The state machine that runs one graph. */
export class Scheduler {
  readonly #table: TaskTable;
  readonly #lives: Lifetimes;
  readonly #readers: Adjacency;
  readonly #states: TaskStates;
  readonly #uses: Uses;
  readonly #memory: Memory;
  readonly #workers = new Workers();
  readonly #ready: PlaceHeap;
  readonly #maxDelivered: number;
  readonly #retries: number;
  /** Task → how many of its inputs are not made yet. */
  readonly #missing: Uint32Array;
  /** Task → how often it was lost; only tasks that were. */
  readonly #losses = new Map<number, number>();
  /** Delivered chunks that are in the making or wait for the caller. */
  #delivering = 0;
  #ended = false;

  /** Throws a MemoryLimitError if the budget is less than the graph needs one task after the other. */
  constructor(table: TaskTable, { budget, maxDelivered = Number.POSITIVE_INFINITY, retries = 1 }: SchedulerOptions) {
    const { tasks, reads, order } = table;
    this.#table = table;
    this.#lives = lifetimes(table);
    this.#memory = new Memory(table, this.#lives, budget);
    this.#readers = reads.inverse(table.chunks);
    this.#states = new TaskStates(tasks);
    this.#uses = new Uses(table, this.#lives, this.#readers);
    this.#ready = new PlaceHeap(tasks);
    this.#maxDelivered = maxDelivered;
    this.#retries = retries;
    this.#missing = new Uint32Array(tasks);
    for (const task of order) {
      const inputs = reads.count(task);
      this.#missing[task] = inputs;
      if (inputs === 0) this.#makeReady(task);
    }
  }

  /** Takes note of an event and says what is to be done now, in this order. After the end events are ignored. */
  handle(event: Event): Instruction[] {
    const out: Instruction[] = [];
    if (this.#ended) return out;
    switch (event.type) {
      case "workerJoined":
        this.#workers.join(event.worker, event.queueDepth);
        break;
      case "workerQueueResized":
        this.#workers.resize(event.worker, event.queueDepth);
        break;
      case "workerLost":
        this.#lose(event.worker, event.error, out);
        break;
      case "taskDone":
        if (this.#workers.answered(event.worker, event.task)) this.#done(event.task, out);
        break;
      case "taskFailed":
        if (this.#workers.answered(event.worker, event.task)) this.#fail(event.error, event.task, out);
        break;
      case "chunkTaken":
        this.#take(event.chunk, out);
        break;
      case "cancelled":
        this.#fail(event.reason, null, out);
        break;
    }
    if (!this.#ended) this.#proceed(out);
    return out;
  }

  /** The bytes in use: live chunks, and the scratch of tasks that were given to workers. */
  get used(): number {
    return this.#memory.used;
  }

  /** The most bytes that were in use at one time. */
  get peakUsed(): number {
    return this.#memory.peakUsed;
  }

  /** How many tasks are in each state. */
  get counts(): { readonly [name in StateName]: number } {
    return this.#states.counts;
  }

  #proceed(out: Instruction[]): void {
    const { tasks, order } = this.#table;
    const memory = this.#memory;
    while (memory.frontier < tasks && this.#isSettled(memory.frontier)) memory.settled();
    while (this.#ready.size > 0 && this.#workers.free(this.#depth) && this.#mayStart(this.#ready.first)) {
      const task = uint32At(order, this.#ready.pop());
      this.#states.move(task, State.running);
      memory.started(task);
      this.#delivering += this.#deliveredBy(task);
      out.push({ type: "run", task, worker: this.#workers.give(task) });
    }
    if (memory.frontier === tasks) {
      this.#ended = true;
      out.push({ type: "finish" });
    }
  }

  /**
   * How many tasks a worker may have: half of its share of those that are left, so that in the end none has a queue
   * while others have nothing to do (guided self-scheduling: Polychronopoulos and Kuck, 1987). Queued tasks count as
   * memory in use: where that is scarce, the queues of the workers that joined first must leave some for a worker that
   * joins later.
   */
  get #depth(): number {
    if (this.#memory.scarce) return 2;
    return Math.max(2, Math.ceil(this.#states.left / (2 * this.#workers.size)));
  }

  // At the frontier all readers of what is needed there last are done: only the caller can still keep it alive.
  #isSettled(place: number): boolean {
    return this.#states.is(uint32At(this.#table.order, place), State.done) && this.#uses.allTaken(place);
  }

  #mayStart(place: number): boolean {
    const task = uint32At(this.#table.order, place);
    const delivers = this.#deliveredBy(task);
    const ahead = place > this.#memory.frontier;
    if (ahead && delivers > 0 && this.#delivering + delivers > this.#maxDelivered) return false;
    return this.#memory.admits(task);
  }

  #makeReady(task: number): void {
    this.#states.move(task, State.ready);
    this.#ready.push(uint32At(this.#lives.place, task));
  }

  #done(task: number, out: Instruction[]): void {
    const { reads, makes, delivered } = this.#table;
    this.#states.move(task, State.done);
    this.#memory.stopped(task);
    for (let i = reads.start(task); i < reads.stop(task); i++) {
      const chunk = reads.at(i);
      this.#uses.read(chunk);
      if (this.#uses.over(chunk)) this.#free(chunk, out);
    }
    for (let i = makes.start(task); i < makes.stop(task); i++) {
      const chunk = makes.at(i);
      if (delivered[chunk] === 1) {
        this.#uses.offer(chunk);
        out.push({ type: "deliver", chunk });
      }
      if (this.#uses.over(chunk)) this.#free(chunk, out);
      this.#release(chunk);
    }
  }

  /** The chunk is made: a reader that misses nothing else is ready. */
  #release(chunk: number): void {
    const readers = this.#readers;
    for (let i = readers.start(chunk); i < readers.stop(chunk); i++) {
      const reader = readers.at(i);
      if (addUint32(this.#missing, reader, -1) === 0) this.#makeReady(reader);
    }
  }

  #take(chunk: number, out: Instruction[]): void {
    this.#uses.take(chunk);
    this.#delivering--;
    if (this.#uses.over(chunk)) this.#free(chunk, out);
  }

  #free(chunk: number, out: Instruction[]): void {
    this.#memory.freed(chunk);
    out.push({ type: "free", chunk });
  }

  #lose(worker: number, error: SerializedError, out: Instruction[]): void {
    const { makes } = this.#table;
    for (const task of this.#workers.leave(worker)) {
      // Which of its tasks it was running and which were queued is not known: each counts as lost.
      const losses = (this.#losses.get(task) ?? 0) + 1;
      this.#losses.set(task, losses);
      if (losses > this.#retries) {
        const times = losses === 1 ? "once" : `${losses} times`;
        const message = `task ${task} was lost ${times} because its worker died: ${error.message}`;
        this.#fail({ name: "WorkerError", message, fields: {}, cause: error }, task, out);
        return;
      }
      this.#memory.stopped(task);
      this.#delivering -= this.#deliveredBy(task);
      for (let i = makes.start(task); i < makes.stop(task); i++) this.#free(makes.at(i), out);
      this.#makeReady(task);
    }
  }

  #fail(error: SerializedError, task: number | null, out: Instruction[]): void {
    this.#ended = true;
    this.#states.cancelAll();
    out.push({ type: "fail", error, task });
  }

  #deliveredBy(task: number): number {
    const { makes, delivered } = this.#table;
    let count = 0;
    for (let i = makes.start(task); i < makes.stop(task); i++) if (delivered[makes.at(i)] === 1) count++;
    return count;
  }
}
