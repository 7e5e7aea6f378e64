/**
 * Detects computations that do not stop on request: that hang, reject with something else than the signal's
 * reason, or leave a listener, a file or a broken pool behind.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type ChunkedArray, type ComputeOptions, close, compute, ones, random } from "chunkwise";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { temporaryFolder } from "../support/folder.js";
import {
  expectFiles,
  expectNoListeners,
  expectPoolWorks,
  program,
  rejectionOf,
  threads,
  until,
  worked,
} from "./helpers.js";

const folder = temporaryFolder();
const path = join(folder, "x.npy");
const reason = new RangeError("the user has left");

/** Blocks that take a while each: all of them about 20 seconds on one worker. Each leaves its mark when it begins. */
const slow = (): ChunkedArray =>
  ones([1000], { chunks: 1 }).mapBlocks(({ data }) => {
    process.env.CHUNKWISE_TEST_BLOCKS += "."; // workers share the environment
    for (const end = Date.now() + 20; Date.now() < end; );
    return data;
  });
const endless = (): ChunkedArray =>
  ones([4], { chunks: 1 }).mapBlocks(() => {
    process.env.CHUNKWISE_TEST_BLOCKS += ".";
    while (true);
  });
/** Blocks that give back their thread, and never end. */
const waiting = (): ChunkedArray =>
  ones([1]).mapBlocks(() => {
    process.env.CHUNKWISE_TEST_BLOCKS += ".";
    return new Promise(() => {});
  });
/** One task of many tiles, which takes most of an hour, after a block that leaves its mark. */
const oneLongTask = (): ChunkedArray => {
  const first = ones([1]).mapBlocks(({ data }) => {
    process.env.CHUNKWISE_TEST_BLOCKS += ".";
    return data;
  });
  return random
    .normal([2 ** 37], { seed: 1, chunks: 2 ** 37 })
    .add(first)
    .sum();
};

/** How many blocks have begun. */
const blocks = (): number => process.env.CHUNKWISE_TEST_BLOCKS?.length ?? 0;
const begun = (): Promise<void> => until(() => blocks() > 0);
const atOnce = (): Promise<void> => Promise.resolve();

/** Starts something, aborts it at a moment, and waits for its end. It must reject with the reason itself. */
async function abort(start: (options: ComputeOptions) => Promise<unknown>, moment: () => Promise<void>): Promise<void> {
  process.env.CHUNKWISE_TEST_BLOCKS = "";
  const controller = new AbortController();
  const rejection = rejectionOf(start({ signal: controller.signal, workers: 2 }));
  await moment();
  controller.abort(reason);
  expect(await rejection).toBe(reason);
  expectNoListeners(controller.signal);
}

/** The threads of the pool's two workers. */
const bothThreads = (): Promise<Set<unknown>> => threads(2, { workers: 2 });

/** Waits until this process has worked for a while, on whichever of its threads. */
async function busy(milliseconds: number): Promise<void> {
  const before = process.cpuUsage();
  await until(() => process.cpuUsage(before).user > 1000 * milliseconds);
}

// other files of tests in the same process may have left more than two workers
beforeAll(() => close());
afterAll(() => delete process.env.CHUNKWISE_TEST_BLOCKS);
afterEach(() => expectPoolWorks(2));

describe("compute rejects with the signal's reason", () => {
  test("when aborted before the start, and runs nothing", async () => {
    const array = ones([4]).mapBlocks(() => process.exit(1));
    const signal = AbortSignal.abort(reason);
    const starts = [array.compute({ signal }), compute([array, array], { signal }), array.persist({ signal })];
    for (const start of [...starts, array.saveNpy(path, { signal }), array.blocks({ signal }).next()]) {
      expect(await rejectionOf(start)).toBe(reason);
    }
    expectFiles(folder);
    expectNoListeners(signal);
  });

  test("when aborted in the same turn, before any worker is up", () =>
    abort((options) => slow().compute(options), atOnce));

  test("when aborted between tasks, and begins no further block", async () => {
    for (const how of ["compute", "persist"] as const) {
      await abort((options) => slow()[how](options), begun);
      const then = blocks();
      expect(then).toBeLessThan(1000);
      await expectPoolWorks(2);
      expect(blocks()).toBe(then);
    }
  });

  test("when aborted within one long task, which stops at its next tile and leaves its worker alive", async () => {
    const before = await bothThreads();
    const inTheMiddle = async (): Promise<void> => {
      await begun();
      await busy(200);
    };
    await abort((options) => oneLongTask().compute(options), inTheMiddle);
    expect([...before]).toEqual(expect.arrayContaining([...(await bothThreads())]));
  });

  test("when aborted within a user's endless loop, whose worker is replaced", async () => {
    const before = await bothThreads();
    await abort((options) => endless().compute(options), begun);
    const after = await bothThreads();
    expect([...after].some((thread) => !before.has(thread))).toBe(true);
    await abort((options) => waiting().compute(options), begun);
  });

  test("when aborted while tasks run on the calling thread", async () => {
    const many = ones([3_000_000], { chunks: 100 }).sqrt().add(1);
    let done = 0;
    const onProgress: ComputeOptions["onProgress"] = ({ tasksDone }) => {
      done = tasksDone;
    };
    const start = (options: ComputeOptions): Promise<unknown> => many.compute({ ...options, workers: 0, onProgress });
    await abort(start, () => until(() => done > 0));
    expect(done).toBeLessThan(30_000);
  });

  test("when aborted by onProgress", async () => {
    const controller = new AbortController();
    const { signal } = controller;
    expect(await rejectionOf(slow().compute({ signal, onProgress: () => controller.abort(reason) }))).toBe(reason);
    expectNoListeners(signal);
  });

  test("when a timeout aborts: a TimeoutError", async () => {
    const signal = AbortSignal.timeout(50);
    expect(await rejectionOf(slow().compute({ signal }))).toBe(signal.reason);
    expect(signal.reason).toMatchObject({ name: "TimeoutError" });
  });

  test("whatever the reason is: none, null or a text", async () => {
    for (const given of [undefined, null, 0, "text"]) {
      const controller = new AbortController();
      const rejection = rejectionOf(slow().compute({ signal: controller.signal }));
      controller.abort(given);
      expect(await rejection).toBe(controller.signal.reason);
    }
  });
});

test("an aborted save leaves no part of a file, and an older file as it was", async () => {
  const save = (options: ComputeOptions): Promise<void> => slow().saveNpy(path, options);
  await abort(save, begun);
  expectFiles(folder);
  writeFileSync(path, "older");
  await abort(save, begun);
  await abort(save, atOnce);
  expectFiles(folder, "x.npy");
  expect(readFileSync(path, "latin1")).toBe("older");
});

test("a program that has aborted an endless loop ends by itself", async () => {
  const { code, stdout } = await program(`
    import { ones } from "chunkwise";
    const endless = ones([4], { chunks: 1 }).mapBlocks(() => { process.env.BEGAN = "yes"; while (true); });
    const controller = new AbortController();
    const end = endless.compute({ signal: controller.signal, workers: 2 }).catch((error) => console.log(error.name));
    while (!process.env.BEGAN) await new Promise((resolve) => setTimeout(resolve, 2));
    controller.abort();
    await end;`);
  expect({ code, stdout }).toEqual({ code: 0, stdout: "AbortError\n" });
});

test("an abort after the end changes no result", async () => {
  const controller = new AbortController();
  const result = await worked(ones([4])).compute({ signal: controller.signal });
  controller.abort(reason);
  expect(result.toArray()).toEqual([1, 1, 1, 1]);
});

test("one signal for hundreds of computations, in turn and at once, keeps no listener", async () => {
  const { signal } = new AbortController();
  const warnings: Error[] = [];
  const warn = (warning: Error): number => warnings.push(warning);
  process.on("warning", warn);
  for (let i = 0; i < 200; i++)
    await (i % 2 === 0 ? ones([4], { chunks: 2 }) : worked(ones([4]))).sum().compute({ signal });
  // from eleven at once on Node warns of any listeners
  await Promise.all(Array.from({ length: 10 }, () => worked(ones([4])).compute({ signal })));
  for await (const { block } of ones([4], { chunks: 1 }).blocks({ signal })) expect(block.size).toBe(1);
  expectNoListeners(signal);
  await new Promise((resolve) => setImmediate(resolve));
  process.off("warning", warn);
  expect(warnings).toEqual([]);
});

test("an abort at any moment of a computation gives the reason or the result", async () => {
  for (let i = 0; i < 200; i++) {
    const controller = new AbortController();
    const { signal } = controller;
    const done = worked(random.uniform([64], { seed: 1, chunks: 8 }))
      .sum()
      .compute({ signal, workers: 2 });
    const end = done.then(
      () => undefined,
      (error: unknown) => error,
    );
    for (let turn = 0; turn < i % 20; turn++) await new Promise((resolve) => setImmediate(resolve));
    controller.abort(reason);
    expect([undefined, reason]).toContain(await end);
    expectNoListeners(signal);
  }
});
