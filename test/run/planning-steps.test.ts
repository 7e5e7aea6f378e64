/**
 * Detects plans that take the square of the number of inputs, pieces, outputs or chunks. Steps are counted, not time: a
 * program plans with the engine's own counters of how often each block of the library's code runs.
 */
import { concat, fromArray, stack } from "chunkwise";
import { beforeAll, describe, expect, test } from "vitest";
import { runProgram } from "../support/program.js";

/** What is planned, of a size n: functions as text, over the functions of the library. */
const plans = {
  "a concatenation of n arrays": "(n) => concat(many(n))",
  "a stack of n arrays, reduced": "(n) => stack(many(n)).mean(0)",
  "the sum of two concatenations of n arrays, in one chunk": "(n) => concat(many(n)).add(concat(many(n))).rechunk(-1)",
  "n slices of one array, one after the other": "(n) => concat(parts(ones([8 * n], { chunks: 8 }), n))",
  "n slices of a concatenation of n arrays": "(n) => parts(concat(many(n)), n)",
  "n results": "(n) => many(n).map((x) => x.sum())",
  "n results over one array": "(n) => many(n).map((_, k) => arange(8).multiply(k).sum())",
  "a long array beside n short ones":
    "(n) => concat([ones([n, 1]), concat(many(n).map((x) => x.slice([[0, 1]]).reshape([1, 1])))], { axis: 1 }).mean(1)",
  "n chunks, reduced": "(n) => ones([n], { chunks: 1 }).add(1).mean()",
  "n chunks under another shape": "(n) => ones([n, 4], { chunks: 1 }).reshape([4, n]).mean(0)",
  "a product of n blocks": "(n) => ones([4 * n, 3000], { chunks: [4, 100] }).matmul(ones([3000, 4]))",
  "n chunks that are joined": "(n) => concat(many(n)).rechunk(80)",
  "n parts of one array, reduced": "(n) => stack(parts(arange(8 * n), n)).mean(0)",
  "a factorization of n blocks": "(n) => Object.values(linalg.qr(ones([4 * n, 3], { chunks: [4, -1] })))",
} as const;

const program = `
  import { Session } from "node:inspector/promises";
  const session = new Session();
  session.connect();
  await session.post("Profiler.enable");
  await session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
  const { arange, concat, explain, linalg, ones, stack } = await import("chunkwise");
  const many = (n) => Array.from({ length: n }, (_, k) => ones([8]).multiply(k));
  const parts = (x, n) => Array.from({ length: n }, (_, k) => x.slice([[8 * k, 8 * k + 8]]));
  const steps = async (plan) => {
    await session.post("Profiler.takePreciseCoverage");
    explain([plan()].flat());
    const { result } = await session.post("Profiler.takePreciseCoverage");
    const counts = result
      .filter(({ url }) => url.includes("/dist/"))
      .flatMap(({ functions }) => functions.flatMap(({ ranges }) => ranges.map(({ count }) => count)));
    return counts.reduce((sum, count) => sum + count, 0);
  };
  const growth = {};
  for (const [name, make] of Object.entries({ ${Object.entries(plans)
    .map(([name, text]) => `${JSON.stringify(name)}: ${text}`)
    .join(", ")} })) growth[name] = (await steps(() => make(240))) / (await steps(() => make(120)));
  console.log(JSON.stringify(growth));
`;

describe("twice as many take twice as many steps of planning", () => {
  let growth: Record<string, number>;
  beforeAll(async () => {
    growth = JSON.parse(await runProgram(program));
  });

  test.each(Object.keys(plans))("for %s", (name) => {
    expect(growth[name]).toBeGreaterThan(1.2);
    expect(growth[name]).toBeLessThan(2.3);
  });
});

test("a concatenation and a stack of two thousand arrays have the right elements", async () => {
  const arrays = Array.from({ length: 2000 }, (_, k) => fromArray([k, k + 0.5]));
  const doubled = arrays.map((x) => x.multiply(2));
  const joined = await concat(doubled).add(concat(arrays)).compute();
  const stacked = await stack(doubled, { axis: 1 })
    .slice([null, [1998]])
    .compute();
  expect(joined.shape).toEqual([4000]);
  expect(Array.from(joined.data, Number)).toEqual(
    Array.from({ length: 4000 }, (_, i) => 3 * (Math.floor(i / 2) + (i % 2) / 2)),
  );
  expect(stacked.toArray()).toEqual([
    [3996, 3998],
    [3997, 3999],
  ]);
});
