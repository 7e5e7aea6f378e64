/**
 * Detects computations that do not stop when they are told to: that hang, reject with something else than the signal's
 * reason, or leave a listener, a file or a broken pool behind.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type ChunkedArray, type ComputeOptions, compute, ones, random } from "chunkwise";
import { afterEach, describe, expect, test } from "vitest";
import { temporaryFolder } from "../formats/folder.js";
import { expectFiles, expectNoListeners, expectPoolWorks, program, rejectionOf, worked } from "./helpers.js";

const folder = temporaryFolder();
const path = join(folder, "x.npy");
const reason = new RangeError("the user has left");

/** Blocks that take a while each: all of them about 20 seconds on one worker. */
const slow = (): ChunkedArray =>
  ones([1000], { chunks: 1 }).mapBlocks(({ data }) => {
    for (const end = Date.now() + 20; Date.now() < end; );
    return data;
  });
const endless = (): ChunkedArray =>
  ones([4], { chunks: 1 }).mapBlocks(() => {
    while (true);
  });
/** One task of many tiles, which takes some ten seconds. */
const oneLongTask = (): ChunkedArray => random.normal([2 ** 29], { seed: 1, chunks: 2 ** 29 }).sum();

/** Starts something, aborts it, and says how long it took to end after that. It must reject with the reason itself. */
async function abort(start: (options: ComputeOptions) => Promise<unknown>, milliseconds: number): Promise<number> {
  const controller = new AbortController();
  const rejection = rejectionOf(start({ signal: controller.signal, workers: 2 }));
  if (milliseconds > 0) await new Promise((resolve) => setTimeout(resolve, milliseconds));
  controller.abort(reason);
  const began = performance.now();
  expect(await rejection).toBe(reason);
  expectNoListeners(controller.signal);
  return performance.now() - began;
}

afterEach(() => expectPoolWorks(2));

describe("compute rejects with the signal's reason", () => {
  test("aborted before the start: nothing runs", async () => {
    const array = ones([4]).mapBlocks(() => process.exit(1));
    const signal = AbortSignal.abort(reason);
    const starts = [array.compute({ signal }), compute([array, array], { signal }), array.persist({ signal })];
    for (const start of [...starts, array.saveNpy(path, { signal }), array.blocks({ signal }).next()]) {
      expect(await rejectionOf(start)).toBe(reason);
    }
    expectFiles(folder);
    expectNoListeners(signal);
  });

  test("aborted in the same turn, before any worker is up", () => abort((options) => slow().compute(options), 0));

  test("aborted between tasks", async () => {
    expect(await abort((options) => slow().compute(options), 100)).toBeLessThan(8000);
    expect(await abort((options) => slow().persist(options), 100)).toBeLessThan(8000);
  });

  test("aborted within one long task, which stops at its next tile", async () => {
    expect(await abort((options) => oneLongTask().compute(options), 300)).toBeLessThan(4000);
  });

  test("aborted within a user's endless loop, whose worker is replaced", async () => {
    expect(await abort((options) => endless().compute(options), 300)).toBeLessThan(8000);
    expect(
      await abort(
        (options) =>
          ones([1])
            .mapBlocks(() => new Promise(() => {}))
            .compute(options),
        300,
      ),
    ).toBeLessThan(8000);
  });

  test("aborted while tasks run on the calling thread", async () => {
    const many = ones([3_000_000], { chunks: 100 }).sqrt().add(1);
    expect(await abort((options) => many.compute({ ...options, workers: 0 }), 50)).toBeLessThan(8000);
  });

  test("aborted by onProgress", async () => {
    const controller = new AbortController();
    const { signal } = controller;
    expect(await rejectionOf(slow().compute({ signal, onProgress: () => controller.abort(reason) }))).toBe(reason);
    expectNoListeners(signal);
  });

  test("a timeout's reason is a TimeoutError", async () => {
    const signal = AbortSignal.timeout(50);
    expect(await rejectionOf(slow().compute({ signal }))).toBe(signal.reason);
    expect(signal.reason).toMatchObject({ name: "TimeoutError" });
  });

  test("whatever the reason is: none, null, a text", async () => {
    for (const given of [undefined, null, 0, "text"]) {
      const controller = new AbortController();
      const rejection = rejectionOf(slow().compute({ signal: controller.signal }));
      controller.abort(given);
      expect(await rejection).toBe(controller.signal.reason);
    }
  });
});

test("aborted while saving: no part of a file is left, and an older one stays as it was", async () => {
  const save = (options: ComputeOptions): Promise<void> => slow().saveNpy(path, options);
  await abort(save, 100);
  expectFiles(folder);
  writeFileSync(path, "older");
  await abort(save, 100);
  await abort(save, 0);
  expectFiles(folder, "x.npy");
  expect(readFileSync(path, "latin1")).toBe("older");
});

test("a program that has aborted an endless loop ends by itself", async () => {
  const { code, stdout } = await program(`
    import { ones } from "chunkwise";
    const endless = ones([4], { chunks: 1 }).mapBlocks(() => { while (true); });
    await endless.compute({ signal: AbortSignal.timeout(300), workers: 2 }).catch((error) => console.log(error.name));`);
  expect({ code, stdout }).toEqual({ code: 0, stdout: "TimeoutError\n" });
});

test("aborted after the end: the result stands", async () => {
  const controller = new AbortController();
  const result = await worked(ones([4])).compute({ signal: controller.signal });
  controller.abort(reason);
  expect(result.toArray()).toEqual([1, 1, 1, 1]);
});

test("one signal for hundreds of computations, one after the other and at once, keeps no listener", async () => {
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

test("two hundred aborts, at every moment of a computation", async () => {
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
