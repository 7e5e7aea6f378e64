/** Detects equal expressions that are computed twice, and different ones that are taken for the same. */
import { arange, type ChunkedArray, fromArray, ones, random, zeros } from "chunkwise";
import { expect, test } from "vitest";
import { postorder } from "#src/expr/walk";
import { share } from "#src/optimize/rewrites";

const shared = (...arrays: ChunkedArray[]): number => new Set(share(arrays.map(({ expr }) => expr))).size;

test("an expression written twice becomes one node, with everything below it", () => {
  const write = (): ChunkedArray => arange(10, { chunks: 3 }).add(1).sum(0, { keepdims: true });
  expect(shared(write(), write())).toBe(1);
  const both = share([write().add(write()).expr]);
  expect(postorder(both).length).toBe(postorder([write().expr]).length + 1);
});

test("expressions that differ in a value, a dtype, an axis, the chunks or the seed stay apart", () => {
  const x = arange(12).reshape([3, 4]);
  const different = [
    [x.add(1), x.add(2)],
    [x.add(1), x.add(1n), x.add(true)],
    [x.multiply(0), x.multiply(-0)],
    [x.sum(0), x.sum(1), x.sum([0, 1])],
    [x.sum(0), x.sum(0, { dtype: "float64" })],
    [x.var(0), x.var(0, { ddof: 1 })],
    [x.rechunk(1), x.rechunk(2)],
    [x.slice([[0, 2]]), x.slice([[0, 3]]), x.slice([[0, 3, 2]])],
    [zeros([3]), zeros([3], { dtype: "int8" }), ones([3])],
    [random.uniform([3], { seed: 1 }), random.uniform([3], { seed: 2 }), random.normal([3], { seed: 1 })],
    [fromArray([1, 2]), fromArray([1, 2])], // two arrays in memory are never compared
  ];
  for (const arrays of different) expect(shared(...arrays)).toBe(arrays.length);
});
