/**
 * Detects results that are right but cut in the wrong way: blocks that need more blocks of the input than they must,
 * chunks that are lost or invented.
 */
import { type ChunkedArray, type Chunks, concat, fromArray, stack, zeros } from "chunkwise";
import { expect, test } from "vitest";

const line = zeros([10], { chunks: [[3, 3, 3, 1]] });
const plane = zeros([6, 10], { chunks: [[2, 4], 5] });

test.each<[string, ChunkedArray, Chunks]>([
  ["a range", line.slice([[2, 8]]), [[1, 3, 2]]],
  ["a step", line.slice([[null, null, 2]]), [[2, 1, 2]]],
  ["backwards", line.flip(0), [[1, 3, 3, 3]]],
  ["backwards by a step", line.slice([[null, null, -4]]), [[1, 1, 1]]],
  ["a long step", line.slice([[1, null, 7]]), [[1, 1]]],
  ["nothing", line.slice([[5, 5]]), [[0]]],
  ["an index", plane.slice([3]), [[5, 5]]],
  [
    "turned",
    plane.T,
    [
      [5, 5],
      [2, 4],
    ],
  ],
  ["a new axis", plane.expandDims(1), [[2, 4], [1], [5, 5]]],
  [
    "squeezed",
    plane.expandDims([0, 3]).squeeze(),
    [
      [2, 4],
      [5, 5],
    ],
  ],
  ["broadcast", line.broadcastTo([7, 10]), [[7], [3, 3, 3, 1]]],
  [
    "with a value",
    plane.add(1),
    [
      [2, 4],
      [5, 5],
    ],
  ],
  [
    "with an array of finer chunks",
    plane.add(line),
    [
      [2, 4],
      [3, 3, 3, 1],
    ],
  ],
  [
    "with a row and a column",
    plane.slice([null, 0]).expandDims(1).multiply(line),
    [
      [2, 4],
      [3, 3, 3, 1],
    ],
  ],
  [
    "joined",
    concat([plane, plane.slice([[0, 3]])]),
    [
      [2, 4, 2, 1],
      [5, 5],
    ],
  ],
  [
    "joined with nothing",
    concat([plane.slice([[0, 0]]), plane]),
    [
      [2, 4],
      [5, 5],
    ],
  ],
  [
    "stacked",
    stack([plane, plane], { axis: 1 }),
    [
      [2, 4],
      [1, 1],
      [5, 5],
    ],
  ],
  ["rechunked", plane.rechunk([4, -1]), [[4, 2], [10]]],
  ["rechunked by lists", plane.rechunk([[1, 5], "auto"]), [[1, 5], [10]]],
  ["reduced", plane.sum(0), [[5, 5]]],
  ["reduced, axis kept", plane.mean(1, { keepdims: true }), [[2, 4], [1]]],
  ["reduced altogether", plane.max(), []],
  ["reshaped into stretches of about the old chunks", plane.reshape([3, 20]), [[1, 1, 1], [20]]],
  ["reshaped, several rows to a chunk", plane.reshape([20, 3]), [[6, 6, 6, 2], [3]]],
  [
    "multiplied",
    plane.T.matmul(plane),
    [
      [5, 5],
      [5, 5],
    ],
  ],
  ["multiplied in stacks", zeros([2, 6, 3], { chunks: [2, 4, -1] }).matmul(zeros([3, 5])), [[2], [4, 2], [5]]],
  ["converted", fromArray([1, 2, 3], { chunks: 2 }).astype("int8"), [[2, 1]]],
])("the chunks of an array are known when it is %s", (_, { chunks, shape }, expected) => {
  expect(chunks).toEqual(expected);
  expect(chunks.map((sizes) => sizes.reduce((sum, size) => sum + size, 0))).toEqual(shape);
});
