/** Detects products that refuse what is right, take what is wrong, go a long way round, or hold more than they may. */
import { type ChunkedArray, compute, einsum, fromArray, multiDot, ones, random, zeros } from "chunkwise";
import { describe, expect, test } from "vitest";
import { bestOrder } from "#src/ops/products/contraction-order";
import { refuses } from "../refused.js";

const x = zeros([3, 4]);
const wrong = (value: unknown): never => value as never;

describe("a product of arrays", () => {
  refuses([
    [
      "tensordot: too many axes",
      () => x.tensordot(x, { axes: 3 }),
      "ArgumentError",
      "tensordot: [3, 4] and [3, 4] cannot be summed over this many axes: 3",
    ],
    [
      "tensordot: axes of different lengths",
      () => x.tensordot(x, { axes: [[0], [1]] }),
      "ShapeError",
      "tensordot: axis 0 of [3, 4] and axis 1 of [3, 4] have different lengths",
    ],
    [
      "tensordot: lists of different lengths",
      () => x.tensordot(x, { axes: [[0], []] }),
      "ArgumentError",
      "tensordot: axes must be a number or two lists of one length, such as [[0, 1], [1, 0]]; got [[0], []]",
    ],
    [
      "tensordot: an axis twice",
      () =>
        x.tensordot(x, {
          axes: [
            [0, -2],
            [0, 1],
          ],
        }),
      "ArgumentError",
      "tensordot: [0, 0] names an axis twice",
    ],
    [
      "tensordot: a number",
      () => x.tensordot(wrong(2)),
      "ArgumentError",
      "tensordot: [3, 4] and [] cannot be summed over this many axes: 2",
    ],
    [
      "vecdot: other lengths",
      () => x.vecdot(zeros([3])),
      "ShapeError",
      "vecdot: shapes [3, 4] and [3] do not fit together on axis 1",
    ],
    [
      "vecdot: an axis from the front",
      () => x.vecdot(zeros([4]), { axis: 0 }),
      "ArgumentError",
      "vecdot: with [3, 4] and [4], an axis is counted from the end: −1, −2, …",
    ],
    [
      "dot: other lengths",
      () => x.dot(x),
      "ShapeError",
      "dot: axis 1 of [3, 4] and axis 0 of [3, 4] have different lengths",
    ],
    [
      "trace: a vector",
      () => zeros([3]).trace(),
      "ShapeError",
      "trace: takes an array of at least two axes; got an array of 1 axis",
    ],
    [
      "diagonal: one axis",
      () => x.diagonal({ axes: [1, -1] }),
      "ArgumentError",
      "diagonal: the axes of a matrix must differ; got [1, -1]",
    ],
    [
      "diagonal: half an offset",
      () => x.diagonal({ offset: 0.5 }),
      "ArgumentError",
      "diagonal: offset must be a whole number; got 0.5",
    ],
    [
      "einsum: too few letters",
      () => einsum("i", x),
      "ArgumentError",
      'einsum: "i": "i" does not fit array 0 of 2 axes',
    ],
    [
      "einsum: no such letter",
      () => einsum("ij->ik", x),
      "ArgumentError",
      'einsum: "ij->ik": the result\'s "k" is in no array',
    ],
    [
      "einsum: a letter twice in the result",
      () => einsum("ij->ii", x),
      "ArgumentError",
      'einsum: "ij->ii": the result\'s "i" is there twice',
    ],
    [
      "einsum: other lengths",
      () => einsum("ij,jk", x, x),
      "ShapeError",
      'einsum: "ij,jk": j is 4 long, and 3 in array 1',
    ],
    [
      "einsum: a number too few",
      () => einsum("ij,jk", x),
      "ArgumentError",
      'einsum: "ij,jk": names 2 arrays, and 1 are given',
    ],
    ["einsum: signs", () => einsum("i+j", x), "ArgumentError", 'einsum: "i+j": "i+j" is not a list of letters'],
    ["einsum: two arrows", () => einsum("ij->i->j", x), "ArgumentError", 'einsum: "ij->i->j": has more than one ->'],
    [
      "einsum: no arrays",
      () => einsum("ij"),
      "ArgumentError",
      'einsum: takes subscripts and arrays, as in einsum("ij->ji", x)',
    ],
    ["multiDot: one array", () => multiDot([x]), "ArgumentError", "multiDot: takes a list of at least two arrays"],
    [
      "multiDot: no matrix",
      () => multiDot([x, zeros([4, 2, 2]), x]),
      "ShapeError",
      "multiDot: array 1 of shape [4, 2, 2] is not a matrix",
    ],
    [
      "multiDot: other lengths",
      () => multiDot([x, x]),
      "ShapeError",
      "multiDot: array 1 has 3 rows, and the one before it 4 columns",
    ],
  ]);
});

describe("the order of a product of several arrays", () => {
  const lengths = new Map(Object.entries({ a: 1000, b: 2, c: 1000, d: 3, e: 1 }));
  const order = (inputs: string[], output: string) =>
    JSON.stringify(
      bestOrder(
        inputs.map((labels) => [...labels]),
        [...output],
        lengths,
      ),
    );

  test("is the cheapest", () => {
    expect(order(["ab", "bc", "cd"], "ad")).toBe("[[2,1],0]"); // 6000 + 6000, where from the left it is 5,000,000
    expect(order(["ab", "bc", "c"], "a")).toBe("[[2,1],0]");
    expect(order(["ba", "ac", "ce"], "be")).toBe("[[2,1],0]");
  });

  test("is the given one for very many arrays", () => {
    expect(
      order(
        Array.from({ length: 12 }, () => "ab"),
        "ab",
      ),
    ).toBe("[[[[[[[[[[[0,1],2],3],4],5],6],7],8],9],10],11]");
  });
});

describe("a matrix product", () => {
  const [a, b] = [random.normal([300, 700], { seed: 1 }), random.normal([700, 200], { seed: 2 })];

  test("of chunks that do not meet needs no rechunking", async () => {
    const straight = await a.matmul(b).compute();
    const crossed = a.rechunk([100, 64]).matmul(b.rechunk([90, 77]));
    expect(crossed.explain()).not.toContain("rechunk [");
    const { data } = await crossed.compute();
    for (const [i, value] of (data as Float64Array).entries()) expect(value).toBeCloseTo(Number(straight.data[i]), 9);
  });

  test("keeps within its memory by steps along the inner axis", async () => {
    const [left, right] = [ones([64, 400_000], { chunks: [64, 5000] }), ones([400_000, 64], { chunks: [7000, 64] })];
    let peak = 0;
    const options = {
      workers: 1,
      memoryLimit: "8MB",
      onProgress: (told: { peakMemory: number }) => (peak = told.peakMemory),
    };
    const { data } = await left.matmul(right).compute(options as never);
    expect(new Set(data as Float64Array)).toEqual(new Set([400_000]));
    expect(peak).toBeLessThan(8e6);
  });

  test("of long vectors has blocks that fit into memory", () => {
    const long = zeros([1_000_000]);
    const { chunks } = long.outer(long);
    expect(Math.max(...chunks[0]!) * Math.max(...chunks[1]!) * 8).toBeLessThanOrEqual(2 ** 25);
    const tall = zeros([1_000_000, 2]).matmul(zeros([2, 1_000_000]));
    expect(Math.max(...tall.chunks[0]!) * Math.max(...tall.chunks[1]!) * 8).toBeLessThanOrEqual(2 ** 25);
  });

  test("of many small matrices is done block by block", async () => {
    const stack = random.normal([10_000, 3, 3], { seed: 3, chunks: [1000, 3, 3] });
    const squared = stack.matmul(stack);
    expect(squared.chunks[0]).toHaveLength(10);
    const [one, all] = await compute([stack.slice([9_999]).matmul(stack.slice([9_999])), squared.slice([9_999])]);
    expect(all!.data).toEqual(one!.data);
  });

  test("with a vector streams through the matrix in one pass", () => {
    const long = fromArray(new Float64Array(700));
    expect(a.matmul(long).explain()).not.toContain("matmul");
    expect((a as ChunkedArray).vecdot(long).shape).toEqual([300]);
  });
});
