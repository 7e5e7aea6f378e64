/**
 * Integers: ranges and comparisons that need all 64 bits, constants that a dtype cannot hold, conversions of floats,
 * powers. Detects digits lost on the way through float64, and numbers that wrap around without a word.
 */
import {
  arange,
  type ChunkedArray,
  compute,
  type DType,
  equal,
  fromArray,
  full,
  greater,
  greaterEqual,
  less,
  lessEqual,
  linspace,
  notEqual,
  ones,
  where,
  zeros,
} from "chunkwise";
import { describe, expect, test } from "vitest";
import { backendNames } from "#src/kernels/index";
import { numpy } from "../support/numpy.js";
import { refuses } from "./refused.js";

const wrong = (value: unknown): never => value as never;
const list = async (array: ChunkedArray): Promise<unknown> => (await array.compute()).toArray();
const backends = backendNames.filter((name) => name !== "tensorflow"); // its loops are those of wasm
const least = -(2n ** 63n);
const most = 2n ** 63n - 1n;

describe("arange", () => {
  test.each<[string, ChunkedArray, DType, readonly bigint[]]>([
    ["beyond 2^53", arange(2 ** 53, 2 ** 53 + 8, 2), "int64", [0n, 2n, 4n, 6n].map((i) => 2n ** 53n + i)],
    ["of bigints", arange(2n ** 60n, 2n ** 60n + 5n), "int64", [0n, 1n, 2n, 3n, 4n].map((i) => 2n ** 60n + i)],
    ["down", arange(2n ** 60n + 1n, 2n ** 60n - 5n, -3), "int64", [2n ** 60n + 1n, 2n ** 60n - 2n]],
    ["to the last int64", arange(most - 2n, most + 1n), "int64", [most - 2n, most - 1n, most]],
    ["across all of int64", arange(least, most, 2n ** 62n), "int64", [least, -(2n ** 62n), 0n, 2n ** 62n]],
    ["beyond int64", arange(2n ** 63n, 2n ** 63n + 2n), "uint64", [2n ** 63n, 2n ** 63n + 1n]],
    [
      "down in uint64",
      arange(2n ** 64n - 1n, 2n ** 64n - 4n, -2n, { dtype: "uint64" }),
      "uint64",
      [2n ** 64n - 1n, 2n ** 64n - 3n],
    ],
    ["with one bound", arange(3n), "int64", [0n, 1n, 2n]],
    ["of nothing", arange(5n, 2n), "int64", []],
  ])("is exact %s", async (_, array, dtype, expected) => {
    expect(array.dtype).toBe(dtype);
    expect(await list(array)).toEqual(expected);
    const { data } = await array.rechunk(1).compute({ backend: "reference" });
    expect([...data]).toEqual(expected);
  });

  test("is exact in every chunk of a long range, as NumPy's", async () => {
    const start = 2n ** 62n + 12345n;
    const array = arange(start, start + 7n * 100_000n, 7n, { chunks: 999 });
    const [, tail] = [array, array.slice([[99_990, null]])];
    expect(await list(tail!)).toEqual(Array.from({ length: 10 }, (_, i) => start + 7n * BigInt(99_990 + i)));
    const sum = (await array.subtract(start).sum().compute()).item();
    expect(sum).toBe((7n * 100_000n * 99_999n) / 2n);
  });

  test("of small integers and of floats keeps the dtype that was asked for", async () => {
    expect(await list(arange(-3, 3, { dtype: "int8" }))).toEqual([-3, -2, -1, 0, 1, 2]);
    expect(await list(arange(0, 1, 0.25))).toEqual([0, 0.25, 0.5, 0.75]);
    expect(await list(arange(3, { dtype: "float32" }))).toEqual([0, 1, 2]);
    expect(arange(0, 1e300, 1e299).dtype).toBe("float64");
    expect(await list(arange(2, undefined, 0.5))).toEqual([0, 0.5, 1, 1.5]);
  });

  refuses([
    [
      "a text as stop",
      () => arange(0, wrong("5")),
      "ArgumentError",
      'arange: stop must be a number or a bigint; got "5"',
    ],
    [
      "a text as step",
      () => arange(0, 9, wrong("2")),
      "ArgumentError",
      'arange: step must be a number or a bigint; got "2"',
    ],
    [
      "nothing",
      () => arange(wrong(undefined)),
      "ArgumentError",
      "arange: start must be a number or a bigint; got undefined",
    ],
    [
      "an argument after the options",
      () => arange(5, { dtype: "int8" }, 2),
      "ArgumentError",
      "arange: options come last; got 2 after them",
    ],
    [
      "a step of 0n",
      () => arange(0n, 5n, 0n),
      "ArgumentError",
      "arange: start, stop and step must be finite and step must not be 0; got 0n, 5n, 0n",
    ],
    [
      "a range that leaves its dtype",
      () => arange(250, 258, { dtype: "uint8" }),
      "DTypeError",
      "arange: 257n does not fit into uint8 (0 to 255)",
    ],
    [
      "a range of no dtype",
      () => arange(-1n, 2n ** 63n + 9n, 2n ** 63n + 1n),
      "DTypeError",
      "arange: -1n does not fit into uint64 (0 to 18446744073709551615)",
    ],
  ]);
});

describe("constants that an integer dtype cannot hold", () => {
  const bytes = "uint8 (0 to 255)";
  refuses([
    ["full above", () => full([1], 300, { dtype: "uint8" }), "DTypeError", `full: 300 does not fit into ${bytes}`],
    ["full below", () => full([1], -1, { dtype: "uint8" }), "DTypeError", `full: -1 does not fit into ${bytes}`],
    [
      "full of NaN",
      () => full([1], Number.NaN, { dtype: "uint8" }),
      "DTypeError",
      `full: NaN does not fit into ${bytes}`,
    ],
    [
      "full of an infinity",
      () => full([1], Infinity, { dtype: "int64" }),
      "DTypeError",
      `full: Infinity does not fit into int64 (${least} to ${most})`,
    ],
    [
      "full above 64 bits",
      () => full([1], 2n ** 64n),
      "DTypeError",
      `full: 18446744073709551616n does not fit into int64 (${least} to ${most})`,
    ],
    [
      "full of a complex number",
      () => full([1], { re: 1, im: 2 }, { dtype: "float64" }),
      "DTypeError",
      "full: { re: 1, im: 2 } is complex and does not fit into float64",
    ],
    [
      "a list",
      () => fromArray([1, 300], { dtype: "uint8" }),
      "DTypeError",
      `fromArray: 300 does not fit into ${bytes}`,
    ],
    [
      "a list of bigints above int64",
      () => fromArray([1n, 2n ** 63n]),
      "DTypeError",
      `fromArray: 9223372036854775808n does not fit into int64 (${least} to ${most}); uint64 holds it`,
    ],
    [
      "linspace",
      () => linspace(0, 300, 4, { dtype: "int8" }),
      "DTypeError",
      "linspace: 300 does not fit into int8 (-128 to 127)",
    ],
  ]);

  test("are cut towards zero where they are fractions, and exact where they are bigints", async () => {
    expect(await list(full([2], -1.5, { dtype: "int32" }))).toEqual([-1, -1]);
    expect(await list(full([1], 2n ** 63n, { dtype: "uint64" }))).toEqual([2n ** 63n]);
    expect(await list(fromArray([2n ** 63n, 5n, true], { dtype: "uint64" }))).toEqual([2n ** 63n, 5n, 1n]);
    expect(await list(fromArray([2n ** 62n + 1n, 2 ** 53], { dtype: "int64" }))).toEqual([2n ** 62n + 1n, 2n ** 53n]);
    expect(await list(fromArray([255, 0.9], { dtype: "uint8" }))).toEqual([255, 0]);
    expect(await list(fromArray([2n ** 63n, 0.5]))).toEqual([2 ** 63, 0.5]);
  });
});

const first = { equal, notEqual, less, lessEqual, greater, greaterEqual };
const comparedFirst = (name: keyof typeof first, value: number | bigint, array: ChunkedArray): ChunkedArray =>
  first[name](value, array);

describe("comparisons of integers are exact", () => {
  const names = ["equal", "notEqual", "less", "lessEqual", "greater", "greaterEqual"] as const;
  const python = ["==", "!=", "<", "<=", ">", ">="];
  const signed = fromArray(new BigInt64Array([least, -1n, 0n, 1n, 2n ** 53n, 2n ** 53n + 1n, most]));
  const unsigned = fromArray(
    new BigUint64Array([0n, 1n, 2n ** 53n, 2n ** 53n + 1n, 2n ** 63n - 1n, 2n ** 63n, 2n ** 64n - 1n]),
  );
  const small = fromArray(new Int8Array([-128, -1, 0, 127]));
  const bytes = fromArray(new Uint8Array([0, 1, 255]));
  const flags = fromArray([true, false]);

  test("between int64 and uint64, as in NumPy", async () => {
    const [x, y] = await compute([signed, unsigned]);
    const pairs = names.flatMap((name) => [signed.expandDims(1)[name](unsigned), unsigned.expandDims(1)[name](signed)]);
    const answers = await numpy(
      python.flatMap((op) =>
        ["x.reshape(-1, 1)", "y.reshape(-1, 1)"].map((left, i) => ({
          code: `${left} ${op} ${i === 0 ? "y" : "x"}`,
          arrays: { x: x!, y: y! },
        })),
      ),
    );
    for (const backend of backends) expect(await compute(pairs, { backend })).toEqual(answers);
  });

  const values = [
    0, 1, -1, 300, -300, 2.5, 2n ** 53n + 1n, 2n ** 63n, -1n, 2n ** 64n - 1n, 2n ** 64n, -(2n ** 63n) - 1n, 2n ** 70n,
    1e300, -1e300, Infinity, -Infinity, Number.NaN,
  ]; // biome-ignore format: a table

  test("with numbers in and beyond the range, from either side", async () => {
    const holds: readonly ((a: number | bigint, b: number | bigint) => boolean)[] = [
      // biome-ignore lint/suspicious/noDoubleEquals: a number and a bigint are equal by value
      (a, b) => a == b, (a, b) => a != b, (a, b) => a < b, (a, b) => a <= b, (a, b) => a > b, (a, b) => a >= b,
    ]; // biome-ignore format: a table
    for (const array of [signed, unsigned, small, bytes, flags]) {
      const elements = [...(await array.compute()).data];
      for (const [k, name] of names.entries()) {
        const forth = await compute(values.map((value) => array[name](value)));
        const back = await compute(values.map((value) => comparedFirst(name, value, array)));
        for (const [i, value] of values.entries()) {
          const expected = elements.map((element) => holds[k]!(element, value));
          expect(forth[i]!.toArray(), `${array.dtype} ${name} ${value}`).toEqual(expected);
          expect(back[i]!.toArray(), `${value} ${name} ${array.dtype}`).toEqual(
            elements.map((element) => holds[k]!(value, element)),
          );
        }
      }
    }
  });
});

test("linspace into integers takes the whole numbers below, as NumPy does", async () => {
  const cases = [
    [-3, 3, 5], [0, 10, 4], [-1, 1, 2], [5, -5, 7], [-0.5, 2.5, 4]
  ] as const; // biome-ignore format: a table
  const answers = await numpy(
    cases.map((args) => ({ code: `np.linspace(${args.join(", ")}, dtype=np.int32)`, arrays: {} })),
  );
  const results = await compute(cases.map(([start, stop, count]) => linspace(start, stop, count, { dtype: "int32" })));
  expect(results).toEqual(answers);
});

test("floats become integers by one rule on every backend", async () => {
  const floats = [
    0.9, -0.9, -1, 300, -300, 2 ** 31, -(2 ** 31) - 1, 2 ** 63, 2 ** 64, 1e300, Infinity, -Infinity, NaN,
  ]; // biome-ignore format: a table
  const ends = {
    int8: [-128, 127], uint8: [0, 255], int16: [-32768, 32767], uint16: [0, 65535],
    int32: [-(2 ** 31), 2 ** 31 - 1], uint32: [0, 2 ** 32 - 1], int64: [least, most], uint64: [0n, 2n ** 64n - 1n],
  } as const; // biome-ignore format: a table
  for (const source of ["float64", "float32"] as const) {
    const array = fromArray(floats, { dtype: source });
    const rounded = [...(await array.compute()).data] as number[];
    for (const [dtype, [lowest, highest]] of Object.entries(ends)) {
      const expected = rounded.map((x) => {
        if (Number.isNaN(x)) return typeof lowest === "bigint" ? 0n : 0;
        if (x >= highest) return highest;
        if (x <= lowest) return lowest;
        return typeof lowest === "bigint" ? BigInt(Math.trunc(x)) : Math.trunc(x) + 0;
      });
      for (const backend of backends) {
        const { data } = await array.astype(dtype as DType).compute({ backend });
        expect([...data], `${source} to ${dtype}, ${backend}`).toEqual(expected);
      }
    }
  }
});

describe("a negative power of an integer", () => {
  refuses([
    [
      "a value as the power",
      () => ones([2], { dtype: "int32" }).pow(-1),
      "ArgumentError",
      'pow: an integer has no negative power; convert the array with astype("float64") first',
    ],
  ]);

  test.each(backends)("among elements fails on the backend %s", async (backend) => {
    for (const dtype of ["int8", "int32", "int64"] as const) {
      const powers = fromArray([2, 0, 1, -1], { dtype });
      const result = full([4], 2, { dtype }).pow(powers).compute({ backend });
      await expect(result).rejects.toMatchObject({ name: "ComputeError", cause: { name: "ArgumentError" } });
      await expect(result).rejects.toThrow("pow: an integer has no negative power");
    }
    expect(await list(zeros([1], { dtype: "float64" }).add(2).pow(-1))).toEqual([0.5]);
  });
});

test("where of two whole numbers is an integer when nothing else decides", async () => {
  const condition = fromArray([true, false]);
  expect(where(condition, 1, 0).dtype).toBe("int64");
  expect(await list(condition.where(1, 0))).toEqual([1n, 0n]);
  expect(where(condition, 1, 0.5).dtype).toBe("float64");
  expect(where(condition, true, false).dtype).toBe("bool");
  expect(where(condition, true, 2).dtype).toBe("int64");
  expect(where(condition, 1e300, 0).dtype).toBe("float64");
  expect(where(condition, 1, Number.NaN).dtype).toBe("float64");
  expect(where(condition, 1, { re: 0, im: 1 }).dtype).toBe("complex128");
  expect(where(condition, zeros([2], { dtype: "int8" }), 1).dtype).toBe("int8");
});
