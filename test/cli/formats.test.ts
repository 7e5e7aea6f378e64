/** The command line over files of other formats than .npy. */
import { existsSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Int64, Table, tableToIPC, vectorFromArray } from "apache-arrow";
import { close, fromArray, ones, openArrow, openNpy, openParquet, saveNpz, store, type Target, zeros } from "chunkwise";
import { afterAll, describe, expect, test } from "vitest";
import { targetByEnding } from "#src/api/store";
import { contentOf, fillDisk, makeReadOnly, makeTinyDisk } from "../support/folder.js";
import { chunkwise, chunkwiseProcess, folder, writeNpy } from "./program.js";

afterAll(() => close());

function small(path: string): string {
  return writeNpy(join(path, "x.npy"), "<f8", [3, 4], new Float64Array([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12]));
}

describe("convert", () => {
  test("compresses as it is asked to, where the format can", async () => {
    const path = folder();
    const from = writeNpy(join(path, "x.npy"), "<f8", [4096], new Float64Array(4096).fill(1));
    const size = async (name: string, compression: string): Promise<number> => {
      const to = join(path, name);
      const outcome = await chunkwise("convert", from, to, "--compress", compression, "--overwrite");
      expect(outcome).toEqual({ code: 0, stdout: "", stderr: "" });
      expect(JSON.parse((await chunkwise("sum", to, "--json")).stdout)).toMatchObject({ data: [4096] });
      return statSync(name.endsWith(".zarr") ? join(to, "c", "0") : to).size;
    };
    for (const name of ["x.arrow", "x.zarr"]) {
      expect(await size(name, "none")).toBeGreaterThanOrEqual(8 * 4096);
      expect(await size(name, "zstd")).toBeLessThan(4096);
    }
    expect(await size("x.parquet", "gzip")).toBeLessThan(4096);
    const refused = async (name: string, compression: string): Promise<string> =>
      (await chunkwise("convert", from, join(path, name), "--compress", compression)).stderr;
    expect(await refused("y.arrow", "gzip")).toMatch(
      /convert: .*y\.arrow cannot be compressed by "gzip"; expected none, lz4, zstd/,
    );
    expect(await refused("y.npy", "zstd")).toMatch(/"zstd"; this format is not compressed/);
  });

  test.each(["zarr", "arrow", "feather", "parquet", "csv", "tsv"])(
    "writes .%s files that it reads back",
    async (ending) => {
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
    },
  );

  test("reads a mixed table of text by one line of options", async () => {
    const path = folder();
    const [from, to] = [join(path, "mixed.csv"), join(path, "out.npy")];
    writeFileSync(
      from,
      "noise\n;station;t;2019;flag\n0;Zürich;1,5;1.234;True\n1;'Genf; Aéroport';-999;2;False\n2;Bern;;3;True\n",
    );
    const options =
      "--skip-rows 1 --delimiter ; --decimal , --thousands . --missing -999, --quote ' --comment # --header yes";
    const words = [...options.split(" "), "--columns", '["t","2019",4]', "--read-as", "float32", "--part-bytes", "10"];
    expect(await chunkwise("convert", from, to, ...words)).toEqual({ code: 0, stdout: "", stderr: "" });
    const found = await openNpy(to).compute();
    expect(found.dtype).toBe("float32");
    expect(found.toArray()).toEqual([
      [1.5, 1234, 1],
      [Number.NaN, 2, 0],
      [Number.NaN, 3, 1],
    ]);
    const sum = await chunkwise("sum", from, ...options.split(" "), "--column", "3", "--unpack", "none", "--json");
    expect(JSON.parse(sum.stdout)).toEqual({ shape: [], dtype: "int64", data: [1239] });
    const info = await chunkwise("info", from, ...options.split(" "), "--columns", "t,flag", "--json");
    expect(JSON.parse(info.stdout)).toMatchObject({ shape: [3, 2], dtype: "float64" });
  });

  test("keeps the names of columns in tables, and blanks as missing beside the marks that are named", async () => {
    const path = folder();
    const from = join(path, "mixed.csv");
    writeFileSync(from, "time,site,value\n0,Bern,1.5\n1,Genf,NA\n2,Chur,\n3,Zug,-999\n");
    for (const [name, openTable] of [
      ["table.parquet", openParquet],
      ["table.arrow", openArrow],
    ] as const) {
      const to = join(path, name);
      // the line of the README
      const words = ["--columns", "time,value", "--missing", "NA,-999"];
      expect(await chunkwise("convert", from, to, ...words)).toEqual({ code: 0, stdout: "", stderr: "" });
      expect((await (await openTable(to, { columns: ["value", "time"] })).compute()).toArray()).toEqual([
        [1.5, 0],
        [Number.NaN, 1],
        [Number.NaN, 2],
        [Number.NaN, 3],
      ]);
      const again = join(path, `again-${name}`);
      expect((await chunkwise("convert", to, again, "--column", "value", "--chunks", "2")).stderr).toBe("");
      expect((await (await openTable(again, { column: "value" })).compute()).shape).toEqual([4]);
    }
  });

  test("takes columns of a table by name, and refuses options that its format does not have", async () => {
    const path = folder();
    const [table, out] = [join(path, "x.parquet"), join(path, "out.npy")];
    await fromArray([
      [1, 2],
      [3, 4],
    ]).saveParquet(table, { columns: ["a", "2019"] });
    expect((await chunkwise("convert", table, out, "--columns", "2019,a")).code).toBe(0);
    expect((await openNpy(out).compute()).toArray()).toEqual([
      [2, 1],
      [4, 3],
    ]);
    for (const [words, message] of [
      [["--delimiter", ";"], /mean: --delimiter is no option of the format of .*x\.parquet/],
      [["--columns", "[1"], /mean: --columns takes names such as a,b, or a list in JSON/],
      [["--header", "maybe"], /mean: --header is no option/],
    ] as const) {
      const { code, stderr } = await chunkwise("mean", table, ...words);
      expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringMatching(message) });
    }
    const nullable = join(path, "nullable.arrow");
    const ids = vectorFromArray([2n ** 53n + 1n, null], new Int64());
    writeFileSync(nullable, tableToIPC(new Table({ id: ids }), "file"));
    const id = async (...words: string[]) => chunkwise("max", nullable, "--column", "id", ...words);
    expect((await id("--nulls", "-1")).stdout).toBe("9007199254740993\n");
    expect((await id("--inexact", "yes")).stdout).toBe("NaN\n");
    expect((await id()).stderr).toMatch(/holds 9007199254740993, which float64 cannot hold exactly/);
    writeFileSync(join(path, "x.csv"), "1,2\n");
    const wrong = await chunkwise("mean", join(path, "x.csv"), "--header", "maybe");
    expect(wrong.stderr).toMatch(/mean: --header takes yes, no or auto; got "maybe"/);
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

  test.each(["npy", "arrow", "parquet", "csv", "tsv", "zarr"])(
    "of two copies to one %s that replace nothing, the one that ends later fails and leaves the other",
    async (ending) => {
      const path = folder();
      const to = join(path, `x.${ending}`);
      const target = () => targetByEnding(to, { operation: "convert", replace: false })!;
      const first = target();
      // the second copy begins and ends before the last step of the first one
      const slow: Target = {
        ...first,
        async open(expr) {
          const opened = await first.open(expr);
          const commit = async (): Promise<void> => {
            await store([ones([3, 4])], [target()], { workers: 0 });
            await opened.commit();
          };
          return { ...opened, commit };
        },
      };
      const late = await store([zeros([3, 4])], [slow], { workers: 0 }).then(
        () => undefined,
        (error: unknown) => error,
      );
      expect(late).toMatchObject({ name: "ConflictError", code: "CONFLICT", path: to });
      expect(JSON.parse((await chunkwise("sum", to, "--json")).stdout)).toMatchObject({ data: [12] });
      expect(readdirSync(path)).toEqual([`x.${ending}`]);
    },
  );

  const endings = ["npy", "zarr", "arrow", "parquet", "csv"];
  const states = [
    ["full", fillDisk, /the disk (is full|has room for)/],
    ["read-only", makeReadOnly, /the file system is read-only/],
  ] as const;
  test.for(endings.flatMap((ending) => states.map((state) => [ending, ...state] as const)))(
    "to .%s on a disk that is %s fails with one line that names OUT, and the older file stays",
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
  ])("fails with one line for the arguments %j", async (words, message) => {
    const { code, stderr } = await chunkwise("convert", ...words);
    expect(code).toBe(1);
    expect(stderr).toMatch(message);
  });
});

test("an array of a file that holds several is chosen by its name", async () => {
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
