/**
 * Performing tasks, the same wherever it happens: a task of loops goes to loop-task.ts, one with a routine to
 * routine-task.ts.
 *
 * Invariant: a task may be performed twice (after a worker died) and gives the same bytes.
 */
import { ChunkwiseError, InternalError } from "../data/errors.js";
import { AREA_BYTES, areaOf, type BlockMemory, hasArea } from "../data/memory.js";
import type { Job, Task } from "../graph/task.js";
import type { Backend } from "../kernels/backend.js";
import { backendOf } from "../kernels/index.js";
import { canMap } from "../native/windows.js";
import { SMALLEST_MAPPED_BYTES } from "../storage/mappable.js";
import type { TaskContext } from "./context.js";
import type { TaskFigures } from "./executor.js";
import { performLoops } from "./loop-task.js";
import { Resources } from "./resources.js";
import { performRoutine } from "./routine-task.js";
import { Scratch } from "./scratch.js";
import { runSuspendable, type Suspendable } from "./suspendable.js";
import { PagesLost, Windows } from "./windows.js";
import { workingMemoryOf } from "./working-memory.js";

/** Performs the tasks of one job on this thread. */
export class Performer {
  readonly #resources: Resources;
  readonly #backend: Backend;
  readonly #threadSlot: number;
  readonly #checkStop: () => void;
  /** By the number of the shared memory that loops work in; null for the backend's own. */
  readonly #contexts = new Map<number | null, TaskContext>();

  /**
   * `stop` is shared memory: once its first number is not 0, tasks end at their next tile by throwing. `threadSlot` is
   * this thread's.
   */
  constructor(job: Job, stop: Int32Array, threadSlot: number) {
    this.#resources = new Resources(job);
    this.#backend = backendOf(job.backend);
    this.#threadSlot = threadSlot;
    this.#checkStop = () => {
      if (Atomics.load(stop, 0) !== 0) throw new ChunkwiseError("the computation was stopped");
    };
  }

  /** Makes a shared buffer known. */
  share(buffer: number, memory: BlockMemory): void {
    this.#resources.share(buffer, memory);
  }

  /**
   * Performs a task. Returns a promise only if a user's function is asynchronous, or something is decoded or encoded.
   */
  perform(task: Task): TaskFigures | Promise<TaskFigures> {
    return runSuspendable(this.#perform(task));
  }

  *#perform(task: Task): Suspendable<TaskFigures> {
    const resources = this.#resources;
    const began = performance.now();
    const context = this.#contextIn(this.#workingMemoryOf(task));
    try {
      yield* this.#attempt(task, context);
    } catch (error) {
      if (!(error instanceof PagesLost)) throw error;
      // reading says what is wrong with the file, or gives its bytes
      context.windows?.stop();
      yield* this.#attempt(task, context);
    }
    const { bytesRead, bytesMapped, bytesWritten } = resources;
    return { bytesRead, bytesMapped, bytesWritten, milliseconds: performance.now() - began };
  }

  *#attempt(task: Task, context: TaskContext): Suspendable<void> {
    const { scratch, resources, windows } = context;
    [resources.bytesRead, resources.bytesMapped, resources.bytesWritten] = [0, 0, 0];
    const mark = scratch.mark;
    try {
      if (task.routine === undefined) yield* performLoops(task, context);
      else yield* performRoutine(task.routine, task.outputs, context);
    } finally {
      scratch.release(mark);
      windows?.close();
    }
  }

  /** Closes files and forgets buffers. */
  close(): void | Promise<void> {
    return this.#resources.close();
  }

  #workingMemoryOf(task: Task): number | null {
    if (task.routine !== undefined || this.#backend.within === undefined) return null;
    return workingMemoryOf(task, this.#resources.job, (buffer) => {
      const memory = this.#resources.memory(buffer);
      return "wasm" in memory && hasArea(memory, this.#threadSlot);
    });
  }

  #contextIn(workingMemory: number | null): TaskContext {
    let context = this.#contexts.get(workingMemory);
    if (context === undefined) {
      const scratch = workingMemory === null ? new Scratch(this.#backend) : this.#scratchIn(workingMemory);
      const windows = workingMemory === null && this.#maps ? new Windows(scratch) : undefined;
      context = { resources: this.#resources, scratch, windows, checkStop: this.#checkStop };
      this.#contexts.set(workingMemory, context);
    }
    return context;
  }

  /** Whether files of the job may be mapped. */
  get #maps(): boolean {
    const { files, arrays } = this.#resources.job;
    const wanted = arrays.length > 0 || files.some(({ size }) => size >= SMALLEST_MAPPED_BYTES);
    return wanted && this.#backend.hasPages === true && canMap();
  }

  /** Scratch space in a shared memory. */
  #scratchIn(workingMemory: number): Scratch {
    const memory = this.#resources.shared(workingMemory);
    const backend = memory.wasm && this.#backend.within?.(memory.wasm);
    if (backend === undefined) throw new InternalError(`internal error: loops cannot work in memory ${workingMemory}`);
    const start = areaOf(memory, this.#threadSlot);
    return new Scratch(backend, { workingMemory, start, stop: start + AREA_BYTES });
  }
}
