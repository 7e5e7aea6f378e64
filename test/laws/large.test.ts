/**
 * Law 5 again, on arrays of several tiles: every elementwise operation and reduction, and movements and products
 * between them, give what NumPy gives. Detects tiles that are loaded or put at the wrong place, states that tiles do
 * not share, steps of products that are not added.
 */
import { type ChunkedArray, compute, concat, fromArray, stack } from "chunkwise";
import { describe, expect, test } from "vitest";
import { assertSame, sample } from "../support/arrays.js";
import { numpy } from "../support/numpy.js";
import { type Case, operations } from "./cases.js";
import { judge } from "./judged.js";
import { largeCases } from "./large-cases.js";

const large = operations
  .map(([name, operation]) => ({ name, cases: largeCases(operation) }))
  .filter(({ cases }) => cases.length > 0);

describe("operations on large arrays equal NumPy's in one chunk and in several", () => {
  test.each(large)("$name of large arrays equals NumPy's in one chunk and in several", async ({ cases }) => {
    const known = { results: new Map(), sizes: new Map() };
    for (const chunks of [-1, 100] as const) {
      const apply = ({ arrays, apply }: Case) => apply(arrays.map((array) => fromArray(array, { chunks })));
      expect(await judge(cases, apply, known)).toEqual([]);
    }
  });
});

type Movement = readonly [numpy: string, array: (x: ChunkedArray, y: ChunkedArray) => ChunkedArray];

const movements: readonly Movement[] = [
  ["x.reshape(600, 250).T[::-1]", (x) => x.reshape([600, 250]).T.flip(0)],
  ["x.reshape(-1)[::-7]", (x) => x.reshape([-1]).slice([[null, null, -7]])],
  [
    "np.concatenate([x, x[::-2]])[100:, 3:400:2]",
    (x) => concat([x, x.slice([[null, null, -2]])]).slice([[100], [3, 400, 2]]),
  ],
  ["np.stack([x, x[::-1]], -1).sum(-1)", (x) => stack([x, x.flip(0)], { axis: -1 }).sum(-1)],
  ["(x + y[:300, None, 5])[7:]", (x, y) => x.add(y.slice([[null, 300], 5]).expandDims(1)).slice([[7]])],
  ["np.broadcast_to(x[:, :1], (300, 700)).T.copy()", (x) => x.slice([null, [0, 1]]).broadcastTo([300, 700]).T],
  ["x.reshape(30, 10, 500).transpose(2, 0, 1).max(1)", (x) => x.reshape([30, 10, 500]).transpose([2, 0, 1]).max(1)],
  [
    "x.astype(np.float32).astype(np.int8)[::3]",
    (x) =>
      x
        .astype("float32")
        .astype("int8")
        .slice([[null, null, 3]]),
  ],
];

test("movements of large arrays equal NumPy's", async () => {
  const [x, y] = [sample("float64", [300, 500], { domain: [-99, 99] }), sample("float64", [500, 300], { seed: 1 })];
  const answers = await numpy(movements.map(([code]) => ({ code, arrays: { x, y } })));
  for (const chunks of [-1, 170] as const) {
    const [a, b] = [fromArray(x, { chunks }), fromArray(y, { chunks })];
    const results = await compute(movements.map(([, make]) => make(a, b)));
    results.forEach((result, i) => {
      const answer = answers[i]!;
      if (answer instanceof Error) throw answer;
      assertSame(result, answer);
    });
  }
});

test.each(["float64", "float32", "int32"] as const)(
  "a product of %s whose inner axis is longer than a step equals NumPy's",
  async (dtype) => {
    const [x, y] = [
      sample(dtype, [40, 2500], { domain: [-9, 9] }),
      sample(dtype, [2500, 30], { domain: [-9, 9], seed: 1 }),
    ];
    const [answer, sizes] = await numpy(["x @ y", "abs(x) @ abs(y)"].map((code) => ({ code, arrays: { x, y } })));
    if (answer instanceof Error || sizes instanceof Error) throw new Error("NumPy cannot");
    for (const chunks of [-1, 17, [[40], [1025, 1475]]] as const) {
      const product = fromArray(x, { chunks }).matmul(
        fromArray(y, { chunks: typeof chunks === "number" ? chunks : [900, 7] }),
      );
      assertSame(await product.compute(), answer!, { ulps: 64, sizes });
    }
  },
);
