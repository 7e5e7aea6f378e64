/**
 * Detects elements counted in a wrong bin, twice or not at all, results that depend on chunks, and late or unclear
 * refusals.
 */
import { arange, fromArray, full, type NDArray, zeros } from "chunkwise";
import { describe, expect, test } from "vitest";
import { assertSame, sample } from "../support/arrays.js";
import { mistakesOf } from "../support/bounds.js";
import { numpy } from "../support/numpy.js";
import { graphOf } from "../support/run.js";
import { refuses } from "./refused.js";

type Options = { readonly bins?: number | readonly number[]; readonly range?: readonly [number, number] };

const options: readonly Options[] = [
  { range: [-2, 2] },
  { bins: 1, range: [-5, 5] },
  { bins: 7, range: [0, 0.7] },
  { bins: 1000, range: [-1e3, 1e3] },
  { bins: 3, range: [1, 1] },
  { bins: [-3, -1, 0, 0.5, 4] },
  { bins: [-3, -1, -1, 2, 2] },
  { bins: [-Infinity, 0, Infinity] },
];

/** NumPy's counts (row 0) and edges (row 1), of float64: it rounds the edges of float32 arrays to float32. */
const code = ({ bins = 10, range }: Options, what: number): string => {
  const edges = typeof bins === "number" ? bins : `np.array([${bins.join(", ").replaceAll("Infinity", "np.inf")}])`;
  return `np.histogram(x.astype(np.float64), ${edges}${range ? `, range=(${range.join(", ")})` : ""})[${what}]`;
};

async function theirs(x: NDArray, one: Options): Promise<NDArray[]> {
  const answers = await numpy([0, 1].map((what) => ({ code: code(one, what), arrays: { x } })));
  return answers.map((answer) => {
    if (answer instanceof Error) throw answer;
    return answer;
  });
}

/** The edges that differ from NumPy's by more than rounding. */
const wrongEdges = (edges: ArrayLike<number>, right: ArrayLike<unknown>): unknown[] =>
  Array.from(edges, (edge, i) => [edge, Number(right[i])] as const).filter(
    ([edge, its]) => !(edge === its || Math.abs(edge - its) < 5e-13),
  );

describe.each(options)("a histogram with %j equals NumPy's", (one) => {
  test.each(["float64", "float32", "int8", "uint64", "bool"] as const)("for %s", async (dtype) => {
    for (const shape of [[6, 7, 5], [200], [], [0], [3, 0]]) {
      const x = sample(dtype, shape, { mood: "special", domain: [-4, 4], seed: shape.length });
      const [counts, edges] = await theirs(x, one);
      for (const chunks of [-1, 4, 1]) {
        const result = fromArray(x, { chunks }).histogram(one);
        assertSame(await result.counts.compute(), counts!);
        expect(result.edges.length).toBe(edges!.size);
        expect(wrongEdges(result.edges, edges!.data)).toEqual([]);
      }
    }
  });
});

test("a histogram bins tenths by comparing with the edges, not by dividing", async () => {
  const tenths = Float64Array.from({ length: 11 }, (_, i) => i / 10);
  const all = fromArray(tenths);
  const [counts] = await theirs(await all.compute(), { bins: 10, range: [0, 1] });
  assertSame(await all.histogram({ bins: 10, range: [0, 1] }).counts.compute(), counts!);
});

test("a histogram accepts ranges at the ends of float64", async () => {
  const tiny = 5e-324;
  const least = fromArray([0, tiny, 2 * tiny, 3 * tiny]).histogram({ bins: 2, range: [0, 2 * tiny] });
  expect((await least.counts.compute()).toArray()).toEqual([1n, 2n]);
  const most = fromArray([0, 1e308, -1e308, 8e307]).histogram({ bins: 2, range: [0, 1e308] });
  expect((await most.counts.compute()).toArray()).toEqual([1n, 2n]);
});

test("a histogram counts a block whose rows are longer than a step", async () => {
  const { counts } = full([2, 3, 200_000], 0.25, { chunks: -1 }).histogram({ bins: 4, range: [0, 1] });
  expect((await counts.compute()).toArray()).toEqual([0n, 1_200_000n, 0n, 0n]);
});

test("a histogram counts a block of several steps, read through a view, with any number of workers", async () => {
  const x = arange(600_000).reshape([1000, 600]).T.multiply(0.5);
  for (const chunks of [-1, 250]) {
    const { counts } = x.rechunk(chunks).histogram({ bins: 3, range: [0, 299_999.5] });
    expect(mistakesOf(graphOf([counts.expr], { stored: "all" }).graph)).toEqual([]);
    for (const workers of [0, 2]) {
      expect((await counts.compute({ workers })).toArray()).toEqual([200_000n, 200_000n, 200_000n]);
    }
  }
});

describe("a histogram", () => {
  const x = zeros([3]);
  const wrong = (value: unknown): never => value as never;
  refuses([
    [
      "no range",
      () => x.histogram({ bins: 5 }),
      "ArgumentError",
      "histogram: needs a range, such as { range: [0, 1] }, or the edges of the bins",
    ],
    [
      "no bins",
      () => x.histogram({ bins: 0, range: [0, 1] }),
      "ArgumentError",
      "histogram: bins must be a whole number of at least 1 or the edges of the bins; got 0",
    ],
    [
      "a range upside down",
      () => x.histogram({ range: [1, 0] }),
      "ArgumentError",
      "histogram: range must be two finite numbers [low, high]; got [1, 0]",
    ],
    [
      "a range too narrow",
      () => x.histogram({ bins: 3, range: [0, 5e-324] }),
      "ArgumentError",
      "histogram: the range [0, 5e-324] cannot be cut into 3 bins in float64",
    ],
    [
      "a range too wide",
      () => x.histogram({ range: [-1e308, 1e308] }),
      "ArgumentError",
      "histogram: the range [-1e+308, 1e+308] cannot be cut into 10 bins in float64",
    ],
    [
      "edges that fall",
      () => x.histogram({ bins: [0, 2, 1] }),
      "ArgumentError",
      "histogram: edges must be at least two numbers, none smaller than the one before; 1 follows 2",
    ],
    [
      "a single edge",
      () => x.histogram({ bins: [0] }),
      "ArgumentError",
      "histogram: edges must be at least two numbers, none smaller than the one before; got [0]",
    ],
    [
      "edges and a range",
      () => x.histogram({ bins: [0, 1], range: [0, 1] }),
      "ArgumentError",
      "histogram: takes edges as bins or a range, not both",
    ],
    [
      "weights",
      () => x.histogram(wrong({ bins: [0, 1], weights: x })),
      "ArgumentError",
      'histogram: unknown option "weights"; expected bins, range',
    ],
    [
      "complex numbers",
      () => full([2], 1, { dtype: "complex64" }).histogram({ range: [0, 1] }),
      "DTypeError",
      "histogram: not defined for complex64; expected dtypes of kind bool, int, uint, float",
    ],
  ]);
});
