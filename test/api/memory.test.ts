/** Detects computations that start although they cannot fit, that use more than they may, or forget what is kept. */
import { join } from "node:path";
import { arange, type ChunkedArray, type ComputeOptions, compute, ones, random } from "chunkwise";
import { describe, expect, test } from "vitest";
import { MemoryLimitError } from "#src/data/errors";
import { temporaryFolder } from "../support/folder.js";
import { countingCalls, expectFiles, rejectionOf, worked } from "./helpers.js";

const top = temporaryFolder();
const saved = temporaryFolder();
const MB = 1_000_000;

describe("what cannot fit is refused before anything runs", () => {
  async function refusal(
    array: ChunkedArray,
    start: (array: ChunkedArray) => Promise<unknown>,
  ): Promise<MemoryLimitError> {
    const { array: watched, calls } = countingCalls(array);
    const error = await rejectionOf(start(watched));
    expect(error).toBeInstanceOf(MemoryLimitError);
    expect(calls()).toBe(0);
    return error as MemoryLimitError;
  }
  const options = { memoryLimit: "1MB", scratchFolder: top };

  test("a block, with its operation, its place, the sizes, and what to do", async () => {
    const large = ones([400_000], { chunks: 200_000 });
    for (const start of [
      (x: ChunkedArray) => x.sum().compute(options),
      (x: ChunkedArray) => x.saveNpy(join(top, "x.npy"), options),
      (x: ChunkedArray) => x.blocks(options).next(),
    ]) {
      const { needed, limit, message } = await refusal(large, start);
      expect(message).toMatch(
        /^mapBlocks: block \[\d\] needs \d\.\d+ MB \(.* of inputs, .* of results, .* at work\), and /,
      );
      expect(message).toMatch(
        /and 1.00 MB may be used(, of which the results take .*B)?; use smaller chunks or a larger memoryLimit$/,
      );
      expect(needed).toBeGreaterThan(3.2 * MB);
      expect(limit).toBe(MB);
    }
    expectFiles(top);
  });

  test("a result, with its size and the ways around it", async () => {
    const large = ones([200_000], { chunks: 1000 });
    for (const start of [
      (x: ChunkedArray) => x.compute(options),
      (x: ChunkedArray) => compute([x.slice([[0, 100_000]]), x.slice([[100_000, null]])], options),
      (x: ChunkedArray) => x.persist(options),
    ]) {
      const { needed, limit, message } = await refusal(large, start);
      expect({ needed, limit }).toEqual({ needed: 1.6 * MB, limit: MB });
      expect(message).toMatch(
        /^(compute|persist): the results take 1.60 MB and 1.00 MB may be used; save them to a file/,
      );
    }
  });

  test("a result beyond what a runtime can allocate", async () => {
    const error = await rejectionOf(ones([2 ** 45], { chunks: 2 ** 45 }).compute({ memoryLimit: "1000TB" }));
    expect(error).toMatchObject({ name: "MemoryLimitError", needed: 2 ** 48, cause: { name: "RangeError" } });
  });
});

describe("what fits stays within the limit", () => {
  /** The most memory that a computation used together with its results. */
  async function peak(start: (options: ComputeOptions) => Promise<unknown>, memoryLimit: number): Promise<number> {
    let most = 0;
    const onProgress: ComputeOptions["onProgress"] = ({ memory, peakMemory }) => {
      expect(memory).toBeLessThanOrEqual(peakMemory);
      most = Math.max(most, peakMemory);
    };
    await start({ memoryLimit, workers: 3, scratchFolder: top, onProgress });
    expectFiles(top);
    return most;
  }
  const noise = random.uniform([1000, 800], { seed: 1, chunks: [100, 100] }); // 6.4 MB

  test.each([2, 3, 8, 100])("with %i MB for chunks and tasks", async (megabytes) => {
    const limit = megabytes * MB;
    const computations: [results: number, start: (options: ComputeOptions) => Promise<unknown>][] = [
      [8, (options) => worked(noise).mean().compute(options)],
      [6400, (options) => worked(noise).std(0).compute(options)],
      [6400, (options) => worked(noise.T).rechunk([400, 250]).add(noise.T).sum(0).compute(options)],
      [0, (options) => worked(noise).rechunk([1000, 20]).saveNpy(join(saved, "x.npy"), options)],
    ];
    for (const [results, start] of computations) {
      const most = await peak(start, limit);
      expect(most).toBeGreaterThan(0);
      expect(most).toBeLessThanOrEqual(limit - results);
    }
  });

  test("including the results", async () => {
    const array = worked(ones([300_000], { chunks: 10_000 }));
    for (const limit of [4 * MB, 10 * MB]) {
      const most = await peak((options) => array.compute(options), limit);
      expect(most).toBeLessThanOrEqual(limit - array.nbytes);
    }
  });
});

test("persist keeps the chunks: a block function is called once for each", async () => {
  const { array, calls } = countingCalls(arange(100, { dtype: "float64", chunks: 10 }));
  const kept = await array.multiply(2).persist({ workers: 2 });
  expect(calls()).toBe(10);
  expect({ dtype: kept.dtype, shape: kept.shape, chunks: kept.chunks }).toEqual({
    dtype: "float64",
    shape: [100],
    chunks: array.chunks,
  });
  expect((await kept.sum().compute()).item()).toBe(9900);
  expect(
    (
      await worked(kept)
        .rechunk(7)
        .slice([[99, 0, -9]])
        .compute()
    ).toArray(),
  ).toEqual(Array.from({ length: 11 }, (_, i) => 2 * (99 - 9 * i)));
  expect(calls()).toBe(10);
});
