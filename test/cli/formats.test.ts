/** The command line over files of other formats than .npy. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { close, fromArray, ones, saveNpz, zeros } from "chunkwise";
import { afterAll, describe, expect, test } from "vitest";
import { contentOf, fillDisk, makeReadOnly, makeTinyDisk } from "../support/folder.js";
import { chunkwise, chunkwiseProcess, folder, writeNpy } from "./program.js";

afterAll(() => close());

function small(path: string): string {
  return writeNpy(join(path, "x.npy"), "<f8", [3, 4], new Float64Array([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12]));
}

describe("convert", () => {
  test.each(["zarr", "arrow", "feather", "parquet", "csv", "tsv"])("to .%s and back", async (ending) => {
    const path = folder();
    const [from, there, back] = [small(path), join(path, `x.${ending}`), join(path, "back.npy")];
    // processes: whatever reads or writes a format must not keep one alive
    expect(await chunkwiseProcess("convert", from, there, "--chunks", "2x4")).toEqual({
      code: 0,
      stdout: "",
      stderr: "",
    });
    expect(await chunkwiseProcess("convert", there, back)).toEqual({ code: 0, stdout: "", stderr: "" });
    for (const file of [there, back]) {
      const { stdout } = await chunkwise("sum", file, "--axis", "0", "--json");
      expect(JSON.parse(stdout)).toEqual({ shape: [4], dtype: "float64", data: [12, 15, 18, 22] });
      expect(JSON.parse((await chunkwise("info", file, "--json")).stdout)).toMatchObject({
        file,
        shape: [3, 4],
        size: 12,
      });
    }
  });

  test("replaces a file only where it is told to", async () => {
    const path = folder();
    const [from, to] = [small(path), join(path, "x.zarr")];
    await chunkwise("convert", from, to);
    const second = await chunkwise("convert", from, to);
    expect(second).toEqual({
      code: 1,
      stdout: "",
      stderr: `chunkwise: convert: ${to} exists; --overwrite replaces it\n`,
    });
    expect((await chunkwise("convert", from, to, "--overwrite", "--chunks", "1x4")).code).toBe(0);
    expect(existsSync(join(to, "c/2/0"))).toBe(true);
  });

  const endings = ["npy", "zarr", "arrow", "parquet", "csv"];
  const states = [
    ["full", fillDisk, /the disk is full/],
    ["read-only", makeReadOnly, /the file system is read-only/],
  ] as const;
  test.for(endings.flatMap((ending) => states.map((state) => [ending, ...state] as const)))(
    "to .%s on a disk that is %s: one line that names OUT, and the older file stays",
    async ([ending, , make, reason], { skip }) => {
      const path = folder();
      const [from, disk] = [small(path), join(path, "disk")];
      if (!makeTinyDisk(disk)) skip("no file system can be mounted here");
      const to = join(disk, `x.${ending}`);
      await chunkwise("convert", from, to);
      make(disk);
      const before = contentOf(disk);
      const { code, stdout, stderr } = await chunkwise("convert", from, to, "--overwrite");
      expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
      expect(stderr).toMatch(/^chunkwise: .*\n$/);
      expect(stderr).toMatch(reason);
      expect(stderr).toContain(to);
      expect(contentOf(disk)).toEqual(before);
    },
  );

  test.each([
    [["x.npy"], /convert: needs IN and OUT; got "x.npy"/],
    [["x.npy", "y.jpg"], /convert: OUT ends with \.npy, \.zarr, .*; got "y\.jpg"/],
    [["no.npy", "y.npy"], /cannot open no\.npy/],
  ])("%j", async (words, message) => {
    const { code, stderr } = await chunkwise("convert", ...words);
    expect(code).toBe(1);
    expect(stderr).toMatch(message);
  });
});

test("an array of several is named", async () => {
  const file = join(folder(), "two.npz");
  await saveNpz(file, { a: ones([2, 3]), b: zeros([4]) });
  const { stdout } = await chunkwise("info", file);
  expect(stdout).toMatch(/^file {4}.*two\.npz\narrays {2}2\na {7}float64 \[2, 3\]\nb {7}float64 \[4\]\n$/);
  expect(JSON.parse((await chunkwise("info", file, "--json")).stdout).arrays).toHaveLength(2);
  expect((await chunkwise("sum", file)).stderr).toMatch(/the file holds 2 arrays; name one of them: a, b/);
  expect((await chunkwise("sum", file, "--array", "a")).stdout).toBe("6\n");
  expect((await chunkwise("info", file, "--array", "b")).stdout).toMatch(/shape {5}\[4\]/);
});

test("info prints attributes and what is known of columns", async () => {
  const path = folder();
  const [zarr, parquet] = [join(path, "x.zarr"), join(path, "x.parquet")];
  const attributes = { unit: "m", big: 2n ** 60n, long: "x".repeat(200), "\x1b[2J": [1, null] };
  const x = fromArray(Float64Array.of(-1.5, 2, Number.NaN, 7), { shape: [2, 2] });
  await x.saveZarr(zarr, { attributes });
  await x.saveParquet(parquet, { columns: ["a", "b"] });
  expect((await chunkwise("info", zarr)).stdout.replace(zarr, "FILE")).toBe(
    [
      "file         FILE",
      "shape        [2, 2]",
      "dtype        float64",
      "elements     4",
      "bytes        32 B",
      "chunks       1 of [2, 2]",
      "attributes   4",
      '  unit       "m"',
      '  big        "1152921504606846976"',
      `  long       "${"x".repeat(79)}…`,
      "  \\u001b[2J  [1,null]",
      "",
    ].join("\n"),
  );
  expect((await chunkwise("info", parquet)).stdout).toMatch(
    /\ncolumns {3}2\n {2}a {7}float64, -1\.5 to -1\.5\n {2}b {7}float64, 2 to 7\n$/,
  );
  const { attributes: told } = JSON.parse((await chunkwise("info", zarr, "--json")).stdout) as Record<string, unknown>;
  expect(told).toEqual({ ...attributes, big: String(attributes.big) });
  expect(JSON.parse((await chunkwise("info", parquet, "--json")).stdout)).toMatchObject({
    columns: [
      { column: "a", dtype: "float64", rows: 2, nulls: 0, min: -1.5, max: -1.5 },
      { column: "b", dtype: "float64", rows: 2, nulls: 0, min: 2, max: 7 },
    ],
  });
});
