/** Every format by the public API: saved, opened, found out by its content, computed over in workers. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  ArgumentError,
  type ChunkedArray,
  ComputeError,
  close,
  FormatError,
  fromArray,
  fromArrow,
  listArrays,
  open,
  openArrow,
  openCsv,
  openHdf5,
  openNamed,
  openNpy,
  openNpyStack,
  openNpz,
  openParquet,
  openRaw,
  openZarr,
  random,
  StorageError,
  saveNpz,
  store,
  toArrow,
  toArrowTable,
  toCsv,
  toNpy,
  toParquet,
  toZarr,
} from "chunkwise";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { numpy } from "../support/numpy.js";
import { runPython } from "../support/python.js";

const folder = mkdtempSync(join(tmpdir(), "chunkwise-formats-"));
const at = (name: string): string => join(folder, name);
afterAll(async () => {
  await close();
  rmSync(folder, { recursive: true, force: true });
});

const shape = [5000, 4];
const x = random.normal(shape, { seed: 3, chunks: [1024, -1] });
const columns = ["a", "b", "c", "d"];
let means: readonly number[];

beforeAll(async () => {
  means = Array.from((await x.mean(0).compute()).data as Float64Array);
  await x.saveNpy(at("x.npy"));
  await x.saveZarr(at("x.zarr"), { chunks: [700, 2] });
  await x.saveZarr(at("shards.zarr"), { shards: [2048, 4], chunks: [256, 4] });
  await x.saveZarr(at("two.zarr"), { zarrFormat: 2 });
  await x.saveArrow(at("x.arrow"), { columns });
  await x.saveArrow(at("lz4.arrow"), { columns, compression: "lz4" });
  await x.saveParquet(at("x.parquet"), { columns });
  await x.saveCsv(at("x.csv"), { header: columns });
  await x.saveCsv(at("x.tsv"), { delimiter: "\t" });
  await saveNpz(at("x.npz"), { x, first: x.slice([null, 0]) });
  mkdirSync(at("stack"));
  for (const part of [0, 1, 2, 10])
    await x.slice([[part * 100, part * 100 + 100], null]).saveNpy(at(`stack/${part}.npy`));
  const { data } = await x.compute();
  writeFileSync(
    at("x.bin"),
    Buffer.concat([Buffer.alloc(16), Buffer.from(data.buffer, data.byteOffset, data.byteLength)]),
  );
  const [from, to] = [at("x.npy"), at("x.h5")].map((path) => JSON.stringify(path));
  const how = `data=np.load(${from}), chunks=(600, 2), compression="gzip"`;
  const made = `__import__("h5py").File(${to}, "w").create_dataset("g/x", ${how})[0, 0]`;
  const [answer] = await numpy([{ code: made, arrays: {} }]);
  if (answer instanceof Error) throw answer;
});

const openings: Record<string, () => ChunkedArray | Promise<ChunkedArray>> = {
  npy: () => openNpy(at("x.npy")),
  "npy, found out": () => open(at("x.npy")),
  raw: () => openRaw(at("x.bin"), { dtype: "float64", shape: [-1, 4], offset: 16 }),
  npz: () => openNpz(at("x.npz"), { member: "x" }),
  "npz, found out": () => open(at("x.npz"), { member: "x" }),
  zarr: () => openZarr(at("x.zarr")),
  "zarr, in other chunks": () => openZarr(at("x.zarr"), { chunks: [999, 3] }),
  "zarr in shards": () => openZarr(at("shards.zarr")),
  "zarr of version 2, found out": () => open(at("two.zarr")),
  arrow: () => openArrow(at("x.arrow"), { columns }),
  "arrow, compressed, found out": () => open(at("lz4.arrow")),
  parquet: () => openParquet(at("x.parquet")),
  "parquet, found out": () => open(at("x.parquet"), { columns }),
  csv: () => openCsv(at("x.csv"), { partBytes: 2 ** 15 }),
  "csv, found out": () => open(at("x.csv")),
  "tsv, found out": () => open(at("x.tsv")),
  hdf5: () => openHdf5(at("x.h5"), { dataset: "/g/x" }),
  "hdf5, found out": () => open(at("x.h5")),
};

describe("opened", () => {
  test.each(Object.entries(openings))("an array opened as %s has the right means", async (_, opening) => {
    const array = await opening();
    expect([array.shape, array.dtype]).toEqual([shape, "float64"]);
    const result = await array.mean(0).compute({ workers: 2, memoryLimit: "64MB" });
    for (const [i, value] of (result.data as Float64Array).entries()) expect(value).toBeCloseTo(means[i]!, 12);
    const differences = await array.subtract(x).abs().max().compute();
    expect(differences.item()).toBe(0);
  });

  test("the files of a folder of .npy files lie one after the other, or above each other", async () => {
    const flat = openNpyStack(at("stack"));
    expect(flat.shape).toEqual([400, 4]);
    expect((await open(at("stack"))).shape).toEqual([400, 4]);
    const deep = openNpyStack(at("stack"), { axis: "new", chunks: [1, 50, 4] });
    expect(deep.shape).toEqual([4, 100, 4]);
    const last = await deep
      .slice([3, null, null])
      .subtract(x.slice([[1000, 1100], null]))
      .abs()
      .max()
      .compute();
    expect(last.item()).toBe(0);
  });

  test("one column has one axis", async () => {
    for (const array of [
      await openArrow(at("x.arrow"), { column: "c" }),
      await openParquet(at("x.parquet"), { column: "c" }),
      await openCsv(at("x.csv"), { column: "c" }),
    ]) {
      expect(array.shape).toEqual([5000]);
      expect((await array.mean().compute()).item()).toBeCloseTo(means[2]!, 12);
    }
  });
});

test("an array becomes a table of Apache Arrow in memory, and a table an array", async () => {
  const result = await x.slice([[0, 10], null]).compute();
  const table = await toArrowTable(result, { columns });
  expect([table.numRows, table.schema.names]).toEqual([10, columns]);
  expect(table.getChild("b")!.get(3)).toBe(result.get(3, 1));
  const back = await fromArrow(table, { chunks: [4, -1] });
  expect(back.chunks).toEqual([[4, 4, 2], [4]]);
  expect((await back.compute()).data).toEqual(result.data);
  const sum = await (await fromArrow(table, { column: "d" })).sum().compute();
  expect(sum.item()).toBeCloseTo(
    Number(
      (
        await x
          .slice([[0, 10], 3])
          .sum()
          .compute()
      ).item(),
    ),
    12,
  );
  const flags = await toArrowTable(
    await x
      .slice([[0, 10], 0])
      .greater(0)
      .compute(),
    { columns: ["positive"] },
  );
  expect((await fromArrow(flags)).dtype).toBe("bool");
  await expect(toArrowTable(await x.sum().compute())).rejects.toThrow("toArrowTable: a table has one axis or two");
});

test("listArrays names the arrays of a file with shapes and dtypes", async () => {
  await x.saveZarr(at("group.zarr"), { path: "deep/x" });
  await x.astype("float32").saveZarr(at("group.zarr"), { path: "y" });
  const facts = { shape, dtype: "float64" };
  expect(await listArrays(at("group.zarr"))).toEqual([
    { name: "deep/x", ...facts },
    { name: "y", shape, dtype: "float32" },
  ]);
  expect(await listArrays(at("x.h5"))).toEqual([{ name: "/g/x", ...facts }]);
  expect(await listArrays(at("x.npz"))).toEqual([
    { name: "x", ...facts },
    { name: "first", shape: [5000], dtype: "float64" },
  ]);
  expect(await listArrays(at("x.csv"))).toEqual([{ name: "", ...facts }]);
  expect((await openNamed(at("group.zarr"), "y")).dtype).toBe("float32");
  await expect(open(at("group.zarr"))).rejects.toThrow(/is a Zarr group.*deep\/x, y/);
});

test("an array that cannot be opened hides no other one of its file", async () => {
  const path = at("texts.npz");
  const code = "import sys, numpy as np; np.savez(sys.argv[1], s=np.array(['a']), x=np.arange(3.0))";
  await runPython(code, path);
  expect(await listArrays(path)).toEqual([
    { name: "s", shape: [], dtype: "unknown", refused: expect.stringMatching(/it holds (strings|text)/) },
    { name: "x", shape: [3], dtype: "float64" },
  ]);
});

/** What chunks import beside Node's modules and other chunks. */
function librariesOf(...chunks: readonly string[]): Set<string> {
  const libraries = chunks.flatMap((chunk) => {
    const code = readFileSync(new URL(`../../dist/chunks/${chunk}.js`, import.meta.url), "utf8");
    return Array.from(code.matchAll(/^import .*"(?!node:|\.)([^"]+)";$/gm), ([, name]) => name!);
  });
  return new Set(libraries);
}

test("a program that opens no other format loads no library of one", () => {
  expect(librariesOf("main", "core", "worker")).toEqual(new Set(["acorn", "p-limit"]));
});

test("what workers load to read text, Zarr and plain Arrow loads no library", () => {
  const chunks = ["format-arrow-reader", "format-csv", "format-tables", "format-zarr", "format-zstd"];
  expect(librariesOf(...chunks)).toEqual(new Set(["p-limit"]));
});

describe("what cannot be read or written", () => {
  test("options that the format does not have are refused", async () => {
    await expect(openZarr(at("x.zarr"), { dataset: "x" } as object)).rejects.toThrow(
      'openZarr: unknown option "dataset"; expected chunks, decode, path',
    );
    await expect(x.saveCsv(at("no.csv"), { heading: [] } as object)).rejects.toThrow(
      /^saveCsv: unknown option "heading"/,
    );
    await expect(open("")).rejects.toThrow(ArgumentError);
  });

  test("files of no known format are refused", async () => {
    writeFileSync(at("nothing.bin"), "nothing that is known");
    await expect(open(at("nothing.bin"))).rejects.toThrow(FormatError);
  });

  test("damage that shows when something is computed is an error that names its place", async () => {
    const bytes = readFileSync(at("x.csv"), "latin1").split("\n");
    bytes[3210] = "1,2,three,4";
    writeFileSync(at("damaged.csv"), bytes.join("\n"));
    const array = await openCsv(at("damaged.csv"), { partBytes: 2 ** 15 });
    const error = await array
      .mean(0)
      .compute({ workers: 2 })
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ComputeError);
    expect((error as Error).message).toMatch(/^mean: .*damaged\.csv.*line 3211.*column 3/);
    expect((error as ComputeError).path).toBe(at("damaged.csv"));
  });

  test("a file that has changed since it was opened is refused", async () => {
    await x.saveParquet(at("changed.parquet"));
    const array = await openParquet(at("changed.parquet"));
    truncateSync(at("changed.parquet"), 1000);
    await expect(array.mean(0).compute()).rejects.toThrow(/changed\.parquet/);
  });
});

describe("saved", () => {
  test("several arrays are saved in one pass, in as many formats", async () => {
    const y = x.multiply(2);
    const targets = [
      toNpy(at("s.npy")),
      toZarr(at("s.zarr")),
      toArrow(at("s.arrow")),
      toParquet(at("s.parquet")),
      toCsv(at("s.csv")),
    ];
    await store([x, y, x.add(1), y, x], targets, { workers: 2 });
    const sums = [
      openNpy(at("s.npy")),
      await open(at("s.zarr")),
      await open(at("s.arrow")),
      await open(at("s.parquet")),
      await open(at("s.csv")),
    ];
    const [own] = (await x.sum().compute()).data as Float64Array;
    for (const [i, expected] of [own!, 2 * own!, own! + 20_000, 2 * own!, own!].entries())
      expect((await sums[i]!.sum().compute()).item()).toBeCloseTo(expected, 8);
  });

  test("either all arrays are saved or none", async () => {
    const targets = [
      toNpy(at("n.npy")),
      toZarr(at("n.zarr")),
      toArrow(at("n.arrow")),
      toParquet(at("n.parquet")),
      toCsv(at("n.csv")),
    ];
    const broken = x.mapBlocks(() => {
      throw new Error("no more");
    });
    await expect(store([x, x, x, x, broken], targets, { workers: 2 })).rejects.toThrow("no more");
    await expect(saveNpz(at("n.npz"), { x, broken })).rejects.toThrow("no more");
    expect(readdirSync(folder).filter((name) => name.startsWith("n.") || name.startsWith("."))).toEqual([]);
  });

  test("store takes as many targets as arrays, each once", async () => {
    await expect(store([x], [])).rejects.toThrow("store: takes as many targets as arrays; got 0 for 1");
    await expect(store([x, x], [toNpy(at("t.npy")), toCsv(at("t.npy"))])).rejects.toThrow(
      "two arrays would be written to",
    );
  });

  test("an array of Zarr is extended, and a part of it is replaced", async () => {
    const path = at("grows.zarr");
    await fromArray(Float64Array.of(1, 2, 3, 4)).saveZarr(path, { chunks: 2 });
    await fromArray(Float64Array.of(5, 6, 7)).saveZarr(path, { mode: "append" });
    await fromArray(Float64Array.of(30, 40)).saveZarr(path, { region: [[2, 4]] });
    expect(Array.from((await (await open(path)).compute()).data as Float64Array)).toEqual([1, 2, 30, 40, 5, 6, 7]);
    await fromArray(Float64Array.of(8)).saveZarr(path, { mode: "append" }); // into the last chunk, which is not full
    expect(Array.from((await (await open(path)).compute()).data as Float64Array)).toEqual([1, 2, 30, 40, 5, 6, 7, 8]);
  });

  test("what an interrupted run has written is not computed again", async () => {
    const path = at("resumed.zarr");
    const sources = random.normal([64, 100], { seed: 4, chunks: [8, 100] });
    const counts: number[] = [];
    const options = { resume: true, workers: 1 } as const;
    const fragile = sources.mapBlocks((block, { index }) => {
      if (index[0] === 5 && process.env.CHUNKWISE_TEST_FAILS === "1") throw new Error("no power");
      return block.data;
    });
    process.env.CHUNKWISE_TEST_FAILS = "1";
    await expect(fragile.saveZarr(path, options)).rejects.toThrow("no power");
    delete process.env.CHUNKWISE_TEST_FAILS;
    await expect(open(path)).rejects.toThrow(StorageError);
    await fragile.saveZarr(path, { ...options, onProgress: ({ tasks }) => void counts.push(tasks) });
    // one task makes a block and one writes it, for eight blocks; those of blocks that were written are left out
    expect(counts.at(-1)).toBeLessThan(16);
    expect((await (await open(path)).subtract(sources).abs().max().compute()).item()).toBe(0);
    expect(readdirSync(folder).filter((name) => name.startsWith("."))).toEqual([]);
  });
});
