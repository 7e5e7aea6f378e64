/** Detects functions that take a chunked array and refuse an NDArray, a typed array or a nested list in its place. */
import { join } from "node:path";
import type { Table } from "apache-arrow";
import * as chunkwise from "chunkwise";
import { ChunkedArray, compute, type DType, fromArray, linalg, NDArray, type Operand } from "chunkwise";
import { describe, expect, test } from "vitest";
import { attempt } from "../laws/attempt.js";
import { casesOf, operations, thinned } from "../laws/cases.js";
import { assertSame } from "../support/arrays.js";
import { temporaryFolder } from "../support/folder.js";

type AnyArray = Operand<ChunkedArray>;

const folder = temporaryFolder();
const { open, openNpz, store, saveNpz, toNpy, toArrowTable, mapBlocks, histogram, explain, moment, vectorNorm } =
  chunkwise;

/** A symmetric matrix with eigenvalues that differ. */
const rows = [
  [4, 1, 0],
  [1, 9, 2],
  [0, 2, 16],
];
const nd = (lists: unknown, dtype: DType = "float64"): Promise<NDArray> =>
  fromArray(lists as number[], { dtype }).compute();

/** The functions that take arrays and are not in the table of operations, each as a call of one array. */
const calls: Readonly<Record<string, (x: AnyArray) => unknown>> = {
  compute: async (x) => (await compute([x as ChunkedArray]))[0],
  explain: (x) => explain([x as ChunkedArray]).replace(/memory-\d+/g, "memory"),
  fromArray: (x) => (x instanceof ChunkedArray ? x : fromArray(x as NDArray)),
  histogram: (x) => histogram(x as ChunkedArray, { bins: [0, 3, 9] }).counts,
  mapBlocks: (x) =>
    mapBlocks(
      (a, b, place) => [a.data.length, b.data.length, ...place.shape, 0, 0, 0, 0, 0],
      [x as ChunkedArray, rows],
    ),
  moment: (x) => moment(x as ChunkedArray, 3),
  saveNpz: async (x) => {
    await saveNpz(join(folder, "x.npz"), { x: x as ChunkedArray });
    return openNpz(join(folder, "x.npz"), { member: "x" });
  },
  store: async (x) => {
    await store([x as ChunkedArray], [toNpy(join(folder, "x.npy"))]);
    return open(join(folder, "x.npy"));
  },
  toArrowTable: async (x) => {
    const array = x instanceof ChunkedArray ? await x.compute() : x;
    const table: Table = await toArrowTable(array as NDArray);
    return JSON.stringify(table.toArray());
  },
  vectorNorm: (x) => vectorNorm(x as ChunkedArray, { axis: 0 }),
  "linalg.cholesky": (x) => linalg.cholesky(x as ChunkedArray),
  "linalg.cond": (x) => linalg.cond(x as ChunkedArray),
  "linalg.cross": (x) => linalg.cross(x as ChunkedArray, x as ChunkedArray),
  "linalg.det": (x) => linalg.det(x as ChunkedArray),
  "linalg.eig": (x) => linalg.eig(x as ChunkedArray).eigenvalues,
  "linalg.eigh": (x) => linalg.eigh(x as ChunkedArray).eigenvalues,
  "linalg.eigvals": (x) => linalg.eigvals(x as ChunkedArray),
  "linalg.eigvalsh": (x) => linalg.eigvalsh(x as ChunkedArray),
  "linalg.expm": (x) => linalg.expm(x as ChunkedArray),
  "linalg.inv": (x) => linalg.inv(x as ChunkedArray),
  "linalg.lstsq": (x) => linalg.lstsq(x as ChunkedArray, x as ChunkedArray),
  "linalg.lu": (x) => linalg.lu(x as ChunkedArray).u,
  "linalg.matrixNorm": (x) => linalg.matrixNorm(x as ChunkedArray),
  "linalg.matrixPower": (x) => linalg.matrixPower(x as ChunkedArray, 3),
  "linalg.matrixRank": (x) => linalg.matrixRank(x as ChunkedArray, { rtol: [0.5] }),
  "linalg.norm": (x) => linalg.norm(x as ChunkedArray),
  "linalg.pinv": (x) => linalg.pinv(x as ChunkedArray, { rtol: new Float64Array([0.5]) }),
  "linalg.qr": (x) => linalg.qr(x as ChunkedArray).r,
  "linalg.slogdet": (x) => linalg.slogdet(x as ChunkedArray).logabsdet,
  "linalg.solve": (x) => linalg.solve(x as ChunkedArray, x as ChunkedArray),
  "linalg.solveTriangular": (x) => linalg.solveTriangular(x as ChunkedArray, x as ChunkedArray),
  "linalg.svd": (x) => linalg.svd(x as ChunkedArray).s,
  "linalg.svdCompressed": (x) => linalg.svdCompressed(x as ChunkedArray, 2, { seed: 1 }).s,
  "linalg.vectorNorm": (x) => linalg.vectorNorm(x as ChunkedArray),
  "linalg.svdvals": (x) => linalg.svdvals(x as ChunkedArray),
};

/** The functions that take no arrays. */
const withoutArrays: ReadonlySet<string> = new Set(
  `arange close configure eye fft.fftfreq fft.rfftfreq formatBytes fromArrow fromFunction full linspace listArrays ones
   open openArrow openCsv openHdf5 openNamed openNetcdf3 openNpy openNpyStack openNpz openParquet openRaw openZarr
   parseBytes progressBar random.normal random.uniform readAttributes readDimensionNames readParquetStatistics toArrow
   toCsv toNpy toParquet toZarr zeros`.split(/\s+/),
);

/** The functions of a namespace and of those inside it, without classes. */
function functionsOf(space: object, prefix = ""): [string, unknown][] {
  return Object.entries(space).flatMap(([name, value]): [string, unknown][] => {
    if (typeof value === "object" && !Array.isArray(value)) return functionsOf(value, `${prefix}${name}.`);
    const isFunction = typeof value === "function" && !/^class /.test(Function.prototype.toString.call(value));
    return isFunction ? [[prefix + name, value]] : [];
  });
}

const resultOf = async (result: unknown): Promise<unknown> =>
  result instanceof ChunkedArray ? (await result.compute({ workers: 0 })).toArray() : result;

/** The operations of the table that its tests call as users do. */
const inTable = operations.filter(([, { definition }]) => definition.reduce === undefined);

test("every public function is in the table of operations, among the calls here, or takes no arrays", () => {
  const called = new Set<unknown>(inTable.map(([, operation]) => operation));
  const missing = functionsOf(chunkwise).filter(
    ([name, call]) => !called.has(call) && !(name in calls) && !withoutArrays.has(name),
  );
  expect(missing.map(([name]) => name)).toEqual([]);
});

describe("an operation gives for NDArrays what it gives for chunked arrays", () => {
  test.each(inTable)("%s takes NDArrays", async (_, operation) => {
    let compared = 0;
    for (const one of thinned(casesOf(operation), 5)) {
      const expected = attempt(() => one.apply(one.arrays.map((array) => fromArray(array))));
      const actual = attempt(() => one.apply(one.arrays as readonly unknown[] as readonly ChunkedArray[]));
      if (expected instanceof Error) expect(actual).toEqual(expected);
      else {
        assertSame(await (actual as ChunkedArray).compute({ workers: 0 }), await expected.compute({ workers: 0 }));
        compared++;
      }
    }
    expect(compared).toBeGreaterThan(0);
  });
});

describe("a function outside the table gives for an array in memory what it gives for a chunked one", () => {
  test.each(Object.entries(calls))("%s takes an NDArray, typed arrays and nested lists", async (_, call) => {
    const expected = await resultOf(await call(fromArray(rows)));
    expect(await resultOf(await call(await nd(rows)))).toEqual(expected);
    expect(await resultOf(await call(rows))).toEqual(expected);
    expect(expected).toBeDefined();
  });

  test.each(["compute", "explain", "fromArray", "histogram", "saveNpz", "store", "toArrowTable"])(
    "%s takes a typed array",
    async (name) => {
      const call = calls[name]!;
      const expected = await resultOf(await call(fromArray([1, 2, 5])));
      expect(await resultOf(await call(new Float64Array([1, 2, 5])))).toEqual(expected);
    },
  );
});

test("an NDArray can be the edges of a histogram", async () => {
  const x = fromArray([1, 2, 3, 9]);
  for (const edges of [await nd([0, 2, 9]), await nd([0, 2, 9], "int64"), new BigInt64Array([0n, 2n, 9n])])
    expect(await resultOf(x.histogram({ bins: edges as NDArray }).counts)).toEqual([1n, 3n]);
  expect(() => x.histogram({ bins: new NDArray("int8", [1, 2], new Int8Array(2)) })).toThrow(
    "histogram: edges are an array of one axis; got the shape [1, 2]",
  );
});

test("what is computed of an NDArray is a copy", async () => {
  const given = await nd([1, 2]);
  const [copy] = await compute([given]);
  given.data[0] = 7;
  expect(copy.toArray()).toEqual([1, 2]);
});
