/**
 * Law 10: random numbers by counter. Detects a generator that is not Philox4x32-10 (against the known answers of
 * Random123), numbers that depend on chunks, slices or workers, and distributions that are not what they are called.
 */
import { type ChunkedArray, type NDArray, random } from "chunkwise";
import { afterAll, describe, expect, test } from "vitest";
import { ThreadsExecutor } from "#src/executors/threads/threads";
import { philox } from "#src/ops/random";
import { constant } from "#src/program/scalar";
import { assertSame } from "../support/arrays.js";
import { runExprs } from "../support/run.js";
import { programOf } from "../support/scalars.js";

function words(counter: readonly number[], key: readonly [number, number]): bigint[] {
  const [a, b, c, d] = counter.map((word) => constant(BigInt(word), "uint64"));
  const scalars = philox([a!, b!, c!, d!], [BigInt(key[0]), BigInt(key[1])]);
  return programOf(scalars)([]).map(([word]) => word as bigint);
}

const ones = 0xffffffff;

test.each([
  ["zeros", [0, 0, 0, 0], [0, 0], [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8]],
  ["ones", [ones, ones, ones, ones], [ones, ones], [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd]],
  [
    "the digits of π",
    [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
    [0xa4093822, 0x299f31d0],
    [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
  ],
] as const)("the generator gives Random123's known answer for %s", (_, counter, key, expected) => {
  expect(words(counter, key)).toEqual(expected.map(BigInt));
});

test.each([0, 5, 2 ** 32 - 1, 2 ** 32, 2 ** 33 + 7])("element %d comes from its own counter", async (index) => {
  const seed = 0x1234_5678_9abc_def0n;
  const long = random.uniform([2 ** 34], { seed, chunks: 2 ** 30 });
  const [a, b] = words([index % 2 ** 32, Math.floor(index / 2 ** 32), 0, 0], [0x9abcdef0, 0x12345678]);
  const expected = Number(((a! >> 5n) << 26n) | (b! >> 6n)) / 2 ** 53;
  expect((await long.slice([index]).compute()).item()).toBe(expected);
  const narrow = random.uniform([2 ** 34], { seed, chunks: 2 ** 30, dtype: "float32" });
  expect((await narrow.slice([index]).compute()).item()).toBe(Number(a! >> 8n) / 2 ** 24);
});

const pools = [1, 3].map((workers) => new ThreadsExecutor({ workers }));
afterAll(() => Promise.all(pools.map((pool) => pool.close())));

describe.each(["uniform", "normal"] as const)("random.%s", (name) => {
  const shape = [30, 17];

  test("does not depend on chunks, slices, backends or workers", async () => {
    const whole = await random[name](shape, { seed: 3, chunks: -1 }).compute();
    const cut = random[name](shape, { seed: 3, chunks: [7, [1, 9, 7]] });
    assertSame(await cut.compute(), whole);
    assertSame(await cut.compute({ backend: "reference" }), whole, { ulps: 4 });
    assertSame(await cut.T.T.compute(), whole);
    assertSame(await cut.reshape([510]).reshape(shape).compute(), whole);
    for (const executor of pools) assertSame((await runExprs([cut.expr], { executor }))[0]!, whole);
    expect((await cut.slice([4, [null, null, -3]]).compute()).toArray()).toEqual(
      Array.from({ length: 6 }, (_, i) => whole.get(4, 16 - 3 * i)),
    );
  });

  test("depends on the seed, and every array without one has its own", async () => {
    const first = async (array: ChunkedArray): Promise<unknown> => (await array.slice([0]).compute()).item();
    const seeds = [0, 1, -1, 2 ** 40, 2n ** 63n];
    const firsts = await Promise.all(seeds.map((seed) => first(random[name]([9], { seed }))));
    expect(new Set(firsts).size).toBe(seeds.length);
    expect(await first(random[name]([9]))).not.toBe(await first(random[name]([9])));
    const fixed = random[name]([9]);
    expect(await first(fixed)).toBe(await first(fixed));
  });

  test.each(["float32", "float64"] as const)("has its moments in %s", async (dtype) => {
    const options = name === "uniform" ? { low: -2, high: 4 } : { loc: 1, scale: Math.sqrt(3) };
    const { data, dtype: given } = (await random[name]([40_000], { seed: 9, dtype, ...options }).compute()) as NDArray;
    expect(given).toBe(dtype);
    const x = Array.from(data as Float64Array, (value) => (value - 1) / Math.sqrt(3));
    const average = (f: (value: number, i: number) => number): number =>
      x.reduce((sum, value, i) => sum + f(value, i), 0) / x.length;
    expect(Math.abs(average((v) => v))).toBeLessThan(0.02);
    expect(Math.abs(average((v) => v * v) - 1)).toBeLessThan(0.03);
    expect(Math.abs(average((v) => v ** 3))).toBeLessThan(0.08);
    expect(Math.abs(average((v) => v ** 4) - (name === "uniform" ? 1.8 : 3))).toBeLessThan(0.15);
    for (const lag of [1, 2, 17]) expect(Math.abs(average((v, i) => v * x[(i + lag) % x.length]!))).toBeLessThan(0.02);
    if (name === "uniform") expect(x.every((value) => value >= -Math.sqrt(3) && value < Math.sqrt(3))).toBe(true);
    expect(new Set(data as Float64Array).size).toBeGreaterThan(39_900);
  });
});

describe("uniform numbers", () => {
  // so near each other that rounding reaches both ends
  const bounds = [
    ["float32", 1, 1 + 2 ** -21], ["float32", 0.7, 0.7000002], ["float32", -1, -1 + 2 ** -22],
    ["float32", -1e-45, 1e-44],
    ["float64", 1, 1 + 2 ** -50], ["float64", -2, -2 + 2 ** -50], ["float64", 1e300, 1e300 * (1 + 2 ** -50)],
    ["float64", 0, 2e-323], ["float64", 1e15, 1e15 + 1],
  ] as const; // biome-ignore format: a table

  test.each(bounds)("of %s from %d up to %d keep within their bounds", async (dtype, low, high) => {
    const { data } = await random.uniform([4000], { seed: 1, dtype, low, high }).compute();
    const values = [...data].map(Number);
    expect(values.every((value) => value >= low && value < high)).toBe(true);
    expect(new Set(values).size).toBeGreaterThan(1);
  });

  test("within bounds of no width are the bound", async () => {
    for (const dtype of ["float32", "float64"] as const) {
      const { data } = await random.uniform([3], { dtype, low: 0.5, high: 0.5 }).compute();
      expect([...data]).toEqual([0.5, 0.5, 0.5]);
    }
  });

  test("are refused if their bounds are none", () => {
    expect(() => random.uniform([3], { low: 2, high: 1 })).toThrow(
      "random.uniform: low must not be above high; got 2 and 1",
    );
    expect(() => random.uniform([3], { dtype: "float32", low: 0.1, high: 0.1 + 1e-12 })).toThrow(
      "random.uniform: there is no float32 from 0.1 up to",
    );
  });
});

test("normal numbers are finite, and the mean where they have no width", async () => {
  for (const dtype of ["float32", "float64"] as const) {
    const { data } = await random.normal([50_000], { seed: 2, dtype }).compute();
    expect([...data].every((value) => Math.abs(Number(value)) < 8.6)).toBe(true);
    expect([...(await random.normal([3], { dtype, loc: 2.5, scale: 0 }).compute()).data]).toEqual([2.5, 2.5, 2.5]);
  }
  expect(() => random.normal([3], { scale: -1 })).toThrow("random.normal: scale must not be negative; got -1");
});

test("uniform and normal arrays of one seed are made from different words", async () => {
  const options = { seed: 4 };
  const [u, n] = await Promise.all([
    random.uniform([2000], options).compute(),
    random.normal([2000], options).compute(),
  ]);
  const product = Array.from(u.data as Float64Array, (value, i) => (value - 0.5) * Number(n.data[i]));
  expect(Math.abs(product.reduce((sum, value) => sum + value, 0) / 2000)).toBeLessThan(0.03);
});
