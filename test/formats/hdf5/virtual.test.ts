/** Virtual datasets, whose elements are those of other datasets, compared with what h5py reads. */
import { appendFileSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { listArrays, openHdf5, readAttributes } from "chunkwise";
import { beforeAll, describe, expect, test } from "vitest";
import type { EncodedArray } from "#src/data/encoded";
import { sizeOf } from "#src/data/region";
import { openArray } from "#src/formats/opening";
import { table } from "#src/formats/table";
import { type FormatCase, formatSuite } from "../../conformance/format.js";
import { temporaryFolder } from "../../support/folder.js";
import { runPython } from "../../support/python.js";

const folder = temporaryFolder();
const versions = ["earliest", "latest"] as const;

/** `make(name, shape, dtype, mappings)` makes a dataset of a list of (selection, file, dataset, selection). */
const helpers = `
import os, sys, json, h5py, numpy as np
folder, libver = sys.argv[1:3]
U = h5py.h5s.UNLIMITED
os.makedirs(folder)
os.chdir(folder)
def source(file, data, name="x", **how):
    with h5py.File(file, "a", libver=libver) as f: f.create_dataset(name, data=data, **how)
def part(shape, start, count, stride=None, block=None):
    s = h5py.h5s.create_simple(tuple(1 if n == U else n for n in shape), tuple(shape))
    s.select_hyperslab(start, count, stride, block)
    return s
def whole(*shape): return h5py.h5s.create_simple(shape)
def make(name, shape, dtype, mappings, largest=None, fill=None):
    with h5py.File("v.h5", "a", libver=libver) as f:
        p = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        if fill is not None: p.set_fill_value(np.array([fill], dtype))
        for to, file, dataset, of in mappings: p.set_virtual(to, file.encode(), dataset.encode(), of)
        t = h5py.h5t.py_create(np.dtype(dtype), logical=True)
        f[name] = h5py.Dataset(h5py.h5d.create(f.id, None, t, h5py.h5s.create_simple(shape, largest or shape), p))
def dump(file):
    found = {}
    with h5py.File(file) as f:
        def visit(name, node):
            if not isinstance(node, h5py.Dataset): return
            x = node[()]
            x = x.astype(x.dtype.newbyteorder("="))
            if x.dtype == "f2": x = x.astype("f4")
            x.tofile(f"{file}.{name.replace('/', '-')}.bin")
            found[name] = {"dtype": x.dtype.name, "shape": x.shape}
        f.visititems(visit)
    print(json.dumps(found))
`;

interface Known {
  readonly dtype: string;
  readonly shape: readonly number[];
}

/** Compares all datasets of a file with what h5py read. */
async function compareAll(file: string, known: Readonly<Record<string, Known>>): Promise<void> {
  const listed = new Map((await listArrays(file)).map((entry) => [entry.name, entry]));
  for (const [name, { dtype, shape }] of Object.entries(known)) {
    expect(listed.get(`/${name}`), name).toMatchObject({ dtype, shape });
    const { data } = await (await openHdf5(file, { dataset: name })).compute();
    const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    expect(bytes.equals(readFileSync(`${file}.${name.replaceAll("/", "-")}.bin`)), name).toBe(true);
  }
}

describe.each(versions)("virtual datasets of libver %s", (libver) => {
  const at = join(folder, libver);
  const file = join(at, "v.h5");
  let known: Record<string, Known>;

  beforeAll(async () => {
    const printed = await runPython(
      `${helpers}
r = np.random.default_rng(1)
for i in range(4):
    source(f"s{i}.h5", np.arange(6, dtype="<i4").reshape(2, 3) + 100 * i, maxshape=(None, 3))
    source(f"all.h5", np.arange(6, dtype="<i4").reshape(2, 3) - 100 * i, f"x{i}")
source("big.h5", r.integers(0, 999, (60, 70, 8)), "plain")
source("big.h5", r.integers(0, 999, (60, 70, 8)), "zip", chunks=(9, 20, 8), compression="gzip", shuffle=True)
source("big.h5", r.integers(0, 999, (60, 70, 8)), "lzf", chunks=(60, 7, 3), compression="lzf")
source("big.h5", r.random((60, 70)).astype(">f4"), "foreign")
source("big.h5", r.random((60, 70)).astype("<f2"), "half", chunks=(7, 7))
source("big.h5", r.integers(0, 2, (60, 70)) > 0, "yes")
source("big.h5", r.random((60, 70)) + 1j, "complex")
source("big.h5", r.integers(0, 99, (60, 70)).astype("i1"), "small")
source("big.h5", np.array([(i, i / 2) for i in range(20)], [("a", "<i4"), ("b", "<f8")]), "records")
source("a%b.h5", np.arange(3, dtype="<i4"))
big = (60, 70, 8)
def layout(name, shape, dtype, fill=None):
    class Making:
        def __enter__(self): self.layout = h5py.VirtualLayout(shape, dtype); return self.layout
        def __exit__(self, *_):
            with h5py.File("v.h5", "a", libver=libver) as f: f.create_virtual_dataset(name, self.layout, fillvalue=fill)
    return Making()
def taken(name, shape=big, file="big.h5"): return h5py.VirtualSource(file, name, shape)

for name in ["plain", "zip", "lzf"]:
    with layout(f"whole/{name}", big, "<i8") as l: l[...] = taken(name)
    with layout(f"wide/{name}", big, "<f8") as l: l[...] = taken(name)
    with layout(f"every third/{name}", (20, 35, 8), "<i8") as l: l[...] = taken(name)[::3, 1::2]
    with layout(f"a plane/{name}", (70, 8), "<i8") as l: l[...] = taken(name)[7]
    with layout(f"spread/{name}", (180, 70, 10), "<i8", -5) as l: l[2::3, :, 1:9] = taken(name)
    with layout(f"some/{name}", (30, 70, 8), "<i8", -5) as l:
        l[[3, 4, 5, 9, 20], :, :] = taken(name)[[0, 11, 12, 13, 59], :, :]
    with layout(f"half of it/{name}", (60, 70, 8), "<i8") as l: l[:, 40:, :] = taken(name)[:, :30, :]
    with layout(f"new axis/{name}", (60, 3, 70, 8), "<i8", 1) as l: l[:, 1] = taken(name)
with layout("stack", (5, 2, 3), "<i4", -1) as l:
    for i in range(4): l[i] = taken("x", (2, 3), f"s{i}.h5")
with layout("in a row", (8, 3), "<i4") as l:
    for i in range(4): l[2 * i : 2 * i + 2] = taken(f"x{3 - i}", (2, 3), "all.h5")
with layout("alternating", (8, 3), "<i4") as l:
    for i in range(4): l[i::4] = taken("x", (2, 3), f"s{i}.h5")
# no hole: where mappings overlap, HDF5 may leave holes unfilled
with layout("three sources", (130, 70, 8), "<i8", -7) as l:
    l[:60] = taken("plain"); l[55:115] = taken("zip"); l[100:] = taken("lzf")[:30]
with layout("foreign", (60, 70), "<f8") as l: l[...] = taken("foreign", (60, 70))
with layout("foreign too", (60, 70), ">f4") as l: l[...] = taken("foreign", (60, 70))
with layout("half", (60, 70), "<f2", 0.5) as l: l[:30] = taken("half", (60, 70))[30:]
with layout("half as double", (60, 70), "<f8") as l: l[...] = taken("half", (60, 70))
with layout("yes", (60, 71), "?", True) as l: l[:, 1:] = taken("yes", (60, 70))
with layout("complex", (60, 70), "<c16", 2j) as l: l[3:] = taken("complex", (60, 70))[:57]
with layout("small", (60, 70), "<i8") as l: l[...] = taken("small", (60, 70))
with layout("backfilled", (60, 70), ">f8", 1.5) as l: pass
with layout("not there", (4, 3), "<i4", -1) as l:
    l[:2] = taken("x", (2, 3), "gone.h5"); l[2:] = taken("gone", (2, 3), "s0.h5")
with layout("moved", (2, 3), "<i4") as l: l[...] = taken("x", (2, 3), "/gone/with/the/folder/s1.h5")
with layout("percent", 3, "<i4") as l: l[...] = taken("x", (3,), "a%%b.h5")
with layout("of itself", (2, 3), "<i4") as l: l[...] = taken("stack", (5, 2, 3), "v.h5")[2]
with layout("of its own", (2, 3), "<f8") as l: l[...] = taken("of itself", (2, 3), "v.h5")
make("flat", (420,), "<i8", [(part((420,), (0,), (420,)), "big.h5", "zip", part(big, (3, 0, 1), (6, 70, 1)))])
make("square", (10, 2, 3), "<i4", [(part((10, 2, 3), (1, 0, 0), (1, 2, 3)), "s1.h5", "x", whole(2, 3)),
    (part((10, 2, 3), (2, 0, 0), (6, 1, 1)), "s2.h5", "x", whole(2, 3))])
make("blocks", (40, 70, 8), "<i8", [(part((40, 70, 8), (1, 0, 0), (4, 10, 1), (9, 7, 1), (5, 2, 8)), "big.h5", "zip",
    part(big, (2, 3, 0), (10, 5, 1), (5, 9, 1), (2, 4, 8)))], fill=3)
endless = (U, 3)
make("numbered", (2, 3), "<i4", [(part(endless, (0, 0), (U, 1), (2, 3), (2, 3)), "s%b.h5", "x", whole(2, 3))], endless)
make("numbered, gaps", (2, 3), "<i4", [(part(endless, (1, 0), (U, 1), (4, 3), (2, 3)), "s%b.h5", "x", whole(2, 3))],
    endless, -1)
make("numbered datasets", (2, 3), "<i4", [(part(endless, (0, 0), (U, 1), (1, 3), (1, 3)), "all.h5", "x%b",
    part((2, 3), (1, 0), (1, 3)))], endless)
make("numbered, none", (7, 3), "<i4", [(part(endless, (0, 0), (U, 1), (2, 3), (2, 3)), "t%b.h5", "x", whole(2, 3)),
    (part(endless, (4, 0), (1, 3)), "s0.h5", "x", part((2, 3), (0, 0), (1, 3)))], endless)
make("growing", (2, 3), "<i4", [(part(endless, (i, 0), (U, 1), (3, 1), (1, 3)), f"s{i}.h5", "x",
    part(endless, (0, 0), (U, 1), (1, 1), (1, 3))) for i in range(3)], endless)
make("growing block", (9, 3), "<i4", [(part(endless, (1, 0), (1, 1), (1, 1), (U, 3)), "s2.h5", "x",
    part(endless, (1, 0), (1, 1), (1, 1), (U, 3)))], endless)
make("growing, unlike", (9, 3), "<i4", [(part(endless, (1, 0), (U, 1), (5, 1), (3, 3)), "s2.h5", "x",
    part(endless, (0, 0), (U, 1), (1, 1), (1, 3)))], endless, 8)
make("growing, gone", (4, 3), "<i4", [(part(endless, (0, 0), (U, 1)), "gone.h5", "x", part(endless, (0, 0), (U, 1)))],
    endless, 8)
def span(axis, length):
    block = int(r.choice([n for n in range(1, length + 1) if length % n == 0]))
    count, spare = length // block, axis - length
    stride = block + (int(r.integers(0, spare // (count - 1) + 1)) if count > 1 else 0)
    return int(r.integers(0, axis - (count - 1) * stride - block + 1)), count, stride, block
for n in range(40):
    lengths = [int(length) for length in r.integers(1, 9, 3)]
    to, of = [[span(axis, length) for axis, length in zip(axes, lengths)] for axes in [(40, 44, 30), big]]
    make(f"random/{n}", (40, 44, 30), "<i8", [(part((40, 44, 30), *zip(*to)), "big.h5", ["plain", "zip", "lzf"][n % 3],
        part(big, *zip(*of)))], fill=n)
dump("v.h5")
with h5py.File("v.h5", "a") as f:
    l = h5py.VirtualLayout((25,), np.dtype([("a", "<i4"), ("b", "<f8")]))
    l[:20] = taken("records", (20,))
    start = np.zeros((), l.dtype); start["b"] = 2.5; start["a"] = 4
    f.create_virtual_dataset("records", l, fillvalue=start)
    f["stack"].attrs["units"] = "m"
`,
      at,
      libver,
    );
    known = JSON.parse(printed) as Record<string, Known>;
  });

  test("every dataset has the shape and the elements that h5py reads", async () => {
    expect(Object.keys(known).length).toBeGreaterThan(75);
    await compareAll(file, known);
  });

  test("a slice reads only the sources in which it is", async () => {
    const x = await openHdf5(file, { dataset: "stack" });
    const gone = join(at, "s3.h5");
    const bytes = readFileSync(gone);
    rmSync(gone);
    try {
      expect([...(await x.slice([2]).compute()).data]).toEqual([200, 201, 202, 203, 204, 205]);
      await expect(x.slice([3]).compute()).rejects.toThrow(/s3\.h5/);
    } finally {
      appendFileSync(gone, bytes);
    }
    await expect(x.slice([3]).compute()).rejects.toThrow(/s3\.h5: the file has changed since it was opened/);
  });

  test("fields of records are those of the records of the sources", async () => {
    const field = async (dataset: string) => [...(await (await openHdf5(file, { dataset })).compute()).data];
    const index = Array.from({ length: 25 }, (_, i) => i);
    expect(await field("records/a")).toEqual(index.map((i) => (i < 20 ? i : 4)));
    expect(await field("records/b")).toEqual(index.map((i) => (i < 20 ? i / 2 : 2.5)));
  });

  test("attributes are those of the virtual dataset", async () => {
    expect(await readAttributes(file, { path: "stack" })).toEqual({ units: "m" });
  });

  formatSuite(
    () => table.hdf5Virtual.load(),
    async () => {
      const cases: Record<string, FormatCase> = {};
      for (const name of ["three sources", "spread/zip", "spread/plain", "some/lzf", "blocks", "half", "backfilled"]) {
        const opened = await openArray(table.hdf5, file, { dataset: name });
        const array = (opened as { array: EncodedArray }).array;
        expect(array.format, name).toBe("hdf5-virtual");
        cases[name] = { array, bytes: readFileSync(`${file}.${name.replace("/", "-")}.bin`) };
        expect(cases[name].bytes.length).toBe(
          sizeOf(array.shape) * (array.dtype === "int64" ? 8 : array.dtype === "float64" ? 8 : 4),
        );
      }
      return cases;
    },
  );
});

describe("what is refused", () => {
  const at = join(folder, "refused");
  const file = join(at, "v.h5");
  beforeAll(async () => {
    await runPython(
      `${helpers}
source("small.h5", np.arange(3, dtype="<i4"))
source("f.h5", np.arange(10.0))
source("half.h5", np.arange(3, dtype="<i4") > 1)
source("text.h5", np.array([b"a", b"b"]))
make("fewer", (10,), "<i4", [(part((10,), (0,), (5,)), "small.h5", "x", whole(5))])
make("outside", (10,), "<i4", [(part((10,), (0,), (5,)), "small.h5", "x", part((8,), (2,), (5,)))])
make("other axes", (5,), "<i4", [(whole(5), "small.h5", "x", part((5, 1), (0, 0), (5, 1)))])
make("narrower", (10,), "<i4", [(whole(10), "f.h5", "x", whole(10))])
make("halves", (10,), "<f2", [(whole(10), "f.h5", "single", whole(10))])
source("f.h5", np.arange(10, dtype="<f4"), "single")
make("yes", (3,), "<i4", [(whole(3), "half.h5", "x", whole(3))])
make("texts", (2,), "<i4", [(whole(2), "text.h5", "x", whole(2))])
make("unlike", (4, 6), "<i4", [(whole(4, 6), "wide.h5", "x", whole(6, 4))])
source("wide.h5", np.zeros((6, 4), "<i4"))
make("circle", (3,), "<i4", [(whole(3), "v.h5", "circle", whole(3))])
`,
      at,
      "latest",
    );
  });

  test.each([
    ["fewer", /virtual dataset \/fewer takes elements of x in small\.h5, 3 of them for 5 of its own/],
    ["outside", /in small\.h5, which has only the shape \(3\), from outside of it/],
    ["other axes", /in small\.h5, which has 1 axes, along 2/],
    ["narrower", /a virtual dataset of int32, has a source of float64, x in f\.h5; open that source itself/],
    ["halves", /a virtual dataset of float16, has a source of float32/],
    ["yes", /a virtual dataset of int32, has a source of bool/],
    ["texts", /text\.h5: \/x holds strings/],
    ["unlike", /of the shape \(6, 4\), for elements of its own of the shape \(4, 6\)/],
    ["circle", /\/circle leads from dataset to dataset in a circle/],
  ])("the virtual dataset %s is refused", async (dataset, message) => {
    await expect(openHdf5(file, { dataset })).rejects.toMatchObject({ name: "FormatError" });
    await expect(openHdf5(file, { dataset })).rejects.toThrow(message);
  });
});
