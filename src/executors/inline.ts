/**
 * Performing tasks on this thread: an executor of its own for small computations, and the inside of every pool worker.
 *
 *     run() → queue (all sessions, in order of arrival) → one loop: perform, answer, perform, answer, …
 *
 * On a thread that also runs a program the event loop needs its turns, but a turn for each task would cost more than a
 * small task. So the loop gives up the thread only after it has held it for some milliseconds.
 *
 * Invariant: tasks begin one after the other in the order in which they were given, whatever their session. Answers are
 * given by the loop, never within run().
 */
import { setImmediate as turn } from "node:timers/promises";
import { ClosedError, serializeError } from "../data/errors.js";
import { at } from "../data/lists.js";
import type { BlockMemory } from "../data/memory.js";
import type { Job, Task } from "../graph/task.js";
import type { Answer, Executor, Session, TaskFigures } from "./executor.js";
import { Performer } from "./performer.js";

/** How long the loop may hold the thread, in milliseconds. */
const LONGEST_HOLD_MS = 10;

/** The only worker. Its queue depth is 1: a task that waited behind another one could not start earlier. */
const worker = 0;

interface Batch {
  readonly session: InlineSession;
  readonly tasks: readonly Task[];
  next: number;
}

/** Performs tasks on this thread, one after the other. A task that never returns cannot be ended. */
export class InlineExecutor implements Executor {
  readonly name = "inline";
  readonly sharesMemory = true;
  readonly #threadSlot: number;
  readonly #queue: Batch[] = [];
  #looping = false;
  /** How long loops have held the thread since the last turn, in milliseconds. */
  #heldMs = 0;

  /** `threadSlot` is this thread's; all executors of a thread share it. */
  constructor(threadSlot = 0) {
    this.#threadSlot = threadSlot;
  }

  /** Starts a computation. Another thread can end it at its next tile by setting `stop`. */
  begin(
    job: Job,
    answer: (answer: Answer) => void,
    stop: Int32Array = new Int32Array(new SharedArrayBuffer(4)),
  ): Session {
    return new InlineSession(job, answer, stop, this.#threadSlot, (batch) => this.#add(batch));
  }

  async close(): Promise<void> {
    // It owns nothing: files and buffers belong to sessions, which close them.
  }

  #add(batch: Batch): void {
    this.#queue.push(batch);
    if (this.#looping) return;
    this.#looping = true;
    queueMicrotask(() => void this.#loop());
  }

  async #loop(): Promise<void> {
    let start = performance.now() - this.#heldMs;
    for (let batch = this.#queue[0]; batch !== undefined; batch = this.#queue[0]) {
      if (performance.now() - start > LONGEST_HOLD_MS) {
        await turn();
        start = performance.now();
      }
      const task = at(batch.tasks, batch.next++);
      if (batch.next === batch.tasks.length) this.#queue.shift();
      const answer = batch.session.perform(task);
      batch.session.give(answer instanceof Promise ? await answer : answer);
    }
    this.#heldMs = performance.now() - start;
    this.#looping = false;
  }
}

class InlineSession implements Session {
  readonly #job: Job;
  readonly #answer: (answer: Answer) => void;
  readonly #stop: Int32Array;
  readonly #threadSlot: number;
  readonly #add: (batch: Batch) => void;
  readonly #shared: (readonly [buffer: number, memory: BlockMemory])[] = [];
  #performer: Performer | undefined;
  #unanswered = 0;
  #end: Promise<void> | undefined;
  #answeredAll: () => void = () => {};

  constructor(
    job: Job,
    answer: (answer: Answer) => void,
    stop: Int32Array,
    threadSlot: number,
    add: (batch: Batch) => void,
  ) {
    this.#job = job;
    this.#answer = answer;
    this.#stop = stop;
    this.#threadSlot = threadSlot;
    this.#add = add;
    queueMicrotask(() => {
      if (this.#end === undefined) answer({ type: "joined", worker, queueDepth: 1 });
    });
  }

  share(buffer: number, memory: BlockMemory): void {
    this.#shared.push([buffer, memory]);
  }

  run(_worker: number, tasks: readonly Task[]): void {
    if (tasks.length === 0) return;
    this.#unanswered += tasks.length;
    this.#add({ session: this, tasks, next: 0 });
  }

  end(abandon: boolean): Promise<void> {
    this.#end ??= this.#finish(abandon);
    return this.#end;
  }

  async #finish(abandon: boolean): Promise<void> {
    if (abandon) Atomics.store(this.#stop, 0, 1);
    if (this.#unanswered > 0) await new Promise<void>((resolve) => (this.#answeredAll = resolve));
    await this.#performer?.close();
  }

  /** Performs a task, or refuses it once the session was stopped. */
  perform(task: Task): Answer | Promise<Answer> {
    const done = (figures: TaskFigures): Answer => ({ type: "done", task: task.id, worker, figures });
    const failed = (error: unknown): Answer => ({
      type: "failed",
      task: task.id,
      worker,
      error: serializeError(error),
    });
    try {
      if (Atomics.load(this.#stop, 0) !== 0) throw new ClosedError("the computation was ended before this task began");
      // Made here and not in the constructor, so that a job which cannot be performed is a task's failure.
      this.#performer ??= new Performer(this.#job, this.#stop, this.#threadSlot);
      for (const [buffer, memory] of this.#shared) this.#performer.share(buffer, memory);
      this.#shared.length = 0;
      const figures = this.#performer.perform(task);
      return figures instanceof Promise ? figures.then(done, failed) : done(figures);
    } catch (error) {
      return failed(error);
    }
  }

  /** Gives an answer to the caller, unless the session was ended. */
  give(answer: Answer): void {
    if (this.#end === undefined) this.#answer(answer);
    if (--this.#unanswered === 0) this.#answeredAll();
  }
}
