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
    ["half an element", () => linspace(0, 1, 1.5), "ShapeError", `linspace: [1.5] is not a shape; ${shapes}`],
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
      "linspace: start and stop must be finite numbers",
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
      "random.uniform: the bounds of the distribution must be finite",
    ],
    [
      "no function",
      () => fromFunction(wrong(3), [2]),
      "ArgumentError",
      "fromFunction: takes a function or { module, name }; got 3",
    ],
  ]);
});

describe("creating arrays from lists", () => {
  const mixed = "fromArray: at depth 1 some entries are lists and some are not";
  refuses([
    ["ragged", () => fromArray([[1, 2], [3]]), "ShapeError", "fromArray: lists at depth 1 have 2 and 1 entries"],
    [
      "ragged below",
      () =>
        fromArray([
          [[1], [2]],
          [[3], [4, 5]],
        ]),
      "ShapeError",
      "fromArray: lists at depth 2 have 1 and 2 entries",
    ],
    ["shallower later", () => fromArray([[1, 2], 3]), "ShapeError", mixed],
    ["deeper later", () => fromArray([1, [2, 3]]), "ShapeError", mixed],
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
