/** Random graphs, random workers, random events, random faults; what must hold at every step is in world.ts. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { TaskTable } from "#src/graph/task";
import { sequentialPeak } from "#src/scheduler/memory";
import { Scheduler, type SchedulerOptions } from "#src/scheduler/scheduler";
import { anyForest, anyTable } from "./random.js";
import { itemsOf } from "./tables.js";
import { World } from "./world.js";

const anyCourse = fc.record({
  spare: fc.oneof(fc.constant(0), fc.nat(60), fc.constant(Number.POSITIVE_INFINITY)),
  maxDelivered: fc.option(fc.nat(4), { nil: undefined }),
  workers: fc.integer({ min: 1, max: 5 }),
  queueDepth: fc.integer({ min: 1, max: 3 }),
  choices: fc.infiniteStream(fc.nat()),
});
type Course = (typeof anyCourse extends fc.Arbitrary<infer T> ? T : never) & { readonly faults?: number };

/** Lets things happen in any order until the end. Faults: workers die, tasks fail, the caller leaves. */
function drive(table: TaskTable, course: Course, wanted: readonly number[] | null = null): World {
  const { spare, maxDelivered, workers, queueDepth, choices, faults = 0 } = course;
  const options: SchedulerOptions = {
    budget: sequentialPeak(table).peak + spare,
    retries: 3,
    ...(maxDelivered === undefined ? {} : { maxDelivered }),
  };
  const world = new World(table, options);
  let faultsLeft = faults;
  world.join(0, queueDepth);
  while (world.ended === undefined) {
    const actions: (() => unknown)[] = [];
    for (const [worker, tasks] of world.workers) {
      if (tasks.length > 0) actions.push(() => world.finish(worker));
      if (world.log.length % 7 === 0) actions.push(() => world.resize(worker, 1 + (choices.next().value % 5)));
    }
    const next = wanted?.find((chunk) => !world.taken.has(chunk));
    for (const chunk of world.waiting) {
      if (wanted === null || chunk === next) actions.push(() => world.take(chunk));
    }
    const absent = Array.from({ length: workers }, (_, i) => i).find((worker) => !world.workers.has(worker));
    if (absent !== undefined) actions.push(() => world.join(absent, queueDepth));
    if (faultsLeft > 0) {
      const fault = (action: () => unknown) => () => {
        faultsLeft--;
        action();
      };
      for (const [worker, tasks] of world.workers) {
        actions.push(fault(() => world.lose(worker)));
        if (faultsLeft === 1 && tasks.length > 0) actions.push(fault(() => world.failTask(worker)));
      }
      if (faultsLeft === 1) actions.push(fault(() => world.cancel()));
    }
    expect(actions.length, "something can happen").toBeGreaterThan(0);
    actions[choices.next().value % actions.length]!();
  }
  return world;
}

const thorough = { numRuns: 500 };

test("without faults every task runs once and the computation ends", () => {
  fc.assert(
    fc.property(anyTable, anyCourse, (table, course) => {
      const world = drive(table, course);
      expect(world.ended).toBe("finish");
      expect([...world.runs.values()].every((times) => times === 1)).toBe(true);
      expect(world.runs.size).toBe(table.tasks);
    }),
    thorough,
  );
});

test("with faults the computation ends too, and keeps every invariant", () => {
  const faults = fc.integer({ min: 1, max: 6 });
  fc.assert(
    fc.property(anyTable, anyCourse, faults, (table, course, faults) => {
      const world = drive(table, { ...course, faults });
      expect(["finish", "fail"]).toContain(world.ended);
      for (const times of world.runs.values()) expect(times).toBeLessThanOrEqual(1 + 3);
    }),
    thorough,
  );
});

test("a caller that takes the results in their order gets them all", () => {
  fc.assert(
    fc.property(anyForest, anyCourse, (table, course) => {
      const results = [...table.order]
        .flatMap((task) => itemsOf(table.makes, task))
        .filter((chunk) => table.delivered[chunk]);
      const world = drive(table, course, results);
      expect(world.ended).toBe("finish");
    }),
    thorough,
  );
});

test("maxDelivered is exceeded by no more than the frontier's task", () => {
  fc.assert(
    fc.property(anyForest, anyCourse, fc.integer({ min: 1, max: 4 }), (table, course, maxDelivered) => {
      const world = drive(table, { ...course, maxDelivered });
      const open = new Set<number>();
      for (const entry of world.log) {
        if (entry.type === "run") {
          for (const chunk of itemsOf(table.makes, entry.task)) if (table.delivered[chunk]) open.add(chunk);
        }
        if (entry.type === "chunkTaken") open.delete(entry.chunk);
        expect(open.size).toBeLessThanOrEqual(maxDelivered + 1);
      }
    }),
    { numRuns: 300 },
  );
});

test("one worker with a queue of one keeps to the order and uses the sequential peak", () => {
  fc.assert(
    fc.property(anyTable, (table) => {
      const { peak } = sequentialPeak(table);
      const world = new World(table, { budget: peak });
      world.join(0, 1);
      while (world.ended === undefined) {
        if (world.waiting.length > 0) world.take(world.waiting[0]!);
        else world.finish(0);
      }
      const order = world.log.flatMap((entry) => (entry.type === "run" ? [entry.task] : []));
      expect(order).toEqual([...table.order]);
      expect(world.scheduler.peakUsed).toBe(peak);
    }),
    { numRuns: 300 },
  );
});

test("the same events give the same instructions", () => {
  fc.assert(
    fc.property(anyTable, anyCourse, fc.nat(5), (table, course, faults) => {
      const world = drive(table, { ...course, faults });
      const again = new Scheduler(table, world.options);
      const log = world.log.flatMap((entry) => {
        const happened = /^worker|^task|^cancelled$|^chunkTaken$/.test(entry.type);
        return happened ? [entry, ...again.handle(entry as Parameters<Scheduler["handle"]>[0])] : [];
      });
      expect(log).toEqual(world.log);
    }),
    { numRuns: 300 },
  );
});
