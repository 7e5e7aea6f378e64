/** Detects decimals that are ignored, and integers that are rounded through floats. */
import { ArgumentError, fromArray } from "chunkwise";
import { expect, test } from "vitest";

test("round keeps as many decimals as it is asked to, in an argument or an option", async () => {
  const x = fromArray([1.234, -1.235, 2.5, 1e300, Number.NaN, Number.NEGATIVE_INFINITY]);
  const list = async (decimals?: number | { decimals: number }): Promise<unknown> =>
    (await x.round(decimals).compute({ workers: 0 })).toArray();
  expect(await list()).toEqual([1, -1, 2, 1e300, Number.NaN, Number.NEGATIVE_INFINITY]);
  expect(await list(2)).toEqual([1.23, -1.24, 2.5, 1e300, Number.NaN, Number.NEGATIVE_INFINITY]);
  expect(await list({ decimals: 1 })).toEqual([1.2, -1.2, 2.5, 1e300, Number.NaN, Number.NEGATIVE_INFINITY]);
  expect(await list(300)).toEqual([1.234, -1.235, 2.5, 1e300, Number.NaN, Number.NEGATIVE_INFINITY]);
});

test("negative decimals round integers to tens without leaving their dtype", async () => {
  const list = async (data: ArrayBufferView, decimals: number): Promise<unknown> =>
    (await fromArray(data).round(decimals).compute({ workers: 0 })).toArray();
  expect(await list(new Int32Array([5, 15, 25, -5, -15, 14, -16]), -1)).toEqual([0, 20, 20, 0, -20, 10, -20]);
  expect(await list(new Uint8Array([49, 50, 51, 150, 250]), -2)).toEqual([0, 0, 100, 200, 200]);
  expect(await list(new Int8Array([127, -128]), -3)).toEqual([0, 0]);
  expect(await list(new BigInt64Array([9007199254740995n, -9007199254740995n]), -1)).toEqual([
    9007199254741000n,
    -9007199254741000n,
  ]);
});

test("round takes complex numbers part by part", async () => {
  const z = await fromArray([{ re: 1.25, im: -2.76 }])
    .round(1)
    .compute({ workers: 0 });
  expect(z.get(0)).toEqual({ re: 1.2, im: -2.8 });
});

test("round refuses decimals that are no whole number", () => {
  for (const decimals of [1.5, Number.NaN, 301, "2", null] as never[]) {
    expect(() => fromArray([1]).round(decimals)).toThrow(ArgumentError);
  }
});
