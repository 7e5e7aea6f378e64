/**
 * The world around a scheduler, kept in plain sets and checked at every step: what a real executor and a real caller
 * would notice if the scheduler broke its word. Knows nothing of how the scheduler works.
 */
import { expect } from "vitest";
import type { SerializedError } from "#src/data/errors";
import type { TaskTable } from "#src/graph/task";
import type { Event, Instruction } from "#src/scheduler/events";
import { Scheduler, type SchedulerOptions } from "#src/scheduler/scheduler";
import { itemsOf } from "./tables.js";

export const someError: SerializedError = { name: "Error", message: "it broke", fields: {} };

export class World {
  readonly scheduler: Scheduler;
  /** Everything said so far. */
  readonly log: (Event | Instruction)[] = [];
  /** Worker → the tasks that it was given, in order. */
  readonly workers = new Map<number, number[]>();
  /** Chunks that wait for the caller, in the order of their delivery. */
  readonly waiting: number[] = [];
  readonly done = new Set<number>();
  readonly taken = new Set<number>();
  /** Task → how often it was run. */
  readonly runs = new Map<number, number>();
  ended: "finish" | "fail" | undefined;
  #live = new Set<number>();
  #queueDepths = new Map<number, number>();

  constructor(
    readonly table: TaskTable,
    readonly options: SchedulerOptions,
  ) {
    this.scheduler = new Scheduler(table, options);
  }

  get running(): number[] {
    return [...this.workers.values()].flat();
  }

  join(worker: number, queueDepth: number): Instruction[] {
    this.workers.set(worker, []);
    this.#queueDepths.set(worker, queueDepth);
    return this.#handle({ type: "workerJoined", worker, queueDepth });
  }

  /** The worker takes another number of tasks from now on. */
  resize(worker: number, queueDepth: number): Instruction[] {
    this.#queueDepths.set(worker, queueDepth);
    return this.#handle({ type: "workerQueueResized", worker, queueDepth });
  }

  /** The worker finishes what it was given first. */
  finish(worker: number): Instruction[] {
    const task = this.workers.get(worker)!.shift()!;
    this.done.add(task);
    return this.#handle({ type: "taskDone", task, worker });
  }

  failTask(worker: number): Instruction[] {
    const task = this.workers.get(worker)!.shift()!;
    return this.#handle({ type: "taskFailed", task, worker, error: someError });
  }

  lose(worker: number): Instruction[] {
    this.workers.delete(worker);
    return this.#handle({ type: "workerLost", worker, error: someError });
  }

  cancel(): Instruction[] {
    return this.#handle({ type: "cancelled", reason: someError });
  }

  take(chunk: number): Instruction[] {
    this.waiting.splice(this.waiting.indexOf(chunk), 1);
    this.taken.add(chunk);
    return this.#handle({ type: "chunkTaken", chunk });
  }

  #handle(event: Event): Instruction[] {
    this.log.push(event);
    const instructions = this.scheduler.handle(event);
    for (const instruction of instructions) {
      expect(this.ended, "nothing is said after the end").toBe(undefined);
      this.log.push(instruction);
      this.#carryOut(instruction);
    }
    if (this.ended === undefined) {
      expect(this.scheduler.used).toBe(this.#used());
      expect(this.#used()).toBeLessThanOrEqual(this.options.budget);
      expect(this.scheduler.peakUsed).toBeGreaterThanOrEqual(this.#used());
      expect(this.scheduler.counts.running).toBe(this.running.length);
      expect(this.scheduler.counts.done).toBe(this.done.size);
      const stuck = this.workers.size > 0 && this.running.length === 0 && this.waiting.length === 0;
      expect(stuck, "deadlock").toBe(false);
    }
    return instructions;
  }

  #carryOut(instruction: Instruction): void {
    const { reads, makes, delivered } = this.table;
    switch (instruction.type) {
      case "run": {
        const { task, worker } = instruction;
        for (const chunk of itemsOf(reads, task)) expect(this.#live.has(chunk), "inputs are live").toBe(true);
        for (const chunk of itemsOf(makes, task)) {
          expect(this.#live.has(chunk)).toBe(false);
          this.#live.add(chunk);
        }
        expect(this.done.has(task)).toBe(false);
        expect(this.running).not.toContain(task);
        this.runs.set(task, (this.runs.get(task) ?? 0) + 1);
        this.workers.get(worker)!.push(task);
        expect(this.workers.get(worker)!.length).toBeLessThanOrEqual(this.#queueDepths.get(worker)!);
        break;
      }
      case "free": {
        const { chunk } = instruction;
        expect(this.#live.delete(chunk), "freed once").toBe(true);
        const maker = this.#tasks().find((task) => itemsOf(makes, task).includes(chunk))!;
        const readers = this.#tasks().filter((task) => itemsOf(reads, task).includes(chunk));
        if (this.done.has(maker)) {
          for (const reader of readers) expect(this.done.has(reader), "freed after its readers").toBe(true);
          if (delivered[chunk] === 1) expect(this.taken.has(chunk), "freed after it was taken").toBe(true);
        } else {
          expect(this.running, "only a lost task's outputs are freed unmade").not.toContain(maker);
        }
        break;
      }
      case "deliver": {
        const { chunk } = instruction;
        expect(delivered[chunk]).toBe(1);
        expect(this.waiting).not.toContain(chunk);
        expect(this.taken.has(chunk)).toBe(false);
        this.waiting.push(chunk);
        break;
      }
      case "finish":
        expect(this.done.size).toBe(this.table.tasks);
        expect(this.taken.size).toBe(delivered.reduce((sum, flag) => sum + flag, 0));
        expect([...this.#live], "every chunk is freed").toEqual([]);
        expect(this.scheduler.used).toBe(0);
        this.ended = "finish";
        break;
      case "fail":
        this.ended = "fail";
        break;
    }
  }

  #tasks(): number[] {
    return [...this.table.order];
  }

  #used(): number {
    const sum = (numbers: Iterable<number>, of: Float64Array) => [...numbers].reduce((total, i) => total + of[i]!, 0);
    return sum(this.#live, this.table.bytes) + sum(this.running, this.table.scratch);
  }
}
