/** Detects collectors that get in the way of each other: the engine's flags belong to all threads of a process. */
import { getHeapStatistics } from "node:v8";
import { Worker } from "node:worker_threads";
import { expect, onTestFinished, test } from "vitest";
import { beforeHandingOut, beforeStep, collectAll, mostGarbage } from "#src/data/collection";

test("threads that look for unused buffers for the first time at the same moment all go on", async () => {
  const [threads, gate] = [6, new Int32Array(new SharedArrayBuffer(4))];
  const file = import.meta.resolve("#src/data/collection");
  const program = `
    const { parentPort, workerData: { file, gate, threads } } = require("node:worker_threads");
    import(file).then(({ beforeHandingOut }) => {
      Atomics.add(gate, 0, 1);
      Atomics.notify(gate, 0);
      for (let n; (n = Atomics.load(gate, 0)) < threads; ) Atomics.wait(gate, 0, n);
      for (let i = 0; i < 3; i++) beforeHandingOut(2 ** 30);
      parentPort.postMessage("went on");
    });`;
  const ends = Array.from({ length: threads }, async () => {
    const worker = new Worker(program, { eval: true, workerData: { file, gate, threads } });
    onTestFinished(async () => void (await worker.terminate()));
    return new Promise((resolve, reject) => {
      worker.on("message", resolve);
      worker.on("error", reject);
    });
  });
  expect(await Promise.all(ends)).toEqual(new Array(threads).fill("went on"));
});

test("more garbage may be left where more memory may be used, and less where threads share it", () => {
  expect([1e9, 128e6, 0].map((limit) => mostGarbage(limit))).toEqual([2 ** 23 + 125e6, 2 ** 23 + 16e6, 2 ** 23]);
  expect(mostGarbage(1e9, 4)).toBe(mostGarbage(1e9) / 4);
});

const MiB = 2 ** 20;

/** The most bytes of buffers while one after the other is made, of which each is unused when the next is made. */
function mostHeld(announce: (bytes: number) => void, bytes: number, count: number): number {
  collectAll();
  const before = getHeapStatistics().external_memory;
  let most = 0;
  for (let i = 0; i < count; i++) {
    announce(bytes);
    new Uint8Array(bytes).fill(i);
    most = Math.max(most, getHeapStatistics().external_memory - before);
  }
  return most;
}

test("unused young buffers do not pile up where much memory may be used", () => {
  const most = mostHeld((bytes) => beforeHandingOut(bytes, mostGarbage(64e9)), MiB, 48);
  expect(most).toBeGreaterThan(0);
  expect(most).toBeLessThan(24 * MiB);
});

test("of large buffers that hold a step of the work, few are there at a time", () => {
  const most = mostHeld(beforeStep, 4 * MiB, 16);
  expect(most).toBeGreaterThanOrEqual(4 * MiB);
  expect(most).toBeLessThanOrEqual(12 * MiB);
});
