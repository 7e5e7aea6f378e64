/**
 * Arrays that must be decoded, and arrays that are encoded: every operation gives what it gives over a file that is
 * read as it is. Zarr represents all formats, with parts that do not fit to the chunks of the computation.
 */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ChunkedArray, close, type NDArray, openNpy, openZarr, random } from "chunkwise";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "chunkwise-encoded-"));
afterAll(async () => {
  await close();
  rmSync(folder, { recursive: true, force: true });
});

const path = join(folder, "x.npy");
const grids = { divides: [15, 9], crosses: [17, 13] } as const;
type Grid = keyof typeof grids;

beforeAll(async () => {
  await random.normal([60, 45], { seed: 1 }).saveNpy(path);
  for (const [name, chunks] of Object.entries(grids)) await openNpy(path).saveZarr(join(folder, name), { chunks });
});

const opened = (grid: Grid, chunks: number | "auto" = "auto"): Promise<ChunkedArray> =>
  openZarr(join(folder, grid), { chunks });

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

function expectClose(result: NDArray, expected: NDArray): void {
  expect(result.shape).toEqual(expected.shape);
  const wanted = expected.data as Float64Array;
  for (const [i, value] of (result.data as Float64Array).entries()) expect(value).toBeCloseTo(wanted[i]!, 10);
}

describe("decoded", () => {
  describe.each([
    ["in parts that divide it", "divides", "auto"],
    ["in parts that do not", "crosses", "auto"],
    ["in chunks that are no parts", "crosses", 10],
  ] as const)("an array that is decoded %s", (_, grid, chunks) => {
    test.each(Object.entries(programs))("gives what an array in a file gives: %s", async (_name, program) => {
      const expected = await program(openNpy(path, { chunks: 16 })).compute();
      expectClose(await program(await opened(grid, chunks)).compute({ workers: 2 }), expected);
    });
  });

  test("what is missing is said with the operation and the file", async () => {
    const x = openNpy(path);
    const gone = join(folder, "gone.zarr");
    await x.saveZarr(gone, { compressor: "gzip" });
    const array = await openZarr(gone);
    rmSync(gone, { recursive: true });
    await x.multiply(2).saveNpy(gone);
    await expect(array.sum(0).compute()).rejects.toThrow(/^sum: .*gone\.zarr.* \(block \[/);
  });

  test("the plan says how often each byte is decoded", async () => {
    expect((await opened("divides")).sum(0).explain()).toMatch(/bytes to read: .*, 1\.00 × the bytes needed/);
    // each of 36 blocks decodes whole parts of 15 × 9
    expect((await opened("divides", 10)).sum(0).explain()).toContain("3.60 × the bytes needed");
  });
});

describe("encoded", () => {
  test.each(Object.entries(programs))("what was encoded and is decoded is the same: %s", async (name, program) => {
    const to = join(folder, `${name}.zarr`);
    const x = await opened("crosses");
    const made = program(x);
    await made.saveZarr(to, { chunks: made.ndim === 2 ? [9, 8] : [9, 8].slice(0, made.ndim) });
    expectClose(await (await openZarr(to)).compute(), await program(openNpy(path)).compute());
    await made.saveZarr(to, { chunks: 7, mode: "overwrite" });
    expectClose(await (await openZarr(to)).compute(), await program(openNpy(path)).compute());
  });

  test("nothing but the arrays is left in the folder", () => {
    expect(readdirSync(folder).filter((name) => name.startsWith("."))).toEqual([]);
  });
});
