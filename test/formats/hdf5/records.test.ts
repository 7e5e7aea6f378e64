import { statSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { listArrays, openHdf5 } from "chunkwise";
import { beforeAll, describe, expect, test } from "vitest";
import { temporaryFolder } from "../../support/folder.js";
import { runPython } from "../../support/python.js";

const folder = temporaryFolder();
const versions = ["earliest", "latest"] as const;
const place = (name: string): string => join(folder, `${name}.h5`);

/** The elements of a dataset or a field, as numbers; of complex ones, their parts. */
async function values(path: string, dataset: string): Promise<number[]> {
  return [...(await (await openHdf5(path, { dataset })).compute()).data].map(Number);
}

describe.each(versions)("records in files of libver %s", (libver) => {
  const path = place(`records-${libver}`);
  let expected: Record<string, number[]>;
  beforeAll(async () => {
    const printed = await runPython(
      `
import sys, json, h5py, numpy as np
odd = np.dtype([("a", "<i4"), ("b", ">f8"), ("c", "|u1"), ("half", "<f2"), ("yes", "?"), ("text", "S3"), ("z", "<c8"),
    ("pair", "<i2", (2,)), ("in", [("x", ">i2"), ("y", "<f4")])])
even = np.dtype([("a", "<f8"), ("b", "<f8"), ("n", "<i4"), ("m", "<i4")])
r = np.random.default_rng(1)
def fill(shape, t):
    x = np.zeros(shape, t)
    for path in [["a"], ["b"], ["c"], ["half"], ["yes"], ["z"], ["n"], ["m"], ["in", "x"], ["in", "y"]]:
        if path[0] not in t.names: continue
        part = x
        for name in path: part = part[name]
        part[...] = r.integers(0, 2 if path[0] == "yes" else 99, shape)
    return x
found = {}
with h5py.File(sys.argv[1], "w", libver=sys.argv[2]) as f:
    def add(name, x, **how):
        f.create_dataset(name, data=x, **how)
        for path in ["a", "b", "c", "half", "yes", "z", "n", "m", "in/x", "in/y"]:
            part = x
            try:
                for step in path.split("/"): part = part[step]
            except ValueError: continue
            if part.dtype.kind == "c": part = np.stack([part.real, part.imag], -1)
            found[f"{name}/{path}"] = part.astype("f8").ravel().tolist()
    add("group/odd", fill((30, 7), odd))
    add("odd chunks", fill((30, 7), odd), chunks=(8, 3), compression="gzip", shuffle=True)
    add("odd lzf", fill((30, 7), odd), chunks=(8, 3), compression="lzf", maxshape=(None, None))
    add("even", fill((30, 7), even))
    add("one", fill((), even))
    add("large", fill((90, 50, 40), odd))
    add("none", fill((0, 3), odd))
    dcpl = h5py.h5p.create(h5py.h5p.DATASET_CREATE); dcpl.set_layout(h5py.h5d.COMPACT)
    x = fill((5,), odd)
    d = h5py.h5d.create(f.id, b"compact", h5py.h5t.py_create(odd), h5py.h5s.create_simple((5,)), dcpl)
    h5py.Dataset(d)[...] = x
    found["compact/b"] = x["b"].tolist()
    start = np.zeros((), odd); start["b"] = 2.5
    f.create_dataset("later", (5, 2), odd, fillvalue=start)
    found["later/b"] = [2.5] * 10
    f.create_dataset("chunks later", (5, 2), odd, fillvalue=start, chunks=(2, 2))
    found["chunks later/b"] = [2.5] * 10
    f.create_dataset("plain", data=np.arange(3))
print(json.dumps(found))
`,
      path,
      libver,
    );
    expected = JSON.parse(printed) as Record<string, number[]>;
  });

  test("fields of numbers are read by their names", async () => {
    expect(Object.keys(expected).length).toBeGreaterThan(40);
    for (const [name, elements] of Object.entries(expected)) {
      expect(await values(path, name), name).toEqual(elements);
    }
  });

  test("a field that lies at regular distances is read in place, like other strided elements", async () => {
    const x = await openHdf5(path, { dataset: "even/b" });
    const part = await x.slice([[3, 5], 2]).compute();
    expect([...part.data]).toEqual([3, 4].map((i) => expected["even/b"]![7 * i + 2]));
  });

  test("a listing has the fields with their dtypes, and the reason for those that are not numbers", async () => {
    const listed = await listArrays(path);
    const facts = listed
      .filter(({ name }) => name.startsWith("/group/odd"))
      .map(({ name, dtype, shape, refused }) => {
        return [name.slice("/group/odd/".length), refused ?? dtype, shape];
      });
    expect(facts).toEqual(
      [
        ["a", "int32"],
        ["b", "float64"],
        ["c", "uint8"],
        ["half", "float32"],
        ["yes", "bool"],
        ["text", "it holds strings; save them as numbers"],
        ["z", "complex64"],
        ["pair", "it holds arrays in each element; save them as a dataset with more axes"],
        ["in/x", "int16"],
        ["in/y", "float32"],
      ].map((entry) => [...entry, [30, 7]]),
    );
  });

  test.each([
    [
      "group/odd",
      /holds records \(a compound type\); name one of their fields: \/group\/odd\/a, .*\/group\/odd\/in\/y/,
    ],
    ["group/odd/q", /\/group\/odd\/q is not in the file; \/group\/odd has only the fields \/group\/odd\/a, /],
    ["group/odd/in", /\/group\/odd\/in is not in the file; .* has only the fields/],
    ["group/odd/text", /\/group\/odd\/text holds strings/],
    ["plain/x", /\/plain\/x is not in the file; \/plain holds no records with fields/],
  ])("%s is refused with the reason", async (dataset, message) => {
    await expect(openHdf5(path, { dataset })).rejects.toMatchObject({ name: "FormatError", path });
    await expect(openHdf5(path, { dataset })).rejects.toThrow(message);
  });
});

describe.each(versions)("files of libver %s", (libver) => {
  test("bit fields are unsigned integers", async () => {
    const path = place(`bits-${libver}`);
    await runPython(
      `
import sys, h5py, numpy as np
with h5py.File(sys.argv[1], "w", libver=sys.argv[2]) as f:
    t = h5py.h5t
    for name, t, n in [("B8", t.STD_B8LE, "u1"), ("B16", t.STD_B16BE, ">u2"), ("B32", t.STD_B32LE, "<u4")]:
        for chunks in [None, (2,)]:
            p = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
            if chunks: p.set_chunk(chunks)
            d = h5py.h5d.create(f.id, f"{name}{'c' if chunks else ''}".encode(), t, h5py.h5s.create_simple((3,)), p)
            d.write(h5py.h5s.ALL, h5py.h5s.ALL, np.array([1, 200, 255], n), mtype=t)
`,
      path,
      libver,
    );
    for (const { name, dtype } of await listArrays(path)) {
      expect(dtype, name).toBe(`uint${/\d+/.exec(name)![0]}`);
      expect(await values(path, name), name).toEqual([1, 200, 255]);
    }
  });

  test("elements in another file are read from there", async () => {
    const path = place(`external-${libver}`);
    await runPython(
      `
import os, sys, h5py, numpy as np
folder, name = os.path.split(sys.argv[1])
os.chdir(folder)
with h5py.File(name, "w", libver=sys.argv[2]) as f:
    f.create_dataset("x", data=np.arange(12.0).reshape(3, 4), external=[(name + ".raw", 16, h5py.h5f.UNLIMITED)])
    pairs = np.array([(1, 2), (3, 4)], [("a", "<i4"), ("b", "<i4")])
    f.create_dataset("record", data=pairs, external=[(name + ".2", 0, 16)])
    odd = np.array([(1, 2), (3, 4)], [("a", "<i4"), ("b", "<f8")])
    f.create_dataset("odd", data=odd, external=[(name + ".3", 0, 24)])
    # elements and records that begin in one file and end in another
    f.create_dataset("two", data=np.arange(5.0), external=[(name + ".a", 3, 20), (name + ".b", 0, 30)])
    f.create_dataset("many", data=np.arange(60000, dtype=">i2").reshape(200, 300), external=
        [(f"{name}.many", 100 * i, 77) for i in range(9)] + [(name + ".rest", 8, h5py.h5f.UNLIMITED)])
    f.create_dataset("records", data=odd, external=[(name + ".4", 5, 14), (name + ".5", 0, h5py.h5f.UNLIMITED)])
    f.create_dataset("short", data=np.arange(4.0), external=[(name + ".6", 0, 16), (name + ".7", 0, 16)])
    f.create_dataset("gone", (4,), "<f8", external=[(name + ".gone", 0, 32)])
    f.create_dataset("secret", (4,), "<f8", external=[("/etc/passwd", 0, 32)])
`,
      path,
      libver,
    );
    expect(await values(path, "x")).toEqual(Array.from({ length: 12 }, (_, at) => at));
    expect(await values(path, "record/b")).toEqual([2, 4]);
    expect(await values(path, "odd/a")).toEqual([1, 3]);
    expect(await values(path, "odd/b")).toEqual([2, 4]);
    expect(await values(path, "two")).toEqual([0, 1, 2, 3, 4]);
    expect(await values(path, "many")).toEqual(
      Array.from({ length: 60000 }, (_, at) => (at < 32768 ? at : at - 65536)),
    );
    expect(await values(path, "records/a")).toEqual([1, 3]);
    expect(await values(path, "records/b")).toEqual([2, 4]);
    const short = await openHdf5(path, { dataset: "short" });
    truncateSync(`${path}.7`, 8);
    await expect(short.compute()).rejects.toThrow(/h5\.7: the file has changed since it was opened/);
    await expect(openHdf5(path, { dataset: "short" })).rejects.toThrow(
      /7 is truncated: it has 8 bytes, and elements to byte 16/,
    );
    await expect(openHdf5(path, { dataset: "gone" })).rejects.toMatchObject({
      systemCode: "ENOENT",
      path: `${path}.gone`,
    });
    await expect(openHdf5(path, { dataset: "secret" })).rejects.toThrow(/not in the folder/);
    const listed = (await listArrays(path)).map(({ name, refused }) => [name, refused === undefined]);
    expect(listed).toEqual([
      ["/gone", true],
      ["/many", true],
      ["/odd/a", true],
      ["/odd/b", true],
      ["/record/a", true],
      ["/record/b", true],
      ["/records/a", true],
      ["/records/b", true],
      ["/secret", false],
      ["/short", true],
      ["/two", true],
      ["/x", true],
    ]);
    truncateSync(`${path}.raw`, statSync(`${path}.raw`).size - 8);
    await expect(values(path, "x")).rejects.toThrow(/truncated/);
  });
});
