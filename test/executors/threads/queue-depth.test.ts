/** Detects queues so short that workers wait for messages, and so long that one worker is left with all the work. */
import { expect, test } from "vitest";
import { QueueDepth } from "#src/executors/threads/queue-depth";

const after = (depth: QueueDepth, tasks: number, milliseconds: number): number => {
  for (let i = 0; i < tasks; i++) depth.add(milliseconds);
  return depth.tasks;
};

test("a worker with long tasks has one that runs and one that waits", () => {
  expect(new QueueDepth().tasks).toBe(2);
  expect(after(new QueueDepth(), 100, 5)).toBe(2);
  expect(after(new QueueDepth(), 31, 0)).toBe(2); // too few to judge
  expect(after(new QueueDepth(8), 1, 10)).toBe(8);
  expect(after(new QueueDepth(8), 2, 10)).toBe(2); // a guess that was wrong is soon corrected
});

test("a worker with short tasks has as many as last eight milliseconds, up to 64", () => {
  expect(after(new QueueDepth(), 32, 0.5)).toBe(16);
  expect(after(new QueueDepth(), 32, 0)).toBe(64);
});

test("the queue depth reports a change, and forgets earlier tasks", () => {
  const depth = new QueueDepth();
  const changes = Array.from({ length: 128 }, (_, i) => depth.add(i < 64 ? 0.01 : 3)).flatMap((is, i) =>
    is ? [i] : [],
  );
  expect(changes).toEqual([31, 69]);
  expect(depth.tasks).toBe(2);
});
