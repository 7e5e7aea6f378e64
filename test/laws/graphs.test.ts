/**
 * Law 11: what programs become is kept as text, so that a review sees what a change does to them. Detects fusion that
 * is lost, bytes that are read twice, tasks that are not needed, results that no longer share a pass.
 */
import { arange, ChunkedArray, concat, type DType, eye, fromArray, random, stack } from "chunkwise";
import { describe, expect, test } from "vitest";
import type { ChunksLike } from "#src/data/chunks";
import { factsOf } from "#src/data/dtype";
import type { StridedFile } from "#src/data/layout";
import { sizeOf, stridesOf } from "#src/data/region";
import { lower } from "#src/graph/lower";
import { sinkExpr } from "#src/ops/sinks";
import { fileExpr } from "#src/ops/sources";
import { optimize } from "#src/optimize/optimize";
import { mistakesOf } from "../support/bounds.js";
import { dump } from "../support/dump.js";

function fileOf(path: string, shape: readonly number[], dtype: DType): StridedFile {
  const size = 128 + sizeOf(shape) * factsOf(dtype).bytes;
  return {
    path,
    offset: 128,
    size,
    modified: 0,
    dtype,
    encoding: { otherEndian: false, half: false },
    shape,
    strides: stridesOf(shape),
  };
}

/** An array in a file that nobody opens. */
const file = (path: string, shape: readonly number[], chunks: ChunksLike, dtype: DType = "float64"): ChunkedArray =>
  new ChunkedArray(fileExpr(fileOf(path, shape, dtype), chunks, "file", 2 ** 20));

const x = file("x.npy", [100, 40], [25, -1]);
const narrow = file("narrow.npy", [100, 40], [25, 10], "float32");

/** Arrays of one axis that depend on their neighbours, so often that they cannot be one loop. */
const stencil = (steps: number): ChunkedArray => {
  let y = file("line.npy", [200], [50]);
  for (let i = 0; i < steps; i++) y = y.slice([[1]]).add(y.slice([[null, -1]]));
  return y;
};

const programs: Readonly<Record<string, readonly ChunkedArray[]>> = {
  "a chain is one loop": [x.subtract(1).multiply(2).pow(2).sqrt()],
  "a column mean": [x.mean(0)],
  "a sum over a grid, as a tree": [file("big.npy", [600, 600], [30, 30]).sum()],
  "several results share one pass": [x.mean(0), x.std(0), x.min(0), x.max(0)],
  "results over other axes share a pass too": [narrow.sum(0), narrow.sum(1)],
  "the same written twice": [x.add(1).sum(0), x.add(1).sum(0)],
  "a result on the way to another": [x.sum(1), x.sum(1).sqrt()],
  "a slice reads only what it needs": [x.slice([[30, 40], 3]).multiply(2)],
  "a long step leaps over chunks": [file("line.npy", [200], [10]).slice([[null, null, -40]])],
  "an array and its transpose": [file("square.npy", [40, 40], [20, 20]).add(file("square.npy", [40, 40], [20, 20]).T)],
  "a broadcast mean": [x.subtract(x.mean(0))],
  "a concatenation, reduced": [concat([x, narrow, x.slice([[0, 5]])]).max(0)],
  "a stack of slices": [stack([x.slice([[0, 10]]), x.slice([[90, 100]])]).sum(0)],
  "a stencil of three steps is one loop": [stencil(3)],
  "a stencil of thirty steps is stored on the way": [stencil(30).slice([[0, 20]])],
  "a reshape": [x.reshape([40, 100]).add(1)],
  "rechunking a file moves nothing": [x.rechunk([50, 20])],
  "a product, rechunked": [x.T.matmul(x).rechunk([7, 40])],
  "products of stacks": [file("a.npy", [3, 20, 10], [1, 10, -1]).matmul(file("b.npy", [10, 5], -1))],
  "positions of the smallest": [narrow.argmin(1)],
  "choosing and converting": [x.greater(0).where(x, narrow).clip(0, null).astype("int16")],
  "complex numbers are loops over their parts": [
    file("z.npy", [50], [25], "complex64").multiply({ re: 0, im: 1 }).abs().sum(),
  ],
  "random numbers and counters": [
    random.normal([100], { seed: 1, chunks: 50 }).mean(),
    arange(10, { chunks: 5 }),
    eye(4),
  ],
  "a user's function": [x.mapBlocks((block) => block.data, { dtype: "float32" }).sum(0)],
  "an array in memory": [
    fromArray(
      [
        [1, 2],
        [3, 4],
      ],
      { chunks: 1 },
    ).sum(0, { keepdims: true }),
  ],
  "nothing at all": [file("none.npy", [0, 3], -1).sum(0), file("none.npy", [0, 3], -1).add(1)],
};

describe("lowered graphs", () => {
  test.each(Object.entries(programs))("%s", (_, arrays) => {
    const { roots, stored } = optimize(arrays.map(({ expr }) => expr));
    const graph = lower(
      roots.map((expr) => ({ expr, sink: null })),
      { backend: "wasm", stored, spilled: new Map() },
    );
    expect(dump(graph)).toMatchSnapshot();
    expect(mistakesOf(graph)).toEqual([]);
  });

  test("an array into a file", () => {
    const expr = sinkExpr(x.add(1).expr, "out.npy", "id");
    const graph = lower([{ expr, sink: { kind: "file", file: fileOf("out.npy", [100, 40], "float64") } }], {
      backend: "wasm",
      stored: new Set(),
      spilled: new Map(),
    });
    expect(dump(graph)).toMatchSnapshot();
    expect(mistakesOf(graph)).toEqual([]);
  });

  test("a stored node in a scratch file", () => {
    const kept = x.reshape([40, 100]);
    const { roots, stored } = optimize([kept.T.rechunk([50, 40]).expr]);
    const [inner] = [...roots[0]!.inputs[0]!.inputs];
    const spilled = new Map([[inner!, fileOf("scratch.tmp", [4000], "float64")]]);
    const graph = lower(
      roots.map((expr) => ({ expr, sink: null })),
      { backend: "wasm", stored, spilled },
    );
    expect(dump(graph)).toMatchSnapshot();
    expect(mistakesOf(graph)).toEqual([]);
  });
});
