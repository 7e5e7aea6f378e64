/**
 * Detects failures that are reported badly or leave something behind: an error that does not name its operation, block,
 * file and line; a listener or a file that stays; a pool that is broken afterwards; a process that does not end.
 */
import { rmSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { type ChunkedArray, ComputeError, compute, ones, openNpy, random } from "chunkwise";
import { afterEach, describe, expect, test } from "vitest";
import { ArgumentError, FormatError, StorageError } from "#src/data/errors";
import { temporaryFolder } from "../support/folder.js";
import { expectFiles, expectNoListeners, expectPoolWorks, failureOf, here, program, rejectionOf } from "./helpers.js";

const folder = temporaryFolder();
const path = join(folder, "x.npy");
const grid = (): ChunkedArray => ones([6, 4], { chunks: [3, 2] });

afterEach(async () => {
  await expectPoolWorks();
  rmSync(path, { force: true });
  expectFiles(folder);
});

describe("reading a file that changed after it was opened", () => {
  async function opened(): Promise<ChunkedArray> {
    await random.normal([100, 10], { seed: 1 }).saveNpy(path);
    return openNpy(path, { chunks: [20, 10] });
  }

  test("fails where it was cut off, and says where it ends", async () => {
    const array = await opened();
    truncateSync(path, 4128);
    const error = await failureOf(array.sum(0), FormatError);
    expect(error).toMatchObject({ operation: "sum", path, offset: 4128 });
    expect(error.block).toHaveLength(2);
    expect(error.message).toMatch(
      /^sum: .*x\.npy: the file has shrunk to 4128 bytes since it was opened with 8128 \(block/,
    );
  });

  test("fails where it is cut off meanwhile, and says where it ends", async () => {
    await opened();
    const taken: number[] = [];
    const read = async (): Promise<void> => {
      // one worker reads at most a few of the hundred blocks ahead
      for await (const { index } of openNpy(path, { chunks: [1, 10] })
        .add(1)
        .blocks({ workers: 1 })) {
        taken.push(index[0]!);
        if (index[0] === 1) truncateSync(path, 128 + 50 * 80);
      }
    };
    const error = await rejectionOf(read());
    expect(error).toMatchObject({ name: "ComputeError", operation: "add", path, offset: 4128, block: [50, 0] });
    expect((error as ComputeError).message).toMatch(
      /is truncated: it ends at byte 4128, and bytes 4128 to 4208 were to be/,
    );
    expect(taken).toEqual(Array.from({ length: 50 }, (_, i) => i));
  });

  test("fails where it was deleted", async () => {
    const array = await opened();
    rmSync(path);
    const [double, line] = [array.multiply(2), here()];
    const error = await failureOf(double, StorageError);
    expect(error).toMatchObject({ operation: "multiply", path, cause: { systemCode: "ENOENT" } });
    expect(error.madeAt).toMatch(new RegExp(`^${line}:\\d+$`));
    expect(error.block).toHaveLength(2);
  });

  test("never uses the old header of a file that was written anew", async () => {
    const array = await opened();
    await random.normal([10, 100], { seed: 2 }).saveNpy(path);
    const error = await failureOf(array.sum(), FormatError);
    expect(error.message).toMatch(/has changed since it was opened; open it again/);
    expect((await openNpy(path).compute()).shape).toEqual([10, 100]);
  });
});

test("when one of several results fails, it is named and none is given", async () => {
  const { signal } = new AbortController();
  const bad = grid().mapBlocks(() => []);
  const error = await rejectionOf(compute([grid().sum(), bad, grid().add(1)], { signal }));
  expect(error).toMatchObject({ name: "ComputeError", operation: "mapBlocks" });
  expectNoListeners(signal);
});

test("a failure far down names the operation that failed, with its own line", async () => {
  const bad = grid().mapBlocks(() => []);
  const line = here(-1);
  const error = await failureOf(bad.add(1).mean(0).subtract(3).rechunk(1), ArgumentError);
  expect(error.operation).toBe("mapBlocks");
  expect(error.madeAt).toMatch(new RegExp(`^${line}:\\d+$`));
});

test("a failure inside fused operations names the one that failed, with its own line", async () => {
  const whole = ones([4], { dtype: "int32" });
  const [bad, line] = [whole.pow(whole.negative()), here()];
  for (const array of [bad.add(1).multiply(2), bad.sum()]) {
    const error = await failureOf(array, ArgumentError);
    expect(error.operation).toBe("pow");
    expect(error.message).toMatch(/^pow: an integer has no negative power/);
    expect(error.madeAt).toMatch(new RegExp(`^${line}:\\d+$`));
  }
  const [sum, sumLine] = [bad.pow(whole.negative()).sum(), here()];
  const error = await failureOf(sum, ArgumentError); // either of two
  expect(error.message).toMatch(/^sum: pow: an integer has no negative power/);
  expect(error.madeAt).toMatch(new RegExp(`^${sumLine}:\\d+$`));
});

test("a reduction that fails names its own line, not that of its input", async () => {
  await random.normal([10], { seed: 1 }).saveNpy(path);
  const array = openNpy(path);
  rmSync(path);
  const sum = array.sum();
  const line = here(-1);
  expect((await failureOf(sum, StorageError)).madeAt).toMatch(new RegExp(`^${line}:\\d+$`));
});

test("a failure while saving or taking blocks leaves no file and no listener", async () => {
  const { signal } = new AbortController();
  const bad = grid().mapBlocks((block, { index }) => (index[0] === 0 ? block.data : []));
  expect(await rejectionOf(bad.saveNpy(path, { signal }))).toBeInstanceOf(ComputeError);
  expect(await rejectionOf(bad.persist({ signal }))).toBeInstanceOf(ComputeError);
  expectFiles(folder);
  expectNoListeners(signal);
});

test("a program whose computation failed ends by itself", async () => {
  const { code, stderr, stdout } = await program(`
    import { ones } from "chunkwise";
    const bad = ones([6, 4], { chunks: 2 }).mapBlocks(() => []);
    await bad.compute({ workers: 2 }).catch((error) => console.log(error.name, error.madeAt));
  `);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).toMatch(/^ComputeError .*\[eval1\]:3:\d+\n$/);
});
