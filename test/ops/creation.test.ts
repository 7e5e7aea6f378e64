/** Detects functions that make arrays out of wrong shapes, lists, chunks or options, or report the mistake badly. */
import { arange, dtypes, eye, fromArray, fromFunction, linspace, ones, random, zeros } from "chunkwise";
import { describe, expect, test } from "vitest";
import { refuses } from "./refused.js";

const wrong = (value: unknown): never => value as never;
const shapes = "expected a list of whole numbers of at least 0, such as [1000, 1024]";

describe("creating arrays from shapes and options", () => {
  refuses([
    ["a negative length", () => zeros([1, -1]), "ShapeError", `zeros: [1, -1] is not a shape; ${shapes}`],
    ["a fraction", () => ones([1.5]), "ShapeError", `ones: [1.5] is not a shape; ${shapes}`],
    ["a text", () => zeros(wrong("3")), "ShapeError", `zeros: "3" is not a shape; ${shapes}`],
    [
      "too many elements",
      () => zeros([2 ** 30, 2 ** 30]),
      "ShapeError",
      "zeros: shape [1073741824, 1073741824] has more than 2^53 elements",
    ],
    ["a negative number of rows", () => eye(-1), "ShapeError", `eye: [-1, -1] is not a shape; ${shapes}`],
    [
      "a hole",
      () => zeros(wrong(Object.assign(new Array(2), { 1: 2 }))),
      "ShapeError",
      `zeros: [undefined, 2] is not a shape; ${shapes}`,
    ],
    [
      "nothing in a list",
      () => zeros(wrong([undefined])),
      "ShapeError",
      `zeros: [undefined] is not a shape; ${shapes}`,
    ],
    [
      "null for chunks",
      () => zeros([2], { chunks: wrong(null) }),
      "ChunksError",
      'zeros: axis 0 got chunks of null; expected a whole number from 1, -1, "auto" or a list of sizes',
    ],
    [
      "options in a map",
      () => zeros([2], wrong(new Map([["dtype", "int8"]]))),
      "ArgumentError",
      "zeros: options are an object such as { dtype }, not a Map",
    ],
    [
      "half an element",
      () => linspace(0, 1, 1.5),
      "ArgumentError",
      "linspace: count must be a whole number of at least 0; got 1.5",
    ],
    [
      "no count",
      () => linspace(0, 1, wrong(undefined)),
      "ArgumentError",
      "linspace: count must be a whole number of at least 0; got undefined",
    ],
    [
      "an endpoint in words",
      () => linspace(0, 1, 3, { endpoint: wrong("no") }),
      "ArgumentError",
      'linspace: endpoint must be true or false; got "no"',
    ],
    [
      "a bigint as a bound",
      () => random.uniform([2], { high: wrong(5n) }),
      "ArgumentError",
      "random.uniform: high must be a finite number; got 5n",
    ],
    [
      "text as a deviation",
      () => random.normal([2], { scale: wrong("1") }),
      "ArgumentError",
      'random.normal: scale must be a finite number; got "1"',
    ],
    [
      "bounds too far apart",
      () => random.uniform([2], { low: -1e308, high: 1e308 }),
      "ArgumentError",
      "random.uniform: high - low must be finite, and is Infinity",
    ],
    [
      "an unknown dtype",
      () => zeros([3], { dtype: wrong("double") }),
      "DTypeError",
      `zeros: unknown dtype "double"; expected ${dtypes.join(", ")}`,
    ],
    [
      "an unknown option",
      () => zeros([3], wrong({ type: "int8" })),
      "ArgumentError",
      'zeros: unknown option "type"; expected dtype, chunks',
    ],
    [
      "chunks that do not add up",
      () => zeros([3], { chunks: [[1, 1]] }),
      "ChunksError",
      "zeros: the chunks of axis 0 add up to 2; the axis has 3 elements",
    ],
    [
      "a step of 0",
      () => arange(0, 1, 0),
      "ArgumentError",
      "arange: start, stop and step must be finite and step must not be 0; got 0, 1, 0",
    ],
    [
      "an infinite end",
      () => linspace(0, Infinity, 3),
      "ArgumentError",
      "linspace: stop must be a finite number; got Infinity",
    ],
    ["half a diagonal", () => eye(3, 3, { k: 0.5 }), "ArgumentError", "eye: k must be a whole number; got 0.5"],
    [
      "half a seed",
      () => random.normal([3], { seed: 1.5 }),
      "ArgumentError",
      "random.normal: seed must be a whole number or a bigint; got 1.5",
    ],
    [
      "an option of another distribution",
      () => random.normal([3], wrong({ low: 1 })),
      "ArgumentError",
      'random.normal: unknown option "low"; expected dtype, chunks, seed, loc, scale',
    ],
    [
      "bounds that are none",
      () => random.uniform([3], { low: Number.NaN }),
      "ArgumentError",
      "random.uniform: low must be a finite number; got NaN",
    ],
    [
      "no function",
      () => fromFunction(wrong(3), [2]),
      "ArgumentError",
      "fromFunction: takes a function or { module, name }, where module is an absolute path, the name of a package " +
        "or a URL, and name that of an export; got 3",
    ],
  ]);
});

describe("creating arrays from lists", () => {
  const mixed = "fromArray: at depth 1 some entries are lists and some are not";
  refuses([
    ["a ragged list", () => fromArray([[1, 2], [3]]), "ShapeError", "fromArray: lists at depth 1 have 2 and 1 entries"],
    [
      "a list that is ragged below",
      () =>
        fromArray([
          [[1], [2]],
          [[3], [4, 5]],
        ]),
      "ShapeError",
      "fromArray: lists at depth 2 have 1 and 2 entries",
    ],
    ["a list that is shallower later", () => fromArray([[1, 2], 3]), "ShapeError", mixed],
    ["a list that is deeper later", () => fromArray([1, [2, 3]]), "ShapeError", mixed],
    ["texts", () => fromArray(wrong(["1"])), "ArgumentError", 'fromArray: cannot take "1" as an element'],
    ["holes", () => fromArray(wrong([1, null])), "ArgumentError", "fromArray: cannot take null as an element"],
    [
      "no numbers",
      () => fromArray(new DataView(new ArrayBuffer(8))),
      "ArgumentError",
      "fromArray: cannot take a DataView; expected a typed array of numbers",
    ],
    [
      "another shape",
      () => fromArray(new Float64Array(6), { shape: [4] }),
      "ShapeError",
      "fromArray: 6 elements do not fit into the shape [4]",
    ],
    [
      "other chunks",
      () => fromArray([1, 2, 3], { chunks: [[2]] }),
      "ChunksError",
      "fromArray: the chunks of axis 0 add up to 2; the axis has 3 elements",
    ],
  ]);

  test("gives a list the common dtype of its elements", () => {
    expect(fromArray([true, false]).dtype).toBe("bool");
    expect(fromArray([1, true]).dtype).toBe("float64");
    expect(fromArray([1n, 2n]).dtype).toBe("int64");
    expect(fromArray([1n, 0.5]).dtype).toBe("float64");
    expect(fromArray([1, { re: 0, im: 1 }]).dtype).toBe("complex128");
    expect(fromArray([[], []])).toMatchObject({ dtype: "float64", shape: [2, 0] });
  });
});
