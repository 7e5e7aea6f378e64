/**
 * Detects work that is done twice where several results share it, results in the wrong place, and a source that is read
 * more than once.
 */
import { statSync } from "node:fs";
import { join } from "node:path";
import {
  arange,
  type ChunkedArray,
  compute,
  explain,
  fromArray,
  type NDArray,
  ones,
  openNpy,
  type Progress,
  random,
  saveNpz,
  store,
  zeros,
} from "chunkwise";
import { beforeAll, describe, expect, test } from "vitest";
import { formatBytes } from "#src/data/bytes";
import { ArgumentError } from "#src/data/errors";
import { npyHeader } from "#src/formats/npy/npy";
import { temporaryFolder } from "../support/folder.js";
import { countingCalls, rejectionOf } from "./helpers.js";

const path = join(temporaryFolder(), "x.npy");
const open = (): ChunkedArray => openNpy(path, { chunks: [500, 100] });
let bytes: number;

beforeAll(async () => {
  await random.normal([3000, 100], { seed: 1 }).saveNpy(path);
  bytes = statSync(path).size - npyHeader({ dtype: "float64", shape: [3000, 100] }).length;
});

/** The bytes that a computation read from files. */
async function bytesRead(arrays: readonly ChunkedArray[]): Promise<number> {
  let last: Progress | undefined;
  await compute(arrays, {
    workers: 2,
    onProgress: (told) => {
      last = told;
    },
  });
  expect(last!.bytesToRead).toBe(last!.bytesRead);
  return last!.bytesRead;
}

describe("a source is read once", () => {
  const shared: Record<string, (x: ChunkedArray) => ChunkedArray[]> = {
    "one reduction": (x) => [x.mean(0)],
    "reductions over one axis": (x) => [x.mean(0), x.std(0), x.min(0), x.max(0), x.sum(0)],
    "reductions over different axes": (x) => [x.mean(0), x.std(0), x.min(0), x.sum(1)],
    "reductions of different maps": (x) => [x.sum(0), x.multiply(x).sum(0), x.abs().max()],
    "the same twice": (x) => [x.sum(0), x.sum(0)],
    "opened twice": () => [open().sum(0), open().mean(0)],
  };
  test.each(Object.entries(shared))("by %s", async (_, make) => {
    expect(await bytesRead(make(open()))).toBe(bytes);
    expect(explain(make(open()))).toContain(`bytes to read: ${formatBytes(bytes)}, 1.00 × the bytes needed`);
  });

  test.each<[string, string, (x: ChunkedArray) => ChunkedArray[]]>([
    ["a stencil", "2.00", (x) => [x.slice([[1, null]]).add(x.slice([[0, -1]]))]],
    ["a stencil with gaps", "1.00", (x) => [x.slice([[0, null, 2]]).add(x.slice([[1, null, 2]]))]],
    ["values that wait for a first pass", "2.00", (x) => [x.subtract(x.mean(0)).max()]],
    ["blocks across and along", "1.00", (x) => [x.slice([[0, 700], [50, 60]]).sum(1)]],
    ["a part and the whole", "1.23", (x) => [x.sum(0), x.slice([[0, 700]]).rechunk(700).sum(0)]],
  ])("unless it must be read again: %s", (_, ratio, make) => {
    expect(explain(make(open()))).toContain(`, ${ratio} × the bytes needed`);
  }); // biome-ignore format: a table

  test("only where it is needed", async () => {
    expect(
      await bytesRead([
        open()
          .slice([[0, 30]])
          .sum(),
      ]),
    ).toBe(30 * 100 * 8);
    expect(await bytesRead([open().shape.length > 0 ? ones([3]) : open()])).toBe(0);
  });

  test("and gives the values that each result has alone", async () => {
    const arrays = [open().mean(0), open().std(0), open().min(0), open().sum(1)];
    const together = await compute(arrays, { workers: 2 });
    for (const [i, array] of arrays.entries()) expect(together[i]).toEqual(await array.compute());
  });
});

test("results come in the order of the arrays, even if these repeat or depend on each other", async () => {
  const x = arange(6, { dtype: "float64", chunks: 4 });
  const results = await compute([
    x.sum(),
    x,
    x,
    x.add(1),
    x.reshape([2, 3]).T,
    arange(6, { dtype: "float64", chunks: 4 }),
    zeros([0]),
  ]);
  expect(results.map((result) => result.toArray())).toEqual([
    15,
    [0, 1, 2, 3, 4, 5],
    [0, 1, 2, 3, 4, 5],
    [1, 2, 3, 4, 5, 6],
    [
      [0, 3],
      [1, 4],
      [2, 5],
    ],
    [0, 1, 2, 3, 4, 5],
    [],
  ]);
  expect(results[1]!.data).not.toBe(results[2]!.data);
});

test("what results share is computed once", async () => {
  const { array, calls } = countingCalls(ones([10], { chunks: 1 }));
  const [sum, whole, most]: [NDArray, NDArray, NDArray] = await compute([array.sum(), array, array.add(1).max()], {
    workers: 2,
  });
  expect([sum!.item(), whole!.toArray(), most!.item()]).toEqual([10, new Array(10).fill(1), 2]);
  expect(calls()).toBe(10);
});

test("many computations at once on one pool do not mix", async () => {
  const starts = Array.from({ length: 30 }, (_, i) => {
    const array = fromArray(Float64Array.of(i, i, i), { chunks: 1 }).mapBlocks((block) => block.data);
    return array.sum().compute({ workers: 2 });
  });
  expect((await Promise.all(starts)).map((sum) => sum.item())).toEqual(starts.map((_, i) => 3 * i));
});

test("an empty list of arrays has no results", async () => {
  expect(await compute([])).toEqual([]);
  expect(await compute([], { workers: 2 })).toEqual([]);
});

test.each([[undefined], [null], [5], ["x"], [{}], [[1]], [[null]], [ones([3])], [new Set([ones([3])])]])(
  "%s is not a list of arrays",
  async (arrays) => {
    const error = await rejectionOf(compute(arrays as never));
    expect(error).toBeInstanceOf(ArgumentError);
    expect((error as Error).message).toMatch(/^compute: takes a list of arrays; (got|entry 0 is) /);
  },
);

test("what is given for a list of arrays is named, with advice where there is a method", async () => {
  const x = ones([3]);
  const kinds = "a chunked array, an NDArray, a typed array or nested lists";
  const given = async (promise: Promise<unknown>): Promise<string> => ((await rejectionOf(promise)) as Error).message;
  expect(await given(compute(x as never))).toBe(
    "compute: takes a list of arrays; got a ChunkedArray; a single one has its own compute()",
  );
  expect(await given(compute([x, 5] as never))).toBe(
    `compute: takes a list of arrays; entry 1 is 5; expected ${kinds}`,
  );
  expect(await given(store(x as never, []))).toBe("store: takes a list of arrays; got a ChunkedArray");
  expect(await given(saveNpz("x.npz", { a: x, b: 5 } as never))).toBe(`saveNpz: "b" is 5; expected ${kinds}`);
  expect(await given(compute(new Float64Array(2) as never))).toBe(
    "compute: takes a list of arrays; got a Float64Array of 2 elements; write compute([…]) for a single one",
  );
});
