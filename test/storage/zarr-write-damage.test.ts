/** Metadata of an array that exists is damaged or hostile, and the array is to be extended: nothing is written then. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ChunkwiseError, FormatError } from "#src/data/errors";
import { crc32c } from "#src/storage/formats/zarr/crc32c";
import { createZarr, type ZarrWriteOptions } from "#src/storage/formats/zarr/create";
import { readJson, toJson, writeJson } from "#src/storage/formats/zarr/json-text";
import { temporaryFolder, thrownBy } from "./folder.js";
import { filesIn, save, someBytes } from "./zarr-arrays.js";

const root = temporaryFolder();
const shape = [8, 6];
const bytes = someBytes("int32", shape);

/** What comes of appending to an array whose document has this text. */
async function append(path: string, file: string, text: string | Uint8Array): Promise<unknown> {
  writeFileSync(join(path, file), text);
  try {
    const destination = await createZarr(path, { dtype: "int32", shape: [4, 6] }, { mode: "append" });
    await destination.discard();
    return undefined;
  } catch (error) {
    return error;
  }
}

const kinds: [name: string, file: string, options: ZarrWriteOptions][] = [
  ["version 2", ".zarray", { zarrFormat: 2, chunks: [4, 3] }],
  ["version 3", "zarr.json", { chunks: [4, 3], order: "F" }],
  ["shards", "zarr.json", { chunks: [2, 3], shards: [4, 3] }],
];

describe.each(kinds)("%s", (name, file, options) => {
  const path = join(root, name.replace(" ", "-"));
  const make = async (): Promise<string> => {
    await save(path, "int32", shape, bytes, { ...options, mode: "overwrite" });
    return readFileSync(join(path, file), "utf8");
  };

  test("truncated at every byte", async () => {
    const text = await make();
    for (let length = 0; length < text.length; length++) {
      const error = await append(path, file, text.slice(0, length));
      expect(error, `${length} bytes`).toBeInstanceOf(FormatError);
      expect(error).toMatchObject({ path: join(path, file) });
    }
    expect(await append(path, file, text)).toBeUndefined();
  });

  test("with flipped bits: a typed error, or an array that can be", async () => {
    const text = Buffer.from(await make());
    const files = filesIn(path);
    let refused = 0;
    for (let at = 0; at < text.length; at += 2) {
      const damaged = Buffer.from(text);
      damaged[at]! ^= 1 << ((at * 5) % 7);
      const error = await append(path, file, damaged);
      if (error === undefined) continue;
      refused++;
      expect(error, damaged.toString("latin1")).toBeInstanceOf(ChunkwiseError);
    }
    expect(refused).toBeGreaterThan(text.length / 6);
    expect(filesIn(path)).toEqual(files);
  });
});

describe("hostile documents", () => {
  const path = join(root, "hostile");
  const base = {
    zarr_format: 3,
    node_type: "array",
    shape: [8, 6],
    data_type: "int32",
    chunk_grid: { name: "regular", configuration: { chunk_shape: [4, 3] } },
    chunk_key_encoding: { name: "default" },
    codecs: [{ name: "bytes", configuration: { endian: "little" } }],
    fill_value: 0,
    attributes: {},
  };
  const sharding = (configuration: object) => [
    { name: "sharding_indexed", configuration: { codecs: base.codecs, index_codecs: base.codecs, ...configuration } },
  ];
  const cases: [what: string, change: object, message: RegExp][] = [
    ["a shape that overflows", { shape: [2 ** 60, 6] }, /shape must be a list of whole numbers/],
    ["a negative shape", { shape: [-4, 6] }, /shape must be a list/],
    ["a shape of text", { shape: ["8", 6] }, /shape must be a list/],
    ["another number of chunks", { chunk_grid: { name: "regular", configuration: { chunk_shape: [4] } } }, /are none/],
    ["chunks of 0", { chunk_grid: { name: "regular", configuration: { chunk_shape: [0, 3] } } }, /are none/],
    [
      "chunks of terabytes",
      { chunk_grid: { name: "regular", configuration: { chunk_shape: [2 ** 40, 3] } } },
      /bytes;/,
    ],
    ["a grid of its own", { chunk_grid: { name: "rectangular" } }, /"rectangular" is unknown/],
    ["too many files", { shape: [2 ** 50, 6] }, /more than 16777216 files/],
    ["a dtype", { data_type: "bfloat16" }, /data_type cannot be written/],
    ["a structured dtype", { data_type: { name: "struct" } }, /data_type cannot be written/],
    ["a fill value", { fill_value: "zero" }, /fill_value is no int32/],
    ["a fill value out of range", { fill_value: 2 ** 31 }, /fill_value is no int32/],
    ["no fill value", { fill_value: undefined }, /fill_value is no int32/],
    ["a key encoding", { chunk_key_encoding: { name: "../.." } }, /chunk_key_encoding ".*" is unknown/],
    [
      "a separator that climbs",
      { chunk_key_encoding: { name: "default", configuration: { separator: "/../" } } },
      /must be "." or "\/"/,
    ],
    ["codecs that are none", { codecs: "bytes" }, /must be lists/],
    ["no codecs", { codecs: [] }, /bytes is missing/],
    ["a codec in the wrong place", { codecs: [{ name: "gzip" }, ...base.codecs] }, /bytes must stand before/],
    ["an unknown codec", { codecs: [...base.codecs, { name: "rot13" }] }, /"rot13" cannot be written/],
    ["a transposition", { codecs: [{ name: "transpose", configuration: { order: [0, 0] } }, ...base.codecs] }, /once/],
    ["shards in shards", { codecs: sharding({ chunk_shape: [2, 3], codecs: sharding({}) }) }, /cannot be written/],
    ["shards that cut chunks", { codecs: sharding({ chunk_shape: [3, 3] }) }, /cannot hold chunks/],
    ["a location", { codecs: sharding({ chunk_shape: [2, 3], index_location: "middle" }) }, /"start" or "end"/],
    ["transformers", { storage_transformers: [{}] }, /storage_transformers/],
    ["a node type", { node_type: "link" }, /node_type/],
    ["a version", { zarr_format: 4 }, /zarr_format must be 3/],
  ];
  test.each(cases)("%s", async (_, change, message) => {
    mkdirSync(path, { recursive: true });
    expect(await append(path, "zarr.json", JSON.stringify(base))).toBeUndefined();
    const error = await append(path, "zarr.json", JSON.stringify({ ...base, ...change }));
    expect(error).toBeInstanceOf(FormatError);
    expect((error as Error).message).toMatch(message);
    expect(filesIn(path)).toEqual(["zarr.json"]);
  });

  test("nesting without end, and a document without end", async () => {
    mkdirSync(path, { recursive: true });
    const deep = `{"attributes": ${"[".repeat(1e6)}`;
    expect((await append(path, "zarr.json", deep)) as Error).toMatchObject({ name: "FormatError" });
    const long = Buffer.alloc(2 ** 26 + 1, " ");
    expect(((await append(path, "zarr.json", long)) as Error).message).toMatch(/metadata has at most/);
  });
});

describe("JSON", () => {
  test("says what JSON.parse says, and is written so that it says the same", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.constantFrom(0, 1, "\t"), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        expect(JSON.parse(writeJson(readJson(text, "x")))).toEqual(JSON.parse(text));
        expect(JSON.parse(writeJson(toJson(value, "x")))).toEqual(value);
      }),
    );
  });

  test("keeps the text of numbers", () => {
    const text = '{"a": [1.0, NaN, -Infinity, 123456789012345678901234567890, 1e400], "2": 0, "1": -0.0}';
    expect(writeJson(readJson(text, "x")).replace(/\s+/g, "")).toBe(text.replace(/\s+/g, ""));
  });

  test.each([
    "",
    "[]",
    "1",
    "{",
    '{"a"}',
    '{"a":}',
    '{"a":1,}',
    '{"a":[1,]}',
    '{"a":01}',
    '{"a":1}x',
    '{"a":"\\x"}',
    "{a:1}",
  ])("refuses %s", (text) => {
    expect(thrownBy(() => readJson(text, "x"))).toBeInstanceOf(FormatError);
  });
});

test("CRC-32C of known texts", () => {
  expect(crc32c(Buffer.from("123456789")).toString(16)).toBe("e3069283");
  expect(crc32c(Buffer.alloc(32)).toString(16)).toBe("8a9136aa");
  expect(crc32c(Buffer.alloc(32, 255)).toString(16)).toBe("62a8ab43");
  expect(crc32c(new Uint8Array(0))).toBe(0);
});
