/**
 * Detects progress that goes backwards, does not add up, comes too often or not at the end, and callbacks whose errors
 * are lost or break the executor.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import {
  type ChunkedArray,
  type ComputeOptions,
  compute,
  ones,
  openNpy,
  type Progress,
  random,
  zeros,
} from "chunkwise";
import { afterEach, describe, expect, test } from "vitest";
import { temporaryFolder } from "../support/folder.js";
import { expectFiles, expectNoListeners, expectPoolWorks, rejectionOf, worked } from "./helpers.js";

const folder = temporaryFolder();
const path = join(folder, "x.npy");

/** All progress that a computation reports. */
async function told(start: (options: ComputeOptions) => Promise<unknown>, workers: number): Promise<Progress[]> {
  const all: Progress[] = [];
  await start({ workers, onProgress: (progress) => all.push(progress) });
  return all;
}

/** Some blocks that take a while, so that there is progress to report. */
const slow = (): ChunkedArray =>
  ones([20], { chunks: 1 }).mapBlocks(({ data }) => {
    for (const end = Date.now() + 25; Date.now() < end; );
    return data;
  });

describe.each([0, 1, 2])("with %i workers", (workers) => {
  test("progress grows, and ends with the numbers of the whole", async () => {
    const all = await told((options) => slow().sum().compute(options), workers);
    expect(all.length).toBeGreaterThan(1);
    for (const [i, now] of all.entries()) {
      const before = all[i - 1] ?? now;
      for (const name of [
        "tasksDone",
        "bytesMapped",
        "bytesRead",
        "bytesWritten",
        "fraction",
        "milliseconds",
        "peakMemory",
      ] as const) {
        expect(now[name], name).toBeGreaterThanOrEqual(before[name]);
      }
      expect(now.fraction).toBeCloseTo(now.tasksDone / now.tasks, 12);
      expect(now.memory).toBeLessThanOrEqual(now.peakMemory);
      expect(now.fraction === 1).toBe(i === all.length - 1); // the end is reported once
    }
    const last = all.at(-1)!;
    expect(all.length).toBeLessThanOrEqual(last.milliseconds / 100 + 2); // about ten times a second
    expect(last).toMatchObject({
      fraction: 1,
      millisecondsLeft: 0,
      tasksDone: last.tasks,
      bytesRead: 0,
      bytesToRead: 0,
    });
    expect(last.tasks).toBeGreaterThanOrEqual(20);
  });

  test("the reported bytes read and written add up", async () => {
    const [save] = (
      await told((options) => random.normal([500, 40], { seed: 1, chunks: 100 }).saveNpy(path, options), workers)
    ).slice(-1);
    expect(save).toMatchObject({ bytesRead: 0, bytesToRead: 0, bytesWritten: 500 * 40 * 8, fraction: 1 });
    const [read] = (await told((options) => openNpy(path, { chunks: 70 }).sum().compute(options), workers)).slice(-1);
    expect(read).toMatchObject({ bytesRead: 500 * 40 * 8, bytesToRead: 500 * 40 * 8, bytesWritten: 0, fraction: 1 });
    expect(read!.bytesPerSecond).toBeGreaterThan(0);
  });

  test("the end is reported even where there was nothing to do", async () => {
    for (const start of [
      (options: ComputeOptions) => compute([], options),
      (options: ComputeOptions) => zeros([0, 3]).compute(options),
      (options: ComputeOptions) => zeros([]).persist(options),
    ]) {
      expect((await told(start, workers)).map(({ fraction }) => fraction)).toEqual([1]);
    }
  });
});

test("blocks() and persist() report progress, too", async () => {
  const all: Progress[] = [];
  for await (const _ of slow().blocks({ onProgress: (progress) => all.push(progress) }));
  expect(all.at(-1)).toMatchObject({ fraction: 1, tasksDone: 20 });
  expect((await told((options) => worked(slow()).persist(options), 2)).at(-1)).toMatchObject({ fraction: 1 });
});

describe("a callback that throws ends the computation with its error", () => {
  const mine = new RangeError("mine");
  const throwsAt =
    (when: (progress: Progress) => boolean): ComputeOptions["onProgress"] =>
    (progress) => {
      if (when(progress)) throw mine;
    };
  const moments: [string, (progress: Progress) => boolean][] = [
    ["at once", () => true],
    ["in the middle", ({ tasksDone }) => tasksDone > 3],
    ["at the end", ({ fraction }) => fraction === 1],
  ];
  afterEach(() => expectPoolWorks(2));

  test.each(moments)("when it throws %s", async (_, when) => {
    const onProgress = throwsAt(when) as () => void;
    const { signal } = new AbortController();
    for (const workers of [0, 2]) {
      const options = { onProgress, signal, workers };
      expect(await rejectionOf(slow().sum().compute(options))).toBe(mine);
      expect(await rejectionOf(slow().saveNpy(join(folder, "never.npy"), options))).toBe(mine);
      const read = async (): Promise<void> => {
        for await (const { block } of slow().blocks(options)) expect(block.size).toBe(1);
      };
      expect(await rejectionOf(read())).toBe(mine);
      expect((await ones([4], { chunks: 1 }).compute({ workers })).size).toBe(4);
    }
    expectNoListeners(signal);
    expectFiles(folder, ...(existsSync(path) ? ["x.npy"] : []));
  });
});
