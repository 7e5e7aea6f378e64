import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { dtypes, type Element, factsOf } from "#src/data/dtype";
import { sizeOf } from "#src/data/region";
import type { ZarrWriteOptions } from "#src/formats/zarr/create";
import { temporaryFolder } from "../../support/folder.js";
import { runPython } from "../../support/python.js";
import { filesIn, readByPython, save, someBytes } from "./arrays.js";

const root = temporaryFolder();
let arrays = 0;
const newPath = (): string => join(root, `${arrays++}.zarr`);
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

const layouts: Record<string, ZarrWriteOptions> = {
  "version 2": { zarrFormat: 2, chunks: [4, 5] },
  "version 2, F, nested": { zarrFormat: 2, chunks: [4, 5], order: "F", dimensionSeparator: "/", compressor: null },
  "version 3": { chunks: [4, 5] },
  "version 3, F, dots": { chunks: [4, 5], order: "F", dimensionSeparator: ".", compressor: null },
  "version 3, shards": { chunks: [2, 5], shards: [6, 10] },
};

describe("zarr-python reads what is written, bit for bit", () => {
  // Each dtype in three of the five.
  test.each(Object.entries(layouts).map(([name, options], number) => ({ name, options, number })))(
    "zarr-python reads every dtype: $name",
    async ({ options, number }) => {
      const shape = [11, 13];
      const cases = [];
      for (const dtype of dtypes.filter((_, i) => (i + number) % 5 < 3)) {
        const path = newPath();
        const bytes = someBytes(dtype, shape);
        await save(path, dtype, shape, bytes, options);
        cases.push({ path, dtype, bytes });
      }
      const found = await readByPython(cases.map(({ path }) => path));
      for (const [i, { dtype, bytes }] of cases.entries()) {
        expect(found[i]).toMatchObject({ dtype, shape, chunks: options.chunks, shards: options.shards ?? null });
        expect(found[i]!.hex, dtype).toBe(hex(bytes));
        expect(found[i]!.fill, dtype).toBe("00".repeat(factsOf(dtype).bytes));
      }
    },
  );

  test("zarr-python reads arrays of every number of axes, also of none, and with axes of length 0 and 1", async () => {
    const shapes = [[], [0], [1], [7], [3, 0, 2], [3, 4, 5], [2, 3, 1, 4], [2, 1, 2, 3, 2]];
    const cases = [];
    for (const shape of shapes) {
      for (const options of [{ zarrFormat: 2 }, { order: "F" }, { chunks: 1, shards: 2 }] as ZarrWriteOptions[]) {
        const path = newPath();
        const bytes = someBytes("int32", shape, 5);
        await save(path, "int32", shape, bytes, { chunks: 2, ...options });
        cases.push({ path, shape, bytes });
      }
    }
    const found = await readByPython(cases.map(({ path }) => path));
    for (const [i, { shape, bytes }] of cases.entries()) {
      expect(found[i]!.shape).toEqual(shape);
      expect(found[i]!.hex, JSON.stringify(shape)).toBe(hex(bytes));
    }
  });

  test("zarr-python reads arrays of every compressor", async () => {
    const options: ZarrWriteOptions[] = [
      { zarrFormat: 2, compressor: "zstd" },
      { zarrFormat: 2, compressor: "gzip" },
      { zarrFormat: 2, compressor: { name: "zlib", level: 9 } },
      { zarrFormat: 2, compressor: "lz4" },
      { zarrFormat: 2, compressor: { name: "blosc", cname: "zstd", shuffle: -1 } },
      { compressor: { name: "zstd", level: 7 } },
      { compressor: { name: "gzip", level: 1 } },
      ...["lz4", "lz4hc", "blosclz", "zlib", "zstd"].map((cname) => ({ compressor: { name: "blosc", cname } })),
      { compressor: { name: "blosc", shuffle: "bitshuffle", clevel: 9 } },
      { compressor: { name: "blosc", shuffle: "noshuffle" } },
      { codecs: [{ name: "bytes", configuration: { endian: "big" } }, { name: "gzip" }, { name: "crc32c" }] },
      {
        shards: [24, 30],
        codecs: [
          { name: "transpose", configuration: { order: [1, 0] } },
          { name: "bytes", configuration: { endian: "big" } },
          { name: "zstd", configuration: { level: -5 } },
          { name: "crc32c" },
        ],
      },
    ];
    const shape = [30, 35];
    const bytes = someBytes("float64", shape);
    const cases = options.map((option) => ({ option, path: newPath() }));
    for (const { option, path } of cases) await save(path, "float64", shape, bytes, { chunks: [12, 15], ...option });
    const found = await readByPython(cases.map(({ path }) => path));
    for (const [i, { option }] of cases.entries()) {
      expect(found[i]!.hex, JSON.stringify(option)).toBe(hex(bytes));
      expect(found[i]!.compressors.length, JSON.stringify(option)).toBeGreaterThan(0);
    }
  });

  test("zarr-python reads the fill value where nothing was written", async () => {
    const cases: [dtype: (typeof dtypes)[number], fillValue: Element, fill: string][] = [
      ["bool", true, "01"],
      ["int8", -128, "80"],
      ["int64", -(2n ** 63n) + 1n, "0100000000000080"],
      ["uint64", 2n ** 64n - 1n, "ffffffffffffffff"],
      ["int32", -7, "f9ffffff"],
      ["float32", 0.1, "cdcccc3d"],
      ["float32", Number.NaN, "0000c07f"],
      ["float64", Number.NaN, "000000000000f87f"],
      ["float64", Number.NEGATIVE_INFINITY, "000000000000f0ff"],
      ["float64", -0, "0000000000000080"],
      ["float64", 1e300, "9c7500883ce4377e"],
      ["complex64", { re: Number.NaN, im: -1.5 }, "0000c07f0000c0bf"],
      ["complex128", 2, "00000000000000400000000000000000"],
    ];
    const kinds: ZarrWriteOptions[] = [{ zarrFormat: 2 }, {}, { shards: 8, chunks: 2 }];
    const written: { path: string; fill: string; expected: string; empty: boolean }[] = [];
    for (const [i, [dtype, fillValue, fill]] of cases.entries()) {
      for (const kind of [kinds[i % 3]!, kinds[(i + 1) % 3]!]) {
        // The first parts hold nothing but the fill value, and one has a single other element.
        const item = Buffer.from(fill, "hex");
        const bytes = Buffer.concat(Array.from({ length: 27 }, () => item));
        bytes[20 * item.length] = dtype === "bool" ? 0 : bytes[20 * item.length]! ^ 1;
        const path = newPath();
        await save(path, dtype, [27], bytes, { chunks: 4, fillValue, ...kind });
        written.push({ path, fill, expected: hex(bytes), empty: false });
        const empty = newPath();
        const filled = Buffer.concat(Array.from({ length: 27 }, () => item));
        await save(empty, dtype, [27], filled, { chunks: 4, fillValue, ...kind });
        written.push({ path: empty, fill, expected: hex(filled), empty: true });
      }
    }
    const found = await readByPython(written.map(({ path }) => path));
    for (const [i, { path, fill, expected, empty }] of written.entries()) {
      expect(found[i]!.fill, readFileSync(join(path, filesIn(path).find((name) => /z/.test(name))!), "utf8")).toBe(
        fill,
      );
      expect(found[i]!.hex).toBe(expected);
      expect(filesIn(path).filter((name) => !/^\.z|zarr/.test(name)).length).toBe(empty ? 0 : 1);
    }
  });

  test("chunks of nothing but the fill value are written on request", async () => {
    const shape = [10, 10];
    const bytes = new Uint8Array(100);
    const [plain, sharded] = [newPath(), newPath()];
    await save(plain, "uint8", shape, bytes, { chunks: 5, writeEmptyChunks: true });
    await save(sharded, "uint8", shape, bytes, { chunks: 2, shards: 8, writeEmptyChunks: true });
    expect(filesIn(plain)).toEqual(["c/0/0", "c/0/1", "c/1/0", "c/1/1", "zarr.json"]);
    expect(filesIn(sharded)).toEqual(["c/0/0", "c/0/1", "c/1/0", "c/1/1", "zarr.json"]);
    for (const { hex: found } of await readByPython([plain, sharded])) expect(found).toBe("00".repeat(100));
  });

  test("uncompressed files equal those of zarr-python, byte for byte", async () => {
    const shape = [7, 9];
    const bytes = someBytes("float32", shape);
    const code = `
import sys, numpy as np, zarr
x = np.frombuffer(bytes.fromhex(sys.argv[2]), "<f4").reshape(7, 9)
plain = dict(dtype="<f4", shape=x.shape, compressors=None, config={"write_empty_chunks": True})
layouts = {
    "2": dict(zarr_format=2, chunks=(3, 4), order="F"),
    "3": dict(chunks=(3, 4)),
    "s": dict(chunks=(7, 1), shards=(7, 4)),
}
for name, options in layouts.items():
    a = zarr.create_array(sys.argv[1] + name, **plain, **options)
    a[...] = x
`;
    const theirs = newPath();
    await runPython(code, theirs, hex(bytes));
    const options: Record<string, ZarrWriteOptions> = {
      2: { zarrFormat: 2, chunks: [3, 4], order: "F" },
      3: { chunks: [3, 4] },
      // One axis of chunks, so that their order in the shard is the same.
      s: { chunks: [7, 1], shards: [7, 4] },
    };
    for (const [name, option] of Object.entries(options)) {
      const ours = newPath();
      await save(ours, "float32", shape, bytes, { ...option, compressor: null, writeEmptyChunks: true });
      const files = filesIn(ours).filter((file) => !/^\.z|zarr/.test(file));
      expect(files).toEqual(filesIn(theirs + name).filter((file) => !/^\.z|zarr/.test(file)));
      for (const file of files) {
        expect(readFileSync(join(ours, file)).equals(readFileSync(join(theirs + name, file))), file).toBe(true);
      }
    }
  });

  test("zarr-python reads attributes, names of axes, and the groups around the array", async () => {
    const attributes = { units: "m/s", größe: [1, 2.5, null, { deep: true }], big: 2n ** 60n + 1n, 'quote"d': -0.5 };
    const shape = [4, 6];
    const bytes = someBytes("int16", shape);
    const [three, two] = [newPath(), newPath()];
    await save(three, "int16", shape, bytes, { path: "a/b/x", attributes, dimensionNames: ["y", null] });
    await save(two, "int16", shape, bytes, { path: "a/b/x", attributes, zarrFormat: 2 });
    // Without a version it is that of the groups around it.
    await save(two, "int16", shape, bytes, { path: "a/y" });
    const names = [three, two].map((path) => [path, "a/b/x"] as const);
    const found = await readByPython([...names, [two, "a/y"]]);
    for (const array of found.slice(0, 2)) {
      expect(array.hex).toBe(hex(bytes));
      expect(array.attributes).toMatchObject({ units: "m/s", größe: attributes.größe, 'quote"d': -0.5 });
    }
    expect(found[2]).toMatchObject({ format: 2, hex: hex(bytes) });
    const code = `
import sys, zarr
g = zarr.open_group(sys.argv[1], mode="r")
print(g["a/b/x"].attrs["big"], g["a/b/x"].metadata.dimension_names, sorted(dict(g["a"].members(max_depth=None))))`;
    expect((await runPython(code, three)).trim()).toBe(`${2n ** 60n + 1n} ('y', None) ['b', 'b/x']`);
  });

  test("by default a chunk of a shard has about one MiB", async () => {
    const path = newPath();
    const shape = [512, 1024];
    await save(path, "float64", shape, new Uint8Array(sizeOf(shape) * 8).fill(1), { shards: [512, 1024] });
    expect((await readByPython([path]))[0]).toMatchObject({ chunks: [128, 1024], shards: [512, 1024] });
  });
});
