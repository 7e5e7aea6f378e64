/** Detects user functions that are given wrong blocks or places, and answers of theirs that are stored wrongly. */
import { arange, type BlockFunction, compute, type DType, fromArray, mapBlocks, ones, zeros } from "chunkwise";
import { describe, expect, test } from "vitest";
import { ArgumentError, ChunksError } from "#src/data/errors";
import { rejectionOf } from "./helpers.js";

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

  test("has blocks of one size, where chunks say one size per axis", async () => {
    const array = ones([4, 6], { chunks: [2, 3] });
    const sums = array.mapBlocks(({ data }) => [data.reduce((sum, v) => sum + v, 0)], { chunks: 1 });
    expect((await sums.compute()).toArray()).toEqual([
      [6, 6],
      [6, 6],
    ]);
    expect(array.mapBlocks(() => [], { chunks: [5, [1, 2]] }).chunks).toEqual([
      [5, 5],
      [1, 2],
    ]);
  });

  test("loses the axes of dropAxis, which the function sees whole", async () => {
    const array = arange(24, { dtype: "float64" }).reshape([4, 6]).rechunk([2, 3]);
    const rows = array.mapBlocks(
      ({ data, shape }, { index, start }) => {
        const columns = shape[1] ?? 0;
        return Array.from({ length: shape[0] ?? 0 }, (_, i) => {
          const row = data.subarray(i * columns, (i + 1) * columns);
          return row.reduce((sum, v) => sum + v, 0) + 1000 * Number(index.join()) + 10_000 * Number(start.join());
        });
      },
      { dropAxis: 1 },
    );
    expect(rows.chunks).toEqual([[2, 2]]);
    expect((await rows.compute()).toArray()).toEqual([15, 51, 87 + 21_000, 123 + 21_000]);
    const all = array.mapBlocks(({ data }) => [Math.max(...data)], { dropAxis: [0, -1] });
    expect((await all.compute()).item()).toBe(23);
  });

  test("gets the axes of newAxis, one long or as long as chunks say", async () => {
    const array = ones([4], { chunks: 2 });
    const column = array.mapBlocks(({ data }) => data, { newAxis: 1 });
    expect([column.shape, column.chunks]).toEqual([
      [4, 1],
      [[2, 2], [1]],
    ]);
    expect((await column.compute()).toArray()).toEqual([[1], [1], [1], [1]]);
    const powers = array.mapBlocks(({ data }) => [...data, ...data.map((v) => 2 * v), ...data.map((v) => 3 * v)], {
      newAxis: 0,
      chunks: [3, 2],
    });
    expect((await powers.compute()).toArray()).toEqual([
      [1, 1, 1, 1],
      [2, 2, 2, 2],
      [3, 3, 3, 3],
    ]);
    const turned = ones([2, 3], { chunks: [1, 3] }).mapBlocks(({ data }) => data, {
      dropAxis: 1,
      newAxis: 0,
      chunks: [3, 1],
    });
    expect(turned.shape).toEqual([3, 2]);
    expect((await turned.compute()).toArray()).toEqual([
      [1, 1],
      [1, 1],
      [1, 1],
    ]);
  });

  test("must have the blocks of the arrays, and the error names the rule", () => {
    const array = ones([4, 6], { chunks: [2, 3] });
    const f: BlockFunction<"float64"> = (block) => block.data;
    expect(() => array.mapBlocks(f, { chunks: [[4], 3] })).toThrow(ChunksError);
    expect(() => array.mapBlocks(f, { chunks: [[4], 3] })).toThrow(
      "mapBlocks: chunks give 1 sizes for axis 0, and the result has 2 blocks there, as the arrays do; give one size " +
        "for each block, or one number for all",
    );
    expect(() => array.mapBlocks(f, { chunks: [[4]] })).toThrow(/chunks for 1 axes, and the result has 2; .*dropAxis/);
    expect(() => array.mapBlocks(f, { chunks: [2, -1] })).toThrow(/chunks of axis 1 are -1; expected one size, or one/);
    expect(() => array.mapBlocks(f, { chunks: "auto" as never })).toThrow(ArgumentError);
    expect(() => array.mapBlocks(f, { dropAxis: 2 })).toThrow(/dropAxis: axis 2 is out of range/);
    expect(() => array.mapBlocks(f, { newAxis: [0, 0] })).toThrow(/newAxis: axis 0 is named twice/);
    expect(() => array.mapBlocks(f, { chunk: 2 } as never)).toThrow(/unknown option "chunk"/);
    expect(() => array.mapBlocks(f, { dtype: "float" as never })).toThrow(/float/);
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

describe("a function of several arrays", () => {
  test("gets the corresponding blocks of all, aligned at the last axis", async () => {
    const x = arange(24, { dtype: "float64" }).reshape([4, 6]).rechunk([2, 3]);
    const bias = fromArray([100, 200, 300, 400, 500, 600], { dtype: "int32", chunks: 2 });
    const scale = fromArray([[10]]);
    const result = mapBlocks(
      (a, b, c, { shape }) => {
        const columns = shape[1] ?? 1;
        return a.data.map((v, i) => v * (c.data[0] ?? 0) + (b.data[i % columns] ?? 0));
      },
      [x, bias, scale],
    );
    // the arrays that are 6 long get the finer chunks
    expect(result.chunks).toEqual([
      [2, 2],
      [2, 2, 2],
    ]);
    expect((await result.compute()).toArray()).toEqual((await x.multiply(10).add(bias).compute()).toArray());
  });

  test("may be of a module, and may give another dtype, in a computation with others", async () => {
    const [x, y] = [ones([4], { chunks: 2 }), zeros([4], { chunks: 2, dtype: "int8" })];
    const text = "data:text/javascript,export const f = (a, b) => Array.from(a.data, (v, i) => v - b.data[i] > 0)";
    const greater = mapBlocks({ module: text, name: "f" }, [x, y], { dtype: "bool" });
    const [result, sum] = await compute([greater, greater.sum()]);
    expect([result.toArray(), sum.item()]).toEqual([[true, true, true, true], 4n]);
  });

  test("is refused where the numbers of blocks differ", () => {
    const f = (): number[] => [];
    expect(() => mapBlocks(f, [ones([4], { chunks: 2 }), ones([6], { chunks: 2 })])).toThrow(
      "mapBlocks: along axis -1 array 0 has 2 blocks and array 1 has 3; expected the same number or one; " +
        "rechunk() them",
    );
    expect(() => mapBlocks(f, [] as never)).toThrow(/takes at least one array/);
    expect(() => mapBlocks(f, ones([3]) as never)).toThrow(/takes a list of arrays/);
  });

  test("that gives too few numbers is told how a shape may change", async () => {
    const error = await rejectionOf(mapBlocks((): number[] => [1], [ones([4]), ones([4])]).compute());
    expect((error as Error).message).toMatch(
      /returned 1 numbers; .* has 4; a function that changes the shape says so by/,
    );
  });
});
