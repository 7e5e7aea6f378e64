import {
  appendFileSync,
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ChunkwiseError, ClosedError, StorageError } from "#src/data/errors";
import { boxBetween } from "#src/data/region";
import { createZarr, type ZarrWriteOptions } from "#src/formats/zarr/create";
import { open as openZarr } from "#src/formats/zarr/open";
import { zarrWriter } from "#src/formats/zarr/writer";
import { asNobody, newFolder, temporaryFolder } from "../../support/folder.js";
import { linux } from "../../support/platform.js";
import { runPython } from "../../support/python.js";
import { cutBox, filesIn, readByPython, readByZarrita, rejection, save, someBytes, writeParts } from "./arrays.js";
import { readAll } from "./cases.js";

const root = temporaryFolder();
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const seen = async (path: string): Promise<string> => hex(await readByZarrita(path));

const shape = [10, 6];
const spec = { dtype: "int32", shape } as const;
const [old, fresh] = [someBytes("int32", shape, 1), someBytes("int32", shape, 2)];
const grid: ZarrWriteOptions = { chunks: [4, 3] };
const sharded: ZarrWriteOptions = { chunks: [2, 3], shards: [4, 3] };

describe("a new array of Zarr", () => {
  test("a new array does not exist before it is committed, and leaves nothing when it is discarded", async () => {
    const folder = newFolder(root);
    const path = join(folder, "x");
    const destination = await createZarr(path, spec, grid);
    await writeParts(destination.array, fresh);
    expect(existsSync(path)).toBe(false);
    await destination.discard();
    await destination.discard();
    expect(readdirSync(folder)).toEqual([]);
    expect(await rejection(destination.commit())).toBeInstanceOf(ClosedError);
    await save(path, "int32", shape, fresh, grid);
    expect(readdirSync(folder)).toEqual(["x"]);
    expect(filesIn(path)).toEqual([...[0, 1, 2].flatMap((i) => [`c/${i}/0`, `c/${i}/1`]), "zarr.json"]);
  });

  test("each file of a new array is one part of its grid", async () => {
    const path = join(newFolder(root), "x");
    const plain = await createZarr(path, spec, grid);
    expect(plain.array).toMatchObject({ format: "zarr", dtype: "int32", shape, order: "C" });
    expect(plain.array.grid).toEqual([
      [4, 4, 2],
      [3, 3],
    ]);
    const inShards = await createZarr(path, spec, { chunks: [2, 2], shards: [8, 6] });
    expect(inShards.array.grid).toEqual([[8, 2], [6]]);
    // Chunks of the expression that differ become those of the largest.
    const like = await createZarr(path, { ...spec, chunks: [[3, 5, 2], [6]] });
    expect(like.array.grid).toEqual([[5, 5], [6]]);
    for (const destination of [plain, inShards, like]) await destination.discard();
  });

  test("a new array is not committed while a part is missing", async () => {
    const folder = newFolder(root);
    const path = join(folder, "x");
    const destination = await createZarr(path, spec, grid);
    await writeParts(destination.array, fresh, [0, 1, 2, 4, 5]);
    const error = await rejection(destination.commit());
    expect(error).toBeInstanceOf(StorageError);
    expect(error.message).toMatch(/1 of its 6 parts were not written/);
    expect(existsSync(path)).toBe(false);
    await writeParts(destination.array, fresh, [3]);
    await destination.commit();
    expect(await seen(path)).toBe(hex(fresh));
  });

  test("a part may be written twice, as after the death of a worker", async () => {
    const path = join(newFolder(root), "x");
    const destination = await createZarr(path, spec, sharded);
    await writeParts(destination.array, fresh, [0, 1, 2, 3, 4, 5, 5, 0, 3]);
    await destination.commit();
    expect(await seen(path)).toBe(hex(fresh));
  });

  test("boxes that are not a part, and closed writers, are refused", async () => {
    const destination = await createZarr(join(newFolder(root), "x"), spec, grid);
    const writer = zarrWriter(destination.array);
    const box = (start: number[], stop: number[]) => writer.write(boxBetween(start, stop), new Uint8Array(48));
    expect((await rejection(Promise.resolve(box([0, 0], [4, 2])))).name).toBe("ArgumentError");
    expect((await rejection(Promise.resolve(box([2, 0], [6, 3])))).name).toBe("ArgumentError");
    expect((await rejection(Promise.resolve(box([8, 0], [10, 3])))).name).toBe("ArgumentError");
    await box([4, 0], [8, 3]);
    await writer.close();
    await writer.close();
    expect((await rejection(Promise.resolve(box([4, 0], [8, 3])))).name).toBe("ClosedError");
    await destination.discard();
  });

  test("an existing array, group, file or full folder is refused, and an empty folder is not", async () => {
    const folder = newFolder(root);
    await save(join(folder, "array"), "int32", shape, old, grid);
    await save(join(folder, "group"), "int32", shape, old, { ...grid, path: "x" });
    writeFileSync(join(folder, "file"), "keep");
    mkdirSync(join(folder, "other"));
    writeFileSync(join(folder, "other", "thesis.txt"), "keep");
    mkdirSync(join(folder, "empty"));
    const before = filesIn(folder);
    for (const [name, message] of [
      ["array", /it already holds an array; mode: "overwrite"/],
      ["group", /there is a group/],
      ["file", /there is a file/],
      ["other", /not empty, and holds no Zarr array/],
    ] as const) {
      const error = await rejection(createZarr(join(folder, name), spec));
      expect(error).toMatchObject({ name: "StorageError", path: join(folder, name) });
      expect(error.message).toMatch(message);
      if (name === "array") continue;
      expect(await rejection(createZarr(join(folder, name), spec, { mode: "overwrite" }))).toBeInstanceOf(StorageError);
    }
    expect((await rejection(createZarr(join(folder, "array"), spec, { path: "x" }))).message).toMatch(/is an array/);
    expect((await rejection(createZarr(join(folder, "group"), spec, { path: "y", zarrFormat: 2 }))).message).toMatch(
      /group of version 3/,
    );
    expect(filesIn(folder)).toEqual(before);
    await save(join(folder, "empty"), "int32", shape, fresh, grid);
    expect(await seen(join(folder, "empty"))).toBe(hex(fresh));
  });

  test("a commit does not replace what was made under its name in the meantime", async () => {
    const folder = newFolder(root);
    const path = join(folder, "x");
    const destination = await createZarr(path, spec, grid);
    await writeParts(destination.array, fresh);
    await save(path, "int32", shape, old, grid);
    expect((await rejection(destination.commit())).message).toMatch(/someone else/);
    await destination.discard();
    expect(await seen(path)).toBe(hex(old));
    expect(readdirSync(folder)).toEqual(["x"]);
  });

  const wrong: [what: string, options: ZarrWriteOptions, name: string, message: RegExp][] = [
    ["a version", { zarrFormat: 4 as 3 }, "ArgumentError", /2 or 3/],
    ["shards in version 2", { zarrFormat: 2, shards: 4 }, "ArgumentError", /shards needs zarrFormat 3/],
    ["chunks for other axes", { chunks: [3] }, "ChunksError", /1 lengths; the array has 2 axes/],
    ["chunks of length 0", { chunks: 0 }, "ChunksError", /whole numbers from 1/],
    ["shards that cut chunks", { chunks: [4, 3], shards: [6, 3] }, "ChunksError", /axis 0 the shard has 6 .* chunk 4/],
    ["a compressor", { compressor: "lzma" }, "ArgumentError", /"lzma" is unknown; version 3 has zstd, gzip, blosc/],
    ["its level", { compressor: { name: "zstd", level: 50 } }, "ArgumentError", /level of zstd must be/],
    ["codecs without bytes", { codecs: [{ name: "zstd" }] }, "ArgumentError", /no "bytes"/],
    [
      "a codec",
      { codecs: [{ name: "bitround" }, { name: "bytes", configuration: { endian: "big" } }] },
      "ArgumentError",
      /"bitround" can be read, but cannot be written/,
    ],
    ["codecs and an order", { codecs: [], order: "F" }, "ArgumentError", /give either/],
    ["a fill value", { fillValue: 1.5 }, "ArgumentError", /the fill value 1.5 is not of int32/],
    ["a fill value out of range", { fillValue: 2 ** 31 }, "ArgumentError", /does not fit into int32/],
    ["attributes", { attributes: { x: Number.NaN } }, "ArgumentError", /attributes\.x is NaN, which JSON cannot hold/],
    ["a path that climbs out", { path: "../x" }, "ArgumentError", /inside the store/],
    ["a path that is empty", { path: "" }, "ArgumentError", /inside the store/],
    ["names of axes", { dimensionNames: ["x"] }, "ArgumentError", /each of the 2 axes/],
    ["a separator", { dimensionSeparator: "-" as "." }, "ArgumentError", /"\." or "\/"/],
    ["resume without a key", { resume: true }, "ArgumentError", /needs a key/],
    ["a mode", { mode: "a" as "append" }, "ArgumentError", /mode must be/],
    ["append to nothing", { mode: "append" }, "StorageError", /there is no array/],
    ["a region of nothing", { region: [null, null] }, "StorageError", /there is no array/],
  ];
  test.each(wrong)("a new array is refused: %s", async (_, options, name, message) => {
    const folder = newFolder(root);
    const error = await rejection(createZarr(join(folder, "x"), spec, options));
    expect(error).toBeInstanceOf(ChunkwiseError);
    expect(error.name).toBe(name);
    expect(error.message).toMatch(message);
    expect(readdirSync(folder)).toEqual([]);
  });

  test("too many files and too large chunks are refused", async () => {
    const path = join(newFolder(root), "x");
    const huge = { dtype: "float64", shape: [2 ** 40, 2 ** 8] } as const;
    expect((await rejection(createZarr(path, huge, { chunks: 1 }))).message).toMatch(/more than 16777216 files/);
    expect((await rejection(createZarr(path, huge, { chunks: [2 ** 22, 256] }))).message).toMatch(/8589934592 bytes/);
    expect((await rejection(createZarr(path, { ...huge, shape: [-1] }))).name).toBe("ShapeError");
    expect((await rejection(createZarr(join(path, "y"), spec))).name).toBe("StorageError");
  });
});

describe("overwriting an array of Zarr", () => {
  test("the former array stays whole until the commit, and then nothing of it is left", async () => {
    const folder = newFolder(root);
    const path = join(folder, "x");
    await save(path, "int32", shape, old, { ...grid, zarrFormat: 2, attributes: { a: 1 } });
    chmodSync(path, 0o750);
    const discarded = await createZarr(path, spec, { ...sharded, mode: "overwrite" });
    await writeParts(discarded.array, fresh);
    expect(await seen(path)).toBe(hex(old));
    await discarded.discard();
    expect(readdirSync(folder)).toEqual(["x"]);
    expect(await seen(path)).toBe(hex(old));
    await save(path, "int32", shape, fresh, { ...sharded, mode: "overwrite" });
    expect(readdirSync(folder)).toEqual(["x"]);
    expect(filesIn(path).filter((name) => name.startsWith("."))).toEqual([]);
    expect((await readByPython([path]))[0]).toMatchObject({ format: 3, hex: hex(fresh), attributes: {} });
    if (linux) expect(statSync(path).mode & 0o777).toBe(0o750);
  });

  test("the former array is put back after a crash between the two renames", async () => {
    const folder = newFolder(root);
    const path = join(folder, "x");
    await save(path, "int32", shape, old, grid);
    await createZarr(path, spec, { mode: "overwrite", resume: true, key: "k" });
    const [staging] = readdirSync(folder).filter((name) => name.startsWith(".chunkwise"));
    renameSync(path, join(folder, staging!, "former"));
    expect((await rejection(createZarr(path, spec, grid))).message).toMatch(/it already holds an array/);
    expect(await seen(path)).toBe(hex(old));
  });

  test.runIf(linux)("overwriting through a link leaves it a link", async () => {
    const folder = newFolder(root);
    await save(join(folder, "real"), "int32", shape, old, grid);
    symlinkSync(join(folder, "real"), join(folder, "link"));
    await save(join(folder, "link"), "int32", shape, fresh, { ...grid, mode: "overwrite" });
    expect(lstatSync(join(folder, "link")).isSymbolicLink()).toBe(true);
    expect(await seen(join(folder, "real"))).toBe(hex(fresh));
  });
});

describe("appending to an array of Zarr", () => {
  test.each([
    ["version 2", { zarrFormat: 2, chunks: [5, 3] }],
    ["version 3", { chunks: [5, 3] }],
    ["shards", { chunks: [1, 3], shards: [5, 3] }],
  ] as [string, ZarrWriteOptions][])("grows the array when it is committed: %s", async (_, options) => {
    const path = join(newFolder(root), "x");
    await save(path, "int32", shape, old, { ...options, attributes: { keep: 1.5 } });
    const more = someBytes("int32", [7, 6], 3);
    const discarded = await createZarr(path, { dtype: "int32", shape: [7, 6] }, { mode: "append" });
    await writeParts(discarded.array, more);
    await discarded.discard();
    expect((await readByPython([path]))[0]).toMatchObject({ shape, hex: hex(old) });
    await save(path, "int32", [7, 6], more, { mode: "append" });
    const [found] = await readByPython([path]);
    expect(found).toMatchObject({ shape: [17, 6], hex: hex(old) + hex(more), attributes: { keep: 1.5 } });
  });

  test("appending works along any axis, to an empty array, and of nothing", async () => {
    const path = join(newFolder(root), "x");
    await save(path, "int32", [10, 0], new Uint8Array(0), grid);
    await save(path, "int32", shape, old, { mode: "append", axis: -1 });
    await save(path, "int32", [10, 0], new Uint8Array(0), { mode: "append", axis: 1 });
    expect((await readByPython([path]))[0]).toMatchObject({ shape, hex: hex(old) });
  });

  test("appending another dtype or shape, or with wrong axes and options, is refused", async () => {
    const path = join(newFolder(root), "x");
    await save(path, "int32", shape, old, grid);
    const append = (array: object, options: ZarrWriteOptions = {}) =>
      rejection(createZarr(path, { ...spec, ...array }, { mode: "append", ...options }));
    expect((await append({ dtype: "float32" })).name).toBe("DTypeError");
    expect((await append({ shape: [10, 5] })).name).toBe("ShapeError");
    expect((await append({ shape: [10] })).name).toBe("ShapeError");
    expect((await append({}, { axis: 2 })).name).toBe("AxisError");
    expect((await append({}, { chunks: 3 })).message).toMatch(/chunks belongs to a new array/);
    expect((await append({}, { region: [null, null] })).name).toBe("ArgumentError");
  });

  test("appending notices that someone else has changed the array", async () => {
    const path = join(newFolder(root), "x");
    await save(path, "int32", [4, 6], old.slice(0, 96), { chunks: [4, 3] });
    const destination = await createZarr(path, { dtype: "int32", shape: [4, 6] }, { mode: "append" });
    await writeParts(destination.array, fresh.slice(0, 96));
    await save(path, "int32", [4, 6], old.slice(0, 96), { mode: "append" });
    expect((await rejection(destination.commit())).message).toMatch(/changed by someone else/);
    await destination.discard();
    expect((await readByPython([path]))[0]).toMatchObject({ shape: [8, 6], hex: hex(old.slice(0, 96)).repeat(2) });
  });

  test("arrays of zarr-python grow, whatever their attributes hold, and consolidated metadata follows", async () => {
    const code = `
import sys, numpy as np, zarr, warnings
warnings.simplefilter("ignore")
for format in (2, 3):
    g = zarr.open_group(f"{sys.argv[1]}/{format}", mode="w", zarr_format=format)
    attributes = {"nan": float("nan"), "big": 2**70, "float": 1.0}
    fill = -(2**62) - 1
    a = g.create_array("sub/x", shape=(4, 6), chunks=(2, 3), dtype=">i8", fill_value=fill, attributes=attributes)
    a[...] = np.arange(24).reshape(4, 6)
    zarr.consolidate_metadata(g.store)
`;
    const folder = newFolder(root);
    await runPython(code, folder);
    const more = Buffer.alloc(96);
    for (let i = 0; i < 12; i++) more.writeBigInt64LE(BigInt(24 + i), 8 * i);
    for (const format of ["2", "3"]) {
      const store = join(folder, format);
      await save(store, "int64", [2, 6], more, { path: "sub/x", mode: "append" });
      await save(store, "int32", shape, fresh, { ...grid, path: "sub/new" });
      const check = `
import sys, zarr, math
g = zarr.open_group(sys.argv[1], mode="r", use_consolidated=True)
a = g["sub/x"]
print(a.shape, [int(v) for v in a[...].ravel()] == list(range(36)), a.fill_value,
    math.isnan(a.attrs["nan"]), a.attrs["big"] == 2**70, type(a.attrs["float"]).__name__,
    sorted(g["sub"]), g["sub/new"].shape)
`;
      expect((await runPython(check, store)).trim()).toBe(
        `(6, 6) True ${-(2n ** 62n) - 1n} True True float ['new', 'x'] (10, 6)`,
      );
    }
  });
});

test("arrays of zarr-python with checksums and base64 grow", async () => {
  const path = join(newFolder(root), "x");
  const code = `
import sys, numpy as np, zarr, numcodecs, warnings
warnings.simplefilter("ignore")
filters = [numcodecs.CRC32(), numcodecs.JenkinsLookup3(initval=5), numcodecs.Adler32("end")]
a = zarr.create_array(sys.argv[1], shape=(4, 6), chunks=(2, 3), dtype="i4", zarr_format=2, filters=filters,
    compressors=numcodecs.Base64())
a[...] = np.frombuffer(bytes.fromhex(sys.argv[2]), "<i4").reshape(4, 6)`;
  await runPython(code, path, hex(old.slice(0, 96)));
  await save(path, "int32", [2, 6], fresh.slice(0, 48), { mode: "append" });
  expect((await readByPython([path]))[0]).toMatchObject({ hex: hex(old.slice(0, 96)) + hex(fresh.slice(0, 48)) });
});

describe("replacing a region of an array of Zarr", () => {
  test.each([
    ["version 2", { zarrFormat: 2, chunks: [4, 3], order: "F" }],
    ["version 3", grid],
    ["shards", sharded],
  ] as [string, ZarrWriteOptions][])("a region is replaced when it is committed: %s", async (_, options) => {
    const path = join(newFolder(root), "x");
    await save(path, "int32", shape, old, options);
    // The last rows of the region are zero, so its last file goes.
    const part = someBytes("int32", [6, 3], 9).fill(0, 48);
    const region = [
      [4, 10],
      [3, 6],
    ] as const;
    const discarded = await createZarr(path, { dtype: "int32", shape: [6, 3] }, { region });
    await writeParts(discarded.array, part);
    expect(await seen(path)).toBe(hex(old));
    await discarded.discard();
    await save(path, "int32", [6, 3], part, { region });
    const expected = new Uint8Array(old);
    for (let row = 0; row < 6; row++) expected.set(part.subarray(row * 12, row * 12 + 12), ((row + 4) * 6 + 3) * 4);
    expect(await seen(path)).toBe(hex(expected));
    expect(filesIn(path).filter((name) => /2.1$/.test(name))).toEqual([]);
  });

  test("regions of shards of zarr-python are replaced: transposed, big-endian, with the index first", async () => {
    const path = join(newFolder(root), "x");
    const code = `
import sys, numpy as np, zarr
from zarr.codecs import *
shards = ShardingCodec(chunk_shape=(2, 4), 
    codecs=[TransposeCodec(order=(1, 0)), BytesCodec(endian="big"), Crc32cCodec()],
    index_codecs=[BytesCodec(endian="big"), Crc32cCodec()], index_location="start")
a = zarr.create_array(sys.argv[1], shape=(8, 7), dtype="i4", chunks=(4, 4),
    filters=[TransposeCodec(order=(1, 0))], serializer=shards, compressors=None)
a[...] = np.frombuffer(bytes.fromhex(sys.argv[2]), "<i4").reshape(8, 7)`;
    const [before, rows] = [someBytes("int32", [8, 7], 1), someBytes("int32", [4, 7], 2)];
    await runPython(code, path, hex(before));
    expect(hex(await readAll((await openZarr(path)).array))).toBe(hex(before));
    await save(path, "int32", [4, 7], rows, { region: [[4, 8], null] });
    const after = hex(before.slice(0, 112)) + hex(rows);
    expect((await readByPython([path]))[0]!.hex).toBe(after);
    expect(hex(await readAll((await openZarr(path)).array))).toBe(after);
  });

  test("a region must begin and end where chunks do", async () => {
    const path = join(newFolder(root), "x");
    await save(path, "int32", shape, old, sharded);
    const write = (sides: number[], region: NonNullable<ZarrWriteOptions["region"]>) =>
      rejection(createZarr(path, { dtype: "int32", shape: sides }, { region }));
    const error = await write([4, 6], [[2, 6], null]);
    expect(error.name).toBe("ChunksError");
    expect(error.message).toMatch(/where a shard does: along axis 0, .* 4 elements.* from 2 to 6, and 0 to 8 would be/);
    expect((await write([5, 6], [[4, 9], null])).name).toBe("ChunksError");
    expect((await write([4, 6], [[8, 12], null])).name).toBe("OutOfBoundsError");
    expect((await write([4, 6], [null, null])).name).toBe("ShapeError");
    expect((await write([4, 6], [[4, 8]])).name).toBe("ArgumentError");
  });
});

describe("resuming an interrupted run", () => {
  const resume: ZarrWriteOptions = { ...grid, resume: true, key: "expression 1" };
  const begin = (path: string, options: ZarrWriteOptions = resume) => createZarr(path, spec, options);
  const stagingIn = (folder: string): string =>
    join(folder, readdirSync(folder).filter((name) => name.startsWith(".chunkwise"))[0]!);

  test.each([
    ["a new array", {}],
    ["shards", sharded],
    ["overwriting", { mode: "overwrite" }],
    ["appending", { mode: "append", chunks: undefined }],
    ["a region", { region: [null, null], chunks: undefined }],
  ] as [string, object][])("keeps the parts of a run that ended early: %s", async (what, more) => {
    const folder = newFolder(root);
    const path = join(folder, "x");
    const extending = what === "appending" || what === "a region";
    const rows = what === "appending" ? [8, 6] : shape;
    if (extending || what === "overwriting") await save(path, "int32", rows, someBytes("int32", rows, 1), grid);
    const options: ZarrWriteOptions = Object.fromEntries(
      Object.entries({ ...resume, ...more }).filter(([, value]) => value !== undefined),
    );
    const first = await begin(path, options);
    expect(first.complete).toEqual(new Set());
    await writeParts(first.array, fresh, [5, 0, 2]);
    // The process dies here; or it fails and discards, which keeps what is done.
    const second = await begin(path, options);
    expect(second.complete).toEqual(new Set([0, 2, 5]));
    await writeParts(second.array, fresh, [1]);
    await second.discard();
    const third = await begin(path, options);
    expect(third.complete).toEqual(new Set([0, 1, 2, 5]));
    await writeParts(third.array, fresh, [3, 4]);
    await third.commit();
    expect(readdirSync(folder)).toEqual(["x"]);
    expect(filesIn(path).filter((name) => !/^c\/\d\/\d$|^zarr.json$/.test(name))).toEqual([]);
    expect(await seen(path)).toBe(what === "appending" ? hex(someBytes("int32", rows, 1)) + hex(fresh) : hex(fresh));
  });

  test("another key, another array or another layout starts from the beginning", async () => {
    const path = join(newFolder(root), "x");
    await writeParts((await begin(path)).array, fresh, [0, 1]);
    expect((await begin(path, { ...resume, key: "expression 2" })).complete).toEqual(new Set());
    expect((await begin(path)).complete).toEqual(new Set([0, 1]));
    expect((await begin(path, { ...resume, fillValue: 3 })).complete).toEqual(new Set());
    expect((await begin(path)).complete).toEqual(new Set());
  });

  test("a journal that is torn at any length is read up to there", async () => {
    const folder = newFolder(root);
    const path = join(folder, "x");
    await writeParts((await begin(path)).array, fresh, [4, 0, 2]);
    const journal = join(stagingIn(folder), "journal");
    const whole = readFileSync(journal);
    const ends = [...whole.entries()].filter(([, byte]) => byte === 10).map(([at]) => at + 1);
    expect(ends).toHaveLength(4);
    for (let length = whole.length; length >= ends[0]!; length -= 7) {
      truncateSync(journal, length);
      const kept = ends.slice(1).filter((end) => end <= length).length;
      expect((await begin(path)).complete, `${length} bytes`).toEqual(new Set([4, 0, 2].slice(0, kept)));
    }
    truncateSync(journal, ends[0]! - 1);
    const last = await begin(path);
    expect(last.complete).toEqual(new Set());
    await writeParts(last.array, fresh);
    await last.commit();
    expect(await seen(path)).toBe(hex(fresh));
  });

  test("a journal with a damaged line, at any byte, is not trusted", async () => {
    const folder = newFolder(root);
    const path = join(folder, "x");
    // Part 0 is empty: only its line says so.
    const bytes = new Uint8Array(fresh);
    for (let row = 0; row < 4; row++) bytes.fill(0, row * 24, row * 24 + 12);
    await writeParts((await begin(path)).array, bytes, [0, 3, 1]);
    const journal = join(stagingIn(folder), "journal");
    const whole = readFileSync(journal);
    for (let at = 0; at < whole.length; at += 3) {
      await writeParts((await begin(path)).array, bytes, [0, 3, 1]);
      const damaged = Buffer.from(readFileSync(journal));
      damaged[at]! ^= 1 << (at % 7);
      writeFileSync(journal, damaged);
      const complete = [...(await begin(path)).complete!];
      expect([0, 1, 3], `byte ${at}`).toEqual(expect.arrayContaining(complete));
    }
    appendFileSync(journal, "17 5 00000000 00000000\n3 5 00000000 00000000\n");
    expect((await begin(path)).complete).toEqual(new Set());
  });

  test("parts whose files are missing, shorter or changed are written again", async () => {
    const folder = newFolder(root);
    const path = join(folder, "x");
    await writeParts((await begin(path)).array, fresh);
    const array = join(stagingIn(folder), "array");
    rmSync(join(array, "c/0/0"));
    truncateSync(join(array, "c/0/1"), 5);
    const changed = readFileSync(join(array, "c/1/0"));
    changed[10]! ^= 4;
    writeFileSync(join(array, "c/1/0"), changed);
    const again = await begin(path);
    expect(again.complete).toEqual(new Set([3, 4, 5]));
    await writeParts(again.array, fresh, [0, 1, 2]);
    await again.commit();
    expect(await seen(path)).toBe(hex(fresh));
  });
});

describe("failures of the file system while Zarr is written", () => {
  test.runIf(linux)("a folder without permission, and a read-only array, are refused", async () => {
    chmodSync(root, 0o755);
    const folder = newFolder(root);
    const path = join(folder, "x");
    await save(path, "int32", shape, old, grid);
    const nobody = async (options: ZarrWriteOptions): Promise<Error> => {
      const promise = asNobody(() => createZarr(path, spec, options));
      return rejection(promise);
    };
    for (const options of [{ mode: "overwrite" }, { mode: "append" }, { region: [null, null] }] as ZarrWriteOptions[]) {
      expect(await nobody(options)).toMatchObject({ name: expect.stringMatching(/^(Storage|Chunks)Error$/) });
    }
    expect(await nobody({ mode: "overwrite" })).toMatchObject({ systemCode: "EACCES", path });
    expect(await nobody({ region: [null, null] })).toMatchObject({ systemCode: "EACCES", path });
    expect(readdirSync(folder)).toEqual(["x"]);
    expect(await seen(path)).toBe(hex(old));
  });

  test("a staging folder that has vanished is a StorageError", async () => {
    const folder = newFolder(root);
    const destination = await createZarr(join(folder, "x"), spec, grid);
    const writer = zarrWriter(destination.array);
    rmSync(join(folder, readdirSync(folder)[0]!), { recursive: true });
    const box = boxBetween([0, 0], [4, 3]);
    const error = await rejection(Promise.resolve(writer.write(box, cutBox(fresh, shape, box, 4))));
    expect(error).toMatchObject({ name: "StorageError", systemCode: "ENOENT" });
    await writer.close();
    expect(() => zarrWriter(destination.array)).toThrow(StorageError);
    expect((await rejection(destination.commit())).message).toMatch(/journal .* is gone or damaged/);
    await destination.discard();
  });
});
