/** Detects mistakes of argument kinds that are taken for something else, or fail without naming what was given. */
import { join } from "node:path";
import * as chunkwise from "chunkwise";
import { fromArray, NDArray } from "chunkwise";
import { describe, expect, test } from "vitest";
import { refuses } from "../ops/refused.js";
import { temporaryFolder } from "../support/folder.js";
import { rejectionOf } from "./helpers.js";

const wrong = (value: unknown): never => value as never;
const x = fromArray([
  [1, 2],
  [3, 4],
]);
const folder = temporaryFolder();
const path = join(folder, "x.npy");

describe("a mistake at the call", () => {
  const lengths = "NDArray: a shape must be a list of whole numbers of at least 0; got";
  const data = new Float64Array(2);
  refuses([
    ["no shape of data", () => new NDArray("float64", wrong(undefined), data), "ShapeError", `${lengths} undefined`],
    ["a number as the shape of data", () => new NDArray("float64", wrong(2), data), "ShapeError", `${lengths} 2`],
    [
      "an array made by hand",
      () => new chunkwise.ChunkedArray(wrong({})),
      "ArgumentError",
      "ChunkedArray: functions such as fromArray make arrays; got {}",
    ],
    [
      "no options of configure",
      () => chunkwise.configure(wrong(undefined)),
      "ArgumentError",
      "configure: options are missing; expected an object such as { workers: 2 }",
    ],
    [
      "null as the axes to drop, which are not all",
      () => x.mapBlocks(({ data: all }) => all, { dropAxis: wrong(null) }),
      "AxisError",
      "mapBlocks: dropAxis must be an axis or a list of axes; got null",
    ],
    [
      "null as the new axes",
      () => x.mapBlocks(({ data: all }) => all, { newAxis: wrong(null) }),
      "AxisError",
      "mapBlocks: newAxis must be an axis or a list of axes; got null",
    ],
    [
      "a hole among axes",
      () => x.sum(wrong(Object.assign(new Array(2), { 1: 0 }))),
      "AxisError",
      "sum: an axis must be a whole number; got undefined",
    ],
    [
      "more bins than memory",
      () => x.histogram({ bins: 1e9, range: [0, 1] }),
      "ArgumentError",
      "histogram: expected at most 4194304 bins; got 1000000000",
    ],
    [
      "a number as a label",
      () => chunkwise.progressBar(process.stderr, { label: wrong(5) }),
      "ArgumentError",
      "progressBar: label must be a text; got 5",
    ],
  ]);
});

test.each<[string, () => Promise<unknown>, string]>([
  [
    "a list as options of open",
    () => chunkwise.open(path, wrong([])),
    "open: options are an object such as { chunks }, not []",
  ],
  [
    "a number as a name",
    () => chunkwise.openNamed(path, wrong(5)),
    "openNamed: name is that of an array in the file; got 5",
  ],
  [
    "a list of arrays for names",
    () => chunkwise.saveNpz(path, wrong([x])),
    "saveNpz: takes an object of arrays by their names; got [a ChunkedArray]",
  ],
  [
    "a number as a path in a store",
    () => x.saveZarr(join(folder, "x.zarr"), { path: wrong(5) }),
    "saveZarr: got the path 5 inside the store; expected names",
  ],
  [
    "a number as a path to open",
    () => chunkwise.openZarr(folder, { path: wrong(5) }),
    "5 is not the name of an array in a Zarr store",
  ],
  ["a hole among arrays", () => chunkwise.compute(wrong(new Array(2))), "compute: takes a list of arrays"],
])("rejects with a typed error for %s", async (_, call, message) => {
  const error = (await rejectionOf(call())) as Error;
  expect(error).toBeInstanceOf(chunkwise.ArgumentError);
  expect(error.message.slice(0, message.length)).toBe(message);
});
