import { describe, expect, test } from "vitest";
import type { Event, Instruction } from "#src/scheduler/events";
import { Scheduler } from "#src/scheduler/scheduler";
import { adjacency, tableOf } from "./tables.js";
import { someError, World } from "./world.js";

const out = [{ bytes: 1, delivered: true }];
const budget = 100;

/** Instructions as one line: `run 3@0, free 2, deliver 3, finish`. */
function line(instructions: readonly Instruction[]): string {
  return instructions
    .map((it) => {
      if (it.type === "run") return `run ${it.task}@${it.worker}`;
      if (it.type === "fail") return `fail ${it.task}: ${it.error.message}`;
      return it.type === "finish" ? "finish" : `${it.type} ${it.chunk}`;
    })
    .join(", ");
}

test("two blocks and their sum are made, delivered and freed", () => {
  const world = new World(tableOf([{}, {}, { reads: [0, 1], makes: out }]), { budget });
  const steps = [world.join(0, 2), world.join(1, 2), world.finish(0), world.finish(0), world.finish(1), world.take(2)];
  expect(steps.map(line)).toMatchInlineSnapshot(`
    [
      "run 0@0, run 1@0",
      "",
      "",
      "run 2@1",
      "free 0, free 1, deliver 2",
      "free 2, finish",
    ]
  `);
  expect(world.scheduler.counts).toEqual({ waiting: 0, ready: 0, running: 0, done: 3, cancelled: 0 });
});

test("a graph without tasks finishes when the first worker joins", () => {
  const scheduler = new Scheduler(tableOf([]), { budget: 0 });
  expect(line(scheduler.handle({ type: "workerJoined", worker: 0, queueDepth: 1 }))).toBe("finish");
  expect(scheduler.handle({ type: "workerJoined", worker: 1, queueDepth: 1 })).toEqual([]);
});

test("tasks may make nothing, and chunks that nobody wants are freed at once", () => {
  const world = new World(tableOf([{ makes: [] }, { makes: [{ bytes: 0 }] }]), { budget });
  world.join(0, 2);
  expect(line(world.finish(0))).toBe("");
  expect(line(world.finish(0))).toBe("free 0, finish");
});

test("a chunk that is delivered and read is freed after both, in either order", () => {
  const table = tableOf([{ makes: out }, { reads: [0], makes: out }]);
  const first = new World(table, { budget });
  first.join(0, 1);
  expect([first.finish(0), first.take(0), first.finish(0), first.take(1)].map(line)).toEqual([
    "deliver 0, run 1@0",
    "",
    "free 0, deliver 1",
    "free 1, finish",
  ]);
  const second = new World(table, { budget });
  second.join(0, 1);
  expect([second.finish(0), second.finish(0), second.take(0), second.take(1)].map(line)).toEqual([
    "deliver 0, run 1@0",
    "deliver 1",
    "free 0",
    "free 1, finish",
  ]);
});

describe("workers", () => {
  const blocks = tableOf(Array.from({ length: 12 }, () => ({ makes: out })));

  test("a few tasks are spread over all workers before any is queued", () => {
    const world = new World(tableOf([{}, { reads: [0] }, { reads: [0] }, { reads: [0] }, { reads: [0] }]), { budget });
    world.join(0, 4);
    world.join(1, 4);
    world.join(2, 4);
    expect(line(world.finish(0))).toBe("run 1@1, run 2@2, run 3@0, run 4@1");
  });

  test("a worker gets no more than its queue holds, and a late one takes what is left", () => {
    const world = new World(blocks, { budget });
    expect(line(world.join(0, 3))).toBe("run 0@0, run 1@0, run 2@0");
    expect(line(world.join(1, 1))).toBe("run 3@1");
    expect(line(world.finish(1))).toBe("deliver 3, run 4@1");
  });

  test("queues shrink with what is left, so that no worker has one while another has nothing to do", () => {
    const world = new World(tableOf(Array.from({ length: 40 }, () => ({}))), { budget });
    world.join(0, 8);
    world.join(1, 8);
    const lengths = (): number[] => [...world.workers.values()].map((tasks) => tasks.length);
    expect(lengths()).toEqual([8, 7]);
    const most: number[] = [];
    for (let worker = 0; world.ended === undefined; worker = 1 - worker) {
      world.finish(worker);
      most.push(Math.max(...lengths()));
    }
    expect([most[8], most[16], most.at(-4)]).toEqual([6, 4, 2]);
  });

  test("the order of the table is the order of priority", () => {
    const tree = tableOf([{}, {}, {}, { reads: [0, 1] }, { reads: [2, 3] }], [0, 1, 3, 2, 4]);
    const world = new World(tree, { budget });
    expect([world.join(0, 1), world.finish(0), world.finish(0), world.finish(0)].map(line)).toEqual([
      "run 0@0",
      "run 1@0",
      "run 3@0",
      "free 0, free 1, run 2@0",
    ]);
  });

  test("events that cannot happen are refused", () => {
    const scheduler = new Scheduler(blocks, { budget });
    scheduler.handle({ type: "workerJoined", worker: 0, queueDepth: 1 });
    const refused = (event: Event) => expect(() => scheduler.handle(event)).toThrow("internal error");
    refused({ type: "workerJoined", worker: 0, queueDepth: 1 });
    refused({ type: "workerJoined", worker: 1, queueDepth: 0 });
    refused({ type: "workerQueueResized", worker: 0, queueDepth: 0 });
    refused({ type: "taskDone", worker: 0, task: 5 });
    refused({ type: "chunkTaken", chunk: 0 });
    scheduler.handle({ type: "taskDone", worker: 0, task: 0 });
    refused({ type: "taskDone", worker: 0, task: 0 });
    scheduler.handle({ type: "chunkTaken", chunk: 0 });
    refused({ type: "chunkTaken", chunk: 0 });
  });
});

describe("faults", () => {
  const blocks = tableOf(Array.from({ length: 4 }, () => ({ makes: out })));

  test("a lost worker's tasks are run by another one", () => {
    const world = new World(blocks, { budget });
    world.join(0, 2);
    expect(line(world.join(1, 1))).toBe("run 2@1");
    expect(line(world.lose(0))).toBe("free 0, free 1");
    expect(line(world.finish(1))).toBe("deliver 2, run 0@1");
    expect(line(world.join(0, 1))).toBe("run 1@0");
  });

  test("a task that is lost too often fails the computation, and the error says so", () => {
    const world = new World(blocks, { budget });
    world.join(0, 1);
    world.lose(0);
    world.join(1, 1);
    const [fail] = world.lose(1);
    expect(fail).toMatchInlineSnapshot(`
      {
        "error": {
          "cause": {
            "fields": {},
            "message": "it broke",
            "name": "Error",
          },
          "fields": {},
          "message": "task 0 was lost 2 times because its worker died: it broke",
          "name": "WorkerError",
        },
        "task": 0,
        "type": "fail",
      }
    `);
    expect(world.ended).toBe("fail");
  });

  test("retries are counted per task, and may be 0", () => {
    const never = new World(blocks, { budget, retries: 0 });
    never.join(0, 1);
    expect(line(never.lose(0))).toBe("fail 0: task 0 was lost once because its worker died: it broke");
    const often = new World(blocks, { budget, retries: 3 });
    for (let time = 0; time < 3; time++) {
      often.join(0, 1);
      expect(line(often.lose(0))).toBe("free 0");
    }
    often.join(0, 1);
    expect(line(often.lose(0))).toContain("task 0 was lost 4 times");
  });

  test("a failed task ends the computation once, and later events are ignored", () => {
    const world = new World(blocks, { budget });
    world.join(0, 2);
    expect(line(world.failTask(0))).toBe("fail 0: it broke");
    expect(world.scheduler.counts).toEqual({ waiting: 0, ready: 0, running: 0, done: 0, cancelled: 4 });
    expect([world.finish(0), world.join(1, 1), world.lose(0), world.cancel()]).toEqual([[], [], [], []]);
  });

  test("a cancelled computation fails with the reason of the cancellation", () => {
    const world = new World(blocks, { budget });
    world.join(0, 2);
    expect(line(world.cancel())).toBe("fail null: it broke");
    expect(world.cancel()).toEqual([]);
  });

  test("the answers of a lost worker are ignored", () => {
    const { scheduler } = new World(blocks, { budget });
    scheduler.handle({ type: "workerJoined", worker: 0, queueDepth: 1 });
    scheduler.handle({ type: "workerLost", worker: 0, error: someError });
    scheduler.handle({ type: "workerLost", worker: 0, error: someError });
    expect(scheduler.handle({ type: "taskDone", worker: 0, task: 0 })).toEqual([]);
    expect(scheduler.handle({ type: "taskFailed", worker: 0, task: 0, error: someError })).toEqual([]);
    expect(scheduler.counts.done).toBe(0);
  });
});

describe("maxDelivered", () => {
  const blocks = tableOf(Array.from({ length: 9 }, () => ({ makes: out })));

  test("no more than maxDelivered results are in the making or waiting", () => {
    const world = new World(blocks, { budget, maxDelivered: 2 });
    expect(line(world.join(0, 9))).toBe("run 0@0, run 1@0");
    expect(line(world.finish(0))).toBe("deliver 0");
    expect(line(world.take(0))).toBe("free 0, run 2@0");
    world.lose(0);
    expect(line(world.join(1, 9))).toBe("run 1@1, run 2@1");
  });

  test("the frontier's task starts even beyond maxDelivered, because the caller may wait for it", () => {
    // Task 2 makes the first result that is wanted and waits for its input; meanwhile task 3 makes the second.
    const table = tableOf([{}, {}, { reads: [0, 1], makes: out }, { makes: out }]);
    const world = new World(table, { budget, maxDelivered: 1 });
    world.join(0, 2);
    world.join(1, 1);
    expect(world.workers).toEqual(
      new Map([
        [0, [0, 1]],
        [1, [3]],
      ]),
    );
    world.finish(0);
    expect(line(world.finish(0))).toBe("run 2@0");
  });
});

describe("a broken table is refused", () => {
  const table = tableOf([{}, { reads: [0] }]);
  test.each([
    ["a task is missing in the order", { ...table, order: Uint32Array.of(0) }],
    ["a task is twice in the order", { ...table, order: Uint32Array.of(0, 0) }],
    ["a task is unknown", { ...table, order: Uint32Array.of(0, 2) }],
    ["a reader comes first", { ...table, order: Uint32Array.of(1, 0) }],
    ["a chunk is made twice", { ...table, makes: adjacency([[0], [0]]) }],
    ["a chunk is not made", { ...table, makes: adjacency([[0], []]) }],
    ["a chunk is unknown", { ...table, makes: adjacency([[0], [2]]) }],
    ["an unknown chunk is read", { ...table, reads: adjacency([[], [2]]) }],
  ])("a table in which %s is refused", (_, broken) => {
    expect(() => new Scheduler(broken, { budget })).toThrow("internal error: the task table is broken");
  });
});
