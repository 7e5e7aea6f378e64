/** Detects movements that take wrong selections, axes, shapes or chunks, or report the mistake late or unclearly. */
import { concat, fromArray, stack, zeros } from "chunkwise";
import { describe, expect, test } from "vitest";
import { refuses } from "./refused.js";

const x = zeros([3, 4], { chunks: [2, 4] });
const wrong = (value: unknown): never => value as never;
const range = "is out of range for an array of 2 axes; expected -2 to 1";

const noArray = "expected a chunked array, an NDArray, a typed array or nested lists";

describe("slicing", () => {
  const entries = "expected an index, [start, stop, step] or null";
  refuses([
    ["too many entries", () => x.slice([0, 0, 0]), "ArgumentError", "slice: got 3 entries for an array of 2 axes"],
    ["no list", () => x.slice(wrong(1)), "ArgumentError", "slice: takes a list with one entry per axis; got 1"],
    [
      "an index beyond the end",
      () => x.slice([3]),
      "OutOfBoundsError",
      "slice: index 3 is out of range for axis 0 of length 3",
    ],
    [
      "an index before the beginning",
      () => x.slice([null, -5]),
      "OutOfBoundsError",
      "slice: index -5 is out of range for axis 1 of length 4",
    ],
    [
      "half an index",
      () => x.slice([0.5]),
      "OutOfBoundsError",
      "slice: index 0.5 is out of range for axis 0 of length 3",
    ],
    [
      "no step",
      () => x.slice([[0, 2, 0]]),
      "ArgumentError",
      "slice: axis 0 has a step of 0; expected a whole number other than 0",
    ],
    [
      "half a start",
      () => x.slice([null, [0.5]]),
      "ArgumentError",
      "slice: axis 1 got 0.5; expected whole numbers or null",
    ],
    ["a text", () => x.slice(wrong([null, ":2"])), "ArgumentError", `slice: axis 1 got ":2"; ${entries}`],
    [
      "too much in an entry",
      () => x.slice(wrong([[0, 1, 1, 1]])),
      "ArgumentError",
      `slice: axis 0 got [0, 1, 1, 1]; ${entries}`,
    ],
  ]);
});

describe("moving axes", () => {
  refuses([
    [
      "a transpose that names an axis twice",
      () => x.transpose([0, 0]),
      "AxisError",
      "transpose: [0, 0] does not name each of the 2 axes once",
    ],
    [
      "a transpose that leaves an axis out",
      () => x.transpose([1]),
      "AxisError",
      "transpose: [1] does not name each of the 2 axes once",
    ],
    ["a transpose beyond the last axis", () => x.transpose([0, 2]), "AxisError", `transpose: axis 2 ${range}`],
    [
      "a transpose without a list",
      () => x.transpose(wrong(1)),
      "AxisError",
      "transpose: takes a list of axes such as [1, 0]; got 1",
    ],
    ["flip", () => x.flip([1, 2]), "AxisError", `flip: axis 2 ${range}`],
    ["flip twice", () => x.flip([1, -1]), "AxisError", "flip: axis 1 is named twice"],
    ["squeeze", () => x.squeeze(2), "AxisError", `squeeze: axis 2 ${range}`],
    ["squeeze of a long axis", () => x.squeeze([1]), "ShapeError", "squeeze: axis 1 has length 4, not 1"],
    [
      "expandDims",
      () => x.expandDims(4),
      "AxisError",
      "expandDims: axis 4 is out of range for an array of 3 axes; expected -3 to 2",
    ],
    ["expandDims twice", () => x.expandDims([1, 1]), "AxisError", "expandDims: axis 1 is named twice"],
  ]);
});

describe("changing the shape", () => {
  const misfit = (shape: string): string => `reshape: 12 elements do not fit into the shape ${shape}`;
  const noShape = (shape: string): string =>
    `reshape: ${shape} is not a shape; expected whole numbers from 0, and one -1 at most`;
  refuses([
    ["reshape to other sizes", () => x.reshape([5, 2]), "ShapeError", misfit("[5, 2]")],
    ["reshape with a rest", () => x.reshape([5, -1]), "ShapeError", misfit("[5, -1]")],
    ["reshape with two unknowns", () => x.reshape([-1, -1, 3]), "ShapeError", misfit("[-1, -1, 3]")],
    ["reshape to a negative length", () => x.reshape([-2, 6]), "ShapeError", noShape("[-2, 6]")],
    ["reshape to fractions", () => x.reshape([1.5, 8]), "ShapeError", noShape("[1.5, 8]")],
    [
      "reshape of nothing into anything",
      () => zeros([0, 3]).reshape([0, -1]),
      "ShapeError",
      "reshape: 0 elements do not fit into the shape [0, -1]",
    ],
    [
      "reshape without a list",
      () => x.reshape(wrong(12)),
      "ShapeError",
      "reshape: takes a list of lengths such as [-1, 1024]; got 12",
    ],
    [
      "broadcastTo another length",
      () => x.broadcastTo([3, 5]),
      "ShapeError",
      "broadcastTo: shapes [3, 4] and [3, 5] do not fit together on axis 1",
    ],
    ["broadcastTo fewer axes", () => x.broadcastTo([4]), "ShapeError", "broadcastTo: shape [3, 4] cannot become [4]"],
    [
      "broadcastTo length 1",
      () => x.broadcastTo([1, 4]),
      "ShapeError",
      "broadcastTo: shape [3, 4] cannot become [1, 4]",
    ],
    [
      "broadcastTo no shape",
      () => x.broadcastTo([3, -1]),
      "ShapeError",
      "broadcastTo: [3, -1] is not a shape; expected a list of whole numbers of at least 0, such as [1000, 1024]",
    ],
  ]);
});

describe("choosing chunks", () => {
  const expected = 'expected a whole number from 1, -1, "auto" or a list of sizes';
  refuses([
    [
      "chunks that add up to less",
      () => x.rechunk([[1, 1], 4]),
      "ChunksError",
      "rechunk: the chunks of axis 0 add up to 2; the axis has 3 elements",
    ],
    [
      "none",
      () => x.rechunk([[], 4]),
      "ChunksError",
      "rechunk: the chunks of axis 0 add up to 0; the axis has 3 elements",
    ],
    [
      "chunks for fewer axes",
      () => x.rechunk([1]),
      "ChunksError",
      "rechunk: got chunks for 1 axis; the array has 2 axes",
    ],
    ["chunks of size 0", () => x.rechunk(0), "ChunksError", `rechunk: axis 0 got chunks of 0; ${expected}`],
    [
      "chunks of a negative size",
      () => x.rechunk([3, -2]),
      "ChunksError",
      `rechunk: axis 1 got chunks of -2; ${expected}`,
    ],
    [
      "chunks in words",
      () => x.rechunk(wrong("big")),
      "ChunksError",
      `rechunk: axis 0 got chunks of "big"; ${expected}`,
    ],
  ]);
});

describe("joining arrays", () => {
  const list = "takes a list of at least one array";
  refuses([
    ["concat of none", () => concat([]), "ArgumentError", `concat: ${list}; got []`],
    ["concat of one without a list", () => concat(wrong(x)), "ArgumentError", `concat: ${list}; got a ChunkedArray`],
    [
      "stack with a number among them",
      () => stack([x, wrong(1)]),
      "ArgumentError",
      `stack: arrays[1] cannot be 1; ${noArray}`,
    ],
    [
      "concat of other shapes",
      () => concat([x, zeros([3, 5])]),
      "ShapeError",
      "concat: shape [3, 5] does not fit [3, 4] along axis 0",
    ],
    [
      "concat of fewer axes",
      () => concat([x, zeros([3])], { axis: 1 }),
      "ShapeError",
      "concat: shape [3] does not fit [3, 4] along axis 1",
    ],
    ["concat along no axis", () => concat([x, x], { axis: 2 }), "AxisError", `concat: axis 2 ${range}`],
    [
      "concat of single elements",
      () => concat([fromArray(1)]),
      "AxisError",
      "concat: axis 0 is out of range for an array of 0 axes; an array of no axes takes none",
    ],
    [
      "concat with an unknown option",
      () => concat([x], wrong({ axes: 0 })),
      "ArgumentError",
      'concat: unknown option "axes"; expected axis',
    ],
    [
      "stack with a bare axis",
      () => stack([x], wrong(1)),
      "ArgumentError",
      "stack: options are an object such as { axis }, not 1",
    ],
    ["stack of other shapes", () => stack([x, zeros([4, 3])]), "ShapeError", "stack: shape [4, 3] is not [3, 4]"],
    [
      "stack along no axis",
      () => stack([x, x], { axis: -4 }),
      "AxisError",
      "stack: axis -4 is out of range for an array of 3 axes; expected -3 to 2",
    ],
  ]);
});

describe("multiplying matrices", () => {
  refuses([
    ["inner axes", () => x.matmul(x), "ShapeError", "matmul: the inner axes of [3, 4] and [3, 4] differ"],
    ["a vector", () => x.matmul(zeros([3])), "ShapeError", "matmul: the inner axes of [3, 4] and [3] differ"],
    [
      "leading axes",
      () => zeros([2, 3, 4]).matmul(zeros([3, 4, 5])),
      "ShapeError",
      "matmul: shapes [2] and [3] do not fit together on axis 0",
    ],
    [
      "a single element",
      () => x.matmul(fromArray(1)),
      "ShapeError",
      "matmul: an array of no axes is not a matrix; use multiply()",
    ],
    ["a number", () => x.matmul(wrong(2)), "ArgumentError", `matmul: y cannot be 2; ${noArray}`],
  ]);
});

test("an error is reported at the user's line", () => {
  try {
    x.sum(7);
  } catch (error) {
    expect((error as Error).stack).toContain("views.test.ts");
    return;
  }
  throw new Error("nothing was thrown");
});
