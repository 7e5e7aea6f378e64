/**
 * Detects calls that NumPy takes and that fail here: matrices without rows, stacks that repeat, indices from argmax,
 * empty chunks, both bounds open. Values are NumPy's.
 */
import { type ChunkedArray, clip, concat, fromArray, type Handle, linalg, ones, trace, zeros } from "chunkwise";
import { expect, test } from "vitest";
import { numpy } from "../support/numpy.js";
import { refuses } from "./refused.js";

const listOf = async (x: Handle): Promise<unknown> => (await (x as ChunkedArray).compute({ workers: 0 })).toArray();

const stack = [
  [
    [2, 0],
    [0, 4],
  ],
  [
    [1, 1],
    [0, 1],
  ],
];

test("the rank of a matrix without rows or columns is 0", async () => {
  expect(await listOf(linalg.matrixRank(zeros([0, 3])))).toBe(0n);
  expect(await listOf(linalg.matrixRank(zeros([3, 0])))).toBe(0n);
  expect(await listOf(linalg.matrixRank(zeros([2, 0, 3])))).toEqual([0n, 0n]);
});

test("the pseudo-inverse of a matrix without rows or columns has its sides exchanged", async () => {
  for (const [shape, inverse] of [
    [
      [0, 3],
      [3, 0],
    ],
    [
      [3, 0],
      [0, 3],
    ],
    [
      [0, 2, 3],
      [0, 3, 2],
    ],
    [
      [2, 0, 3],
      [2, 3, 0],
    ],
  ] as const) {
    expect((await linalg.pinv(zeros(shape)).compute({ workers: 0 })).shape).toEqual(inverse);
  }
});

test("a tolerance may be an array with a number for each matrix", async () => {
  const matrices = [
    [
      [1, 0],
      [0, 0.1],
    ],
    [
      [1, 0],
      [0, 0.1],
    ],
  ];
  expect(await listOf(linalg.matrixRank(matrices, { rtol: [0.5, 0.01] }))).toEqual([1n, 2n]);
  expect(await listOf(linalg.pinv(matrices[0]!, { rtol: fromArray(0.5) }))).toEqual([
    [1, 0],
    [0, 0],
  ]);
});

test("stacks of systems and of right sides broadcast", async () => {
  expect(await listOf(linalg.solve(stack, [2, 4]))).toEqual([
    [1, 1],
    [-2, 4],
  ]);
  expect(
    await listOf(
      linalg.solve(stack[0]!, [
        [[2], [4]],
        [[4], [8]],
      ]),
    ),
  ).toEqual([
    [[1], [1]],
    [[2], [2]],
  ]);
  expect(await listOf(linalg.solveTriangular(stack, [2, 4]))).toEqual([
    [1, 1],
    [-2, 4],
  ]);
});

test("the least-squares solution of a wide matrix has the smallest norm", async () => {
  const [a, b] = [
    fromArray([
      [1, 2, 3],
      [4, 5, 6],
    ]),
    fromArray([
      [1, 2],
      [3, 5],
    ]),
  ];
  const [wanted] = await numpy([
    { code: "np.linalg.lstsq(a, b)[0]", arrays: { a: await a.compute(), b: await b.compute() } },
  ]);
  const given = (await linalg.lstsq(a, b).compute({ workers: 0 })).data as Float64Array;
  const right = (wanted as { data: Float64Array }).data;
  expect(given.length).toBe(6);
  for (const [i, value] of given.entries()) expect(value).toBeCloseTo(right[i]!, 12);
});

test("a bigint is an index, as argmax gives it", async () => {
  const x = fromArray([
    [1, 5],
    [7, 2],
  ]);
  const row = (await x.argmax(0).compute()).get(0) as bigint;
  expect(await listOf(x.slice([row]))).toEqual([7, 2]);
  expect(await listOf(x.slice([[0n, 1n], -1n]))).toEqual([5]);
  expect(await listOf(x.slice([[null, null, -1n]]))).toEqual([
    [7, 2],
    [1, 5],
  ]);
});

test("chunks of no elements are left out, and an axis of length 0 has one", async () => {
  expect(ones([4]).rechunk([[0, 3, 0, 1]]).chunks).toEqual([[3, 1]]);
  expect(zeros([0, 2], { chunks: [0, 1] }).chunks).toEqual([[0], [1, 1]]);
  expect(zeros([0], { chunks: [[0, 0]] }).chunks).toEqual([[0]]);
});

test("norm takes an axis in a list, and trace a dtype", async () => {
  expect(await listOf(linalg.norm([[3, 4]], { axis: [1] }))).toEqual([5]);
  expect(trace(zeros([2, 2], { dtype: "int8" }), { dtype: "float32" }).dtype).toBe("float32");
});

test("concat without an axis takes all elements in C order", async () => {
  expect(
    await listOf(
      concat(
        [
          [
            [1, 2],
            [3, 4],
          ],
          [5],
        ],
        { axis: null },
      ),
    ),
  ).toEqual([1, 2, 3, 4, 5]);
});

test("clip without bounds changes nothing", async () => {
  expect(await listOf(clip([1, 2], null, null))).toEqual([1, 2]);
  expect(await listOf((clip as never as (x: unknown) => Handle)([1, 2]))).toEqual([1, 2]);
});

test("mT exchanges rows and columns", async () => {
  expect(await listOf(fromArray(stack).mT)).toEqual([
    [
      [2, 0],
      [0, 4],
    ],
    [
      [1, 0],
      [1, 1],
    ],
  ]);
});

const wrong = (value: unknown): never => value as never;
const means = "expected float32, float64, complex64 or complex128";
refuses([
  [
    "a mean in integers",
    () => ones([2]).mean(0, { dtype: "int32" }),
    "DTypeError",
    `mean: is computed in floating point, not in int32; ${means}`,
  ],
  [
    "a variance in bools",
    () => ones([2]).var(0, { dtype: "bool" }),
    "DTypeError",
    `var: is computed in floating point, not in bool; ${means}`,
  ],
  [
    "a nanstd in integers",
    () => ones([2]).nanstd(0, { dtype: "uint8" }),
    "DTypeError",
    `nanstd: is computed in floating point, not in uint8; ${means}`,
  ],
  [
    "a right side of other rows",
    () => linalg.lstsq([[1, 2, 3]], [1, 2]),
    "ShapeError",
    "lstsq: [1, 3] and [2] do not fit; expected a side of as many rows as the matrix",
  ],
  [
    "a tolerance in words",
    () => linalg.pinv([[1]], { rtol: wrong("small") }),
    "ArgumentError",
    'pinv: rtol must be a number of at least 0 or an array; got "small"',
  ],
]);
