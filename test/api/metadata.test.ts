/** Attributes and statistics by the public API, of files that other programs wrote and will read. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  ArgumentError,
  type Attributes,
  close,
  FormatError,
  fromArray,
  readAttributes,
  readParquetStatistics,
  StorageError,
} from "chunkwise";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runPython } from "../support/python.js";

const folder = mkdtempSync(join(tmpdir(), "chunkwise-metadata-"));
const at = (name: string): string => join(folder, name);
afterAll(async () => {
  await close();
  rmSync(folder, { recursive: true, force: true });
});

const x = fromArray(Float64Array.of(4, 1, Number.NaN, 3), { chunks: 2 });

beforeAll(async () => {
  await runPython(
    `
import sys, zarr, h5py, numpy as np, pyarrow as pa, pyarrow.parquet as pq
folder = sys.argv[1]
for version in [2, 3]:
    root = zarr.create_group(f"{folder}/group{version}.zarr", zarr_format=version, attributes={"title": "größe"})
    attributes = {"unit": "m", "missing": float("nan"), "big": 2**60 + 1, "deep": [{"x": [1, 2.5, None, True]}]}
    root.create_array("a/x", shape=(2,), dtype="i4", attributes=attributes)
with h5py.File(f"{folder}/x.h5", "w") as f:
    f.attrs["title"] = "größe"
    f.create_dataset("a/x", data=np.zeros(2)).attrs.update({"count": 3, "scale": 0.5, "names": ["a", "b"]})
table = pa.table({"a": [1, 2]}).replace_schema_metadata({"unit": "m", "größe": "5"})
pq.write_table(table, f"{folder}/x.parquet")
for name, make in [("file", pa.ipc.new_file), ("stream", pa.ipc.new_stream)]:
    with make(f"{folder}/{name}.arrow", table.schema) as writer: writer.write_table(table)
np.save(f"{folder}/x.npy", np.zeros(3))
`,
    folder,
  );
});

describe("attributes", () => {
  const title = { title: "größe" };
  const zarr = {
    unit: "m",
    missing: Number.NaN,
    big: 2n ** 60n + 1n,
    deep: [{ x: [1, 2.5, null, true] }],
  };
  const texts = { unit: "m", größe: "5" };
  test.each<[file: string, path: string | undefined, attributes: object]>([
    ["group2.zarr", undefined, title],
    ["group3.zarr", undefined, title],
    ["group2.zarr", "a/x", zarr],
    ["group3.zarr", "a/x", zarr],
    ["group3.zarr", "/a/", {}],
    ["x.h5", undefined, title],
    ["x.h5", "a/x", { count: 3n, scale: 0.5, names: ["a", "b"] }],
    ["x.parquet", undefined, expect.objectContaining(texts)],
    ["file.arrow", undefined, texts],
    ["stream.arrow", undefined, texts],
    ["x.npy", undefined, {}],
  ])("of %s are read at the path %s", async (file, path, attributes) => {
    expect(await readAttributes(at(file), path === undefined ? {} : { path })).toEqual(attributes);
  });

  test("are frozen with all that is in them", async () => {
    const found: Attributes = await readAttributes(at("group3.zarr"), { path: "a/x" });
    expect(Object.isFrozen(found)).toBe(true);
    const [first] = found.deep as [{ x: unknown[] }];
    expect(() => first.x.push(1)).toThrow(TypeError);
  });

  test.each([2, 3] as const)(
    "that are saved with Zarr %i are read by zarr-python and this package",
    async (zarrFormat) => {
      const path = at(`ours${zarrFormat}.zarr`);
      const attributes = { unit: "m", größe: [1, -0.5, null, { deep: true }], big: 2n ** 60n + 1n, 'quote"d': "\n" };
      await x.saveZarr(path, { attributes, zarrFormat });
      expect(await readAttributes(path)).toEqual(attributes);
      const code = "import sys, json, zarr\nprint(json.dumps(zarr.open_array(sys.argv[1], mode='r').attrs.asdict()))";
      const { big, ...others } = attributes;
      const told = await runPython(code, path);
      expect(told).toContain(`"big": ${big}`);
      expect(JSON.parse(told)).toMatchObject(others);
    },
  );

  test.each([
    ["a function", { run: () => 1 }, /^saveZarr: attributes\.run is \(\) => 1, which JSON cannot hold/],
    ["NaN", { deep: [Number.NaN] }, /^saveZarr: attributes\.deep\[0\] is NaN, which JSON cannot hold/],
    ["a date", { when: new Date(0) }, /^saveZarr: attributes\.when is an object of a class, which JSON cannot hold/],
  ])("%s is refused before anything is computed", async (_, attributes, message) => {
    const never = x.mapBlocks(() => {
      throw new Error("computed");
    });
    const refusal = never.saveZarr(at("refused.zarr"), { attributes });
    await expect(refusal).rejects.toThrow(message);
    await expect(refusal).rejects.toBeInstanceOf(ArgumentError);
  });

  test.each<[words: string, run: () => Promise<unknown>, kind: typeof StorageError | typeof ArgumentError, RegExp]>([
    ["no file", () => readAttributes(at("no.zarr")), StorageError, /no\.zarr/],
    [
      "no array",
      () => readAttributes(at("group3.zarr"), { path: "b" }),
      FormatError,
      /group3.zarr has no array or group "b"/,
    ],
    ["no dataset", () => readAttributes(at("x.h5"), { path: "b" }), FormatError, /\/b is not in the file/],
    [
      "a path in a file that has none",
      () => readAttributes(at("x.npy"), { path: "b" }),
      ArgumentError,
      /x\.npy is of the format npy, which has no path inside; leave it out/,
    ],
    [
      "a path that is no text",
      () => readAttributes(at("x.h5"), { path: 3 as never }),
      ArgumentError,
      /^readAttributes: path is the name of an array or a group, not 3/,
    ],
    [
      "an unknown option",
      () => readAttributes(at("x.h5"), { dataset: "x" } as object),
      ArgumentError,
      /^readAttributes: unknown option "dataset"; expected path/,
    ],
  ])("%s is refused", async (_, run, kind, message) => {
    await expect(run()).rejects.toThrow(message);
    await expect(run()).rejects.toBeInstanceOf(kind);
  });
});

describe("statistics of Parquet", () => {
  test("are those of each row group of what this package wrote, without NaN", async () => {
    await x.saveParquet(at("ours.parquet"), { columns: ["x"] });
    const groups = [
      { rows: 2, nulls: 0, min: 1, max: 4 },
      { rows: 2, nulls: 0, min: 3, max: 3 },
    ];
    const all = { column: "x", dtype: "float64", rows: 4, nulls: 0, min: 1, max: 4 };
    expect(await readParquetStatistics(at("ours.parquet"))).toEqual([{ ...all, groups }]);
    expect(await readParquetStatistics(at("ours.parquet"), { columns: ["x"] })).toHaveLength(1);
  });

  test.each<[words: string, run: () => Promise<unknown>, RegExp]>([
    ["another format", () => readParquetStatistics(at("x.h5")), /x\.h5: this is not a Parquet file; it looks like/],
    [
      "a name that is not there",
      () => readParquetStatistics(at("x.parquet"), { columns: ["b"] }),
      /^readParquetStatistics: .*x\.parquet has no column "b"; it has "a"/,
    ],
    [
      "an unknown option",
      () => readParquetStatistics(at("x.parquet"), { column: "a" } as object),
      /^readParquetStatistics: unknown option "column"; expected columns/,
    ],
  ])("%s is refused", async (_, run, message) => {
    await expect(run()).rejects.toThrow(message);
  });
});
