/**
 * Detects contractions that read beyond their data, or give another shape than NumPy, where axes have no element or
 * one: the corners in which axes repeat, sums are empty, and blocks are too.
 */
import * as chunkwise from "chunkwise";
import { compute, einsum, fromArray, linalg, multiDot, NDArray } from "chunkwise";
import { expect, test } from "vitest";
import { numpy } from "../../support/numpy.js";

type AnyFunction = (...args: unknown[]) => chunkwise.ChunkedArray;
type Shapes = readonly (readonly number[])[];

const lengths = [0, 1, 3];
const numbers = (shape: readonly number[], factor: number): NDArray => {
  const size = shape.reduce((a, b) => a * b, 1);
  return new NDArray(
    "float64",
    shape,
    Float64Array.from({ length: size }, (_, i) => ((i * factor) % 7) - 2),
  );
};

const product = (name: string, shapes: Shapes): [string, AnyFunction, Shapes] => [
  `np.${name}(x, y)`,
  (chunkwise as never as Record<string, AnyFunction>)[name]!,
  shapes,
];
const sumOf = (subscripts: string, shapes: Shapes): [string, AnyFunction, Shapes] => [
  `np.einsum("${subscripts}", ${["x", "y", "z"].slice(0, shapes.length).join(", ")})`,
  (...arrays) => einsum(subscripts, ...(arrays as never[])),
  shapes,
];

const cases = (m: number, k: number, n: number): [code: string, call: AnyFunction, shapes: Shapes][] => [
  product("matmul", [
    [m, k],
    [k, n],
  ]),
  product("matmul", [
    [m, 2, k],
    [k, n],
  ]),
  product("dot", [
    [m, k],
    [k, n],
  ]),
  product("inner", [
    [m, k],
    [n, k],
  ]),
  product("outer", [[m, k], [n]]),
  product("kron", [[m, k], [n]]),
  product("vecdot", [
    [m, k],
    [1, k],
  ]),
  [
    "np.tensordot(x, y, 1)",
    (x, y) => linalg.tensordot(x as never, y as never, { axes: 1 }),
    [
      [m, k],
      [k, n],
    ],
  ],
  [
    "np.linalg.multi_dot([x, y, z])",
    (...arrays) => multiDot(arrays as never[]),
    [
      [m, k],
      [k, n],
      [n, m],
    ],
  ],
  sumOf("ij,jk->ik", [
    [m, k],
    [k, n],
  ]),
  sumOf("ij,jk->ki", [
    [m, 1],
    [k, n],
  ]),
  sumOf("ij,jk->", [
    [m, k],
    [k, n],
  ]),
  sumOf("bij,bjk->bik", [
    [m, 2, k],
    [1, k, n],
  ]),
  sumOf("bij,bj->b", [
    [m, n, k],
    [m, k],
  ]),
  sumOf("i,j,k->ijk", [[m], [k], [n]]),
];

test.each(["auto", 1] as const)(
  "contractions over axes of no element and of one are NumPy's, in chunks %s",
  async (chunks) => {
    const all = lengths.flatMap((m) => lengths.flatMap((k) => lengths.flatMap((n) => cases(m, k, n))));
    const questions = all.map(([code, , shapes]) => ({
      code,
      arrays: Object.fromEntries(shapes.map((shape, i) => ["xyz"[i]!, numbers(shape, i + 1)])),
    }));
    const wanted = await numpy(questions);
    const lazy = all.map(([, call, shapes]) =>
      call(...shapes.map((shape, i) => fromArray(numbers(shape, i + 1), { chunks }))),
    );
    const given = await compute(lazy, { workers: 0 });
    for (const [i, [code, , shapes]] of all.entries()) {
      const [answer, own] = [wanted[i], given[i]!];
      if (!(answer instanceof NDArray)) throw new Error(`${code}: ${String(answer)}`);
      expect(
        { shape: own.shape, list: Array.from(own.data as Float64Array, (v) => v + 0) },
        `${code} ${JSON.stringify(shapes)}`,
      ).toEqual({
        shape: answer.shape,
        list: Array.from(answer.data as Float64Array, (v) => v + 0),
      });
    }
  },
);

test("an axis of length 1 does not repeat along another of the same array", () => {
  expect(() => einsum("ii", [[1, 2]])).toThrow('einsum: "ii": i is 1 long, and 2 in array 0');
  expect(() => einsum("ij,jk", [[1, 2]], [[1], [2], [3]])).toThrow("j is 2 long, and 3 in array 1");
  expect(() => einsum("i,i", [1, 2], new Float64Array(0))).toThrow("i is 2 long, and 0 in array 1");
});

test("the dtype of several arrays does not depend on their order", () => {
  const dtypes = ["int16", "uint16", "float32"] as const;
  const arrays = dtypes.map((dtype) => chunkwise.ones([2, 2], { dtype }));
  const orders = [
    [0, 1, 2],
    [0, 2, 1],
    [1, 0, 2],
    [1, 2, 0],
    [2, 0, 1],
    [2, 1, 0],
  ];
  for (const order of orders) {
    const [a, b, c] = order.map((i) => arrays[i]!) as [
      chunkwise.ChunkedArray,
      chunkwise.ChunkedArray,
      chunkwise.ChunkedArray,
    ];
    const results = {
      concat: chunkwise.concat([a, b, c]),
      stack: chunkwise.stack([a, b, c]),
      einsum: einsum("ij,ij,ij->ij", a, b, c),
      multiDot: multiDot([a, b, c]),
      clip: a.clip(b, c),
    };
    for (const [name, { dtype }] of Object.entries(results)) {
      expect(dtype, `${name} of ${order.join(", ")}`).toBe("float32");
    }
  }
});
