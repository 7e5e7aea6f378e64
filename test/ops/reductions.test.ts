/** Detects reductions that take wrong axes or options, or report the mistake late or unclearly. */
import { type ChunkedArray, type ComputeOptions, close, compute, dtypes, fromArray, zeros } from "chunkwise";
import { afterAll, describe, expect, test } from "vitest";
import { refuses } from "./refused.js";

const backends = ["reference", "javascript", "wasm"];
const x = zeros([3, 4]);
const z = zeros([4], { dtype: "complex64" });
const wrong = (value: unknown): never => value as never;
const out = (operation: string, axis: number): string =>
  `${operation}: axis ${axis} is out of range for an array of 2 axes; expected -2 to 1`;

afterAll(() => close());

describe("a reduction over axes", () => {
  refuses([
    ["an axis beyond the last", () => x.sum(2), "AxisError", out("sum", 2)],
    ["an axis before the first", () => x.mean(-3), "AxisError", out("mean", -3)],
    ["such an axis in a list", () => x.argmin([0, 5]), "AxisError", out("argmin", 5)],
    ["a fraction", () => x.std(0.5), "AxisError", out("std", 0.5)],
    ["a text", () => x.any(wrong("0")), "AxisError", 'any: an axis must be a whole number; got "0"'],
    ["an axis that is named twice", () => x.var([0, 1, -2]), "AxisError", "var: axis 0 is named twice"],
    [
      "an axis of a single element",
      () => fromArray(1).max(0),
      "AxisError",
      "max: axis 0 is out of range for an array of 0 axes; an array of no axes takes none",
    ],
    [
      "an axis of length 0",
      () => zeros([2, 0]).min([0, 1]),
      "ShapeError",
      "min: cannot reduce an axis of length 0 (shape [2, 0])",
    ],
  ]);
});

describe("a reduction with options", () => {
  refuses([
    [
      "a misspelt option",
      () => x.sum(0, wrong({ keepDims: true })),
      "ArgumentError",
      'sum: unknown option "keepDims"; expected keepdims, dtype',
    ],
    [
      "an option of another reduction",
      () => x.sum(0, { ddof: 1 }),
      "ArgumentError",
      'sum: unknown option "ddof"; expected keepdims, dtype',
    ],
    [
      "a dtype where it cannot be chosen",
      () => x.min(0, { dtype: "int8" }),
      "ArgumentError",
      'min: unknown option "dtype"; expected keepdims',
    ],
    [
      "options that are no object",
      () => x.sum(0, wrong(1)),
      "ArgumentError",
      "sum: options are an object such as { keepdims }, not 1",
    ],
    [
      "keepdims as a number",
      () => x.sum(0, wrong({ keepdims: 1 })),
      "ArgumentError",
      "sum: keepdims must be true or false; got 1",
    ],
    [
      "ddof as text",
      () => x.var(0, wrong({ ddof: "1" })),
      "ArgumentError",
      'var: ddof must be a finite number; got "1"',
    ],
    [
      "ddof that is none",
      () => x.std(0, { ddof: Number.NaN }),
      "ArgumentError",
      "std: ddof must be a finite number; got NaN",
    ],
    ...[5, -1, 1.5, Number.NaN].map(
      (order) =>
        [
          `a moment of order ${order}`,
          () => x.moment(order),
          "ArgumentError",
          `moment: the order must be a whole number from 0 to 4; got ${order}`,
        ] as const,
    ),
    [
      "a moment's axis in place of options",
      () => x.moment(2, wrong(0)),
      "ArgumentError",
      "moment: options are an object such as { axis }, not 0",
    ],
    ["an axis of a moment", () => x.moment(2, { axis: 2 }), "AxisError", out("moment", 2)],
    [
      "a norm of an order that is a name",
      () => x.vectorNorm({ ord: wrong("fro") }),
      "ArgumentError",
      'vectorNorm: ord must be a number, Infinity or -Infinity; got "fro"',
    ],
    [
      "a norm of an order that is none",
      () => x.vectorNorm({ ord: Number.NaN }),
      "ArgumentError",
      "vectorNorm: ord must be a number, Infinity or -Infinity; got NaN",
    ],
    [
      "a misspelt option of a norm",
      () => x.vectorNorm(wrong({ order: 1 })),
      "ArgumentError",
      'vectorNorm: unknown option "order"; expected axis, ord, keepdims',
    ],
    [
      "an axis in place of options",
      () => x.vectorNorm(wrong(0)),
      "ArgumentError",
      "vectorNorm: options are an object such as { axis }, not 0",
    ],
    ["an axis of a norm", () => x.vectorNorm({ axis: 2 }), "AxisError", out("vectorNorm", 2)],
    [
      "the smallest size of nothing",
      () => zeros([0, 3]).vectorNorm({ axis: 0, ord: -Infinity }),
      "ShapeError",
      "vectorNorm: cannot reduce an axis of length 0 (shape [0, 3])",
    ],
    [
      "an unknown dtype",
      () => x.mean(0, wrong({ dtype: "f8" })),
      "DTypeError",
      `mean: unknown dtype "f8"; expected ${dtypes.join(", ")}`,
    ],
  ]);
});

describe("a reduction of a dtype that it does not accept", () => {
  refuses(
    (["min", "max", "argmin", "argmax", "nanmin", "nanmax", "nanargmin", "nanargmax", "skew", "kurtosis"] as const).map(
      (name) => [
        `${name} of complex numbers`,
        () => z[name](),
        "DTypeError",
        `${name}: not defined for complex64; expected dtypes of kind bool, int, uint, float`,
      ],
    ),
  );

  refuses(
    (["sum", "mean", "prod", "var", "std", "nansum", "nanmean", "nanprod", "nanvar", "nanstd"] as const).map((name) => [
      `${name} of complex numbers in real ones`,
      () => z[name](0, { dtype: "float64" }),
      "DTypeError",
      `${name}: dtype float64 has no imaginary parts, and the array is complex64; take its real() first`,
    ]),
  );
});

describe("the index among nothing but NaN is an error that names the operation and the user's line", () => {
  const nan = Number.NaN;
  const array = fromArray([
    [nan, 1, nan, 4],
    [nan, 2, 3, nan],
    [nan, nan, 5, 6],
  ]);
  const starts: Record<string, (of: ChunkedArray, options: ComputeOptions) => Promise<unknown>> = {
    "one axis": (of, options) => of.nanargmin(0).compute(options),
    "several axes": (of, options) =>
      of
        .slice([null, [0, 1]])
        .nanargmin([0, 1])
        .compute(options),
    "all axes": (of, options) =>
      of
        .slice([null, [0, 1]])
        .nanargmin()
        .compute(options),
    "axes that are kept": (of, options) => of.nanargmin(0, { keepdims: true }).compute(options),
    "beside other arrays": (of, options) => compute([of.nansum(0), of.nanargmin(0), of.nanmin(0)], options),
    "below other operations": (of, options) => of.nanargmin(0).add(1).compute(options),
    "blocks that are kept": (of, options) => of.nanargmin(0).persist(options),
    float32: (of, options) => of.astype("float32").nanargmin(0).compute(options),
  };

  test.each(backends)("on the backend %s, in any chunks, here and on workers", async (backend) => {
    for (const chunks of [-1, 1, 2, [2, 3]])
      for (const workers of [0, 2])
        for (const [name, start] of Object.entries(starts)) {
          const how = `${name}, chunks ${JSON.stringify(chunks)}, ${workers} workers`;
          const started = start(array.rechunk(chunks), { backend, workers });
          await expect(started, how).rejects.toMatchObject({
            name: "ComputeError",
            operation: "nanargmin",
            madeAt: expect.stringContaining("reductions.test"),
            message: expect.stringMatching(/^nanargmin: every element is NaN, so there is no index; nanmin and nanmax/),
            cause: { name: "ArgumentError" },
          });
        }
    const last = fromArray([[nan, -Infinity], [nan, nan]], { chunks: 1 }); // biome-ignore format: rows
    await expect(last.nanargmax(1).compute({ backend })).rejects.toThrow(/^nanargmax: every element is NaN/);
    expect((await last.nanargmax().compute({ backend })).item()).toBe(1n);
    expect((await array.nanargmin(1).compute({ backend })).toArray()).toEqual([1n, 1n, 2n]);
    expect(
      (
        await array
          .slice([null, [1, 4]])
          .nanargmax(0, { keepdims: true })
          .compute({ backend })
      ).toArray(),
    ) //
      .toEqual([[1n, 2n, 2n]]);
    expect((await fromArray([[], []]).nanargmax(0).compute({ backend })).toArray()).toEqual([]);
  });
});
