/** Detects users' functions whose mistakes are not reported, or reported without the block and the line. */
import { type ChunkedArray, ones } from "chunkwise";
import { afterEach, describe, expect, test } from "vitest";
import { ArgumentError } from "#src/data/errors";
import { expectPoolWorks, failureOf, here } from "./helpers.js";

const grid = (): ChunkedArray => ones([6, 4], { chunks: [3, 2] });
afterEach(() => expectPoolWorks());

describe("a user's function", () => {
  test("that throws has its error as the cause and its block named", async () => {
    const array = grid().mapBlocks((block, { index }) => {
      if (index[0] === 1 && index[1] === 0) throw new RangeError("not this one");
      return block.data;
    });
    const line = here(-4);
    const error = await failureOf(array.sum(), Error);
    expect(error).toMatchObject({ operation: "mapBlocks", block: [1, 0], code: "COMPUTE" });
    expect(error.cause).toMatchObject({ name: "RangeError", message: "not this one" });
    expect(error.message).toBe(`mapBlocks: not this one (block [1, 0], made at ${error.madeAt})`);
    expect(error.madeAt).toMatch(new RegExp(`^${line}:\\d+$`));
    expect(error.path).toBeUndefined();
  });

  test("may throw something other than an error, or reject", async () => {
    const throws = grid().mapBlocks(() => {
      throw "just text";
    });
    expect((await failureOf(throws, Error)).message).toMatch(/^mapBlocks: just text \(block/);
    const rejects = grid().mapBlocks(async () => Promise.reject(new TypeError("later")));
    expect((await failureOf(rejects, Error)).cause).toMatchObject({ name: "TypeError", message: "later" });
  });

  const wrong: [string, (array: ChunkedArray) => ChunkedArray, RegExp][] = [
    [
      "too few numbers",
      (x) => x.mapBlocks(({ data }) => data.subarray(1)),
      /returned 5 numbers; .* \[3, 2\] .* float64 has 6/,
    ],
    ["too many numbers", (x) => x.mapBlocks(() => new Array(7).fill(0)), /returned 7 numbers/],
    [
      "half the parts",
      (x) => x.mapBlocks(() => new Float64Array(6), { dtype: "complex128" }),
      /returned 6 numbers; .* has 12/,
    ],
    ["nothing", (x) => x.mapBlocks((() => undefined) as never), /returned undefined; expected/],
    ["null", (x) => x.mapBlocks((() => null) as never), /returned null; expected/],
    ["a text", (x) => x.mapBlocks((() => "123456") as never), /returned string; expected/],
    ["a DataView", (x) => x.mapBlocks((() => new DataView(new ArrayBuffer(48))) as never), /returned object; expected/],
    [
      "texts in a list",
      (x) => x.mapBlocks((() => ["a", 2, 3, 4, 5, 6]) as never),
      /returned string; expected a number/,
    ],
    ["holes in a list", (x) => x.mapBlocks(() => new Array(6)), /returned undefined; expected a number/],
  ];
  test.each(wrong)("fails the task when it returns %s", async (_, make, message) => {
    const error = await failureOf(make(grid()), ArgumentError);
    expect(error.message).toMatch(message);
    expect(error.block).toHaveLength(2);
  });
});
