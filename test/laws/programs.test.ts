/**
 * Law 9: random programs give what their eager mirror gives, bit for bit, on both backends, fused or stored, through
 * memory or through scratch files, with any chunks. Detects what no single operation shows: views composed wrongly,
 * pieces of concatenations, nodes shared by mistake, blocks freed too early.
 */
import { arange, compute, NDArray, ones } from "chunkwise";
import fc from "fast-check";
import { expect, test } from "vitest";
import { plan } from "#src/run/plan";
import { difference } from "../support/arrays.js";
import { mistakesOf } from "../support/bounds.js";
import { grow, type Pair, programs } from "../support/programs/programs.js";
import { graphOf, runExprs, type Settings } from "../support/run.js";

const expectedOf = ({ mirror: { shape, data } }: Pair): NDArray =>
  new NDArray("float64", shape, Float64Array.from(data));

async function check(pairs: readonly Pair[], settings: Settings): Promise<void> {
  const results = await runExprs(
    pairs.map(({ array }) => array.expr),
    settings,
  );
  results.forEach((result, i) => {
    const wrong = difference(result, expectedOf(pairs[i]!));
    if (wrong !== null) throw new Error(`${wrong}\n${pairs[i]!.array.explain()}`);
  });
}

/** The last array and one on the way to it: wanted together, so that one is part of the other. */
const wanted = (pairs: readonly Pair[]): Pair[] => [pairs.at(-1)!, pairs[Math.floor(pairs.length / 2)]!];

test.each([
  { backend: "wasm" },
  { backend: "reference" },
  { backend: "wasm", stored: "all" },
  { backend: "wasm", stored: "all", spill: true },
] satisfies Settings[])("random programs equal their mirror with the settings %j", async (settings) => {
  await fc.assert(
    fc.asyncProperty(programs(12), (program) => check(wanted(grow(program)), settings)),
    { numRuns: Number(process.env.CHUNKWISE_PROGRAMS ?? 150) },
  );
});

test("random programs keep their meta and stay in bounds", () => {
  fc.assert(
    fc.property(programs(12), (program) => {
      for (const { array, mirror } of grow(program)) expect(array.shape).toEqual(mirror.shape);
      const exprs = wanted(grow(program)).map(({ array }) => array.expr);
      for (const settings of [{}, { stored: "all", spill: true }] as const) {
        expect(mistakesOf(graphOf(exprs, settings).graph)).toEqual([]);
      }
    }),
    { numRuns: Number(process.env.CHUNKWISE_PROGRAMS ?? 150) },
  );
});

test("a long program gives the same as its eager mirror", async () => {
  await fc.assert(
    fc.asyncProperty(programs(60), (program) => check(wanted(grow(program)), {})),
    { numRuns: 20 },
  );
});

test("a memory limit that stored nodes do not fit into sends them through scratch files", async () => {
  const [rows, columns] = [1000, 500];
  const x = arange(rows * columns, { chunks: columns * 100 })
    .astype("float64")
    .reshape([rows, columns]);
  const doubled = await x.mapBlocks((block) => Float64Array.from(block.data as Float64Array, (v) => 2 * v)).persist();
  const kept = doubled.add(ones([columns])).mapBlocks((block) => block.data);
  const program = kept.T.rechunk([50, -1]);
  const budget = 2.5 * 2 ** 20;
  const { scratch, peak } = plan([{ expr: program.expr, sink: null }], { backend: "wasm", budget });
  expect(scratch.length).toBeGreaterThan(0);
  expect(peak).toBeLessThanOrEqual(budget);
  const [result] = await compute([program], { memoryLimit: budget + program.nbytes, workers: 2 });
  const turned = Float64Array.from(
    { length: rows * columns },
    (_, i) => 2 * ((i % rows) * columns + Math.floor(i / rows)) + 1,
  );
  expect(difference(result!, new NDArray("float64", [columns, rows], turned))).toBe(null);
});
