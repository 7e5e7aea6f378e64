import { describe, expect, test } from "vitest";
import { MemoryLimitError } from "#src/data/errors";
import { memoryLimitError, sequentialPeak } from "#src/scheduler/memory";
import { Scheduler } from "#src/scheduler/scheduler";
import { tableOf } from "./tables.js";
import { World } from "./world.js";

const out = (bytes: number) => [{ bytes, delivered: true }];
const kept = (bytes: number) => [{ bytes }];

describe("sequentialPeak", () => {
  test("a graph without tasks needs no memory", () => {
    expect(sequentialPeak(tableOf([]))).toEqual({ peak: 0, atTask: -1 });
  });

  test("a task needs its inputs, its outputs and its scratch", () => {
    const table = tableOf([
      { makes: kept(5), scratch: 1 },
      { makes: [{ bytes: 3 }, { bytes: 2 }], scratch: 4, reads: [0] },
      { makes: out(1), reads: [1, 2] },
    ]);
    expect(sequentialPeak(table)).toEqual({ peak: 5 + 3 + 2 + 4, atTask: 1 });
  });

  test("a chunk lives until its last reader, wherever that is", () => {
    const chain = (last: number[]) =>
      tableOf([{ makes: kept(5) }, { reads: [0] }, { reads: [1], makes: kept(7) }, { reads: last }]);
    expect(sequentialPeak(chain([2])).peak).toBe(1 + 7);
    expect(sequentialPeak(chain([2, 0])).peak).toBe(5 + 1 + 7);
  });

  test("a chunk that nobody reads is freed at once, delivered or not", () => {
    expect(sequentialPeak(tableOf([{ makes: out(5) }, { makes: kept(4) }, { makes: out(5) }])).peak).toBe(5);
  });

  test("the peak depends on the order of the tasks", () => {
    const pairs = [{}, {}, {}, {}, { reads: [0, 1] }, { reads: [2, 3] }, { reads: [4, 5] }];
    expect(sequentialPeak(tableOf(pairs)).peak).toBe(5);
    expect(sequentialPeak(tableOf(pairs, [0, 1, 4, 2, 3, 5, 6])).peak).toBe(4);
  });

  test("of several tasks with the peak the first is named", () => {
    expect(sequentialPeak(tableOf([{ makes: out(5) }, { makes: out(6) }, { makes: out(6) }])).atTask).toBe(1);
  });
});

describe("the limit", () => {
  test("a graph that does not fit is refused before anything runs, one that just fits is not", () => {
    const table = tableOf([{ makes: kept(2e9) }, { reads: [0], makes: out(5e8) }]);
    const error = catching(() => new Scheduler(table, { budget: 2.4999e9 }));
    expect(error).toBeInstanceOf(MemoryLimitError);
    expect(error).toMatchObject({ needed: 2.5e9, limit: 2.4999e9 });
    expect(String(error)).toMatchInlineSnapshot(
      `"MemoryLimitError: the computation needs at least 2.50 GB (2500000000 bytes) of memory at one time and may use 2.50 GB (2499900000 bytes)"`,
    );
    expect(new Scheduler(table, { budget: 2.5e9 }).used).toBe(0);
    expect(() => new Scheduler(tableOf([]), { budget: Number.NaN })).toThrow(MemoryLimitError);
  });

  test("sizes that are close to each other are printed differently", () => {
    expect(memoryLimitError(1_000_000_001, 1_000_000_000).message).toMatch(/1000000001 bytes.*1000000000 bytes/);
  });
});

describe("running ahead", () => {
  const blocks = (count: number) => tableOf(Array.from({ length: count }, () => ({ makes: out(10) })));
  const runs = (instructions: readonly { readonly type: string }[]) =>
    instructions.flatMap((it) => (it.type === "run" ? [(it as unknown as { task: number }).task] : []));

  test("tasks run ahead only as far as the budget leaves the frontier its peak", () => {
    expect(runs(new World(blocks(9), { budget: 10 }).join(0, 9))).toEqual([0]);
    expect(runs(new World(blocks(9), { budget: 19 }).join(0, 9))).toEqual([0]);
    expect(runs(new World(blocks(9), { budget: 20 }).join(0, 9))).toEqual([0, 1]);
    const world = new World(blocks(20), { budget: 45 });
    expect([...runs(world.join(0, 9)), ...runs(world.join(1, 9))]).toEqual([0, 1, 2, 3]);
  });

  test("the queue of a worker that came first leaves half of the budget to those that come later", () => {
    const world = new World(blocks(100), { budget: 100 });
    expect(runs(world.join(0, 9))).toEqual([0, 1, 2, 3, 4, 5]);
    expect(runs(world.join(1, 9))).toEqual([6, 7]);
    expect(runs(world.join(2, 9))).toEqual([8, 9]);
  });

  test("a slow caller holds the frontier, and with it everything that has no room", () => {
    const world = new World(blocks(9), { budget: 20 });
    expect(runs(world.join(0, 9))).toEqual([0, 1]);
    expect(runs(world.finish(0))).toEqual([]);
    expect(runs(world.finish(0))).toEqual([]);
    expect(world.waiting).toEqual([0, 1]);
    // Taking the later one gives its room back; taking the earlier one moves the frontier.
    expect(runs(world.take(1))).toEqual([2]);
    expect(runs(world.take(0))).toEqual([3]);
  });

  test("a large task does not starve behind small ones", () => {
    const large = { makes: out(10), scratch: 30 };
    const world = new World(tableOf([{ makes: out(10) }, large, { makes: out(1) }, { makes: out(1) }]), { budget: 50 });
    expect(runs(world.join(0, 9))).toEqual([0]);
    world.join(1, 9);
    world.finish(0);
    expect(runs(world.take(0))).toEqual([1, 2, 3]);
    expect(world.scheduler.used).toBe(42);
    expect(world.scheduler.peakUsed).toBe(42);
  });

  test("a chunk that is delivered and read again holds the frontier only where it is needed last", () => {
    const world = new World(tableOf([{ makes: out(10) }, { reads: [0], makes: out(10) }, { makes: out(10) }]), {
      budget: 20,
    });
    world.join(0, 1);
    world.finish(0);
    world.finish(0);
    // The caller may take the second result first.
    expect(runs(world.take(1))).toEqual([]);
    expect(runs(world.take(0))).toEqual([2]);
    world.finish(0);
    world.take(2);
    expect(world.ended).toBe("finish");
  });
});

function catching(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  return undefined;
}
