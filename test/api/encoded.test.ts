/** Arrays that must be decoded, and arrays that are encoded: the same results as from a file that is read as it is. */
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ChunkedArray, close, fromFunction, openNpy } from "chunkwise";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ChunkedArray as Chunked } from "#src/api/chunked-array";
import { encodedTarget, storeExprs } from "#src/api/save";
import { cut } from "#src/data/chunks";
import type { EncodedArray } from "#src/data/encoded";
import { encodedExpr } from "#src/ops/sources";
import { readNpyHeader } from "#src/storage/formats/npy";

const folder = mkdtempSync(join(tmpdir(), "chunkwise-encoded-"));
afterAll(async () => {
  await close();
  rmSync(folder, { recursive: true, force: true });
});

const path = join(folder, "x.npy");
const shape = [60, 45];

function encoded(from: string, parts: readonly [number, number]): EncodedArray {
  const { dtype, offset, shape: own } = readNpyHeader(from);
  const grid = own.map((length, axis) => cut(length, parts[axis]!));
  return {
    ...{ format: "trial", path: from, version: "1", dtype, shape: own, grid, order: "C" },
    ...{ workspace: 0, storedBytes: 8, params: offset },
  };
}

const opened = (parts: readonly [number, number], chunks: number | "auto" = "auto"): ChunkedArray =>
  new Chunked(encodedExpr(encoded(path, parts), chunks, "open", 2 ** 26));

beforeAll(async () => {
  await fromFunction((i: number, j: number) => Math.sin(i * 45 + j), shape, { chunks: [16, 45] }).saveNpy(path);
});

const programs: Record<string, (x: ChunkedArray) => ChunkedArray> = {
  "as it is": (x) => x,
  "a map": (x) => x.multiply(2).add(1),
  "a fold": (x) => x.sum(0),
  "all of it": (x) => x.std(),
  "a difference that crosses parts": (x) => x.slice([[1, null], null]).subtract(x.slice([[0, -1], null])),
  "with its transpose": (x) => x.slice([[0, 45], null]).add(x.slice([[0, 45], null]).T),
  "backwards, in steps": (x) =>
    x.slice([
      [null, null, -7],
      [2, 40, 3],
    ]),
  "other chunks": (x) => x.rechunk([7, 11]).add(1),
  "a reshape": (x) => x.reshape([45, 60]),
  "a product": (x) => x.T.matmul(x),
  "a user's function": (x) => x.mapBlocks((block) => Array.from(block.data as Float64Array, (v) => v * 2)),
};

describe("decoded", () => {
  describe.each([
    ["in parts that divide it", [15, 9], "auto"],
    ["in parts that do not", [17, 13], "auto"],
    ["in chunks that are no parts", [17, 13], 10],
  ] as const)("%s", (_, parts, chunks) => {
    test.each(Object.entries(programs))("%s", async (_name, program) => {
      const expected = await program(openNpy(path, { chunks: 16 })).compute();
      const result = await program(opened(parts, chunks)).compute({ workers: 2 });
      expect(result.shape).toEqual(expected.shape);
      const [a, b] = [result.data, expected.data];
      for (const [i, value] of a!.entries()) expect(value).toBeCloseTo(Number(b![i]), 10);
    });
  });

  test("what is missing is said with the operation and the file", async () => {
    const gone = { ...encoded(path, [15, 9]), path: join(folder, "gone.npy") };
    const array = new Chunked(encodedExpr(gone, "auto", "open", 2 ** 26));
    await expect(array.sum(0).compute()).rejects.toThrow(/sum: .*gone\.npy/);
  });

  test("the plan tells what is read", () => {
    expect(opened([15, 9]).sum(0).explain()).toContain("bytes to read: 21.6 KB, 1.00 × the bytes needed");
    // each of 36 blocks decodes whole parts of 15 × 9
    expect(opened([15, 9], 10).sum(0).explain()).toContain("3.60 × the bytes needed");
  });
});

describe("encoded", () => {
  test.each(Object.entries(programs).slice(0, 8))("%s", async (_, program) => {
    const x = program(opened([17, 13]));
    const to = join(folder, "out.npy");
    await program(openNpy(path)).saveNpy(to);
    const target = join(folder, "target.npy");
    copyFileSync(to, target);
    const whole = encoded(target, [9, 8].slice(0, x.ndim) as [number, number]);
    writeFileSync(target, readFileSync(to).fill(0, whole.params as number));
    const calls: string[] = [];
    const destination = {
      array: whole,
      commit: async () => void calls.push("commit"),
      discard: async () => void calls.push("discard"),
    };
    await storeExprs([x.expr], [encodedTarget(target, async () => destination)], {}, "save");
    expect(calls).toEqual(["commit"]);
    const [expected, result] = [await openNpy(to).compute(), await openNpy(target).compute()];
    for (const [i, value] of result.data.entries()) expect(value).toBeCloseTo(Number(expected.data[i]), 10);
  });
});
