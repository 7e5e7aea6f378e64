/** Detects plain data that differs and has one text, and texts as long as a list of a million equal chunks. */
import { expect, test } from "vitest";
import { canonical } from "#src/data/hash";

test("a million numbers at one distance have a short text", () => {
  expect(canonical(new Array(1_000_000).fill(7))).toBe("[7+0×1000000]");
  expect(canonical(Array.from({ length: 1_000_001 }, (_, i) => 3 * i))).toBe("[0+3×1000001]");
  expect(canonical([...new Array(20).fill(5), 2])).toBe("[5+0×20,2]");
});

test("lists that differ in one number, in the kind of a number or in their length have different texts", () => {
  const equal = new Array<unknown>(40).fill(0);
  const lists: unknown[][] = [
    equal,
    equal.slice(1),
    [...equal, 0],
    equal.map(String),
    equal.map(() => 0n),
    equal.map(() => -0),
    equal.map(() => false),
    equal.map((_, i) => i),
    equal.map((_, i) => -i),
    equal.map((_, i) => i - 20),
    equal.map((_, i) => (i === 20 ? -0 : i - 20)),
    equal.map((_, i) => i / 2),
    equal.map(() => Number.NaN),
    equal.map((_, i) => 2 ** 53 + i),
    ...Array.from(equal, (_, at) => equal.with(at, 1)),
    ...Array.from(equal, (_, at) => equal.with(at, -0)),
    ["0+0×40"],
    [0, 40],
    [equal],
    [],
  ];
  expect(new Set(lists.map(canonical)).size).toBe(lists.length);
});
