/**
 * Detects blocks that come in the wrong order, with the wrong place or values, too many of them ahead of a slow reader,
 * and work that goes on after the reader has left.
 */
import { arange, type ChunkedArray, fromArray, NDArray, ones, random, zeros } from "chunkwise";
import { describe, expect, test } from "vitest";
import { countingCalls, expectNoListeners, expectPoolWorks, program, rejectionOf, worked } from "./helpers.js";

const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

/**
 * How many blocks are made when no more come. The workers of a pool take tasks in turn, so a computation on the same
 * pool ends after the tasks that were given before it, however slow the machine is. Their answers may bring more
 * tasks, which the next computation follows.
 */
async function settled(made: () => number, workers: number): Promise<number> {
  let before = made();
  for (let unchanged = 0; unchanged < 2; ) {
    await worked(ones([8 * workers], { chunks: 1 })).compute({ workers });
    const now = made();
    unchanged = now === before ? unchanged + 1 : 0;
    before = now;
  }
  return before;
}

describe("blocks() gives each block once, in C order, with its place", () => {
  const cases: Record<string, () => ChunkedArray> = {
    "a grid with short ends": () => arange(60, { dtype: "float64" }).reshape([3, 4, 5]).rechunk([2, 3, 2]),
    "chunks of any size": () =>
      worked(arange(20, { dtype: "int64" }).reshape([4, 5])).rechunk([
        [3, 1],
        [1, 4],
      ]),
    "a strided view": () => random.uniform([9, 8], { seed: 1, chunks: 3 }).slice([[8, 0, -2], 3]),
    "a reduction of many chunks": () => random.normal([40, 6], { seed: 1, chunks: [3, 2] }).mean(0),
    "an array without axes": () => ones([10]).sum(),
    "an empty array": () => zeros([0, 3]),
    "an empty array in two chunks": () => zeros([4, 0], { chunks: [2, -1] }),
  };
  test.each(Object.entries(cases))("the blocks of %s are the parts of the whole", async (_, make) => {
    const array = make();
    const whole = await array.compute();
    const indices: string[] = [];
    for await (const { index, region, block } of array.blocks({ workers: 2 })) {
      indices.push(String(index));
      expect(block).toBeInstanceOf(NDArray);
      expect(block.dtype).toBe(array.dtype);
      expect(region.map(({ count: elements }) => elements)).toEqual(index.map((at, axis) => array.chunks[axis]![at]));
      expect(block.shape).toEqual(region.map(({ count: elements }) => elements));
      const slice = region.map(({ start, step, count: elements }) => {
        expect(step).toBe(1);
        return [start, start + elements] as const;
      });
      expect(block.toArray()).toEqual(
        (
          await fromArray(whole)
            .slice(slice as never)
            .compute()
        ).toArray(),
      );
    }
    const grid = array.chunks.map((sizes) => sizes.length);
    const all = grid.reduce<number[][]>(
      (list, n) => list.flatMap((at) => Array.from({ length: n }, (_, i) => [...at, i])),
      [[]],
    );
    expect(indices).toEqual(all.map(String));
  });
});

test("a block belongs to its reader: nothing that comes later changes it", async () => {
  const kept: NDArray[] = [];
  for await (const { block } of worked(arange(100, { dtype: "float64" }))
    .rechunk(1)
    .blocks())
    kept.push(block);
  expect(kept.map((block) => block.get(0))).toEqual(Array.from({ length: 100 }, (_, i) => i));
});

describe("backpressure", () => {
  test.each([1, 2, 3])("a slow reader of blocks() holds %i workers back", async (workers) => {
    const { array, calls: made } = countingCalls(ones([60], { chunks: 1 }));
    const reader = array.blocks({ workers });
    const ahead: number[] = [];
    for (let taken = 1; taken <= 4; taken++) {
      await reader.next();
      ahead.push((await settled(made, workers)) - taken);
    }
    // those that were made ahead, besides the block in the reader's hands
    expect(Math.max(...ahead)).toBeLessThanOrEqual(Math.max(2, 2 * workers));
    expect(made()).toBeGreaterThan(4 - 1);
    await reader.return();
  });

  test("blocks() runs nothing before the first block is asked for", async () => {
    const { array, calls: made } = countingCalls(ones([4], { chunks: 1 }));
    const reader = array.blocks({ workers: 2 });
    expect(await settled(made, 2)).toBe(0);
    await reader.return();
    expect(await settled(made, 2)).toBe(0);
  });

  test("blocks() of an array far larger than the memory limit keep within the limit", async () => {
    let [peak, sum] = [0, 0];
    const options = {
      memoryLimit: "4MB",
      workers: 2,
      onProgress: (told: { peakMemory: number }) => {
        peak = told.peakMemory;
      },
    };
    for await (const { block } of worked(ones([4_000_000], { chunks: 50_000 })).blocks(options)) sum += block.size;
    expect(sum).toBe(4_000_000);
    expect(peak).toBeGreaterThan(400_000);
    expect(peak).toBeLessThanOrEqual(4_000_000);
  });
});

describe("a reader that ends early", () => {
  test("by break stops the work", async () => {
    const { array, calls: made } = countingCalls(ones([200], { chunks: 1 }));
    const { signal } = new AbortController();
    for await (const { index } of array.blocks({ workers: 2, signal })) if (index[0] === 3) break;
    const atBreak = made();
    expect(atBreak).toBeLessThan(50);
    expect(await settled(made, 2)).toBe(atBreak);
    expectNoListeners(signal);
    await expectPoolWorks(2);
  });

  test("by an error of its own gets that error", async () => {
    const mine = new Error("mine");
    const read = async (): Promise<void> => {
      for await (const _ of worked(ones([100], { chunks: 1 })).blocks()) throw mine;
    };
    expect(await rejectionOf(read())).toBe(mine);
  });

  test("lets its program end by itself", async () => {
    const { code, stdout } = await program(`
      import { ones } from "chunkwise";
      for await (const { index } of ones([100], { chunks: 1 }).mapBlocks(({ data }) => data).blocks({ workers: 2 })) {
        if (index[0] === 2) break;
      }
      console.log("left");`);
    expect({ code, stdout }).toEqual({ code: 0, stdout: "left\n" });
  });
});

test("an error in the middle comes after the blocks before it", async () => {
  const bad = ones([10], { chunks: 1 }).mapBlocks(({ data }, { index }) => (index[0] === 5 ? [] : data));
  const taken: number[] = [];
  const { signal } = new AbortController();
  const read = async (): Promise<void> => {
    for await (const { index } of bad.blocks({ workers: 1, signal })) taken.push(index[0]!);
  };
  expect(await rejectionOf(read())).toMatchObject({ name: "ComputeError", block: [5] });
  expect(taken).toEqual([0, 1, 2, 3, 4]);
  expectNoListeners(signal);
});

test("after an abort between two blocks the next block is not given", async () => {
  const controller = new AbortController();
  const reader = worked(ones([10], { chunks: 1 })).blocks({ signal: controller.signal });
  await reader.next();
  await reader.next();
  controller.abort(new RangeError("enough"));
  expect(await rejectionOf(reader.next())).toBe(controller.signal.reason);
  expect(await reader.next()).toEqual({ done: true, value: undefined });
  expectNoListeners(controller.signal);
});

test("two readers of the blocks of one array do not disturb each other", async () => {
  const array = worked(arange(20, { dtype: "float64", chunks: 2 }));
  const read = async (milliseconds: number): Promise<number[]> => {
    const seen: number[] = [];
    for await (const { block } of array.blocks({ workers: 2 })) {
      seen.push(...(block.data as Float64Array));
      await pause(milliseconds);
    }
    return seen;
  };
  const [a, b] = await Promise.all([read(0), read(5)]);
  expect(a).toEqual(b);
  expect(a).toEqual(Array.from({ length: 20 }, (_, i) => i));
});
