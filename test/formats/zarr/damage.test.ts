import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import Zstd from "numcodecs/zstd";
import { beforeAll, describe, expect, test } from "vitest";
import { ChunkwiseError } from "#src/data/errors";
import { crc32c } from "#src/formats/zarr/crc32c";
import { zarr } from "#src/formats/zarr/format";
import { list as listZarr, open as openZarr } from "#src/formats/zarr/open";
import { newFolder, temporaryFolder } from "../../support/folder.js";
import { runPython } from "../../support/python.js";
import { readAll } from "./cases.js";

const folder = temporaryFolder();

/** One chunk of 600 numbers for each codec, and a file of its bytes. */
const script = `
import sys, warnings, numcodecs, numpy as np, zarr
from zarr.codecs import *
import zarr.codecs.numcodecs as nc
warnings.simplefilter("ignore")
data = np.arange(600, dtype="i4").reshape(30, 20) ** 2
data.tofile(sys.argv[1] + "/expected.bin")
def make(name, **options):
    zarr.create_array(f"{sys.argv[1]}/{name}", data=data, chunks=options.pop("chunks", (30, 20)), **options)
make("plain", compressors=None)
make("gzip", compressors=GzipCodec())
make("zlib", compressors=nc.Zlib())
make("zstd", compressors=ZstdCodec())
make("zstd-checked", compressors=ZstdCodec(checksum=True))
make("crc32c", compressors=Crc32cCodec())
make("lz4", compressors=nc.LZ4())
make("xz", compressors=nc.LZMA())
make("lzma", compressors=nc.LZMA(format=2))
raw = [{"id": 3, "dist": 4}, {"id": 0x4000000000000001}]
make("lzma-raw", zarr_format=2, compressors=numcodecs.LZMA(format=3, filters=raw))
make("lzma2", zarr_format=2, compressors=numcodecs.LZMA(format=3, filters=[{"id": 0x21}]))
make("jenkins", zarr_format=2, compressors=numcodecs.JenkinsLookup3(initval=9))
make("base64", zarr_format=2, compressors=numcodecs.Base64())
make("blosc-lz4", compressors=BloscCodec(cname="lz4"))
make("blosc-zstd", compressors=BloscCodec(cname="zstd"))
make("blosc-blosclz", compressors=BloscCodec(cname="blosclz"))
make("v2", zarr_format=2, compressors=numcodecs.Blosc())
make("shard", chunks=(10, 10), shards=(30, 20))
`;

const codecs = [
  "plain",
  "gzip",
  "zlib",
  "zstd",
  "zstd-checked",
  "crc32c",
  "lz4",
  "xz",
  "lzma",
  "lzma-raw",
  "lzma2",
  "jenkins",
  "base64",
  "blosc-lz4",
  "blosc-zstd",
  "blosc-blosclz",
  "v2",
  "shard",
];
const older = ["v2", "lzma-raw", "lzma2", "jenkins", "base64"];
const chunkOf = (name: string): string => (older.includes(name) ? "0.0" : "c/0/0");
let expected: Buffer;

beforeAll(async () => {
  await runPython(script, folder);
  expected = readFileSync(join(folder, "expected.bin"));
});

/** What reading an array ends with: its elements, or a typed error. */
async function attempt(path: string): Promise<Buffer | ChunkwiseError> {
  try {
    const { array } = await openZarr(path);
    return Buffer.from(await readAll(array));
  } catch (error) {
    if (error instanceof ChunkwiseError) return error;
    throw error;
  }
}

/** A copy of an array whose chunk has other bytes; it replaces the last one of that name. */
async function withChunk(name: string, change: (bytes: Buffer) => Buffer): Promise<{ path: string; key: string }> {
  const path = join(folder, "damaged", name);
  if (!existsSync(path)) cpSync(join(folder, name), path, { recursive: true });
  const key = join(path, chunkOf(name));
  writeFileSync(key, change(readFileSync(join(folder, name, chunkOf(name)))));
  return { path, key };
}

/** Numbers in [0, 1), the same each time (Park and Miller). */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
}

describe("chunks of Zarr that are damaged", () => {
  test.each(codecs)("a chunk that is truncated anywhere is refused: %s", async (name) => {
    const { length } = readFileSync(join(folder, name, chunkOf(name)));
    const places = new Set([0, 1, 3, 4, 5, 8, 15, 16, 17, length - 5, length - 4, length - 1]);
    for (let at = 20; at < length; at += Math.ceil(length / 25)) places.add(at);
    for (const place of places) {
      const { path, key } = await withChunk(name, (bytes) => bytes.subarray(0, place));
      const found = await attempt(path);
      expect(found, `${place} of ${length} bytes`).toMatchObject({ name: "FormatError", path: key });
    }
  });

  test.each(["plain", "blosc-lz4", "zstd", "zstd-checked", "lzma", "lzma-raw", "base64"])(
    "bytes after the end of a chunk are refused: %s",
    async (name) => {
      // the second are the first bytes of a Zstandard frame that never comes
      for (const more of [Buffer.alloc(8), Buffer.from([0x28]), Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 0x70])]) {
        const { path, key } = await withChunk(name, (bytes) => Buffer.concat([bytes, more]));
        expect(await attempt(path)).toMatchObject({ name: "FormatError", path: key });
      }
    },
  );

  test.each(codecs.filter((name) => name !== "shard"))(
    "a chunk with more elements than it should have is refused: %s",
    async (name) => {
      const { path, key } = await withChunk(name, (bytes) => bytes);
      const document = join(path, older.includes(name) ? ".zarray" : "zarr.json");
      const whole = readFileSync(document, "utf8");
      writeFileSync(document, whole.replaceAll(/\b30\b/g, "29"));
      expect(await attempt(path)).toMatchObject({ name: "FormatError", path: key });
      writeFileSync(document, whole);
      expect(await attempt(path)).toEqual(expected);
    },
  );

  test("a chunk of several Zstandard frames, one of them to be skipped, is read", async () => {
    const zstd = new Zstd();
    const plain = readFileSync(join(folder, "plain", chunkOf("plain")));
    const frames = [await zstd.encode(plain.subarray(0, 100)), await zstd.encode(plain.subarray(100))];
    const skipped = Buffer.from("502a4d1803000000abcdef", "hex");
    const { path } = await withChunk("zstd", () => Buffer.concat([frames[0]!, skipped, frames[1]!]));
    expect(await attempt(path)).toEqual(expected);
  });

  const checked = ["gzip", "zlib", "zstd-checked", "crc32c", "xz", "jenkins"];
  test.each(codecs)("a chunk with flipped bits gives elements or a typed error: %s", async (name) => {
    const random = numbers(11);
    let refused = 0;
    for (let round = 0; round < 40; round++) {
      const { path } = await withChunk(name, (bytes) => {
        for (let flips = round % 3; flips >= 0; flips--)
          bytes[Math.floor(random() * bytes.length)]! ^= 1 << Math.floor(random() * 8);
        return bytes;
      });
      const found = await attempt(path);
      if (Buffer.isBuffer(found)) {
        expect(found).toHaveLength(expected.length);
        if (checked.includes(name)) expect(found.equals(expected), "a checksum was passed by").toBe(true);
      } else {
        expect(found.code).toBe("FORMAT");
        refused++;
      }
    }
    if (checked.includes(name)) expect(refused).toBeGreaterThan(33);
    // A later array is read as if nothing had happened: codecs live on in the process.
    expect((await attempt(join(folder, name))) as Buffer).toEqual(expected);
  });

  test("a chunk that declares far too many bytes is not decompressed", async () => {
    const declared = (name: string, at: number) =>
      withChunk(name, (bytes) => {
        bytes.writeUInt32LE(0x7fff0000, at);
        return bytes;
      });
    const before = process.memoryUsage().rss;
    const bombs = [
      () => withChunk("gzip", () => gzipSync(Buffer.alloc(2 ** 26))),
      () => declared("blosc-lz4", 4),
      () => declared("blosc-zstd", 8),
      () => declared("lz4", 0),
      () => declared("lzma", 5),
      // Zstandard, of 2^31 bytes as declared, and of blocks that repeat one byte, undeclared
      () => withChunk("zstd", () => Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x80, 0x70, 0, 0, 0, 0x80, 1, 0, 0])),
      () =>
        withChunk("zstd", () => {
          const blocks = Buffer.alloc(16_000);
          for (let at = 0; at < blocks.length; at += 4)
            blocks.writeUInt32LE(((2 ** 17) << 3) | 2 | (at + 4 === blocks.length ? 1 : 0), at);
          return Buffer.concat([Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 0x70]), blocks]);
        }),
      () => withChunk("plain", () => Buffer.alloc(2 ** 24)),
      () => withChunk("zlib", () => Buffer.alloc(2 ** 24)),
    ];
    for (const make of bombs) {
      const { path, key } = await make();
      expect(await attempt(path)).toMatchObject({ name: "FormatError", path: key });
    }
    expect(process.memoryUsage().rss - before).toBeLessThan(2 ** 27);
  });

  test("a folder in the place of a chunk, and a file in the place of a folder, are missing chunks", async () => {
    const path = newFolder(folder);
    cpSync(join(folder, "plain", "zarr.json"), join(path, "zarr.json"));
    mkdirSync(join(path, "c/0/0"), { recursive: true });
    expect(await attempt(path)).toEqual(Buffer.alloc(expected.length));
  });
});

describe("shards of Zarr that are damaged", () => {
  /** The index of 3 × 2 chunks, and its checksum. */
  const indexAt = (bytes: Buffer): number => bytes.length - 100;

  test("a change of any byte of a shard's index is noticed", async () => {
    const { length } = readFileSync(join(folder, "shard/c/0/0"));
    for (let at = length - 100; at < length; at++) {
      const { path, key } = await withChunk("shard", (bytes) => {
        bytes[at]! ^= 16;
        return bytes;
      });
      expect(await attempt(path)).toMatchObject({ name: "FormatError", path: key, offset: length - 100 });
    }
  });

  test("a shard's index that leads out of the file is refused, whatever its checksum", async () => {
    const entries = [
      [2n ** 63n, 10n],
      [0n, 2n ** 63n],
      [0n, 2n ** 64n - 1n],
      [2n ** 64n - 1n, 0n],
      [2n ** 64n - 5n, 10n],
      [400n, 100_000n],
      [3n, 0n],
    ] as const;
    for (const [offset, length] of entries) {
      const { path, key } = await withChunk("shard", (bytes) => {
        bytes.writeBigUInt64LE(offset, indexAt(bytes));
        bytes.writeBigUInt64LE(length, indexAt(bytes) + 8);
        bytes.writeUInt32LE(crc32c(bytes.subarray(indexAt(bytes), -4)), bytes.length - 4);
        return bytes;
      });
      expect(await attempt(path), `${offset}, ${length}`).toMatchObject({ name: "FormatError", path: key });
    }
  });
});

describe("metadata of Zarr that is damaged", () => {
  type Fields = Record<string, unknown>;
  const v3: Fields = {
    zarr_format: 3,
    node_type: "array",
    shape: [4],
    data_type: "int32",
    chunk_grid: { name: "regular", configuration: { chunk_shape: [2] } },
    chunk_key_encoding: { name: "default" },
    codecs: [{ name: "bytes", configuration: { endian: "little" } }],
    fill_value: 0,
  };
  const v2: Fields = {
    zarr_format: 2,
    shape: [4],
    chunks: [2],
    dtype: "<i4",
    compressor: null,
    filters: null,
    fill_value: 0,
    order: "C",
  };

  function write(document: unknown, name: "zarr.json" | ".zarray", path = newFolder(folder)): string {
    writeFileSync(join(path, name), typeof document === "string" ? document : JSON.stringify(document));
    return path;
  }

  const sharded = (chunk_shape: unknown, more: Fields = {}) => [
    {
      name: "sharding_indexed",
      configuration: { chunk_shape, codecs: v3.codecs, index_codecs: v3.codecs, ...more },
    },
  ];
  const bytes = (v3.codecs as unknown[])[0];
  const nested = (levels: number): unknown => (levels === 0 ? v3.codecs : sharded([1], { codecs: nested(levels - 1) }));

  const hostile3: readonly (readonly [change: Fields, message: RegExp])[] = [
    [{ zarr_format: 4 }, /zarr_format must be 3, not 4/],
    [{ node_type: "arry" }, /node_type/],
    [{ shape: undefined }, /shape must be a list/],
    [{ shape: [-1] }, /shape has the length -1/],
    [{ shape: [1.5] }, /shape has the length 1.5/],
    [{ shape: ["4"] }, /shape has the length "4"/],
    [{ shape: [4, 4] }, /chunk_shape has 1 axes, and the shape has 2/],
    [{ shape: [2 ** 40, 2 ** 40, 0] }, /more than 2\^49 elements/],
    [{ shape: Array(65).fill(1) }, /65 axes; at most 64/],
    [{ chunk_grid: { name: "regular", configuration: { chunk_shape: [0] } } }, /chunk_shape has the length 0/],
    [{ chunk_grid: { name: "rectangular" } }, /chunk grid "rectangular"/],
    [{ chunk_grid: null }, /chunk_grid/],
    [{ data_type: "string" }, /text/],
    [{ data_type: "r16" }, /raw bytes/],
    [{ data_type: { name: "structured", configuration: { fields: [] } } }, /structured dtype/],
    [{ data_type: { name: "numpy.datetime64", configuration: { unit: "fortnight" } } }, /times/],
    [{ data_type: "int128" }, /expected bool, int8/],
    [{ fill_value: 0.5 }, /0.5 is not of int32/],
    [{ fill_value: 2 ** 31 }, /does not fit into int32/],
    [{ fill_value: null }, /fill_value is missing/],
    [{ fill_value: "x", data_type: "float64" }, /"x" is not a number/],
    [{ fill_value: [1, 2, 3], data_type: "complex64" }, /not a complex number/],
    [{ fill_value: "0x7", data_type: "bool" }, /not a bool/],
    [{ codecs: [] }, /no "bytes"/],
    [{ codecs: "bytes" }, /codecs must be a list/],
    [{ codecs: [{ name: "bytes" }] }, /no endian/],
    [
      { codecs: [bytes, { name: "pcodec" }] },
      /the codec "pcodec" is not read: .* by Pcodec; read are bytes, transpose, sharding_indexed, delta/,
    ],
    [{ codecs: [bytes, { name: "numcodecs.pcodec" }] }, /the codec "pcodec" is not read/],
    [{ codecs: [{ name: "vlen-utf8" }] }, /the codec "vlen-utf8" is not read: it holds texts/],
    [{ codecs: [{ name: "gzip" }, bytes] }, /gzip comes too early among the codecs/],
    [{ codecs: [bytes, { name: "numcodecs.delta" }] }, /delta must come before the codecs of bytes/],
    [{ codecs: [bytes, ...sharded([1])] }, /bytes comes too early among the codecs/],
    [{ codecs: [{ name: "transpose", configuration: { order: [1] } }, bytes] }, /permutation/],
    [{ codecs: [{ name: "transpose", configuration: { order: [0, 0] } }, bytes] }, /permutation/],
    [
      { codecs: [{ name: "numcodecs.delta", configuration: { dtype: "f4" } }, bytes] },
      /delta is for float32, and gets int32/,
    ],
    [{ codecs: [{ name: "scale_offset", configuration: { scale: 0.5 } }, bytes] }, /does not suit int32/],
    [
      { codecs: [{ name: "scale_offset", configuration: { scale: {} } }, bytes] },
      /scale of scale_offset must be a number/,
    ],
    [{ codecs: [{ name: "cast_value", configuration: { data_type: "bool" } }, bytes] }, /not read for bool/],
    [{ codecs: [bytes, { name: "numcodecs.shuffle", configuration: { elementsize: 0 } }] }, /elementsize/],
    [{ codecs: Array(40).fill(bytes) }, /at most 32/],
    [{ codecs: sharded([3]) }, /does not divide/],
    [{ codecs: sharded([0]) }, /does not divide/],
    [{ codecs: sharded([1, 1]) }, /does not divide/],
    [{ codecs: nested(9) }, /more than 8 levels of shards inside shards/],
    [{ codecs: sharded([1], { index_codecs: [bytes, { name: "zstd" }] }) }, /index_codecs must be bytes/],
    [{ codecs: sharded([1], { index_location: "middle" }) }, /index_location/],
    [{ codecs: [...sharded([1]), { name: "gzip" }] }, /after sharding_indexed/],
    [
      {
        codecs: sharded([1]),
        shape: [2 ** 40],
        chunk_grid: { name: "regular", configuration: { chunk_shape: [2 ** 30] } },
      },
      /a shard holds 1073741824 chunks/,
    ],
    [
      { codecs: [bytes, { name: "zstd" }], chunk_grid: { name: "regular", configuration: { chunk_shape: [2 ** 40] } } },
      /must be decoded as a whole/,
    ],
    [{ chunk_key_encoding: { name: "default", configuration: { separator: "../" } } }, /separator/],
    [{ chunk_key_encoding: { name: "hashed" } }, /chunk key encoding "hashed"/],
    [{ dimension_names: ["a", "b"] }, /dimension_names/],
    [{ storage_transformers: [{ name: "x" }] }, /storage_transformers/],
    [{ surprise: { name: "x" } }, /"surprise", which is not known/],
    [{ attributes: [] }, /attributes/],
  ];

  test("metadata of v3 that is damaged, hostile or unsupported is refused with its path", async () => {
    expect(await attempt(write(v3, "zarr.json"))).toEqual(Buffer.alloc(16));
    expect(await attempt(write({ ...v3, surprise: { must_understand: false } }, "zarr.json"))).toEqual(
      Buffer.alloc(16),
    );
    for (const [change, message] of hostile3) {
      const path = write({ ...v3, ...change }, "zarr.json");
      const right = { name: "FormatError", path: join(path, "zarr.json"), message: expect.stringMatching(message) };
      expect(await attempt(path), JSON.stringify(change)).toMatchObject(right);
    }
  });

  const hostile2: readonly (readonly [change: Fields, message: RegExp])[] = [
    [{ zarr_format: 1 }, /zarr_format must be 2/],
    [{ chunks: [2, 2] }, /chunks has 2 axes/],
    [{ dtype: "|S4" }, /strings/],
    [{ dtype: "|O" }, /Python objects/],
    [{ dtype: [["x", "<i4"]] }, /structured/],
    [{ dtype: "<M8[fortnight]" }, /times/],
    [{ dtype: 4 }, /dtype must be the name/],
    [{ order: "K" }, /order must be/],
    [{ compressor: { id: "rot13" } }, /"rot13" is not known/],
    [{ compressor: { id: "zfpy" } }, /"zfpy" is not read: it holds numbers compressed by ZFP; read are /],
    [{ compressor: { id: "lzma", format: 4 } }, /format of lzma must be one of 1, 2, 3, not 4/],
    [{ compressor: { id: "lzma", format: 3, filters: [{ id: 4 }, { id: 33 }] } }, /filters of lzma must be null, or/],
    [{ compressor: { id: "lzma", format: 3, filters: [{ id: 3, dist: 300 }, { id: 33 }] } }, /dist 1 to 256/],
    [{ compressor: { id: "lzma", format: 3, filters: [{ id: 3 }] } }, /at last LZMA or LZMA2/],
    [{ compressor: { id: "jenkins_lookup3", initval: -1 } }, /initval of jenkins_lookup3 must be a whole number/],
    [{ compressor: { id: "jenkins_lookup3", prefix: "x" } }, /prefix of jenkins_lookup3 must be null/],
    [{ compressor: {} }, /no id/],
    [{ filters: [{ id: "packbits" }] }, /packbits is for bools, and gets int32/],
    [{ filters: [{ id: "zlib" }, { id: "delta", dtype: "<i4" }] }, /delta must come before/],
    [{ filters: [{ id: "delta", dtype: "<f2" }], dtype: "<f2" }, /not read for float16/],
    [{ filters: 3 }, /filters must be a list/],
    [{ fill_value: "AAAA" }, /not of int32/],
    [{ fill_value: true }, /not of int32/],
    [{ dimension_separator: "//" }, /separator/],
  ];

  test("metadata of v2 that is damaged, hostile or unsupported is refused with its path", async () => {
    expect(await attempt(write(v2, ".zarray"))).toEqual(Buffer.alloc(16));
    for (const [change, message] of hostile2) {
      const path = write({ ...v2, ...change }, ".zarray");
      const right = { name: "FormatError", path: join(path, ".zarray"), message: expect.stringMatching(message) };
      expect(await attempt(path), JSON.stringify(change)).toMatchObject(right);
    }
  });

  test("metadata that is truncated anywhere or has flipped bits gives an array or a typed error", async () => {
    for (const [document, name] of [
      [v3, "zarr.json"],
      [v2, ".zarray"],
    ] as const) {
      const place = newFolder(folder);
      const text = Buffer.from(JSON.stringify(document));
      for (let end = 0; end < text.length; end++) {
        const path = write(text.toString("latin1", 0, end), name, place);
        expect(await attempt(path)).toMatchObject({ name: "FormatError", path: join(path, name) });
      }
      const random = numbers(5);
      for (let round = 0; round < 150; round++) {
        const flipped = Buffer.from(text);
        flipped[Math.floor(random() * text.length)]! ^= 1 << Math.floor(random() * 7);
        const found = await attempt(write(flipped.toString("latin1"), name, place));
        if (!Buffer.isBuffer(found)) expect(found.code).toBe("FORMAT");
      }
    }
  });

  test("metadata that is not JSON, not UTF-8, too deep or too long is refused", async () => {
    for (const text of ["[]", "3", "null", '{"zarr_format": 3', "[".repeat(100_000), '{"a": NaNs}']) {
      expect(await attempt(write(text, "zarr.json")), text.slice(0, 20)).toMatchObject({ name: "FormatError" });
    }
    const path = newFolder(folder);
    writeFileSync(join(path, "zarr.json"), Buffer.from([0x7b, 0xff, 0x7d]));
    expect(await attempt(path)).toMatchObject({ name: "FormatError" });
    truncateSync(join(path, "zarr.json"), 2 ** 26 + 1);
    expect(await attempt(path)).toMatchObject({ name: "FormatError", offset: 2 ** 26 });
  });

  test("strings in metadata that look like special numbers stay strings", async () => {
    const attributes = { a: 'NaN "Infinity" 12345678901234567890 \\', b: [1e300, 2 ** 53] };
    const text = JSON.stringify({ ...v3, attributes }).replace("9007199254740992", "9007199254740993, -Infinity, NaN");
    const found = await openZarr(write(text, "zarr.json"));
    expect(found.attributes).toEqual({
      a: attributes.a,
      b: [1e300, 9007199254740993n, Number.NEGATIVE_INFINITY, Number.NaN],
    });
    const late = '{"a": NaN, "b": [9007199254740993, -Infinity] "c": 1}';
    expect(await attempt(write(late, "zarr.json"))).toMatchObject({ offset: late.indexOf('"c"') });
  });

  test("a huge shape with small chunks opens in bounded memory, and its missing chunks are read", async () => {
    const path = write({ ...v3, shape: [2 ** 48], fill_value: 7 }, "zarr.json");
    const { array } = await openZarr(path);
    expect(array.grid[0]!.length).toBeLessThanOrEqual(2 ** 16);
    const reader = await zarr.reader(array);
    const into = new Int32Array(1000);
    await reader.read([{ start: 2 ** 47, stop: 2 ** 47 + 1000 }], new Uint8Array(into.buffer));
    expect(new Set(into)).toEqual(new Set([7]));
    await reader.close();
  });

  test("consolidated metadata that is damaged is refused", async () => {
    const group = { zarr_format: 3, node_type: "group" };
    for (const consolidated_metadata of [3, {}, { metadata: [] }, { metadata: { a: 3 } }, { metadata: { a: {} } }]) {
      const path = write({ ...group, consolidated_metadata }, "zarr.json");
      await expect(listZarr(path)).rejects.toMatchObject({ name: "FormatError", path: join(path, "zarr.json") });
    }
    const climbing = write({ ...group, consolidated_metadata: { metadata: { "../a": v3 } } }, "zarr.json");
    await expect(listZarr(climbing)).rejects.toBeInstanceOf(ChunkwiseError);
    const older = write({ metadata: { ".zgroup": { zarr_format: 2 }, "a/.zarray": 5 } }, ".zarray");
    writeFileSync(join(older, ".zmetadata"), '{"metadata": {"a/.zarray": 5}}');
    await expect(openZarr(older, { path: "a" })).rejects.toMatchObject({ path: join(older, ".zmetadata") });
  });

  test("a listing of groups in a circle of links ends with an error", async () => {
    const path = write({ zarr_format: 3, node_type: "group" }, "zarr.json");
    symlinkSync(".", join(path, "self"));
    await expect(listZarr(path)).rejects.toMatchObject({ name: expect.stringMatching(/FormatError|StorageError/) });
  });
});
