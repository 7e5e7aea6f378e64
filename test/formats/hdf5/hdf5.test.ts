import { closeSync, openSync, readFileSync, readSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { blockAt, chunkBox, countChunks, gridOf } from "#src/data/chunks";
import { factsOf } from "#src/data/dtype";
import type { EncodedArray } from "#src/data/encoded";
import { boxBetween, countsOf, sizeOf } from "#src/data/region";
import { openReader } from "#src/formats/index";
import { openArray } from "#src/formats/opening";
import { table } from "#src/formats/table";
import { type FormatCase, formatSuite } from "../../conformance/format.js";
import { temporaryFolder } from "../../support/folder.js";
import { runPython } from "../../support/python.js";
import { storages, types, writeAll } from "./files.js";

const folder = temporaryFolder();
const hdf5 = () => table.hdf5.load();
const place = (name: string) => join(folder, name);

/** What opening throws. */
async function refusal(path: string, dataset?: string): Promise<Error> {
  return openArray(table.hdf5, path, dataset === undefined ? {} : { dataset }).then(
    () => {
      throw new Error("nothing was thrown");
    },
    (error: Error) => error,
  );
}

/** Opens a dataset that must be decoded. */
async function encoded(path: string, dataset?: string): Promise<EncodedArray> {
  const opened = await (await hdf5()).open(path, dataset === undefined ? {} : { dataset });
  if (opened.kind !== "encoded") throw new Error("not encoded");
  return opened.array;
}

/** All elements of an array in C order, read part by part. */
async function readAll(array: EncodedArray): Promise<Buffer> {
  const reader = await openReader(JSON.parse(JSON.stringify(array)) as EncodedArray);
  const item = factsOf(array.dtype).bytes;
  const columns = array.shape.at(-1) ?? 1;
  const result = Buffer.alloc(sizeOf(array.shape) * item);
  for (let number = 0; number < countChunks(array.grid); number++) {
    const box = chunkBox(array.grid, blockAt(gridOf(array.grid), number));
    const [rows, width] = [countsOf(box)[0] ?? 1, countsOf(box)[1] ?? 1];
    const bytes = new Uint8Array(sizeOf(countsOf(box)) * item);
    await reader.read(box, bytes);
    for (let row = 0; row < rows; row++) {
      const at = (((box[0]?.start ?? 0) + row) * columns + (box[1]?.start ?? 0)) * item;
      result.set(bytes.subarray(row * width * item, (row + 1) * width * item), at);
    }
  }
  await reader.close();
  return result;
}

/** The elements of a type as they should be read: in this machine's order, halves widened. */
function expected(path: string, name: string): Buffer {
  const raw = readFileSync(`${path}.${name}.bin`);
  const part = name.includes("c") ? Number(/\d+/.exec(name)![0]) / 2 : Number(/\d+/.exec(name)![0]);
  if (name.startsWith(">")) {
    if (part === 2) raw.swap16();
    else if (part === 4) raw.swap32();
    else raw.swap64();
  }
  return raw;
}

describe.each([
  ["earliest", 0],
  ["latest", 0],
  ["earliest", 1024],
  ["latest", 512],
] as const)("files of h5py, libver %s, user block of %i bytes", (libver, userblock) => {
  const path = place(`${libver}-${userblock}.h5`);
  beforeAll(() => writeAll(path, libver, userblock), 60_000);

  test("every dtype is read from every kind of storage", async () => {
    for (const [type, dtype] of types) {
      const name = type.replace("|", "");
      for (const storage of Object.keys(storages)) {
        const opened = await (await hdf5()).open(path, { dataset: `/${name}/${storage}` });
        expect(opened.kind, `${name} ${storage}`).toBe(storage === "contiguous" ? "strided" : "encoded");
        if (opened.kind === "strided") {
          const { file } = opened;
          expect(file).toMatchObject({ dtype, shape: [7, 9], strides: [9, 1], size: statSync(path).size });
          const stored = file.encoding.half ? 2 : factsOf(dtype).bytes;
          const bytes = readFileSync(path).subarray(file.offset, file.offset + 63 * stored);
          expect(bytes.equals(readFileSync(`${path}.${name}.bin`)), name).toBe(true);
          expect(file.encoding, name).toEqual({ otherEndian: name.startsWith(">"), half: name.endsWith("f2") });
          continue;
        }
        expect(opened.array).toMatchObject({ dtype, shape: [7, 9], order: "C" });
        expect(opened.array.format, `${name} ${storage}`).toBe("hdf5-native");
        const bytes = await readAll(opened.array);
        if (name.endsWith("f2")) {
          const raw = expected(path, name);
          writeFileSync(place("half"), raw);
          await runPython(
            "import sys, numpy as np; p = sys.argv[1]; np.fromfile(p, '<f2').astype('<f4').tofile(p)",
            place("half"),
          );
          const [found, right] = [bytes, readFileSync(place("half"))].map((b) => [
            ...new Float32Array(new Uint8Array(b).buffer),
          ]);
          expect(found, `${name} ${storage}`).toEqual(right);
        } else expect(bytes.equals(expected(path, name)), `${name} ${storage}`).toBe(true);
      }
    }
  });
});

describe("the conformance of the format", () => {
  const path = place("cases.h5");
  const names = {
    "hdf5-native": ["wide", "tall", "cube", "half", "fill", "enum", "line"],
    hdf5: ["packed", "swapped"],
  };
  beforeAll(() =>
    runPython(
      `
import sys, h5py, numpy as np
r = np.random.default_rng(2)
with h5py.File(sys.argv[1], "w") as f:
    def add(name, x, **how):
        d = f.create_dataset(name, data=x, **how)
        d[()].astype("<f4" if name == "half" else d.dtype.newbyteorder("<")).tofile(f"{sys.argv[1]}.{name}")
    add("wide", r.random((60, 4000)), chunks=(20, 1000), compression="gzip", shuffle=True)
    add("tall", r.integers(0, 99, (300000, 3), "<i4"), chunks=(1000, 2), compression="gzip")
    add("cube", r.integers(0, 99, (50, 60, 70)).astype(">i2"), chunks=(10, 60, 70))
    add("half", r.random((700, 300)).astype("<f2"), chunks=(100, 300), fletcher32=True)
    d = f.create_dataset("fill", (100, 100), "<i8", chunks=(30, 30), fillvalue=-7)
    d[35:45, 50:95] = 5
    d[()].tofile(sys.argv[1] + ".fill")
    e = h5py.enum_dtype({"A": 1, "B": 1000}, basetype=">i2")
    f.create_dataset("enum", data=np.array([[1, 1000, 3]] * 5, ">i2"), dtype=e, chunks=(2, 2))
    np.array([[1, 1000, 3]] * 5, "<i2").tofile(sys.argv[1] + ".enum")
    add("line", np.arange(100000, dtype="<u8"), chunks=(1 << 15,), compression=9)
    add("packed", r.integers(0, 99, (300, 400), "<i4"), chunks=(70, 80), scaleoffset=0)
    add("swapped", r.integers(0, 99, (50, 60, 70)).astype(">i2"), chunks=(10, 60, 70), scaleoffset=0, shuffle=True)
`,
      path,
    ),
  );

  describe.each(["hdf5-native", "hdf5"] as const)("the reader of %s", (format) => {
    formatSuite(
      () => (format === "hdf5" ? table.hdf5 : table.hdf5Native).load(),
      async () => {
        const cases: Record<string, FormatCase> = {};
        for (const name of names[format]) {
          const array = await encoded(path, name);
          expect(array.format, name).toBe(format);
          cases[name] = { array, bytes: readFileSync(`${path}.${name}`) };
        }
        return cases;
      },
    );
  });

  test("small chunks are joined into one part, and large ones are parts", async () => {
    expect((await encoded(path, "wide")).grid).toEqual([
      [20, 20, 20],
      [2000, 2000],
    ]);
    const { grid, workspace } = await encoded(path, "tall");
    expect(grid[1]).toEqual([3]);
    expect(grid[0]![0]! * 12).toBeGreaterThanOrEqual(2 ** 18);
    expect(workspace).toBeLessThan(2 ** 22);
    expect((await encoded(path, "line")).grid).toEqual([[32768, 32768, 32768, 1696]]);
  });

  test("a listing has shapes, dtypes, chunks and filters", async () => {
    const other = place("list.h5");
    await runPython(
      `
import sys, h5py, numpy as np
with h5py.File(sys.argv[1], "w", libver="latest") as f:
    d = f.create_dataset("a/b/c", data=np.zeros((4, 6), "<f4"), chunks=(2, 3), compression="gzip", shuffle=True)
    f["again"] = d
    f["soft"] = h5py.SoftLink("/a/b/c")
    f["broken"] = h5py.SoftLink("/nowhere")
    f["outside"] = h5py.ExternalLink("/etc/passwd", "/x")
    f["a/loop"] = f["a"]
    f.create_dataset("words", data=["x", "yz"])
`,
      other,
    );
    const [first, outside, words, ...rest] = await (await hdf5()).list(other);
    expect(rest).toEqual([]);
    expect(outside).toMatchObject({ name: "/outside", refused: expect.stringMatching(/not in the folder/) });
    expect(first).toMatchObject({ shape: [4, 6], dtype: "float32", chunks: [2, 3], refused: undefined });
    expect(first!.filters).toEqual(["shuffle", "deflate (gzip)"]);
    expect(words).toMatchObject({ name: "/words", dtype: undefined });
    expect(words!.refused).toMatch(/strings/);
    expect((await encoded(other, "soft")).shape).toEqual([4, 6]);
    expect((await encoded(other, "//a/b//c/")).shape).toEqual([4, 6]);
    expect((await refusal(other)).message).toMatch(/holds 3 datasets; name one of them: .*\/words/);
    expect((await refusal(other, "outside")).message).toMatch(/leads to \/etc\/passwd, which is not in the folder/);
    expect((await refusal(other, "broken")).message).toMatch(/is a link to \/nowhere, where nothing is; datasets are /);
    expect((await refusal(other, "a")).message).toMatch(/\/a is a group/);
    expect((await refusal(other, "/")).message).toMatch(/is a group/);
  });

  test("datasets without axes and without elements are read", async () => {
    const other = place("small.h5");
    await runPython(
      `
import sys, h5py, numpy as np
with h5py.File(sys.argv[1], "w") as f:
    f["scalar"] = 2.5
    f.create_dataset("empty", (0, 5), "<f8", chunks=(2, 5), maxshape=(None, 5))
    f.create_dataset("nothing", (0,), "<f8")
    f["null"] = h5py.Empty("<f8")
    f.create_dataset("later", (3, 4), "<i4", fillvalue=9)
`,
      other,
    );
    const scalar = await (await hdf5()).open(other, { dataset: "scalar" });
    expect(scalar).toMatchObject({ kind: "strided", file: { shape: [] } });
    expect(await encoded(other, "empty")).toMatchObject({ shape: [0, 5], grid: [[0], [5]] });
    expect((await refusal(other, "null")).message).toMatch(/null dataspace/);
    const later = await encoded(other, "later");
    expect([...new Int32Array(new Uint8Array(await readAll(later)).buffer)]).toEqual(new Array(12).fill(9));
  });

  test("what was never written and is not to be filled is zero", async () => {
    const other = place("never.h5");
    await runPython(
      `
import sys, h5py, numpy as np
def add(f, name, layout, chunk=None, part=False):
    p = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    p.set_layout(layout)
    if chunk: p.set_chunk(chunk)
    if name.endswith("packed"): p.set_scaleoffset(h5py.h5z.SO_INT, 0)
    p.set_fill_time(h5py.h5d.FILL_TIME_NEVER)
    p.set_fill_value(np.array([9], "<i4"))
    d = h5py.h5d.create(f.id, name.encode(), h5py.h5t.STD_I32LE, h5py.h5s.create_simple((30, 7)), p)
    if part: h5py.Dataset(d)[5:10, 0:7] = 3
for libver in ["earliest", "latest"]:
    with h5py.File(f"{sys.argv[1]}.{libver}", "w", libver=libver) as f:
        add(f, "contiguous", h5py.h5d.CONTIGUOUS)
        add(f, "chunked", h5py.h5d.CHUNKED, (5, 7))
        add(f, "packed", h5py.h5d.CHUNKED, (5, 7))
        add(f, "part", h5py.h5d.CHUNKED, (5, 7), True)
        add(f, "part packed", h5py.h5d.CHUNKED, (5, 7), True)
`,
      other,
    );
    for (const libver of ["earliest", "latest"]) {
      for (const name of ["contiguous", "chunked", "packed", "part", "part packed"]) {
        // the library's memory holds something else before
        await readAll(await encoded(path, "packed"));
        const bytes = await readAll(await encoded(`${other}.${libver}`, name));
        const written = (at: number) => (name.startsWith("part") && at >= 35 && at < 70 ? 3 : 0);
        const expected = Array.from({ length: 210 }, (_, at) => written(at));
        expect([...new Int32Array(new Uint8Array(bytes).buffer)], `${libver} ${name}`).toEqual(expected);
      }
    }
  });

  test.each([
    ["strings", 'f["x"] = "text"', /holds strings/],
    ["fixed strings", 'f["x"] = np.array([b"ab"], "S2")', /holds strings/],
    ["records", 'f["x"] = np.zeros(3, [("a", "S4"), ("b", "S2")])', /holds records \(a compound type\)/],
    ["references", 'f.create_group("g")\nf["x"] = np.array([f["g"].ref], h5py.ref_dtype)', /holds references/],
    ["lists", 'f.create_dataset("x", (2,), h5py.vlen_dtype("<i4"))', /holds lists of different lengths/],
    [
      "arrays of records",
      'f.create_dataset("x", (2,), np.dtype(([("a", "<i4")], (3,))))',
      /holds arrays of records in each element/,
    ],
    ["opaque bytes", 'f["x"] = np.zeros(2, "V5")', /holds opaque bytes/],
    ["long doubles", 'f["x"] = np.zeros(2, "longdouble")', /holds floats of 16 bytes/],
    [
      "a filter that the library knows, behind one that it does not",
      'f.create_dataset("x", data=np.zeros((9, 9), "<i4"), compression="lzf", scaleoffset=0)',
      /the filter lzf in a way that is not known/,
    ],
    [
      "bfloat16",
      "t = h5py.h5t.IEEE_F32LE.copy(); t.set_fields(15, 7, 8, 0, 7); t.set_size(2); t.set_ebias(127); " +
        'h5py.h5d.create(f.id, b"x", t, h5py.h5s.create_simple((3,)))',
      /floats with 8 bits of exponent/,
    ],
    [
      "integers of 12 bits",
      "t = h5py.h5t.STD_I16LE.copy(); t.set_precision(12); " +
        'h5py.h5d.create(f.id, b"x", t, h5py.h5s.create_simple((3,)))',
      /integers of 12 bits in 2 bytes/,
    ],
    [
      "a virtual dataset of a file that is elsewhere",
      'l = h5py.VirtualLayout((4,), "<f8"); l[:] = h5py.VirtualSource(sys.executable, "x", (4,)); ' +
        'f.create_virtual_dataset("x", l)',
      /leads to .*, which is not in the folder of .* and is not followed; .* link it into the folder/,
    ],
    [
      "large chunks",
      'f.create_dataset("x", (2**27, 2**10), "<f8", chunks=(2**20, 2**8))',
      /chunks have 2147483648 bytes/,
    ],
    ["tiny chunks", 'f.create_dataset("x", (2**40,), "<f8", chunks=(16,))', /more than 1048576 chunks along axis 0/],
    [
      "too many bytes",
      'f.create_dataset("x", (2**40, 2**20), "<f8", chunks=(2**10, 2**10))',
      /more than 2\^53 - 1 bytes/,
    ],
    ["no dataset", 'f.create_group("g")', /the file holds no dataset/],
  ])("opening is refused for %s", async (name, code, message) => {
    const other = place(`${name}.h5`);
    await runPython(
      `import sys, h5py, numpy as np\nwith h5py.File(sys.argv[1], "w") as f:\n  ${code.replaceAll("\n", "\n  ")}`,
      other,
    );
    const error = await refusal(other);
    expect(error).toMatchObject({ name: "FormatError", path: other });
    expect(error.message).toMatch(message);
    for (const { dtype, refused } of await (await hdf5()).list(other)) {
      expect([dtype, typeof refused]).toEqual(name === "no dataset" ? [] : [undefined, "string"]);
    }
  });

  test("a file that is not HDF5 is refused", async () => {
    const other = place("no.h5");
    for (const [bytes, message] of [
      ["", /the file is empty/],
      ["PAR1....", /this is not an HDF5 file; it looks like a Parquet file/],
      ["x".repeat(5000), /belong to no format that is known/],
    ] as const) {
      writeFileSync(other, bytes);
      expect(await refusal(other)).toMatchObject({ name: "FormatError", path: other, offset: 0 });
      expect((await refusal(other)).message).toMatch(message);
    }
    expect(await refusal(place("missing.h5"))).toMatchObject({ name: "StorageError", systemCode: "ENOENT" });
    expect(await refusal(folder)).toMatchObject({ name: "StorageError", systemCode: "EISDIR" });
  });

  test("a file that has changed since it was opened is refused", async () => {
    for (const name of ["wide", "packed"]) {
      const array = { ...(await encoded(path, name)), version: "1-2" };
      const open = async () => openReader(array);
      await expect(open(), name).rejects.toThrow(/has changed since it was opened/);
    }
  });
});

test("of a file of more than 4 GiB, only the box that is asked for is read", async () => {
  const path = place("large.h5");
  await runPython(
    `
import sys, h5py, numpy as np
with h5py.File(sys.argv[1], "w") as f:
    d = f.create_dataset("plain", (700, 1000, 1000), "<f8")
    d[0, 0, 0] = 1; d[699, 999, 999] = 2
    c = f.create_dataset("chunks", (300, 1000), "<f8", chunks=(100, 1000), compression="gzip")
    c[:] = 7; c[299, 999] = 8
`,
    path,
  );
  expect(statSync(path).size).toBeGreaterThan(5e9);
  const opened = await (await hdf5()).open(path, { dataset: "plain" });
  if (opened.kind !== "strided") throw new Error("not strided");
  const { file } = opened;
  const bytes = readFileTail(path, file.offset + 8 * (7e8 - 1));
  expect(bytes.readDoubleLE(0)).toBe(2);
  const array = await encoded(path, "chunks");
  const reader = await openReader(array);
  const into = new Float64Array(1000 * 100);
  const read = await reader.read(boxBetween([200, 0], [300, 1000]), new Uint8Array(into.buffer));
  expect([into[0], into.at(-1)]).toEqual([7, 8]);
  expect(read).toBeLessThan(100_000);
  await reader.close();
  rmSync(path);
});

/** Eight bytes of a file. */
function readFileTail(path: string, offset: number): Buffer {
  const bytes = Buffer.alloc(8);
  const handle = openSync(path, "r");
  readSync(handle, bytes, 0, 8, offset);
  closeSync(handle);
  return bytes;
}
