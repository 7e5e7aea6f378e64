/**
 * Law 8: digits. Detects sums that lose what they add up, variances by the formula that cancels, integers that wrap
 * around where they should widen, and ties, NaN and nothing treated otherwise than promised.
 */
import {
  arange,
  type ChunkedArray,
  concat,
  fromArray,
  full,
  NDArray,
  random,
  ShapeError,
  stack,
  zeros,
} from "chunkwise";
import { describe, expect, test } from "vitest";

const noise = Float64Array.from({ length: 4096 }, (_, i) => Math.sin(i * i) * 3);
const mean = noise.reduce((sum, x) => sum + x, 0) / noise.length;
const variance = noise.reduce((sum, x) => sum + (x - mean) ** 2, 0) / noise.length;

async function number(array: ChunkedArray): Promise<number> {
  return Number((await array.compute()).item());
}

describe.each(["wasm", "javascript", "reference"])("the digits of results on the backend %s", (backend) => {
  const value = async (array: ChunkedArray): Promise<number> => Number((await array.compute({ backend })).item());

  test.each([
    [1e8, 1e-7],
    [-1e8, 1e-7],
    [1e15, 0.2],
  ])("var and std of %d + noise keep the digits of the noise", async (offset, relative) => {
    // the data itself is rounded: compared with the variance of what is left of the noise
    const data = noise.map((x) => x + offset);
    const left = data.map((x) => x - offset);
    const center = left.reduce((sum, x) => sum + x, 0) / left.length;
    const expected = left.reduce((sum, x) => sum + (x - center) ** 2, 0) / left.length;
    for (const chunks of [-1, 100, [[1, 4000, 95]]]) {
      const x = fromArray(data, { chunks });
      expect(Math.abs((await value(x.var())) / expected - 1)).toBeLessThan(relative);
      expect(Math.abs((await value(x.std())) / Math.sqrt(expected) - 1)).toBeLessThan(relative);
    }
  });

  test("norms of order 2 do not overflow where the norm itself does not", async () => {
    for (const chunks of [-1, 1]) {
      const far = (data: number[]): ChunkedArray => fromArray(data, { chunks });
      expect((await value(far([3e200, -4e200]).vectorNorm())) / 5e200).toBeCloseTo(1, 14);
      expect(await value(far([3e200, 4e200, 5, Number.NaN]).vectorNorm())).toBe(Number.NaN);
      expect(await value(far([3e200, -Infinity]).vectorNorm())).toBe(Infinity);
      expect(await value(far([1.5e308, 1.5e308]).vectorNorm())).toBe(Infinity);
      expect(await value(far([0.6, -0.8]).vectorNorm())).toBe(1);
      const turned = far([3e200, 5]).multiply({ re: 0, im: 1 });
      expect((await value(turned.vectorNorm())) / 3e200).toBeCloseTo(1, 14);
      const border = 2 ** 450; // beside what is squared as it is
      expect((await value(far([border, 4 * border, border]).vectorNorm())) / (Math.sqrt(18) * border)).toBeCloseTo(
        1,
        14,
      );
    }
    const single = full([10_000], 2e35, { dtype: "float32" }).add(0);
    expect((await value(single.vectorNorm())) / 2e37).toBeCloseTo(1, 6);
  });

  test("float32 sums of a million elements accumulate in float64", async () => {
    const x = full([1_000_000], 0.1, { dtype: "float32", chunks: 300_000 }).add(0);
    const tenth = Math.fround(0.1);
    expect(await value(x.sum())).toBe(Math.fround(tenth * 1e6));
    expect(await value(x.mean())).toBe(tenth);
    expect(await value(fromArray(Float32Array.of(1e8, 1, -1e8)).sum())).toBe(1);
    expect(await value(fromArray(Float32Array.of(1e38, 1e38, 1e38, -1e38, -1e38)).sum())).toBe(Math.fround(1e38));
  });
});

test("nanvar keeps the digits of the noise between missing elements and missing chunks", async () => {
  const holed = Float64Array.from({ length: 3 * noise.length }, (_, i) =>
    i % 3 === 1 ? noise[(i - 1) / 3]! + 1e8 : Number.NaN,
  );
  const missing = full([500], Number.NaN);
  for (const chunks of [-1, 1000]) {
    const x = concat([missing, fromArray(holed, { chunks }), missing]);
    expect(Math.abs((await number(x.nanvar())) / variance - 1)).toBeLessThan(1e-7);
    expect(Math.abs((await number(x.nanstd())) / Math.sqrt(variance) - 1)).toBeLessThan(1e-7);
  }
});

test("nanargmax gives the index of an infinity among NaN, since an infinity is a number", async () => {
  for (const chunks of [-1, 1]) {
    expect(await number(fromArray([Number.NaN, Infinity, Infinity], { chunks }).nanargmin())).toBe(1);
    expect(await number(fromArray([Number.NaN, -Infinity, Number.NaN], { chunks }).nanargmax())).toBe(1);
  }
});

test("moments, skew and kurtosis of 1e8 + noise keep the digits of the noise, in any chunks", async () => {
  const data = noise.map((x) => (x + 3) ** 2 + 1e8);
  const left = data.map((x) => x - 1e8);
  const center = left.reduce((sum, x) => sum + x, 0) / left.length;
  const expected = [0, 1, 2, 3, 4].map(
    (order) => left.reduce((sum, x) => sum + (x - center) ** order, 0) / left.length,
  ) as [number, number, number, number, number];
  const [, , m2, m3, m4] = expected;
  for (const chunks of [-1, 1, 100, [[1, 4000, 95]]]) {
    const x = fromArray(data, { chunks });
    for (const order of [0, 2, 3, 4]) expect((await number(x.moment(order))) / expected[order]!).toBeCloseTo(1, 9);
    expect(await number(x.moment(1))).toBe(0);
    expect((await number(x.skew())) / (m3 / m2 ** 1.5)).toBeCloseTo(1, 9);
    expect((await number(x.kurtosis())) / (m4 / m2 ** 2 - 3)).toBeCloseTo(1, 8);
  }
});

test("elements without spread have no skew", async () => {
  for (const value of [0, 0.1, 1e300]) {
    for (const chunks of [-1, 3]) {
      const x = full([10], value, { chunks });
      expect(await number(x.skew())).toBe(Number.NaN);
      expect(await number(x.kurtosis())).toBe(Number.NaN);
    }
  }
});

test("the variance of shifted noise is exact in float32 and for complex numbers", async () => {
  const shifted = fromArray(noise.map((x) => x + 1000)).astype("float32");
  expect(Math.abs((await number(shifted.var())) / variance - 1)).toBeLessThan(1e-4);
  const plane = fromArray(noise).multiply({ re: 3, im: 4 }).add({ re: 1e8, im: -1e8 });
  expect(Math.abs((await number(plane.var())) / (25 * variance) - 1)).toBeLessThan(1e-6);
});

test("small integers do not wrap around in sums and products", async () => {
  const x = full([1000], 100, { dtype: "int8", chunks: 64 });
  expect((await x.sum().compute()).item()).toBe(100_000n);
  expect((await full([9], 100, { dtype: "uint8" }).prod().compute()).item()).toBe(10n ** 18n);
  expect((await full([3], true).sum().compute()).item()).toBe(3n);
  expect(await number(x.mean())).toBe(100);
  expect((await full([70_000], 255, { dtype: "uint8" }).sum().compute()).dtype).toBe("uint64");
});

describe("positions of extremes are those of the first of equals and of the first NaN", () => {
  const chunkings = [-1, 1, [[2, 1, 3, 2]]] as const;
  const cases: [values: number[], argmin: number, argmax: number][] = [
    [[3, 1, 4, 1, 5, 9, 2, 9], 1, 5],
    [[7, 7, 7, 7, 7, 7, 7, 7], 0, 0],
    [[3, Number.NaN, 4, Number.NaN, 5, 9, 0, 1], 1, 1],
    [[Infinity, -Infinity, 1, 2, Infinity, -Infinity, 3, 4], 1, 0],
    [[0, -0, 0, -0, 0, -0, 0, -0], 0, 0],
    [[Infinity, Infinity, Infinity, Infinity, Infinity, Infinity, Infinity, Infinity], 0, 0],
  ];

  test.each(cases)("argmin and argmax find the first one in %s", async (values, least, most) => {
    for (const chunks of chunkings) {
      for (const dtype of ["float64", "float32"] as const) {
        const x = fromArray(values, { chunks, dtype });
        expect((await x.argmin().compute()).item()).toBe(BigInt(least));
        expect((await x.argmax(0).compute()).item()).toBe(BigInt(most));
      }
    }
  });

  test("over several axes the index counts in C order over them", async () => {
    const x = fromArray([5, 0, 3, 9, 9, 1, 0, 2, 7, 4, 6, 8]).reshape([2, 3, 2]);
    for (const chunks of [-1, 1, [1, [1, 2], 2]] as const) {
      const y = x.rechunk(chunks);
      expect(Number((await y.argmin().compute()).item())).toBe(1);
      expect((await y.argmax([0, 2]).compute()).toArray()).toEqual([0n, 1n, 0n]);
      expect((await y.argmin([2, 1]).compute()).toArray()).toEqual([1n, 0n]);
    }
  });

  test("extreme integers win against the start of the fold", async () => {
    const x = fromArray(new BigInt64Array([-(2n ** 63n), 2n ** 63n - 1n]));
    expect((await x.argmax().compute()).item()).toBe(1n);
    expect((await x.min().compute()).item()).toBe(-(2n ** 63n));
    expect((await full([3], 127, { dtype: "int8" }).argmin().compute()).item()).toBe(0n);
    expect((await full([3], -Infinity).argmax().compute()).item()).toBe(0n);
  });
});

describe("an empty array", () => {
  const nothing = zeros([0, 3]);

  test("sums to 0, multiplies to 1, has no mean", async () => {
    expect((await nothing.sum(0).compute()).toArray()).toEqual([0, 0, 0]);
    expect((await nothing.prod().compute()).item()).toBe(1);
    for (const array of [nothing.mean(0), nothing.var(0), nothing.std(0), nothing.nanmean(0)]) {
      expect((await array.compute()).toArray()).toEqual([Number.NaN, Number.NaN, Number.NaN]);
    }
    expect((await nothing.all().compute()).item()).toBe(true);
    expect((await nothing.any().compute()).item()).toBe(false);
    expect((await nothing.sum(1).compute()).shape).toEqual([0]);
    const joined = concat([nothing, nothing]).add(1);
    expect((await joined.prod(0).compute()).toArray()).toEqual([1, 1, 1]);
    expect((await stack([nothing, nothing], { axis: 1 }).all().compute()).item()).toBe(true);
  });

  test.each(["min", "max", "argmin", "argmax", "nanmin", "nanmax", "nanargmin", "nanargmax"] as const)(
    "%s throws at once",
    (name) => {
      expect(() => nothing[name](0)).toThrow(ShapeError);
      expect(() => nothing[name]()).toThrow(`${name}: cannot reduce an axis of length 0 (shape [0, 3])`);
      expect(nothing[name](1).shape).toEqual([0]);
    },
  );

  test("is what a column of nothing but NaN is to functions that leave NaN out", async () => {
    const x = fromArray([
      [Number.NaN, 1],
      [Number.NaN, 2],
    ]);
    expect((await x.nanmin(0).compute()).toArray()).toEqual([Number.NaN, 1]);
    expect((await x.nanmax(0).compute()).toArray()).toEqual([Number.NaN, 2]);
    expect((await x.nanmean(0).compute()).toArray()).toEqual([Number.NaN, 1.5]);
    expect((await x.nansum(0).compute()).toArray()).toEqual([0, 3]);
    expect((await x.nanprod(0).compute()).toArray()).toEqual([1, 2]);
    expect((await x.nanvar(0).compute()).toArray()).toEqual([Number.NaN, 0.25]);
    expect((await x.nanstd(0, { ddof: 2 }).compute()).toArray()).toEqual([Number.NaN, Number.NaN]);
    await expect(x.nanargmin(0).compute()).rejects.toThrow("nanargmin: every element is NaN");
    expect((await x.nanargmax(1).compute()).toArray()).toEqual([1n, 1n]);
    expect((await x.nanargmax().compute()).item()).toBe(3n);
    expect((await x.min(0).compute()).toArray()).toEqual([Number.NaN, 1]);
  });
});

test("degrees of freedom beyond the number of elements give NaN or an infinity, not a negative variance", async () => {
  const x = arange(3).astype("float64");
  expect(await number(x.var(null, { ddof: 1 }))).toBe(1);
  expect(await number(x.var(null, { ddof: 3 }))).toBe(Infinity);
  expect(await number(x.var(null, { ddof: 9 }))).toBe(Infinity);
  expect(await number(fromArray([5]).std(null, { ddof: 1 }))).toBe(Number.NaN);
});

test("a result is an NDArray also where nothing is reduced", async () => {
  expect(await random.uniform([], { seed: 1 }).compute()).toBeInstanceOf(NDArray);
  expect((await fromArray(7).sum([]).compute()).item()).toBe(7);
});
