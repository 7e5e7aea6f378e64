/**
 * Detects computations that hang when a worker dies under them, errors that do not say why it died, and pools that do
 * not recover. The dying is done in processes of their own where it may take the process along.
 */
import { type ChunkedArray, ComputeError, compute, ones, WorkerError } from "chunkwise";
import { afterEach, describe, expect, test } from "vitest";
import { expectNoListeners, expectPoolWorks, program, rejectionOf, worked } from "./helpers.js";

const grid = (): ChunkedArray => ones([6], { chunks: 1 });

afterEach(() => expectPoolWorks(2));

async function deathOf(array: ChunkedArray): Promise<{ error: ComputeError; cause: WorkerError }> {
  const { signal } = new AbortController();
  const error = await rejectionOf(array.compute({ signal, workers: 2 }));
  expectNoListeners(signal);
  expect(error).toBeInstanceOf(ComputeError);
  const { cause } = error as ComputeError;
  expect(cause).toBeInstanceOf(WorkerError);
  return { error: error as ComputeError, cause: cause as WorkerError };
}

describe("process.exit in a block function", () => {
  test("in one block, again and again, gives an error that names the block and the exit code", async () => {
    const { error, cause } = await deathOf(
      grid().mapBlocks((block, { index }) => (index[0] === 3 ? process.exit(7) : block.data)),
    );
    expect(error).toMatchObject({ operation: "mapBlocks", block: [3] });
    expect(error.madeAt).toMatch(/worker-death\.test\.ts:\d+:\d+$/);
    expect(cause.message).toMatch(/because its worker died: worker \d+ ended: exit code 7/);
  });

  test("in every block gives an error with the exit code", async () => {
    const { cause } = await deathOf(grid().mapBlocks(() => process.exit(0)));
    expect(cause.message).toMatch(/exit code 0/);
  });

  test("once is made good by another worker, also for a neighbour", async () => {
    // the first worker to come here leaves a mark that the next one sees: environment variables are shared
    const array = grid().mapBlocks((block, { index }) => {
      if (index[0] === 2 && process.env.CHUNKWISE_TEST_DIED === undefined) {
        process.env.CHUNKWISE_TEST_DIED = "yes";
        process.exit(1);
      }
      return block.data;
    });
    try {
      const sums = [array, worked(worked(grid()).add(1))].map((x) => x.sum().compute({ workers: 2 }));
      expect((await Promise.all(sums)).map((sum) => sum.item())).toEqual([6, 12]);
      expect(process.env.CHUNKWISE_TEST_DIED).toBe("yes");
    } finally {
      delete process.env.CHUNKWISE_TEST_DIED;
    }
  });

  test("fails saving, persisting and taking blocks", async () => {
    const array = grid().mapBlocks(() => process.exit(1));
    expect(await rejectionOf(array.persist())).toBeInstanceOf(ComputeError);
    expect(await rejectionOf(array.blocks().next())).toBeInstanceOf(ComputeError);
    expect(await rejectionOf(compute([grid(), array]))).toBeInstanceOf(ComputeError);
  });
});

test("an exception outside the function's own promise ends the worker and is given as the reason", async () => {
  const { cause } = await deathOf(
    grid().mapBlocks(() => {
      setTimeout(() => {
        throw new RangeError("out of the blue");
      });
      return new Promise(() => {});
    }),
  );
  expect(cause.message).toMatch(/uncaught RangeError: out of the blue/);
});

test("after a worker ran out of memory the process computes on and ends by itself", async () => {
  const { code, stdout, stderr } = await program(
    `
    import { ones } from "chunkwise";
    const full = ones([4], { chunks: 1 }).mapBlocks(() => {
      for (const all = []; ; ) all.push(new Array(1000).fill(all));
    });
    await full.compute({ workers: 2 }).catch(({ name, cause }) => console.log(name, cause.name, cause.message));
    const sum = await ones([4], { chunks: 1 }).mapBlocks(({ data }) => data).sum().compute({ workers: 2 });
    console.log(sum.item());
  `,
    { flags: ["--max-old-space-size=64"] },
  );
  expect(stdout).toMatch(/^ComputeError WorkerError .*its JavaScript heap is full\n4\n$/);
  expect({ code, fatal: /FATAL/.test(stderr) }).toEqual({ code: 0, fatal: false });
});

test("close() in the middle of a computation fails it, and the next one starts new workers", async () => {
  const { code, stdout } = await program(`
    import { close, ones } from "chunkwise";
    const never = ones([4], { chunks: 1 }).mapBlocks(() => new Promise(() => {})).compute({ workers: 2 });
    const end = never.catch(({ name, cause }) => console.log(name, cause.name));
    await ones([4], { chunks: 1 }).mapBlocks(({ data }) => data).compute({ workers: 1 });
    await close();
    await end;
    console.log((await ones([4], { chunks: 1 }).mapBlocks(({ data }) => data).sum().compute({ workers: 2 })).item());
    await Promise.all([close(), close()]);
    await close();
  `);
  expect({ code, stdout }).toEqual({ code: 0, stdout: "ComputeError ClosedError\n4\n" });
});
