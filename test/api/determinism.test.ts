/**
 * Detects results that depend on who computed them or when: on the number of workers, the run, the memory limit, on
 * what else is computed, and, where arithmetic is exact, on the backend.
 */
import { join } from "node:path";
import { arange, type ChunkedArray, type ComputeOptions, compute, openNpy, random } from "chunkwise";
import { beforeAll, describe, expect, test } from "vitest";
import { temporaryFolder } from "../support/folder.js";
import { rejectionOf, worked } from "./helpers.js";

const folder = temporaryFolder();
const shape = [700, 300];
const files = { float64: join(folder, "float64.npy"), float32: join(folder, "float32.npy") };
type Name = keyof typeof files;

beforeAll(async () => {
  for (const dtype of ["float64", "float32"] as const) {
    await random
      .normal(shape, { seed: 1, dtype })
      .multiply(1e6)
      .add(random.uniform(shape, { seed: 2, dtype }))
      .saveNpy(files[dtype]);
  }
});

/** Reductions whose last bits depend on the order in which the numbers were added. */
function reductions(dtype: Name): ChunkedArray[] {
  const x = openNpy(files[dtype], { chunks: [90, 70] });
  const all = [
    x.sum(),
    x.mean(0),
    x.mean(1),
    x.std(),
    x.var(0),
    x.multiply(x).sum(1),
    worked(x).sum(0),
    x.T.matmul(x).sum(),
  ];
  return [...all, x.slice([[650, 3, -7]]).sum()];
}

const bits = (arrays: readonly { data: ArrayBufferView }[]): string[] =>
  arrays.map(({ data }) => Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("hex"));

describe.each(["float64", "float32"] as const)("a computation over %s noise gives", (dtype) => {
  test("the same bits with any number of workers, in any run", async () => {
    const expected = bits(await compute(reductions(dtype), { workers: 0 }));
    for (const workers of [1, 2, 3, 2, 3, 0]) {
      expect(bits(await compute(reductions(dtype), { workers })), `${workers} workers`).toEqual(expected);
    }
  });

  test("the same bits alone and together with others, in little memory and in much", async () => {
    const expected = bits(await compute(reductions(dtype), { workers: 2 }));
    for (const [i, array] of reductions(dtype).entries()) {
      expect(bits([await array.compute({ workers: 2, memoryLimit: i % 2 === 0 ? "10MB" : "1GB" })])).toEqual([
        expected[i],
      ]);
    }
    expect(bits(await compute(reductions(dtype).reverse(), { workers: 3 }))).toEqual([...expected].reverse());
  });

  test("the same bits while others compute at the same time", async () => {
    const runs = await Promise.all([1, 2, 3].map((workers) => compute(reductions(dtype), { workers })));
    for (const run of runs) expect(bits(run)).toEqual(bits(runs[0]!));
  });
});

describe("the backends agree where arithmetic is exact:", () => {
  const both = async (array: ChunkedArray): Promise<void> => {
    const options: ComputeOptions[] = [{ backend: "reference" }, { backend: "wasm" }, { backend: "wasm", workers: 2 }];
    const results = await Promise.all(options.map((given) => array.compute(given)));
    for (const result of results) expect(bits([result])).toEqual(bits([results[0]!]));
  };

  test("in elementwise operations on noise", async () => {
    for (const path of Object.values(files)) {
      const x = openNpy(path, { chunks: [90, 70] });
      await both(
        x
          .subtract(1)
          .multiply(2)
          .square()
          .sqrt()
          .add(x.T.slice([0]).max())
          .floor(),
      );
      await both(x.greater(0).where(x, x.negative()).minimum(1e6));
    }
  });

  test("in sums of whole numbers, and in orders", async () => {
    const whole = arange(100_000, { chunks: 7000 });
    await both(whole.sum());
    await both(whole.astype("float64").multiply(3).sum());
    const x = openNpy(files.float64, { chunks: [90, 70] });
    for (const array of [x.min(0), x.max(), x.argmin(1), x.argmax(), x.countNonzero(), x.greater(0).any(1)])
      await both(array);
  });
});

test("random numbers depend on nothing but their seed and place", async () => {
  for (const make of [random.normal, random.uniform]) {
    const [whole, again, cut, other] = await compute([
      make([60, 50], { seed: 9 }),
      make([60, 50], { seed: 9n, chunks: [7, 50] }),
      make([60, 50], { seed: 9, chunks: [60, 1] }).slice([[10, 20]]),
      make([60, 50], { seed: 10 }),
    ]);
    expect(bits([again!])).toEqual(bits([whole!]));
    expect(bits([cut!])).toEqual(bits([{ data: whole!.data.subarray(500, 1000) }]));
    expect(bits([other!])).not.toEqual(bits([whole!]));
    const [one, two] = [make([5]), make([5])];
    expect(bits([await one.compute()])).toEqual(bits([await one.compute()]));
    expect(bits([await one.compute()])).not.toEqual(bits([await two.compute()]));
  }
});

test("an unknown backend is an error, not a silent fallback", async () => {
  expect(await rejectionOf(arange(3).compute({ backend: "WASM" }))).toMatchObject({ name: "ArgumentError" });
});
