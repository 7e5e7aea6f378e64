/**
 * Law 5: every operation gives what NumPy gives, dtype, shape and values, on all dtypes that it accepts, all sorts of
 * shapes, axes and options; and it refuses, with a typed error, what NumPy refuses. Detects wrong arithmetic, promotion
 * and broadcasting.
 */
import { fromArray } from "chunkwise";
import { describe, expect, test } from "vitest";
import { casesOf, operations } from "./cases.js";
import { judge } from "./judged.js";

describe("an operation equals NumPy's", () => {
  test.each(operations)("%s equals NumPy's", async (_, operation) => {
    const cases = casesOf(operation);
    expect(await judge(cases, ({ arrays, apply }) => apply(arrays.map((array) => fromArray(array))))).toEqual([]);
    expect(cases.length).toBeGreaterThan(0);
  });
});
