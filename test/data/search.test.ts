/** Detects a search that misses by one: at the ends, among equal numbers, in lists of any length. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { firstWhere, lastUpTo } from "#src/data/search";

const sorted = fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 40 }).map((list) => list.sort((a, b) => a - b));

test("a binary search finds the number and the entry that a linear search finds", () => {
  fc.assert(
    fc.property(sorted, fc.integer({ min: -2, max: 22 }), (numbers, value) => {
      const wanted = numbers.findLastIndex((number) => number <= value);
      expect(lastUpTo(numbers, value)).toBe(wanted);
      expect(lastUpTo(Float64Array.from(numbers), value)).toBe(wanted);
      expect(firstWhere(numbers, (number) => number > value)).toBe(wanted + 1);
    }),
  );
});

test("a search of nothing finds nothing", () => {
  expect(lastUpTo([], 0)).toBe(-1);
  expect(firstWhere([], () => true)).toBe(0);
});
