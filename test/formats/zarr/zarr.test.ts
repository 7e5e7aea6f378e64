import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { beforeAll, describe, expect, test } from "vitest";
import { boxBetween } from "#src/data/region";
import { table } from "#src/formats/table";
import { crc32c } from "#src/formats/zarr/crc32c";
import { zarr } from "#src/formats/zarr/format";
import { list as listZarr, open as openZarr } from "#src/formats/zarr/open";
import { type FormatCase, formatSuite } from "../../conformance/format.js";
import { temporaryFolder } from "../../support/folder.js";
import { newerNode } from "../../support/platform.js";
import { runPython } from "../../support/python.js";
import { readAll, readBox, type WrittenCase, writeCases } from "./cases.js";

const folder = temporaryFolder();
let cases: WrittenCase[] = [];

beforeAll(async () => {
  cases = await writeCases(folder);
});

async function opened(name: string): Promise<FormatCase> {
  const { array } = await openZarr(join(folder, name));
  return { array, bytes: readFileSync(join(folder, `${name}.bin`)) };
}

test("arrays of zarr-python of any version, dtype, order, codec, shards, fill and shape are read", async () => {
  expect(cases.length).toBeGreaterThan(330);
  for (const { name, dtype, shape, bytes } of cases) {
    const { array } = await openZarr(join(folder, name));
    expect(array, name).toMatchObject({ format: "zarr", dtype, shape });
    const found = await readAll(array);
    const equal = Buffer.from(found).equals(Buffer.from(bytes));
    expect(
      equal,
      `${name}: ${Buffer.from(found).toString("hex", 0, 160)}\n${Buffer.from(bytes).toString("hex", 0, 160)}`,
    ).toBe(true);
  }
});

describe("the conformance of the format", () => {
  const names = [
    "dtype-f8-little-v3-plain",
    "dtype-f8-big-v2-plain",
    "dtype-f2-big-v3-plain",
    "dtype-b1-little-v2-packed",
    "dtype-c16-big-v2-packed",
    "shape-5-v3-C-plain",
    "shape-5-v3-F-packed",
    "shape-5-v3-other-plain",
    "shape-6-v3-other-packed",
    "shape-6-v2-F-plain",
    "shape-0-v3-C-plain",
    "shape-2-v2-C-packed",
    "filter-offset-delta-v2-F",
    "shard-plain-start-F",
    "shard-checked-end-C",
    "shard-packed-end-turned",
    "shard-plain-end-turned",
  ];
  formatSuite(
    () => table.zarr.load(),
    async () => Object.fromEntries(await Promise.all(names.map(async (name) => [name, await opened(name)]))),
  );
});

describe("the parts of an array of Zarr", () => {
  test("a part is a compressed chunk, also inside a shard", async () => {
    expect((await opened("codec-v3-1")).array.grid).toEqual([
      [33, 27],
      [17, 17, 16],
    ]);
    const { grid } = (await opened("shard-packed-end-C")).array;
    expect(grid).toEqual([
      [4, 4, 4, 4, 4, 3],
      [3, 3, 3, 3, 3, 2],
    ]);
  });

  test("the bytes read are counted: none for a missing chunk, and only the range for a part of one", async () => {
    const { array } = await opened("shard-plain-start-F");
    const reader = await zarr.reader(array);
    const box = (a: number, b: number) => boxBetween([a, b], [a + 4, b + 3]);
    const into = new Uint8Array(96);
    expect(await reader.read(box(0, 0), into), "the index (3 × 3 entries) and a chunk").toBe(9 * 16 + 96);
    expect(await reader.read(box(4, 0), into), "a chunk of the same shard").toBe(96);
    expect(await reader.read(boxBetween([4, 0], [5, 3]), into.subarray(0, 24)), "a row across columns").toBe(72);
    expect(await reader.read(boxBetween([4, 1], [8, 2]), into.subarray(0, 32)), "a column, as stored").toBe(32);
    expect(await reader.read(box(0, 9), into), "an index again, and no chunk").toBe(0);
    await reader.close();
    await expect(reader.read(box(0, 0), into)).rejects.toMatchObject({ name: "ClosedError" });
  });

  test("elements that a file holds as they are wanted are located in it", async () => {
    const found = async (name: string, start: number[], stop: number[]) => {
      const reader = await zarr.reader((await opened(name)).array);
      const located = await reader.locate!(boxBetween(start, stop));
      await reader.close();
      return located === null ? null : [located.offset, located.strides, located.bytesRead];
    };
    expect(await found("dtype-f8-little-v3-plain", [0, 0], [1, 2])).toEqual([0, [2, 1], 0]);
    expect(await found("dtype-f8-big-v2-plain", [0, 0], [1, 2]), "another order of bytes").toBeNull();
    expect(await found("dtype-f2-little-v2-plain", [0, 0], [1, 2]), "float16").toBeNull();
    expect(await found("dtype-b1-little-v2-plain", [0, 0], [1, 2]), "bytes that may be more than 1").toBeNull();
    expect(await found("dtype-f8-little-v2-packed", [0, 0], [1, 2]), "compressed").toBeNull();
    const [offset, strides, bytesRead] = (await found("shard-plain-start-F", [5, 1], [7, 3]))!;
    expect([strides, bytesRead], "its chunks are turned").toEqual([[1, 4], 9 * 16]);
    expect((offset as number) % 8).toBe(0);
    expect(await found("shard-plain-start-F", [0, 9], [1, 10]), "a chunk that was never written").toBeNull();
    expect(await found("shape-5-v3-other-plain", [0, 0], [23, 17]), "many chunks").toBeNull();
  });

  test("an axis with very many chunks has parts of several chunks", async () => {
    const { array } = await opened("dtype-i4-little-v3-packed");
    const { params } = array as { params: { metadata: { shape: number[] } } };
    expect(params.metadata.shape).toEqual([7, 5]);
    // As if the grid had been cut so: a part is all of the array.
    expect(Buffer.from(await readBox(array))).toEqual(readFileSync(join(folder, "dtype-i4-little-v3-packed.bin")));
    for (const name of ["shape-5-v3-other-plain", "dtype-f2-little-v2-plain", "shard-plain-end-C", "fill-c16-0-v3"]) {
      const known = await opened(name);
      expect(Buffer.from(await readBox(known.array)).equals(Buffer.from(known.bytes)), name).toBe(true);
    }
  });
});

const little = { name: "bytes", configuration: { endian: "little" } };

describe("arrays of Zarr that were written by hand", () => {
  function write(
    name: string,
    fields: Record<string, unknown>,
    chunks: Record<string, NodeJS.ArrayBufferView>,
  ): string {
    const path = join(folder, name);
    for (const [key, bytes] of Object.entries(chunks)) {
      mkdirSync(join(path, key, ".."), { recursive: true });
      writeFileSync(join(path, key), bytes);
    }
    const document = {
      zarr_format: 3,
      node_type: "array",
      chunk_grid: { name: "regular", configuration: { chunk_shape: fields.shape } },
      chunk_key_encoding: { name: "default" },
      codecs: [little],
      fill_value: 0,
    };
    writeFileSync(join(path, "zarr.json"), JSON.stringify({ ...document, ...fields }));
    return path;
  }

  test("the codecs scale_offset and cast_value are undone", async () => {
    const codecs = [
      { name: "scale_offset", configuration: { scale: 10, offset: 5 } },
      { name: "cast_value", configuration: { data_type: "int16", scalar_map: { decode: [[-1, "NaN"]] } } },
      { name: "transpose", configuration: { order: [1, 0] } },
      little,
      { name: "gzip", configuration: { level: 1 } },
    ];
    const chunk = gzipSync(Buffer.from(Int16Array.of(10, -1, 20, 35).buffer));
    const path = write("by-hand", { shape: [2, 2], data_type: "float64", codecs }, { "c/0/0": chunk });
    const bytes = await readAll((await openZarr(path)).array);
    expect([...new Float64Array(bytes.buffer)]).toEqual([6, 7, Number.NaN, 8.5]);
  });

  test("stretches, close columns and distant columns of a plain chunk of several MiB are read", async () => {
    for (const [rows, columns] of [
      [3000, 200],
      [150, 4000],
    ] as const) {
      const values = Float64Array.from({ length: rows * columns }, (_, i) => i);
      const path = write(`large-${rows}`, { shape: [rows, columns], data_type: "float64" }, { "c/0/0": values });
      const { array } = await openZarr(path);
      expect(array.grid[0]!.length).toBe(Math.ceil((rows * columns * 8) / 2 ** 22));
      expect(array.grid[1]).toEqual([columns]);
      expect(Buffer.from(await readAll(array)).equals(Buffer.from(values.buffer))).toBe(true);
      const reader = await zarr.reader(array);
      const into = new Float64Array(rows * 3);
      const read = await reader.read(boxBetween([0, 7], [rows, 10]), new Uint8Array(into.buffer));
      expect(into).toEqual(into.map((_, i) => Math.floor(i / 3) * columns + 7 + (i % 3)));
      // Gaps are read only where they are small.
      expect(read < rows * 24 * 2).toBe(columns === 4000);
      await reader.close();
    }
  });

  test("metadata of v3 takes precedence over v2, and v2 has its attributes in a file", async () => {
    const path = write("both", { shape: [1], data_type: "int8", attributes: { v: 3 } }, { "c/0": Int8Array.of(3) });
    const older = {
      zarr_format: 2,
      shape: [1],
      chunks: [1],
      dtype: "|i1",
      compressor: null,
      filters: null,
      fill_value: 2,
    };
    writeFileSync(join(path, ".zarray"), JSON.stringify({ ...older, order: "C" }));
    writeFileSync(join(path, ".zattrs"), '{"v": 2, "_ARRAY_DIMENSIONS": ["x"]}');
    expect(await openZarr(path)).toMatchObject({ attributes: { v: 3 } });
    unlinkSync(join(path, "zarr.json"));
    const found = await openZarr(path);
    expect(found).toMatchObject({ attributes: { v: 2 } });
    expect(await zarr.variable(path)).toEqual({ attributes: { v: 2, _FillValue: 2 }, dimensions: ["x"] });
    expect([...(await readAll(found.array))]).toEqual([2]);
  });
});

test("every codec of numcodecs and zarr-python is read, or refused with what it holds", async () => {
  const script = `
import json, warnings
warnings.simplefilter("ignore")
import numcodecs.registry, zarr.codecs.numcodecs, zarr.registry
newer = vars(zarr.registry)["__codec_registries"]
print(json.dumps([sorted(numcodecs.registry.codec_registry), sorted(map(str, newer))]))
`;
  const [older, newer] = JSON.parse(await runPython(script)) as [string[], string[]];
  expect(older.length).toBeGreaterThan(25);
  expect(newer.length).toBeGreaterThan(30);
  const path = join(folder, "codecs");
  mkdirSync(path);
  const answer = async (document: string, content: object): Promise<string> => {
    rmSync(path, { recursive: true });
    mkdirSync(path);
    writeFileSync(join(path, document), JSON.stringify(content));
    const error = await openZarr(path).then(
      () => undefined,
      (thrown: Error) => thrown,
    );
    return error?.message ?? "read";
  };
  const answers = new Map<string, string>();
  const common = { shape: [4], fill_value: 0 };
  for (const id of older) {
    const two = { ...common, zarr_format: 2, chunks: [4], dtype: id === "packbits" ? "|b1" : "<i4", order: "C" };
    answers.set(id, await answer(".zarray", { ...two, compressor: { id } }));
  }
  for (const name of newer) {
    const inside = { chunk_shape: [1], codecs: [little], index_codecs: [little] };
    const own = { ...(name === "sharding_indexed" ? inside : { order: [0] }), ...little.configuration };
    const codec = { name, configuration: own };
    const three = (data_type: string, ...codecs: object[]) => ({
      ...common,
      zarr_format: 3,
      node_type: "array",
      data_type,
      chunk_grid: { name: "regular", configuration: { chunk_shape: [4] } },
      chunk_key_encoding: { name: "default" },
      codecs,
    });
    const places: [string, ...object[]][] = [
      ["int32", codec],
      ["int32", codec, little],
      ["int32", little, codec],
      ["bool", codec, little],
    ];
    const found = await places.reduce<Promise<string[]>>(
      async (before, [dtype, ...codecs]) => [...(await before), await answer("zarr.json", three(dtype, ...codecs))],
      Promise.resolve([]),
    );
    answers.set(name, found.find((text) => text === "read") ?? found.join("\n"));
  }
  const refused = [...answers].filter(([, text]) => text !== "read");
  for (const [name, text] of refused) expect(text, name).toMatch(/is not read: it holds/);
  expect(refused.map(([name]) => name).sort()).toEqual([
    "categorize",
    "json2",
    "numcodecs.pcodec",
    "numcodecs.zfpy",
    "pickle",
    "vlen-array",
    "vlen-bytes",
    "vlen-utf8",
  ]);
});

test("the checksum CRC-32C agrees with its definition", () => {
  expect(crc32c(new TextEncoder().encode("123456789"))).toBe(0xe3069283);
  expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
});

test.runIf(newerNode !== undefined)(
  "damage is found on a newer Node, which decompresses Zstandard by itself",
  async () => {
    const root = fileURLToPath(new URL("../../..", import.meta.url));
    const files = ["zarr/damage", "csv/csv", "parquet/parquet"].map((name) => `test/formats/${name}.test`);
    const args = ["node_modules/vitest/vitest.mjs", "run", "--reporter=json", ...files];
    const options = { cwd: root, env: { ...process.env, NODE_OPTIONS: "" }, maxBuffer: 2 ** 26 };
    const { stdout } = await promisify(execFile)(newerNode!, args, options);
    const { success, numPassedTests } = JSON.parse(stdout.slice(stdout.indexOf("{")));
    expect(success).toBe(true);
    expect(numPassedTests).toBeGreaterThan(60);
  },
);

describe("groups of Zarr", () => {
  const entry = (path: string) => ({ path, shape: [4, 3], dtype: "int32" });
  const text = { path: "text", shape: [2], refused: expect.stringContaining("text") };

  for (const version of [2, 3]) {
    const name = `group-v${version}`;

    test(`arrays of a group are listed and opened by name, version ${version}`, async () => {
      const path = join(folder, name);
      const listed = await listZarr(path);
      expect(listed).toMatchObject([
        entry("a"),
        entry("deep/c"),
        entry("deep/er/b"),
        version === 3 ? text : { path: "text" },
      ]);
      expect(listed[3]!.refused).toMatch(/text|strings/);
      expect(await listZarr(path, { path: "/deep/" })).toEqual([entry("deep/c"), entry("deep/er/b")]);
      expect(await listZarr(path, { path: "deep/c" })).toEqual([entry("deep/c")]);
      const { array, attributes } = await openZarr(path, { path: "deep/er/b" });
      expect(attributes).toEqual({ unit: "m", missing: Number.NaN, long: 1152921504606846976n });
      expect(Buffer.from(await readAll(array))).toEqual(readFileSync(join(path, "a.bin")));
      expect(array.version).toContain("deep/er/b");
    });

    test(`a group cannot be opened as an array, version ${version}`, async () => {
      const message = expect.stringMatching(/is a Zarr group.*its arrays are a, deep\/c, deep\/er\/b, text$/);
      await expect(openZarr(join(folder, name))).rejects.toMatchObject({ name: "FormatError", message });
      await expect(openZarr(join(folder, name), { path: "deep" })).rejects.toMatchObject({ name: "FormatError" });
      const none = {
        name: "FormatError",
        message: expect.stringMatching(/has no array or group "b"; its arrays are a/),
      };
      await expect(openZarr(join(folder, name), { path: "b" })).rejects.toMatchObject(none);
      for (const path of ["..", "a/../b", "a//b"]) {
        await expect(openZarr(join(folder, name), { path })).rejects.toMatchObject({ name: "ArgumentError" });
      }
    });
  }

  test("arrays are found through consolidated metadata alone", async () => {
    const path = join(folder, "group-v2");
    const away = join(folder, "away");
    expect(existsSync(join(path, ".zmetadata"))).toBe(true);
    renameSync(join(path, "deep/c/.zarray"), away);
    const { array } = await openZarr(path, { path: "deep/c" });
    expect(array.shape).toEqual([4, 3]);
    renameSync(away, join(path, "deep/c/.zarray"));
    unlinkSync(join(path, ".zmetadata"));
    expect(await listZarr(path)).toHaveLength(4);
  });

  test("a folder that is not Zarr is refused", async () => {
    await expect(openZarr(join(folder, "none"))).rejects.toMatchObject({ name: "StorageError", systemCode: "ENOENT" });
    const file = expect.stringMatching(/plain\.npy: this is a file; a Zarr array or group is a folder/);
    for (const ask of [openZarr, listZarr, zarr.attributes]) {
      await expect(ask(join(folder, "plain.npy"))).rejects.toMatchObject({ name: "FormatError", message: file });
    }
    const message = expect.stringContaining("not a Zarr array or group");
    await expect(openZarr(folder)).rejects.toMatchObject({ name: "FormatError", message });
    rmSync(join(folder, "plain.npy"));
  });
});
