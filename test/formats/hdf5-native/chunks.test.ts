import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { factsOf } from "#src/data/dtype";
import type { EncodedArray } from "#src/data/encoded";
import { cornerOf, sizeOf } from "#src/data/region";
import type { ChunkedParams } from "#src/formats/hdf5-native/params";
import { table } from "#src/formats/table";
import { expectedBox } from "../../conformance/format.js";
import { temporaryFolder } from "../../support/folder.js";
import { runPython } from "../../support/python.js";
import { parts } from "../hdf5/files.js";

const folder = temporaryFolder();

/** Opens a dataset and checks that it needs no library. */
async function opened(path: string, dataset: string): Promise<EncodedArray> {
  const result = await (await table.hdf5.load()).open(path, { dataset });
  if (result.kind !== "encoded") throw new Error("not encoded");
  expect(result.array.format, dataset).toBe("hdf5-native");
  return JSON.parse(JSON.stringify(result.array)) as EncodedArray;
}

/** Reads all parts of a dataset and compares them with what h5py read; gives the kind of its index. */
async function check(path: string, dataset: string): Promise<string> {
  const array = await opened(path, dataset);
  const bytes = readFileSync(`${path}.${dataset}`);
  expect(bytes.length, dataset).toBe(sizeOf(array.shape) * factsOf(array.dtype).bytes);
  const reader = await (await table.hdf5Native.load()).reader(array);
  for (const { box, into } of parts(array)) {
    await reader.read(box, into);
    expect(Buffer.compare(into, expectedBox({ array, bytes }, box)), `${dataset} from ${cornerOf(box)}`).toBe(0);
  }
  reader.close();
  return (array.params as ChunkedParams).index.kind;
}

/** Runs Python with a file `f` that is being written, and `add`, which keeps what h5py reads of a dataset. */
async function write(path: string, libver: string, code: string): Promise<string> {
  const printed = await runPython(
    `
import sys, zlib, itertools, h5py, numpy as np
path = sys.argv[1]
r = np.random.default_rng(5)
def add(name, *args, **how):
    kept.append(name)
    return f.create_dataset(name, *args, **how)
kept = []
with h5py.File(path, "w", libver=sys.argv[2]) as f:
${code.replace(/^/gm, "    ")}
with h5py.File(path) as f:
    for name in kept:
        x = f[name][()]
        half = x.dtype.itemsize == 2 and x.dtype.kind == "f"
        x.astype("<f4" if half else x.dtype.newbyteorder("<")).tofile(f"{path}.{name}")
print(" ".join(kept))
`,
    path,
    libver,
  );
  return printed.trim();
}

describe.each(["earliest", "latest"])("chunks of a file of libver %s", (libver) => {
  const modern = libver === "latest";
  let names: string[] = [];
  const path = join(folder, `${libver}.h5`);
  beforeAll(async () => {
    const code = `
x = r.integers(0, 1000, (37, 53)).astype("<i4")
for gzip, shuffle, sums in itertools.product([None, "gzip"], [False, True], [False, True]):
    how = dict(data=x, compression=gzip, shuffle=shuffle, fletcher32=sums)
    end = f"-{gzip}-{shuffle}-{sums}"
    add("fixed" + end, chunks=(5, 7), **how)
    add("larger" + end, chunks=(5, 7), maxshape=(60, 70), **how)
    add("rows" + end, chunks=(5, 7), maxshape=(None, 53), **how)
    add("columns" + end, chunks=(5, 7), maxshape=(40, None), **how)
    add("single" + end, chunks=(37, 53), **how)
    add("larger-whole" + end, chunks=(40, 60), maxshape=(40, 60), **how)
for gzip in [None, "gzip"]:
    for name, most in [("fixed", None), ("rows", (None,))]:
        add(f"{name}-deep-{gzip}", data=np.arange(20000, dtype="<u2"), chunks=(2,), maxshape=most, compression=gzip)
        d = add(f"{name}-sparse-{gzip}", (140001,), "<i4", chunks=(1,), maxshape=most, compression=gzip, fillvalue=-5)
        for at in [0, 10, 5001, 60000, 100000, 131050, 133100, 139990]:
            d[at:at+11] = np.arange(11) + at
fills = [("f8", ">f8", 2.5), ("f2", ">f2", -1.5), ("c16", "<c16", 1 - 2j), ("u1", "u1", 200), ("none", "<i8", None)]
packed = dict(chunks=(2, 3, 4), compression="gzip", shuffle=True)
for name, dtype, fill in fills:
    d = add("fixed-fill-" + name, (9, 10, 11), dtype, fillvalue=fill, **packed)
    d[3:5, 4:9, :7] = 7
add("fixed-empty", (9, 10), "<f8", chunks=(4, 4), fillvalue=3)
add("columns-cube", data=r.random((4, 60, 5)), chunks=(3, 2, 2), maxshape=(6, None, 5), shuffle=True)
d = add("rows-shrunk", data=np.arange(1000), chunks=(10,), maxshape=(None,)); d.resize((333,)); d.resize((700,))
dcpl = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
dcpl.set_chunk((5, 7)); dcpl.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
kept.append("early")
space = h5py.h5s.create_simple((37, 53), (40, 80))
early = h5py.h5d.create(f.id, b"early", h5py.h5t.NATIVE_INT32, space, dcpl)
early.write(h5py.h5s.ALL, h5py.h5s.ALL, x)
`;
    names = (await write(path, libver, code)).split(" ");
  });

  test("chunks of every index, through every filter, have the elements that h5py reads", async () => {
    expect(names.length).toBeGreaterThan(60);
    for (const name of names) {
      const first = name.split("-")[0]!;
      const index = { single: "single chunk", early: "implicit" }[first];
      const array = first === "rows" || first === "columns" ? "extensible array" : "fixed array";
      expect(await check(path, name), name).toBe(modern ? (index ?? array) : "b-tree");
    }
  });

  test("a filter that a chunk did not go through is not undone", async () => {
    const masked = join(folder, `masked-${libver}.h5`);
    const code = `
for name, most in [("fixed", None), ("rows", (None, 6))]:
    d = add(name, (20, 6), "<i4", chunks=(5, 6), maxshape=most, compression="gzip", shuffle=True)
    for mask in range(4):
        x = r.integers(0, 99, (5, 6)).astype("<i4")
        b = x.tobytes() if mask & 1 else x.view("u1").reshape(30, 4).T.tobytes()
        d.id.write_direct_chunk((5 * mask, 0), b if mask & 2 else zlib.compress(b), mask)
        x.tofile(f"{path}.{name}.{mask}")
`;
    for (const name of (await write(masked, libver, code)).split(" ")) {
      await check(masked, name);
      const written = [0, 1, 2, 3].map((mask) => readFileSync(`${masked}.${name}.${mask}`));
      expect(readFileSync(`${masked}.${name}`), "what h5py reads").toEqual(Buffer.concat(written));
    }
  });

  test("only the chunks that a box needs are read", async () => {
    const array = await opened(path, modern ? "rows-sparse-None" : "fixed-sparse-None");
    const reader = await (await table.hdf5Native.load()).reader(array);
    const part = parts(array).at(-1)!;
    const read = await reader.read(part.box, part.into);
    expect(read).toBeGreaterThan(0);
    expect(read).toBeLessThan(modern ? 400_000 : 30_000);
    expect(await reader.read(part.box, part.into), "the index is not read again").toBeLessThan(100);
    reader.close();
    await expect(reader.read(part.box, part.into)).rejects.toThrow(/was closed/);
  });
});

test("reading chunks loads neither the HDF5 library nor another package, until a filter needs one", () => {
  const seen = new Set(["./format-hdf5-native.js"]);
  for (const chunk of seen) {
    const code = readFileSync(new URL(chunk, new URL("../../../dist/chunks/", import.meta.url)), "utf8");
    for (const [, name = ""] of code.matchAll(/^import .* from "(.*?)"/gm))
      if (!name.startsWith("node:")) seen.add(name);
  }
  expect([...seen]).toContain("./core.js");
  expect([...seen].filter((name) => !name.startsWith("./"))).toEqual([]);
});
