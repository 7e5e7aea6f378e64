import { spawnSync } from "node:child_process";
import { inspect } from "node:util";
import { runInNewContext } from "node:vm";
import { fromArray, NDArray } from "chunkwise";
import { describe, expect, test } from "vitest";

import { allocate, type DType, dtypes, type TypedArray } from "#src/data/dtype";
import { DTypeError, OutOfBoundsError, ShapeError } from "#src/data/errors";
import { sizeOf } from "#src/data/region";
import { python } from "../support/platform.js";

const floats = (shape: readonly number[], ...data: number[]) => new NDArray("float64", shape, new Float64Array(data));
const matrix = floats([2, 3], 1, 2, 3, 4, 5, 6);
const complex = new NDArray("complex128", [2], new Float64Array([1, 2, 3, -4.5]));
const bools = new NDArray("bool", [3], new Uint8Array([1, 0, 1]));
const longs = new NDArray("int64", [2], new BigInt64Array([5n, -(2n ** 62n)]));

/** 0, 1, 2, … of a dtype. */
function counting(dtype: DType, ...shape: number[]): NDArray {
  const data = allocate(dtype, sizeOf(shape));
  const big = data instanceof BigInt64Array || data instanceof BigUint64Array;
  for (let i = 0; i < data.length; i++) data[i] = (big ? BigInt(i) : i) as never;
  return new NDArray(dtype, shape, data);
}

test("an array knows its shape, dtype and sizes", () => {
  const { shape, dtype, ndim, size, nbytes, data } = matrix;
  expect({ shape, dtype, ndim, size, nbytes }).toEqual({
    shape: [2, 3],
    dtype: "float64",
    ndim: 2,
    size: 6,
    nbytes: 48,
  });
  expect(data).toBeInstanceOf(Float64Array);
  expect([complex.size, complex.nbytes, complex.data.length]).toEqual([2, 32, 4]);
  expect(floats([], 7)).toMatchObject({ ndim: 0, size: 1 });
  expect(floats([3, 0, 2])).toMatchObject({ ndim: 3, size: 0, nbytes: 0 });
});

test("the shape is a frozen copy, and the data is not copied", () => {
  const [shape, data] = [[2], new Float64Array([1, 2])];
  const array = new NDArray("float64", shape, data);
  shape[0] = 3;
  data[0] = 9;
  expect(array.shape).toEqual([2]);
  expect(Object.isFrozen(array.shape)).toBe(true);
  expect(array.get(0)).toBe(9);
});

test.each(dtypes)("every dtype has its typed array: %s", (dtype) => {
  const array = new NDArray(dtype, [2, 2], allocate(dtype, 4));
  expect(array.nbytes).toBe(array.data.byteLength);
  const wrong: TypedArray = dtype === "int8" ? new Uint8Array(4) : new Int8Array(4);
  expect(() => new NDArray(dtype, [2, 2], wrong)).toThrow(DTypeError);
  expect(() => new NDArray(dtype, [2, 2], allocate(dtype, 5))).toThrow(ShapeError);
});

test("data that does not fit throws an error that says what would", () => {
  const data = new Float64Array(6);
  expect(() => new NDArray("float32", [6], data as never)).toThrowErrorMatchingInlineSnapshot(
    `[DTypeError: NDArray: the data of float32 is of type Float32Array; got Float64Array]`,
  );
  expect(() => new NDArray("float64", [2, 2], data)).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: NDArray: shape [2, 2] of float64 needs data of length 4; got 6]`,
  );
  expect(() => new NDArray("complex128", [6], data)).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: NDArray: shape [6] of complex128 needs data of length 12; got 6]`,
  );
  expect(() => new NDArray("float64", [2, -3], data)).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: NDArray: a shape must be a list of whole numbers of at least 0; got [2, -3]]`,
  );
  expect(() => new NDArray("float64", [1.5, 4], data)).toThrow(ShapeError);
  expect(() => new NDArray("float8" as DType, [6], data)).toThrow(DTypeError);
  expect(() => new NDArray("float64", [6], [1, 2] as never)).toThrow(DTypeError);
});

test("data of another realm is accepted", () => {
  const data = runInNewContext("new Float64Array([1, 2])") as Float64Array;
  expect(data).not.toBeInstanceOf(Float64Array);
  expect(new NDArray("float64", [2], data).get(1)).toBe(2);
});

test("get gives the element at an index", () => {
  expect([matrix.get(0, 0), matrix.get(1, 2), matrix.get(-1, -3), matrix.get(0, -1)]).toEqual([1, 6, 4, 3]);
  expect(floats([], 7).get()).toBe(7);
  expect([bools.get(0), bools.get(1)]).toEqual([true, false]);
  expect(longs.get(-1)).toBe(-(2n ** 62n));
  expect(complex.get(1)).toEqual({ re: 3, im: -4.5 });
});

test.each([[[2, 0]], [[0, 3]], [[-3, 0]], [[0.5, 0]], [[Number.NaN, 0]], [[0]], [[0, 0, 0]], [[]]])(
  "get(%j) is out of bounds",
  (index) => {
    expect(() => matrix.get(...index)).toThrow(OutOfBoundsError);
  },
);

test("get's errors name the index and the shape", () => {
  expect(() => matrix.get(0, 3)).toThrowErrorMatchingInlineSnapshot(
    `[OutOfBoundsError: get: index [0, 3] is outside shape [2, 3]]`,
  );
  expect(() => matrix.get(1)).toThrowErrorMatchingInlineSnapshot(
    `[OutOfBoundsError: get: index [1] has 1 number; shape [2, 3] needs 2]`,
  );
  expect(() => floats([0]).get(0)).toThrowErrorMatchingInlineSnapshot(
    `[OutOfBoundsError: get: index [0] is outside shape [0]]`,
  );
});

test("item gives the only element", () => {
  expect([floats([], 7).item(), floats([1, 1], 8).item()]).toEqual([7, 8]);
  expect(() => matrix.item()).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: item: shape [2, 3] has 6 elements; item() is for exactly one]`,
  );
  expect(() => floats([0]).item()).toThrow(ShapeError);
});

test("toArray gives nested lists", () => {
  expect(matrix.toArray()).toEqual([
    [1, 2, 3],
    [4, 5, 6],
  ]);
  expect(floats([], 7).toArray()).toBe(7);
  expect(floats([2, 0]).toArray()).toEqual([[], []]);
  expect(floats([0, 2]).toArray()).toEqual([]);
  expect(bools.toArray()).toEqual([true, false, true]);
  expect(complex.toArray()).toEqual([
    { re: 1, im: 2 },
    { re: 3, im: -4.5 },
  ]);
});

test("JSON holds the shape, the dtype and every element", () => {
  const json = (array: NDArray) => JSON.parse(JSON.stringify(array));
  expect(JSON.stringify(floats([], 0.5))).toBe('{"shape":[],"dtype":"float64","data":[0.5]}');
  expect(json(matrix)).toEqual({ shape: [2, 3], dtype: "float64", data: [1, 2, 3, 4, 5, 6] });
  const [nan, inf] = [Number.NaN, Number.POSITIVE_INFINITY];
  expect(json(floats([4], nan, inf, -inf, -0)).data).toEqual(["NaN", "Infinity", "-Infinity", 0]);
  expect(json(longs).data).toEqual([5, "-4611686018427387904"]);
  const edge = new BigUint64Array([2n ** 53n - 1n, 2n ** 53n]);
  expect(json(new NDArray("uint64", [2], edge)).data).toEqual([Number.MAX_SAFE_INTEGER, "9007199254740992"]);
  expect(json(bools).data).toEqual([true, false, true]);
  expect(json(new NDArray("complex64", [1], new Float32Array([1.5, nan]))).data).toEqual([[1.5, "NaN"]]);
});

test("toString aligns elements, complex and special ones too, and shows empty arrays", () => {
  const { NaN: nan, POSITIVE_INFINITY: inf } = Number;
  const arrays = [
    floats([2, 3], 1, -2.5, 3, 10, 0.125, -0),
    floats([4], nan, inf, -inf, 0.5),
    floats([3], 1e-5, 1, 123_456_789),
    floats([2], 1e300, 2.5e-3),
    floats([2], 1 / 3, 2),
    new NDArray("float32", [3], new Float32Array([0.1, 1 / 3, 1234.567])),
    complex,
    new NDArray("complex64", [3], new Float32Array([0.1, -0.25, nan, inf, 10, 0])),
    bools,
    longs,
    counting("int8", 2, 2, 3),
    counting("float64", 30),
    floats([3, 0]),
  ];
  expect(`\n${arrays.map(String).join("\n\n")}\n`).toMatchInlineSnapshot(`
    "
    [[ 1.   , -2.5  ,  3.   ],
     [10.   ,  0.125, -0.   ]]

    [      NaN,  Infinity, -Infinity,       0.5]

    [1.00000000e-05, 1.00000000e+00, 1.23456789e+08]

    [1.0e+300, 2.5e-003]

    [0.33333333, 2.        ]

    [1.0000000e-01, 3.3333334e-01, 1.2345670e+03]

    [1.+2.j , 3.-4.5j]

    [ 0.1    -0.25j,  NaN+Infinityj, 10.     +0.j  ]

    [ true, false,  true]

    [                   5, -4611686018427387904]

    [[[ 0,  1,  2],
      [ 3,  4,  5]],

     [[ 6,  7,  8],
      [ 9, 10, 11]]]

    [ 0.,  1.,  2.,  3.,  4.,  5.,  6.,  7.,  8.,  9., 10., 11., 12., 13., 14.,
     15., 16., 17., 18., 19., 20., 21., 22., 23., 24., 25., 26., 27., 28., 29.]

    []
    NDArray float64 [3, 0]
    "
  `);
});

test("toString cuts large arrays and names their dtype and shape", () => {
  const arrays = [counting("float64", 1001), counting("int32", 2000, 3), counting("uint8", 3, 7, 60)];
  expect(`\n${arrays.map(String).join("\n\n")}\n`).toMatchInlineSnapshot(`
    "
    [   0.,    1.,    2., …,  998.,  999., 1000.]
    NDArray float64 [1001]

    [[   0,    1,    2],
     [   3,    4,    5],
     [   6,    7,    8],
     …,
     [5991, 5992, 5993],
     [5994, 5995, 5996],
     [5997, 5998, 5999]]
    NDArray int32 [2000, 3]

    [[[  0,   1,   2, …,  57,  58,  59],
      [ 60,  61,  62, …, 117, 118, 119],
      [120, 121, 122, …, 177, 178, 179],
      …,
      [240, 241, 242, …,  41,  42,  43],
      [ 44,  45,  46, …, 101, 102, 103],
      [104, 105, 106, …, 161, 162, 163]],

     [[164, 165, 166, …, 221, 222, 223],
      [224, 225, 226, …,  25,  26,  27],
      [ 28,  29,  30, …,  85,  86,  87],
      …,
      [148, 149, 150, …, 205, 206, 207],
      [208, 209, 210, …,   9,  10,  11],
      [ 12,  13,  14, …,  69,  70,  71]],

     [[ 72,  73,  74, …, 129, 130, 131],
      [132, 133, 134, …, 189, 190, 191],
      [192, 193, 194, …, 249, 250, 251],
      …,
      [ 56,  57,  58, …, 113, 114, 115],
      [116, 117, 118, …, 173, 174, 175],
      [176, 177, 178, …, 233, 234, 235]]]
    NDArray uint8 [3, 7, 60]
    "
  `);
  expect(String(counting("float64", 1000))).not.toContain("…");
});

test("toString shows the element of a 0-d array in full", () => {
  const single = new NDArray("float32", [], new Float32Array([0.1]));
  const pair = new NDArray("complex128", [], new Float64Array([1, -0.5]));
  expect([floats([], 0.1 + 0.2), single, pair, new NDArray("bool", [], new Uint8Array(1))].map(String)).toEqual([
    "0.30000000000000004",
    "0.1",
    "1-0.5j",
    "false",
  ]);
});

test("console.log shows the same as toString, in other objects too", () => {
  expect(inspect(matrix)).toBe(String(matrix));
  expect(inspect({ matrix })).toContain("[4., 5., 6.]");
});

test.runIf(python)("printing is NumPy's", () => {
  // Of float32 only plain numbers: beyond its seven digits NumPy shows more of the exact value than the shortest
  // digits. Noise of many sizes brings up every notation; 4093 is prime, so that no ninth digit is an exact tie, which
  // JavaScript rounds up and NumPy to even.
  const noise = (i: number) => (((i * 2_654_435_761) % 4093) / 4093 - 0.5) * 10 ** ((i * 7) % 5);
  const arrays = [
    counting("float64", 1001),
    counting("int32", 2000, 3),
    counting("int64", 40),
    counting("uint8", 3, 7, 60),
    counting("float32", 2, 3, 4, 2),
    ...(["float64", "complex128"] as const).flatMap((dtype) =>
      Array.from({ length: 40 }, (_, seed) => {
        const array = new NDArray<DType>(dtype, [3, 1 + (seed % 9)], allocate(dtype, 3 * (1 + (seed % 9))));
        const scale = [1, 1e-3, 1e6, 1e17, 1e-150][seed % 5]!;
        const step = [1, 5, 64, 37][seed % 4]!;
        for (let i = 0; i < array.data.length; i++) {
          const value = scale * noise(seed * 100 + i * step);
          array.data[i] = (seed % 3 === 0 ? Number(value.toPrecision(4)) : value) as never;
        }
        return array;
      }),
    ),
  ];
  const program = `
import json, sys, base64, numpy as np
for line in sys.stdin:
    dtype, shape, data = json.loads(line)
    a = np.frombuffer(base64.b64decode(data), dtype).reshape(shape)
    print(json.dumps(np.array2string(a, separator=", ")))
`;
  const bytes = ({ data }: NDArray) => Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("base64");
  const input = arrays.map((array) => JSON.stringify([array.dtype, array.shape, bytes(array)])).join("\n");
  const { stdout, stderr } = spawnSync(python!, ["-c", program], { input, encoding: "utf8" });
  expect(stderr).toBe("");
  const expected = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line).replaceAll("...", "…") as string);
  const got = arrays.map((array) => String(array).replace(/\nNDArray.*$/, ""));
  expect(got).toEqual(expected);
});

describe("an NDArray in JavaScript's own words", () => {
  const matrix = new NDArray("int32", [2, 3], new Int32Array([1, 2, 3, 4, 5, 6]));

  test("is iterated along its first axis", () => {
    expect([...matrix].map(String)).toEqual(["[1, 2, 3]", "[4, 5, 6]"]);
    expect([...new NDArray("bool", [2], new Uint8Array([1, 0]))]).toEqual([true, false]);
    expect([...new NDArray("float64", [], new Float64Array([7]))]).toEqual([7]);
    expect([...new NDArray("float64", [0, 2], new Float64Array(0))]).toEqual([]);
  });

  test("is sliced by Python's rules, into a copy", () => {
    const rows = matrix.slice([
      [null, null, -1],
      [1, 3],
    ]);
    expect(rows.toArray()).toEqual([
      [5, 6],
      [2, 3],
    ]);
    rows.data[0] = 0;
    expect(matrix.get(1, 1)).toBe(5);
    expect(matrix.slice([-1n, 0]).item()).toBe(4);
    expect(matrix.slice([[5, 9]]).shape).toEqual([0, 3]);
    const z = new NDArray("complex64", [2], new Float32Array([1, 2, 3, 4]));
    expect(z.slice([[1, 2]]).toArray()).toEqual([{ re: 3, im: 4 }]);
    expect(() => matrix.slice([2])).toThrow("slice: index 2 is out of range for axis 0 of length 2");
  });

  test("is reshaped over the same data", () => {
    expect(matrix.reshape([-1, 2]).shape).toEqual([3, 2]);
    expect(matrix.reshape([6]).data).toBe(matrix.data);
    expect(() => matrix.reshape([4])).toThrow("reshape: 6 elements do not fit into the shape [4]");
  });

  test("takes bigints as indices", () => {
    expect(matrix.get(1n, -1n)).toBe(6);
  });

  test("gives advice instead of wrong sums, and text where text is asked for", () => {
    const advice = "operators such as + and < do not work on arrays in JavaScript; use methods such as";
    expect(() => (matrix as never as number) + 1).toThrow(`${advice} fromArray(a).add(1)`);
    expect(() => (fromArray(matrix) as never as number) + 1).toThrow(`${advice} x.add(1)`);
    expect(() => (matrix as never as number) < 1).toThrow(advice);
    expect(`${matrix.slice([0])}`).toBe("[1, 2, 3]");
    expect(`${fromArray(matrix)}`).toBe("ChunkedArray int32 [2, 3]");
  });
});
