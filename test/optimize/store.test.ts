/**
 * Detects fusion without end: plans that take exponential time, loops of thousands of loads, and storing what need not
 * be stored.
 */
import { arange, type ChunkedArray, concat } from "chunkwise";
import { expect, test } from "vitest";
import { lower } from "#src/graph/lower";
import { optimize } from "#src/optimize/optimize";
import { runExprs } from "../support/run.js";

const line = (): ChunkedArray => arange(64, { chunks: 10 }).astype("float64");

function repeat(times: number, step: (y: ChunkedArray) => ChunkedArray): ChunkedArray {
  let y = line();
  for (let i = 0; i < times; i++) y = step(y);
  return y;
}

/** Steps that meet the array before more than once each: fused without a limit they would load it 2^n times. */
const steps: Readonly<Record<string, (y: ChunkedArray) => ChunkedArray>> = {
  "both neighbours": (y) =>
    y
      .slice([[1]])
      .add(y.slice([[null, -1]]))
      .multiply(0.5),
  "itself reversed": (y) => y.add(y.flip(0)).multiply(0.5),
  "itself three times": (y) => y.multiply(y).add(y).multiply(0.01),
  "itself with its halves swapped": (y) => concat([y.slice([[32]]), y.slice([[null, 32]])]).maximum(y.flip(0)),
};

test.each(Object.entries(steps))("forty steps of %s become few loops of few loads", async (_, step) => {
  // a plan of 2^40 steps would not end before the test's timeout
  const { roots, stored } = optimize([repeat(40, step).expr]);
  const graph = lower([{ expr: roots[0]!, sink: null }], { backend: "wasm", stored, spilled: new Map() });
  expect(stored.size).toBeLessThan(6);
  for (const { group } of graph.summary())
    for (const { leaves } of group.pieces) expect(leaves.length).toBeLessThanOrEqual(24);
});

test.each(Object.entries(steps))("twelve steps of %s give the same elements, fused or stored", async (_, step) => {
  const { expr } = repeat(12, step);
  const ways = await Promise.all(
    ([{}, { stored: "none" }, { stored: "all" }] as const).map((way) => runExprs([expr], way)),
  );
  for (const [result] of ways) expect(result!.toArray()).toEqual(ways[0]![0]!.toArray());
});

test("a small map is never stored", () => {
  const y = line();
  const exprs = [y.add(1).multiply(y).sum(), y.T, concat([y, y.flip(0)]).sqrt(), y.subtract(y.mean()).square().mean()];
  expect(optimize(exprs.map(({ expr }) => expr)).stored.size).toBe(0);
});

test("the input of a slice is stored instead of the slice, unless it is much larger", () => {
  const chosen = (array: ChunkedArray): string[] => {
    const names = [...optimize([array.expr]).stored].map(({ op, meta }) => `${op.name} ${meta.shape[0]}`);
    expect(names.length).toBeGreaterThan(0);
    return [...new Set(names)];
  };
  for (const name of chosen(repeat(40, steps["both neighbours"]!))) expect(name).toMatch(/^multiply /);
  const parts = Array.from({ length: 30 }, (_, i) =>
    arange(1000 + i)
      .astype("float64")
      .add(1)
      .slice([[0, 3]]),
  );
  for (const name of chosen(parts.reduce((sum, part) => sum.add(part)))) expect(name).not.toMatch(/\d{4}$/);
});
