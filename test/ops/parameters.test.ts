/** Detects arguments that a function drops without a word, and arrays in memory that it does not take as arrays. */
import * as chunkwise from "chunkwise";
import {
  ArgumentError,
  add,
  arange,
  broadcastTo,
  ChunkedArray,
  concat,
  einsum,
  fft,
  fromArray,
  kurtosis,
  linalg,
  matmul,
  NDArray,
  stack,
  sum,
  where,
  zeros,
} from "chunkwise";
import { describe, expect, test } from "vitest";
import { refuses } from "./refused.js";

const wrong = (value: unknown): never => value as never;
const expected = "expected a chunked array, an NDArray, a typed array or nested lists";
const x = fromArray([
  [1, 2, 3],
  [4, 5, 6],
]);

type AnyFunction = (...args: unknown[]) => unknown;

/** Functions and methods that take whatever comes after their arguments, and why. */
const exceptions: Readonly<Record<string, string>> = {
  einsum: "takes any number of arrays",
  "NDArray.get": "takes an index for each axis, and refuses another number of them",
};

const instances: Readonly<Record<string, object>> = {
  ChunkedArray: x,
  NDArray: new NDArray("int8", [2], new Int8Array(2)),
};

/** Every function in a namespace and in those inside it, and every method of its classes. */
function functionsOf(space: object, prefix = ""): [string, AnyFunction][] {
  return Object.entries(space).flatMap(([name, value]): [string, AnyFunction][] => {
    if (typeof value === "object" && !Array.isArray(value)) return functionsOf(value, `${prefix}${name}.`);
    if (typeof value !== "function") return [];
    if (!/^class /.test(Function.prototype.toString.call(value))) return [[prefix + name, value as AnyFunction]];
    const methods = Object.entries(Object.getOwnPropertyDescriptors(value.prototype as object));
    return methods.flatMap(([method, { value: call }]): [string, AnyFunction][] => {
      if (method === "constructor" || typeof call !== "function") return [];
      return [[`${name}.${method}`, (...args) => call.call(instances[name], ...args)]];
    });
  });
}

/** How many arguments a function takes, found by asking: it refuses further ones. */
async function mostOf(call: AnyFunction): Promise<number> {
  for (let count = 0; count < 8; count++) {
    try {
      await call(...new Array<unknown>(count).fill(undefined), { surplus: true });
    } catch (error) {
      const { message } = error as Error;
      if (error instanceof ArgumentError && /cannot take \{ surplus: true \} as argument/.test(message)) return count;
    }
  }
  return Number.POSITIVE_INFINITY;
}

const all = functionsOf(chunkwise);

test.each(all.filter(([name]) => !(name in exceptions)))("%s refuses an argument too many by name", async (_, call) => {
  expect(await mostOf(call)).toBeLessThan(5);
});

test("the exceptions are functions and methods that take further arguments", async () => {
  for (const name of Object.keys(exceptions)) {
    const [, call] = all.find(([known]) => known === name) ?? expect.fail(`${name} is not exported`);
    expect(await mostOf(call), name).toBe(Number.POSITIVE_INFINITY);
  }
});

test("the constructors refuse an argument too many by name", () => {
  const construct = Reflect.construct as (target: unknown, args: unknown[]) => unknown;
  const call = (): unknown => construct(NDArray, ["int8", [1], new Int8Array(1), { copy: true }]);
  expect(call).toThrow("NDArray: cannot take { copy: true } as argument 4; expected NDArray(dtype, shape, data)");
  const wrapped = (): unknown => construct(ChunkedArray, [x.expr, 5]);
  expect(wrapped).toThrow("ChunkedArray: cannot take 5 as argument 2; expected ChunkedArray(expr)");
});

test("the size of parseBytes is the only thing that it takes from a list", () => {
  expect(() => ["1kB"].map(chunkwise.parseBytes as never)).toThrow(ArgumentError);
  expect(() => chunkwise.parseBytes("1kB", wrong(5))).toThrow(
    "parseBytes: operation is the beginning of messages, not 5",
  );
});

test("trailing arguments that are undefined are as good as absent", async () => {
  expect((await (x.sin as AnyFunction).call(x, undefined, undefined)) instanceof ChunkedArray).toBe(true);
});

describe("an operation", () => {
  const call = (name: string, ...args: unknown[]): unknown =>
    (x as never as Record<string, AnyFunction>)[name]!(...args);
  refuses([
    [
      "options of add",
      () => call("add", x, { dtype: "float32" }),
      "ArgumentError",
      'add: cannot take { dtype: "float32" } as argument 3; expected add(x, y)',
    ],
    ["a number for sin", () => call("sin", 1), "ArgumentError", "sin: cannot take 1 as argument 2; expected sin(x)"],
    [
      "options of rechunk",
      () => call("rechunk", 2, { balance: true }),
      "ArgumentError",
      "rechunk: cannot take { balance: true } as argument 3; expected rechunk(x, chunks)",
    ],
    ["no array", () => sum(wrong(null)), "ArgumentError", `sum: x cannot be null; ${expected}`],
    ["a number for an array", () => kurtosis(wrong(5)), "ArgumentError", `kurtosis: x cannot be 5; ${expected}`],
    ["one array of two", () => matmul(x, wrong(undefined)), "ArgumentError", `matmul: y is missing; ${expected}`],
    [
      "one that is none",
      () => concat([x, wrong("a")]),
      "ArgumentError",
      `concat: arrays[1] cannot be "a"; ${expected}`,
    ],
    [
      "a casting that loses digits",
      () => x.astype("float32", { casting: "safe" }),
      "DTypeError",
      'astype: float64 to float32 is not safe; expected a casting of "unsafe", or a wider dtype',
    ],
    [
      "a casting that loses fractions",
      () => x.astype("int32", { casting: "same_kind" }),
      "DTypeError",
      'astype: float64 to int32 is not same_kind; expected a casting of "unsafe", or a wider dtype',
    ],
    [
      "another casting",
      () => x.astype("int32", { casting: wrong("no") }),
      "ArgumentError",
      'astype: casting must be "unsafe", "same_kind", "safe"; got "no"',
    ],
  ]);

  test("takes castings that keep what they promise", async () => {
    expect(x.astype("float32", { casting: "same_kind" }).dtype).toBe("float32");
    expect(arange(3).astype("float64", { casting: "safe" }).dtype).toBe("float64");
    expect(fromArray(new Uint8Array(2)).astype("int8", { casting: "same_kind" }).dtype).toBe("int8");
  });

  test("takes the chunks of a broadcast array", async () => {
    const wide = broadcastTo([1, 2, 3], [4, 3], { chunks: [2, -1] });
    expect(wide).toMatchObject({ chunks: [[2, 2], [3]] });
    expect(String(await x.slice([0]).broadcastTo([2, 3], { chunks: 1 }).compute())).toBe(
      "[[1., 2., 3.],\n [1., 2., 3.]]",
    );
  });
});

describe("an NDArray, a typed array or a nested list", () => {
  const numbers = async (array: unknown): Promise<unknown> => (await (array as ChunkedArray).compute()).toArray();

  test("is an operand", async () => {
    const means = await x.mean(0).compute();
    expect(await numbers(x.subtract(means))).toEqual([
      [-1.5, -1.5, -1.5],
      [1.5, 1.5, 1.5],
    ]);
    expect(await numbers(x.add(new Int8Array([1, 2, 3])))).toEqual([
      [2, 4, 6],
      [5, 7, 9],
    ]);
    expect(await numbers(x.multiply([[2], [10]]))).toEqual([
      [2, 4, 6],
      [40, 50, 60],
    ]);
    expect(await numbers(add([1, 2, 3], x.slice([0])))).toEqual([2, 4, 6]);
    expect(await numbers(where(x.greater(3), [0, 0, 0], x))).toEqual([
      [1, 2, 3],
      [0, 0, 0],
    ]);
    expect(await numbers(x.clip(null, [3, 3, 3]))).toEqual([
      [1, 2, 3],
      [3, 3, 3],
    ]);
  });

  test("is an array where there is no other", async () => {
    expect(await numbers(sum([1, 2, 3]))).toBe(6);
    expect(await numbers(sum(new NDArray("int16", [2], new Int16Array([1, 2]))))).toBe(3n);
    expect(await numbers(einsum("i,i", [1, 2], new Float32Array([3, 4])))).toBe(11);
    expect(await numbers(stack([[1, 2], new Uint8Array([3, 4])]))).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect(await numbers(chunkwise.reshape([1, 2], [2, 1]))).toEqual([[1], [2]]);
    expect(
      await numbers(
        linalg.solve(
          [
            [2, 0],
            [0, 4],
          ],
          [2, 4],
        ),
      ),
    ).toEqual([1, 1]);
    expect(await numbers(fft.fft([1, 0]))).toEqual([
      { re: 1, im: 0 },
      { re: 1, im: 0 },
    ]);
    expect(await numbers(linalg.tensordot(wrong(2), wrong(3), { axes: 0 }))).toBe(6);
  });

  test("has the dtype of its elements, as in fromArray", () => {
    expect(zeros([2], { dtype: "int8" }).add(new Int16Array(2)).dtype).toBe("int16");
    expect(zeros([2], { dtype: "float32" }).add(Buffer.from([1, 2])).dtype).toBe("float32");
    expect(zeros([2], { dtype: "int8" }).add([1n, 2n]).dtype).toBe("int64");
  });

  const circle: unknown[] = [];
  circle.push(circle);
  refuses([
    [
      "a list that holds itself",
      () => x.add(wrong(circle)),
      "ShapeError",
      "add: lists are more than 64 deep, or hold themselves",
    ],
    ["text", () => x.add(wrong(["a"])), "ArgumentError", 'add: cannot take "a" as an element'],
    [
      "a view of bytes",
      () => x.add(new DataView(new ArrayBuffer(8))),
      "ArgumentError",
      "add: cannot take a DataView; expected a typed array of numbers",
    ],
    [
      "data that does not fill its shape",
      () => x.add(wrong({ dtype: "int8", shape: [3], data: new Int8Array(2) })),
      "ShapeError",
      "add: an Int8Array of 2 elements is no data for the shape [3]",
    ],
    [
      "a long array of another length",
      () => zeros([100]).add(new Float64Array(1e6)),
      "ShapeError",
      "add: shapes [100] and [1000000] do not fit together on axis 0",
    ],
  ]);
});
