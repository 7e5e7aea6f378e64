/**
 * A million tasks: the work grows with their number, memory stays small. Work is measured in processor time, which
 * other programs do not lengthen, and only ratios are compared: machines differ.
 */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { orderTasks } from "#src/graph/order";
import type { TaskTable } from "#src/graph/task";
import { Scheduler } from "#src/scheduler/scheduler";
import { adjacency, identity, treeOf, unitTable } from "./tables.js";

/**
 * Runs the table on workers that finish in the order in which they were told; gives milliseconds of work, and events.
 */
function run(table: TaskTable, budget: number): { ms: number; events: number } {
  const begin = process.cpuUsage();
  const scheduler = new Scheduler(table, { budget });
  const queue: { task: number; worker: number }[] = [];
  const results: number[] = [];
  let events = 0;
  let finished = false;
  const handle = (event: Parameters<Scheduler["handle"]>[0]) => {
    events++;
    for (const instruction of scheduler.handle(event)) {
      if (instruction.type === "run") queue.push(instruction);
      else if (instruction.type === "deliver") results.push(instruction.chunk);
      else if (instruction.type === "finish") finished = true;
    }
  };
  for (let worker = 0; worker < 8; worker++) handle({ type: "workerJoined", worker, queueDepth: 4 });
  for (let next = 0; next < queue.length || results.length > 0; ) {
    if (results.length > 0) handle({ type: "chunkTaken", chunk: results.pop()! });
    else handle({ ...queue[next++]!, type: "taskDone" });
  }
  expect(finished).toBe(true);
  return { ms: process.cpuUsage(begin).user / 1000, events };
}

function independent(tasks: number): TaskTable {
  const table = unitTable(tasks, adjacency(Array.from({ length: tasks }, () => [])), identity(tasks));
  return { ...table, delivered: new Uint8Array(tasks).fill(1) };
}

function tree(leaves: number): TaskTable {
  const { reads, tasks } = treeOf(leaves, 8);
  return unitTable(tasks, reads, orderTasks({ tasks, reads, producer: identity(tasks), roots: [tasks - 1] }));
}

/** The best of three, because a run of few tasks is short beside a collection of garbage. */
const bestOfThree = (table: TaskTable, budget: number) => Math.min(...[0, 1, 2].map(() => run(table, budget).ms));

test("ten times as many independent tasks take about ten times as long", () => {
  bestOfThree(independent(10_000), 100);
  const few = bestOfThree(independent(10_000), 100);
  const many = run(independent(100_000), 100).ms;
  expect(many).toBeLessThan(40 * few + 50);
});

test("a tree of a million tasks takes about ten times as long as one of a hundred thousand", () => {
  const [small, large] = [tree(87_500), tree(875_000)];
  expect(large.tasks).toBeGreaterThan(1_000_000 - 1000);
  const few = bestOfThree(small, 1000);
  const many = run(large, 1000).ms;
  expect(many).toBeLessThan(40 * few + 200);
});

test("one task can read a hundred thousand inputs", () => {
  const tasks = 100_001;
  const reads = adjacency([...Array.from({ length: tasks - 1 }, () => []), identity(tasks - 1)]);
  const table = unitTable(tasks, reads, identity(tasks));
  expect(run(table, tasks).events).toBe(8 + tasks + 1);
});

test("the state of a task takes less than 200 bytes", () => {
  setFlagsFromString("--expose-gc");
  const gc = runInNewContext("gc") as () => void;
  const bytes = () => {
    gc();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };
  const table = tree(875_000);
  const before = bytes();
  const scheduler = new Scheduler(table, { budget: 1000 });
  const perTask = (bytes() - before) / table.tasks;
  expect(scheduler.counts.ready).toBe(875_000);
  expect(perTask).toBeLessThan(200);
});
