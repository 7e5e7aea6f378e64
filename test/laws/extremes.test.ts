/**
 * Law 5 at the limits: every reduction of numbers beyond 1e154, of tiny and subnormal ones and of infinities gives what
 * NumPy gives, however the array is cut. Detects merges that multiply 0 by an infinity, or meet it in the state of
 * nothing.
 */
import { fromArray } from "chunkwise";
import { describe, expect, test } from "vitest";
import { fill } from "../support/arrays.js";
import { operations } from "./cases.js";
import { type Answers, judge } from "./judged.js";
import { reduce } from "./reduction-cases.js";

const { POSITIVE_INFINITY: inf, NaN: nan } = Number;

/**
 * Rows of eight, so that means of equal numbers are exact. No sum of finite numbers overflows and no product meets both
 * 0 and an infinity: where they do, NumPy's result depends on its order.
 */
const rows = [
  [1e200, 1e200, 1e200, 1e200, 1e200, 1e200, 1e200, 1e200],
  [1e200, -2e200, 3e200, 1e199, 1, 2, 1e200, 1],
  [1e160, 1e160, 1e160, 1, 1, 1, 1, 1e160],
  [1e100, 1e100, 1, 1e100, 1, 1, 1, 2],
  [1e80, -1e80, 1e80, 2e80, 3e80, 1, 1e78, 1],
  [1e-200, 1e-200, 1e-200, 1e-200, 1e-200, 1e-200, 1e-200, 1e-200],
  [1e-160, 2e-160, 3e-160, 4e-160, -1e-160, 5e-160, 0, 0],
  [5e-324, 5e-324, 5e-324, 5e-324, 5e-324, 5e-324, 5e-324, 5e-324],
  [5e-324, 1e-323, -5e-324, 1e-310, 2e-310, 0, -0, 0],
  [1, inf, 2, 3, 4, 5, 6, 7],
  [inf, inf, inf, inf, inf, inf, inf, inf],
  [-inf, -inf, 1, -inf, 2, 3, -inf, 4],
  [inf, -inf, 1, 2, 3, 4, 5, 6],
  [1e200, nan, 1e200, 1e200, nan, 1e200, 1e200, nan],
  [nan, inf, nan, 1, 2, nan, 3, nan],
  [nan, nan, nan, nan, nan, nan, nan, nan],
];

/** All but vectorNorm, which is right where NumPy's overflows: see digits.test.ts. */
const reductions = operations.filter(
  ([name, { definition }]) => definition.family === "reduction" && name !== "vectorNorm",
);
const wholes = ["int64", "uint64"] as const;
const limits = { int64: [-(2n ** 63n), 2n ** 63n - 1n], uint64: [0n, 2n ** 64n - 1n] } as const;

describe("a reduction of extreme numbers equals NumPy's in any chunks", () => {
  test.each(reductions)("%s of extreme numbers equals NumPy's in any chunks", async (_, operation) => {
    const { accepts, numpy } = operation.definition;
    // nothing but NaN has no index
    const good = rows.filter((row) => !numpy.startsWith("np.nanarg") || !row.every(Number.isNaN)).flat();
    const floats = (["float64", "float32"] as const).map((dtype) => fill(dtype, [good.length / 8, 8], (i) => good[i]!));
    const integers = wholes.filter(accepts).map((dtype) => fill(dtype, [3, 8], (i) => limits[dtype][i % 2]!));
    const cases = [...floats, ...integers].map((array) => reduce(operation, array, 1, {}));
    const known: { results: Answers; sizes: Answers } = { results: new Map(), sizes: new Map() };
    for (const columns of [8, 1, 3]) {
      const apply: Parameters<typeof judge>[1] = ({ arrays, apply: call }) =>
        call(arrays.map((array) => fromArray(array, { chunks: [-1, columns] })));
      expect(await judge(cases, apply, known), `${columns} columns`).toEqual([]);
    }
  });
});
