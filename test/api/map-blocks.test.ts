/** Detects user functions that are given wrong blocks or places, and answers of theirs that are stored wrongly. */
import { arange, type BlockFunction, type DType, ones, zeros } from "chunkwise";
import { describe, expect, test } from "vitest";
import { ArgumentError, ChunksError } from "#src/data/errors";

const values = async (f: BlockFunction, dtype: DType, size = 3): Promise<unknown> =>
  (await ones([size]).mapBlocks(f, { dtype }).compute()).toArray();

test("a function sees its block in C order and its place in the array", async () => {
  const array = arange(24, { dtype: "int32" })
    .reshape([4, 6])
    .T.rechunk([[4, 2], 3]);
  const seen = await array
    .mapBlocks(({ dtype, shape, data }, place) => {
      const right = dtype === "int32" && data instanceof Int32Array && String(shape) === String(place.shape);
      return [...(data as Int32Array)].map((value, i) => {
        const at = [place.start[0]! + Math.floor(i / shape[1]!), place.start[1]! + (i % shape[1]!)];
        const inside = place.index[0] === (at[0]! < 4 ? 0 : 1) && place.index[1] === (at[1]! < 3 ? 0 : 1);
        return right && inside && value === at[1]! * 6 + at[0]!;
      });
    })
    .compute();
  expect(seen.shape).toEqual([6, 4]);
  expect([...seen.data]).toEqual(new Array(24).fill(1));
});

describe("the elements that a function returns", () => {
  test("become 0 and 1 for bools", async () => {
    expect(await values(() => new Uint8Array([0, 2, 255]), "bool")).toEqual([false, true, true]);
    expect(await values(() => [0, 0.5, Number.NaN], "bool")).toEqual([false, true, true]);
    expect(await values(() => [true, false, true], "bool")).toEqual([true, false, true]);
  });

  test("become integers as by astype: towards zero, NaN 0, beyond the range its nearest end", async () => {
    expect(await values(() => [1.9, -1.9, 300], "uint8")).toEqual([1, 0, 255]);
    expect(await values(() => [Number.NaN, 1e300, -Infinity], "int32")).toEqual([0, 2 ** 31 - 1, -(2 ** 31)]);
    expect(await values(() => new Float32Array([Number.NaN, 1e30, -0.5]), "int64")).toEqual([0n, 2n ** 63n - 1n, 0n]);
    expect(await values(() => [300n, -1n, 2n ** 70n + 5n], "uint8")).toEqual([44, 255, 5]);
    expect(await values(() => new Int32Array([300, -1, 7]), "uint8")).toEqual([44, 255, 7]);
    expect(await values(() => new Float64Array([1.9, -1.9, 2]), "int64")).toEqual([1n, -1n, 2n]);
    expect(await values(() => [2n ** 64n + 1n, -1n, 0n], "uint64")).toEqual([1n, 2n ** 64n - 1n, 0n]);
    expect(await values(() => [1n, 2n, 3n], "float32")).toEqual([1, 2, 3]);
  });

  test("are pairs for complex numbers", async () => {
    expect(await values(() => [1, 2, 3, -4], "complex64", 2)).toEqual([
      { re: 1, im: 2 },
      { re: 3, im: -4 },
    ]);
  });

  test("may come in an object, by a promise, or over part of a larger buffer", async () => {
    expect(await values(() => ({ data: [1, 2, 3] }), "float64")).toEqual([1, 2, 3]);
    expect(await values(async () => new Float64Array([9, 1, 2, 3]).subarray(1), "float64")).toEqual([1, 2, 3]);
    expect(await values(() => new Float32Array([9, 1, 2, 3]).subarray(1), "float32")).toEqual([1, 2, 3]);
  });

  test("may be the changed block itself, which is a copy", async () => {
    const array = await zeros([4], { chunks: 2 }).persist();
    const changed = array.mapBlocks((block) => (block.data as Float64Array).fill(7));
    expect((await changed.compute()).toArray()).toEqual([7, 7, 7, 7]);
    expect((await array.compute()).toArray()).toEqual([0, 0, 0, 0]);
  });
});

describe("the grid of the result", () => {
  test("has the shape of explicit chunks, one for each of the array's", async () => {
    const pairs = ones([4, 6], { chunks: [2, 3] }).mapBlocks((block) => [block.data.length, 0], {
      chunks: [
        [1, 1],
        [2, 2],
      ],
    });
    expect((await pairs.compute()).toArray()).toEqual([
      [6, 0, 6, 0],
      [6, 0, 6, 0],
    ]);
  });

  test("must not have another number of chunks or axes", () => {
    const array = ones([4, 6], { chunks: [2, 3] });
    expect(() => array.mapBlocks((block) => block.data, { chunks: 2 })).toThrow(ChunksError);
    expect(() => array.mapBlocks((block) => block.data, { chunks: [[4]] })).toThrow(ArgumentError);
    expect(() => array.mapBlocks((block) => block.data, { chunk: 2 } as never)).toThrow(/unknown option "chunk"/);
    expect(() => array.mapBlocks((block) => block.data, { dtype: "float" as never })).toThrow(/float/);
  });

  test("has one block for empty arrays and arrays without axes", async () => {
    expect(
      (
        await zeros([0, 3])
          .mapBlocks((block) => block.data)
          .compute()
      ).shape,
    ).toEqual([0, 3]);
    expect(
      (
        await ones([])
          .mapBlocks((block, { index }) => [(block.data[0]! as number) + index.length])
          .compute()
      ).item(),
    ).toBe(1);
  });
});
