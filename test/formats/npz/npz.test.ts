import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import type { EncodedArray } from "#src/data/encoded";
import { StorageError } from "#src/data/errors";
import { boxOf } from "#src/data/region";
import { npzLayout } from "#src/formats/npz/archive";
import { openArray } from "#src/formats/opening";
import { table } from "#src/formats/table";
import { LocalFile } from "#src/storage/stores/file";
import { type FormatCase, formatSuite } from "../../conformance/format.js";
import { temporaryFolder } from "../../support/folder.js";
import { runPython } from "../../support/python.js";

const folder = temporaryFolder();
const npz = () => table.npz.load();
const place = (name: string) => join(folder, name);

/** What opening throws, or reading all of it. */
async function refusal(path: string, member?: string): Promise<Error> {
  try {
    const opened = await openArray(table.npz, path, member === undefined ? {} : { member });
    if (opened.kind === "encoded") {
      const reader = await (await npz()).reader(opened.array);
      try {
        await reader.read(boxOf(opened.array.shape), new Uint8Array(opened.array.workspace));
      } finally {
        await reader.close();
      }
    }
  } catch (error) {
    return error as Error;
  }
  throw new Error("nothing was thrown");
}

async function encoded(path: string, member: string): Promise<EncodedArray> {
  const opened = await (await npz()).open(path, { member });
  if (opened.kind !== "encoded") throw new Error("not encoded");
  return opened.array;
}

describe("archives that np.savez wrote", () => {
  const [plain, packed] = [place("plain.npz"), place("packed.npz")];
  const names = ["long", "fortran", "half", "big", "scalar", "bools", "empty", "größe", "turned"];
  beforeAll(() =>
    runPython(
      `
import sys, numpy as np
r = np.random.default_rng(3)
arrays = {
    "long": np.round(r.random((600, 2000)), 2), "fortran": np.asfortranarray(r.integers(0, 9, (3, 4, 5))),
    "half": r.random((30, 40)).astype("<f2"), "big": np.asfortranarray(np.round(r.random((1500, 1200)))),
    "scalar": np.array(2.5), "bools": r.random(99) > 0.5, "empty": np.zeros((0, 3)),
    "größe": np.arange(5, dtype=">i4"), "turned": r.random((6, 7)).astype(">f2"),
}
np.savez(sys.argv[1], **arrays)
np.savez_compressed(sys.argv[2], **arrays)
for name, x in arrays.items():
    x = x.astype(x.dtype.newbyteorder("<"))
    (x.astype("<f4") if x.dtype.itemsize == 2 else x).tofile(f"{sys.argv[1]}.{name}")
`,
      plain,
      packed,
    ),
  );

  test("uncompressed members are read in place, like files of their own", async () => {
    const { list, open } = await npz();
    expect((await list(plain)).map(({ name, compressed }) => [name, compressed])).toEqual(
      names.map((name) => [name, false]),
    );
    for (const name of names) {
      const opened = await open(plain, { member: name });
      if (opened.kind !== "strided") throw new Error("not strided");
      const { offset, shape, strides, dtype, encoding, size } = opened.file;
      expect(size).toBe(statSync(plain).size);
      const code =
        "import sys, numpy as np; x = np.load(sys.argv[1])[sys.argv[2]]; " +
        "print('|' + x.tobytes('A').hex()[:64], x.shape)";
      const [, hex, rest] = /^\|(\w*) (.*)/.exec(await runPython(code, plain, name)) as unknown as [
        string,
        string,
        string,
      ];
      expect(
        readFileSync(plain)
          .subarray(offset, offset + hex.length / 2)
          .toString("hex"),
        name,
      ).toBe(hex);
      expect(rest.startsWith(`(${shape.join(", ")}`), rest).toBe(true);
      if (name === "fortran") expect([dtype, strides]).toEqual(["int64", [1, 3, 12]]);
      if (name === "turned") expect([dtype, encoding]).toEqual(["float32", { otherEndian: true, half: true }]);
    }
  });

  test("deflated members have parts along their slowest axis", async () => {
    expect((await encoded(packed, "long")).grid).toEqual([[524, 76], [2000]]);
    const big = await encoded(packed, "big.npy");
    expect(big.order).toBe("F");
    expect(big.grid).toEqual([[1500], [699, 501]]);
    expect(big.workspace).toBeLessThan(2 ** 24);
    expect(big.storedBytes).toBeLessThan(2);
  });

  formatSuite(npz, async () => {
    const cases: Record<string, FormatCase> = {};
    for (const name of names) {
      cases[name] = { array: await encoded(packed, name), bytes: readFileSync(`${plain}.${name}`) };
    }
    return cases;
  });

  test("a member that does not exist, or is not named where there are several, is refused with the names", async () => {
    expect((await refusal(plain)).message).toMatch(/holds 9 arrays; name one of them: long, fortran/);
    expect((await refusal(plain, "x")).message).toMatch(/there is no array "x"; arrays are long/);
    expect(await refusal(plain, "x")).toMatchObject({ name: "FormatError", path: plain });
  });
});

describe("archives that are written", () => {
  const fill = (path: string, offset: number, bytes: Uint8Array) => {
    const file = LocalFile.open(path, "update");
    file.write(bytes, offset);
    file.close();
  };

  test("NumPy and chunkwise read the members that were written", async () => {
    const path = place("written.npz");
    const { createMembers, open, list } = await npz();
    const members = {
      x: { dtype: "float64", shape: [2, 3] },
      größe: { dtype: "int16", shape: [3, 2], order: "F" },
      "a/b": { dtype: "complex64", shape: [] },
      none: { dtype: "bool", shape: [0, 4] },
    } as const;
    const made = createMembers(path, members);
    fill(made.members.x!.path, made.members.x!.offset, new Uint8Array(Float64Array.of(0, 1, 2, 3, 4, 5).buffer));
    fill(made.members.größe!.path, made.members.größe!.offset, new Uint8Array(Int16Array.of(1, 2, 3, 4, 5, 6).buffer));
    fill(made.members["a/b"]!.path, made.members["a/b"]!.offset, new Uint8Array(Float32Array.of(1, 2).buffer));
    for (const file of Object.values(made.members)) expect(file.offset % 64).toBe(0);
    await made.commit();
    const code = `
import sys, json, zipfile, numpy as np
assert zipfile.ZipFile(sys.argv[1]).testzip() is None
with np.load(sys.argv[1]) as f:
    print(json.dumps({k: [f[k].dtype.str, list(f[k].shape), str(f[k].tolist())] for k in f}))
`;
    expect(JSON.parse(await runPython(code, path))).toEqual({
      x: ["<f8", [2, 3], "[[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]]"],
      größe: ["<i2", [3, 2], "[[1, 4], [2, 5], [3, 6]]"],
      "a/b": ["<c8", [], "(1+2j)"],
      none: ["|b1", [0, 4], "[]"],
    });
    expect((await list(path)).map(({ name }) => name)).toEqual(Object.keys(members));
    for (const [name, { dtype, shape }] of Object.entries(members)) {
      expect(await open(path, { member: name })).toMatchObject({ kind: "strided", file: { dtype, shape } });
    }
  });

  test("an archive may be empty, and a discarded one leaves nothing", async () => {
    const { createMembers, list } = await npz();
    await createMembers(place("none.npz"), {}).commit();
    expect(await list(place("none.npz"))).toEqual([]);
    expect(
      (await runPython("import sys, numpy as np; print(len(np.load(sys.argv[1]).files))", place("none.npz"))).trim(),
    ).toBe("0");
    expect((await refusal(place("none.npz"))).message).toMatch(/holds no array/);
    await createMembers(place("gone.npz"), { x: { dtype: "int8", shape: [3] } }).discard();
    expect(readdirSync(folder).filter((name) => name.startsWith(".") || name === "gone.npz")).toEqual([]);
  });

  test("members beyond 4 GiB have their offsets in zip64", () => {
    const { members, size } = npzLayout({
      members: { a: { dtype: "float64", shape: [2 ** 30] }, b: { dtype: "int8", shape: [5] } },
    });
    expect(members[1]!.local).toBe(members[0]!.start + members[0]!.size);
    expect(size).toBeGreaterThan(2 ** 33);
  });

  test.each(["", "../x", "a//b", "/x", "a\\..\\b", "x\0"])("the name %j is refused", (name) => {
    expect(() => npzLayout({ members: { [name]: { dtype: "int8", shape: [1] } } })).toThrow(/cannot be the name/);
  });
});

describe("archives that are damaged, hostile or unsupported", () => {
  /** An archive made by Python's zipfile; `x` is the bytes of a .npy file. */
  const make = async (name: string, code: string): Promise<string> => {
    const path = place(`${name}.npz`);
    const head = `
import sys, io, zipfile, struct, numpy as np
path = sys.argv[1]
b = io.BytesIO(); np.save(b, np.arange(1000.0)); x = b.getvalue()
def add(*entries, method=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", method) as z:
        for n, d in entries: z.writestr(n, d)
def patch(at, form, value):
    data = bytearray(open(path, "rb").read())
    struct.pack_into(form, data, at(data) if callable(at) else at, value)
    open(path, "wb").write(data)
cd = lambda d: d.rindex(b"PK\\x01\\x02")
`;
    await runPython(head + code, path);
    return path;
  };

  test.each([
    ["bzip2", "add(('x.npy', x), method=zipfile.ZIP_BZIP2)", /is compressed by bzip2; deflate is read/],
    ["LZMA", "add(('x.npy', x), method=zipfile.ZIP_LZMA)", /is compressed by LZMA/],
    ["encryption", "add(('x.npy', x)); patch(lambda d: cd(d) + 8, '<H', 1)", /is encrypted/],
    ["a name that climbs", "add(('../x.npy', x))", /whose name leads out of it/],
    ["an absolute name", "add(('/x.npy', x))", /whose name leads out of it/],
    ["a drive", "add(('C:x.npy', x))", /whose name leads out of it/],
    [
      "a name twice",
      "import warnings; warnings.simplefilter('ignore'); add(('x.npy', x), ('x.npy', x))",
      /two entries "x.npy"/,
    ],
    ["no array", "add(('readme.txt', 'x'))", /holds no array/],
    ["no .npy inside", "add(('x.npy', b'PAR1' + x))", /this is not a \.npy file; it looks like a Parquet file/],
    ["too little data", "add(('x.npy', x[:-8]))", /is truncated: the header promises 1000 elements/],
    ["too much data", "add(('x.npy', x + b'12345678'))", /has 8 bytes after the data/],
    ["too little data, stored", "add(('x.npy', x[:-8]), method=0)", /is truncated: the header promises 1000 elements/],
    [
      "a bomb",
      "add(('x.npy', bytes(2**24)))\npatch(lambda d: cd(d) + 24, '<I', 2**31)\npatch(22, '<I', 2**31)",
      /more than deflate can pack/,
    ],
    ["sizes that differ", "add(('x.npy', x)); patch(22, '<I', 5)", /local header that differs from the directory/],
    ["names that differ", "add(('x.npy', x)); patch(30, '<B', 65)", /local header that differs/],
    [
      "a wrong checksum",
      "add(('x.npy', x)); patch(14, '<I', 5); patch(lambda d: cd(d) + 16, '<I', 5)",
      /wrong checksum \(CRC-32\)/,
    ],
    [
      "stored, but shorter",
      "add(('x.npy', x), method=0); patch(lambda d: cd(d) + 24, '<I', 9000); patch(22, '<I', 9000)",
      /is uncompressed, but has 8128 bytes and claims 9000/,
    ],
    ["outside", "add(('x.npy', x)); patch(lambda d: cd(d) + 42, '<I', 2**30)", /is outside of it/],
    [
      "overlapping",
      "add(('x.npy', x), ('y.npy', x), method=0)\n" +
        "patch(lambda d: cd(d) + 42, '<I', 0)\npatch(lambda d: cd(d) + 46, '<B', 120)",
      /overlap|two entries/,
    ],
    [
      "several disks",
      "add(('x.npy', x)); patch(lambda d: d.rindex(b'PK\\x05\\x06') + 4, '<H', 1)",
      /spread over several files/,
    ],
    [
      "a longer count",
      "add(('x.npy', x)); patch(lambda d: d.rindex(b'PK\\x05\\x06') + 10, '<H', 2)",
      /has 1 entries; its end says 2/,
    ],
    [
      "another place of the directory",
      "add(('x.npy', x)); patch(lambda d: d.rindex(b'PK\\x05\\x06') + 16, '<I', 7)",
      /directory of the zip archive should end/,
    ],
    ["objects", "np.savez(path, x=np.array([{}]))", /pickled Python objects are never read/],
  ])("an archive with %s is refused", async (name, code, message) => {
    const path = await make(name, code);
    const error = await refusal(path);
    expect(error).toMatchObject({ name: "FormatError", path });
    expect(error.message).toMatch(message);
  });

  test("a deflated member with more data than the archive declares is refused", async () => {
    // the header and both sizes agree on less than what deflate holds
    const path = await make(
      "longer",
      "add(('x.npy', x[:128] + bytes(8000) + bytes(64)))\n" +
        "patch(lambda d: cd(d) + 24, '<I', 8128); patch(22, '<I', 8128)",
    );
    expect((await refusal(path)).message).toMatch(/has more than the 8128 bytes that the archive claims/);
  });

  test("a file that is not a zip archive is refused with a guess at its format", async () => {
    for (const [bytes, message] of [
      ["", /the file is empty/],
      ["\x93NUMPY\x01\x00", /this is not a \.npz file; it looks like a NumPy \.npy file/],
      ["PK\x03\x04", /the end of the zip archive is missing/],
    ] as const) {
      writeFileSync(place("no.npz"), Buffer.from(bytes, "latin1"));
      expect((await refusal(place("no.npz"))).message).toMatch(message);
    }
  });

  test.each(["savez", "savez_compressed"])(
    "an archive of %s is refused if it is cut, and read or refused if a bit is flipped",
    async (how) => {
      const path = place("damaged.npz");
      await runPython(
        `import sys, numpy as np; np.${how}(sys.argv[1], a=np.arange(40), b=np.arange(6.0).reshape(2, 3))`,
        path,
      );
      const whole = readFileSync(path);
      const outcome = async (): Promise<string[]> => {
        const results: string[] = [];
        for (const member of ["a", "b"]) {
          try {
            const opened = await (await npz()).open(path, { member });
            if (opened.kind === "strided") {
              const { offset, size } = opened.file;
              expect(offset).toBeLessThanOrEqual(size);
              results.push("read");
              continue;
            }
            const reader = await (await npz()).reader(opened.array);
            const into = new BigInt64Array(member === "a" ? 40 : 6);
            try {
              await reader.read(boxOf(opened.array.shape), new Uint8Array(into.buffer));
            } finally {
              await reader.close();
            }
            if (member === "a") expect([...into]).toEqual(Array.from({ length: 40 }, (_, i) => BigInt(i)));
            results.push("read");
          } catch (error) {
            if (!(error instanceof StorageError)) throw error;
            expect(error).toMatchObject({ name: "FormatError", path });
            results.push("refused");
          }
        }
        return results;
      };
      for (let length = 0; length < whole.length; length += 3) {
        writeFileSync(path, whole.subarray(0, length));
        expect(await outcome(), `the first ${length} bytes`).toEqual(["refused", "refused"]);
      }
      let state = 5;
      let refused = 0;
      for (let i = 0; i < 600; i++) {
        state = (state * 48271) % 2147483647;
        const damaged = Buffer.from(whole);
        const at = state % whole.length;
        damaged[at] = damaged[at]! ^ (1 << (i % 8));
        writeFileSync(path, damaged);
        if ((await outcome()).includes("refused")) refused++;
      }
      expect(refused).toBeGreaterThan(200);
    },
  );
});
