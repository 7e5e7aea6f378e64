/** Detects a trace that is taken for each of the nodes that one call makes, and calls that share one. */
import { ones, stack } from "chunkwise";
import { expect, test } from "vitest";
import { userLine } from "#src/expr/user-line";
import { postorder } from "#src/expr/walk";

test("the nodes that one call makes share one trace", () => {
  const arrays = Array.from({ length: 5 }, () => ones([2]));
  const made = postorder([stack(arrays).expr]).filter((node) => arrays.every(({ expr }) => expr !== node));
  expect(made.length).toBeGreaterThan(5);
  expect(new Set(made.map(({ trace }) => trace)).size).toBe(1);
});

test("calls have traces of their own, also after a call that failed", () => {
  const x = ones([2]);
  const first = x.add(1);
  expect(() => stack([x, ones([3])])).toThrow("stack: shape [3] is not [2]");
  const second = x.add(1);
  const [line, next] = [first, second].map(({ expr }) => Number(userLine(expr.trace.stack)?.split(":").at(-2)));
  expect(next).toBe((line ?? 0) + 2);
});

test("an argument that becomes an array belongs to the call that it is given to", () => {
  const { expr } = stack([[1, 2], ones([2])]);
  expect(new Set(postorder([expr]).map(({ trace }) => trace)).size).toBe(2);
});
