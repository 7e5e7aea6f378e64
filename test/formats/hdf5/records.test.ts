import { statSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { listArrays, openHdf5, readAttributes } from "chunkwise";
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
    for path in [["a"], ["b"], ["c"], ["half"], ["yes"], ["z"], ["n"], ["m"], ["pair"], ["in", "x"], ["in", "y"]]:
        if path[0] not in t.names: continue
        part = x
        for name in path: part = part[name]
        part[...] = r.integers(0, 2 if path[0] == "yes" else 99, part.shape)
    return x
found = {}
with h5py.File(sys.argv[1], "w", libver=sys.argv[2]) as f:
    def add(name, x, **how):
        f.create_dataset(name, data=x, **how)
        for path in ["a", "b", "c", "half", "yes", "z", "n", "m", "pair", "in/x", "in/y"]:
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
        ["pair", "int16"],
        ["in/x", "int16"],
        ["in/y", "float32"],
      ].map((entry) => [...entry, entry[0] === "pair" ? [30, 7, 2] : [30, 7]]),
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

  test("arrays that are elements are more axes", async () => {
    const path = place(`arrays-${libver}`);
    await runPython(
      `
import sys, h5py, numpy as np
with h5py.File(sys.argv[1], "w", libver=sys.argv[2]) as f:
    def make(name, dtype, data, **how):
        d = f.create_dataset(name, data.shape[: data.ndim - 2], np.dtype((dtype, data.shape[-2:])), **how)
        d[...] = data
    x = np.arange(10 * 7 * 2 * 3).reshape(10, 7, 2, 3)
    make("plain", "<i4", x)
    make("chunked", ">f8", x, chunks=(4, 5), compression="gzip", shuffle=True)
    make("growing", "<f2", x % 99, chunks=(4, 5), maxshape=(None, None), compression="lzf")
    make("yes", "?", x % 2 == 0)
    make("outside", "<i2", x, external=[("o.raw", 0, 500), ("p.raw", 3, h5py.h5f.UNLIMITED)])
    f["pair"] = np.dtype([("n", "<i4"), ("m", "<i2", (2,))])
    f.create_dataset("pairs", (4,), f["pair"])["m"] = np.arange(8).reshape(4, 2)
    f.create_dataset("later", (3,), np.dtype(("<i4", (2,))))
    l = h5py.VirtualLayout((2, 10), np.dtype(("<i4", (2, 3))))
    l[1] = h5py.VirtualSource(f["plain"])[:, 3]
    f.create_virtual_dataset("virtual", l)
`
        .replaceAll('"o.raw"', "sys.argv[1] + '.o'")
        .replaceAll('"p.raw"', "sys.argv[1] + '.p'"),
      path,
      libver,
    );
    const numbers = Array.from({ length: 420 }, (_, at) => at);
    for (const name of ["plain", "chunked", "outside"]) expect(await values(path, name), name).toEqual(numbers);
    expect(await values(path, "growing")).toEqual(numbers.map((at) => at % 99));
    expect(await values(path, "yes")).toEqual(numbers.map((at) => Number(at % 2 === 0)));
    const x = await openHdf5(path, { dataset: "chunked" });
    expect(x.shape).toEqual([10, 7, 2, 3]);
    expect([...(await x.slice([9, 6, 1]).compute()).data]).toEqual([417, 418, 419]);
    expect(await values(path, "pairs/m")).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(await values(path, "later")).toEqual([0, 0, 0, 0, 0, 0]);
    const taken = numbers.filter((at) => Math.floor(at / 6) % 7 === 3);
    expect(await values(path, "virtual")).toEqual([...new Array<number>(60).fill(0), ...taken]);
  });

  test("NumPy's times are int64, and attributes say what they count", async () => {
    const path = place(`times-${libver}`);
    await runPython(
      `
import sys, h5py, numpy as np
with h5py.File(sys.argv[1], "w", libver=sys.argv[2]) as f:
    for order in "<>":
        for name in ["M8[ns]", "M8[s]", "m8[ms]", "M8[M]"]:
            t = np.dtype(order + name)
            x = np.array([0, -1, 2**40], "i8").astype(t)
            how = dict(chunks=(2,), compression="gzip") if order == ">" else {}
            f.create_dataset(order + name, data=x.astype(h5py.opaque_dtype(t)), **how)
    t = np.dtype([("n", "<i4"), ("t", h5py.opaque_dtype(np.dtype("<M8[us]")))])
    f["records"] = np.array([(1, 5), (2, 6)], [("n", "<i4"), ("t", "<M8[us]")]).astype(t)
    f["<M8[s]"].attrs["units"] = "of its own"
    f["bytes"] = np.zeros(2, "V8")
`,
      path,
      libver,
    );
    for (const order of ["<", ">"]) {
      for (const name of ["M8[ns]", "M8[s]", "m8[ms]", "M8[M]"]) {
        const { data } = await (await openHdf5(path, { dataset: order + name })).compute();
        expect([...data], order + name).toEqual([0n, -1n, 2n ** 40n]);
      }
    }
    const units = "nanoseconds since 1970-01-01";
    const calendar = "proleptic_gregorian";
    expect(await readAttributes(path, { path: "<M8[ns]" })).toEqual({ dtype: "datetime64[ns]", units, calendar });
    expect(await readAttributes(path, { path: ">m8[ms]" })).toEqual({
      dtype: "timedelta64[ms]",
      units: "milliseconds",
    });
    expect(await readAttributes(path, { path: "<M8[s]" })).toMatchObject({ units: "of its own" });
    expect([...(await (await openHdf5(path, { dataset: "records/t" })).compute()).data]).toEqual([5n, 6n]);
    expect(await readAttributes(path, { path: "records/t" })).toMatchObject({ dtype: "datetime64[us]" });
    await expect(readAttributes(path, { path: "records/n" })).rejects.toThrow(/\/records\/n is not an object/);
    await expect(openHdf5(path, { dataset: "bytes" })).rejects.toThrow(/holds opaque bytes/);
  });

  test("numbers of fewer bits than their bytes are refused in fields and in named types, too", async () => {
    const path = place(`few-bits-${libver}`);
    await runPython(
      `
import sys, h5py, numpy as np
with h5py.File(sys.argv[1], "w", libver=sys.argv[2]) as f:
    t = h5py.h5t
    few = t.STD_I16LE.copy(); few.set_precision(12)
    brain = t.IEEE_F32LE.copy(); brain.set_fields(15, 7, 8, 0, 7); brain.set_size(2); brain.set_ebias(127)
    record = t.create(t.COMPOUND, 8)
    record.insert(b"a", 0, t.STD_I32LE); record.insert(b"few", 4, few); record.insert(b"brain", 6, brain)
    space = h5py.h5s.create_simple((3,))
    h5py.h5d.create(f.id, b"records", record, space)
    few.commit(f.id, b"named")
    h5py.h5d.create(f.id, b"few", t.open(f.id, b"named"), space)
`,
      path,
      libver,
    );
    expect(await values(path, "records/a")).toEqual([0, 0, 0]);
    await expect(openHdf5(path, { dataset: "few" })).rejects.toThrow(/integers of 12 bits in 2 bytes/);
    await expect(openHdf5(path, { dataset: "records/few" })).rejects.toThrow(/integers of 12 bits in 2 bytes/);
    await expect(openHdf5(path, { dataset: "records/brain" })).rejects.toThrow(/floats with 8 bits of exponent/);
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
