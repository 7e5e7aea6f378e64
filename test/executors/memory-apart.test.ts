/** Detects addresses of this process that reach an executor whose workers could do nothing with them. */
import { arange, compute } from "chunkwise";
import { afterEach, describe, expect, test } from "vitest";
import type { BlockMemory } from "#src/data/memory";
import { executorFor } from "#src/run/executors";
import { native } from "../support/platform.js";

/** The executor of computations without workers, and what it is before a test changes it. */
const executor = executorFor(0);
const original = { begin: executor.begin, sharesMemory: executor.sharesMemory };

afterEach(() => void Object.assign(executor, original));

/** Computes a large array on an executor that says whether it shares memory; gives the memories that it is given. */
async function memoriesGiven(sharesMemory: boolean): Promise<BlockMemory[]> {
  const given: BlockMemory[] = [];
  const begin: typeof executor.begin = (job, answer) => {
    const session = original.begin.call(executor, job, answer);
    const share: typeof session.share = (buffer, memory) => {
      given.push(memory);
      session.share(buffer, memory);
    };
    return { share, run: (worker, tasks) => session.run(worker, tasks), end: (abandon) => session.end(abandon) };
  };
  Object.assign(executor, { begin, sharesMemory });
  const length = 2 ** 22;
  const [result] = await compute([arange(0, length, 1, { dtype: "float64", chunks: [2 ** 20] }).multiply(2)], {
    workers: 0,
  });
  expect(result!.data.at(-1)).toBe(2 * (length - 1));
  return given;
}

describe("the memory of a large result", () => {
  test("is never given by its address to an executor that does not share memory", async () => {
    const given = await memoriesGiven(false);
    expect(given.length).toBeGreaterThan(0);
    expect(given.filter((memory) => "address" in memory)).toEqual([]);
  });

  test.runIf(native)("is given by its address to an executor that shares memory", async () => {
    expect((await memoriesGiven(true)).some((memory) => "address" in memory)).toBe(true);
  });
});
