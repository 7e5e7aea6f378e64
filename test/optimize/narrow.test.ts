/** Detects reshapes that make what nobody reads, or that read beside the part that was made. */
import { arange, type ChunkedArray, concat, eye } from "chunkwise";
import { describe, expect, test } from "vitest";
import { lower } from "#src/graph/lower";
import { optimize, passes } from "#src/optimize/optimize";
import { runExprs } from "../support/run.js";

/** The points that loops go through for an array, and the bytes of all that is stored on the way. */
function workOf({ expr }: ChunkedArray): { points: number; bytes: number } {
  const { roots, stored } = optimize([expr]);
  const { points, table } = lower([{ expr: roots[0]!, sink: null }], { backend: "wasm", stored, spilled: new Map() });
  return { points, bytes: table.bytes.reduce((sum, bytes) => sum + bytes, 0) };
}

test("ten elements of a product of 90,000 rows and columns take the work of ten elements", async () => {
  const ten = eye(300)
    .kron(eye(300))
    .slice([301, [295, 305]]);
  const { points, bytes } = workOf(ten);
  expect(points).toBeLessThan(100);
  expect(bytes).toBeLessThan(1000);
  expect((await ten.compute()).toArray()).toEqual([0, 0, 0, 0, 0, 0, 1, 0, 0, 0]);
});

test("a part of a reshape of a reshape takes no more of either than it reads", () => {
  const x = arange(1_000_000)
    .astype("float64")
    .reshape([1000, 1000])
    .multiply(2)
    .reshape([4000, 250])
    .slice([[7, 9]]);
  expect(workOf(x).points).toBeLessThan(4000);
});

test("a reshape that is read here and there is made whole", () => {
  const x = arange(40_000).reshape([200, 200]);
  const { points } = workOf(x.slice([null, 3]));
  expect(points).toBeGreaterThanOrEqual(40_000);
  expect(points).toBeLessThan(41_000);
});

describe("parts of reshapes have the elements of the whole", () => {
  const x = arange(60 * 70 * 8, { chunks: 977 }).reshape([60, 70, 8]);
  const y = x.reshape([240, 140]);
  const ways: Record<string, ChunkedArray> = {
    rows: y.slice([[200, 203]]),
    "one element": y.slice([239, 139]),
    "columns of a few rows": y.slice([
      [17, 20],
      [3, 9],
    ]),
    "backwards, transposed": y.slice([[20, 10, -3], [130]]).T,
    "two parts of it": concat([y.slice([[1, 3]]), y.add(1).slice([[8, 9]])]),
    "through a third shape": y.reshape([33600]).slice([[7777, 7790]]),
    "repeated along a new axis": y
      .slice([[5, 6]])
      .broadcastTo([3, 140])
      .sum(0),
    nothing: y.slice([[4, 4]]),
  };
  test.each(Object.entries(ways))("a part of a reshape has the elements of the whole: %s", async (_, { expr }) => {
    const [parts] = await runExprs([expr]);
    const [whole] = await runExprs([expr], { passes: passes.filter(({ name }) => name !== "narrow") });
    expect(parts!.toArray()).toEqual(whole!.toArray());
  });
});
