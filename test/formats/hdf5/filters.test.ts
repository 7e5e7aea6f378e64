import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { listArrays, openHdf5 } from "chunkwise";
import { describe, expect, test } from "vitest";
import { lookup3 } from "#src/formats/codecs/lookup3";
import { temporaryFolder } from "../../support/folder.js";
import { runPython } from "../../support/python.js";

const folder = temporaryFolder();
const plugins = fileURLToPath(new URL("./plugins.h5", import.meta.url));

/** The elements of a dataset. */
async function values(path: string, dataset: string): Promise<number[]> {
  return [...(await (await openHdf5(path, { dataset })).compute()).data].map(Number);
}

/** What plugins.py wrote. */
const written: Readonly<Record<string, readonly number[]>> = Object.fromEntries(
  [
    ["smooth", (i: number, j: number) => ((i * i + 3 * j) % 23) / 2],
    ["noise", (i: number, j: number) => Number((BigInt(i * 7919 + j * 104729) * 2654435761n) % 2n ** 32n)],
  ].map(([name, element]) => {
    const of = element as (i: number, j: number) => number;
    return [name, Array.from({ length: 1050 }, (_, at) => of(Math.floor(at / 21), at % 21))];
  }),
);

describe("filters in plug-ins", () => {
  test("every filter that is undone gives the elements that were written", async () => {
    const listed = await listArrays(plugins);
    expect(listed.length).toBeGreaterThan(20);
    for (const { name, shape, refused } of listed) {
      if (name === "/zfp" || name.startsWith("/equal/")) continue;
      expect(refused, name).toBeUndefined();
      expect(shape).toEqual([50, 21]);
      expect(await values(plugins, name), name).toEqual(written[name.endsWith("noise") ? "noise" : "smooth"]);
    }
  });

  test("chunks of Blosc2 whose elements are all the same need no block", async () => {
    const fifty = (value: number) => new Array<number>(50).fill(value);
    expect(await values(plugins, "equal/zeros")).toEqual(fifty(0));
    expect(await values(plugins, "equal/nans")).toEqual(fifty(Number.NaN));
    expect(await values(plugins, "equal/sevens")).toEqual(fifty(7));
  });

  test("a filter that is not known is named, with those that are", async () => {
    const message =
      /it went through the filter zfp; undone are deflate \(gzip\), .*, lzf, blosc, lz4, bitshuffle, zstd, blosc2/;
    expect((await listArrays(plugins)).find(({ name }) => name === "/zfp")?.refused).toMatch(message);
    await expect(openHdf5(plugins, { dataset: "zfp" })).rejects.toThrow(message);
  });

  test("flipped bytes and truncated files give elements or a typed error, and never take long", async () => {
    const bytes = readFileSync(plugins);
    const damaged = join(folder, "damaged.h5");
    const names = (await listArrays(plugins)).map(({ name }) => name).filter((name) => name.endsWith("smooth"));
    let refused = 0;
    for (let i = 0; i < 60; i++) {
      const copy = Buffer.from(bytes);
      for (let n = 0; n < 400; n++) copy[(i * 7907 + n * 2141) % bytes.length] = (i * 31 + n * 7) & 255;
      writeFileSync(damaged, copy);
      for (const name of names) {
        // the metadata stay as they are: only what the filters get is damaged
        await values(damaged, name).catch((error: unknown) => {
          const { name: kind, cause } = error as { name: string; cause?: { name: string } };
          expect(kind === "ComputeError" ? cause?.name : kind, `${i} ${name} ${String(error)}`).toBe("FormatError");
          refused++;
        });
      }
    }
    expect(refused).toBeGreaterThan(100);
  });
});

test("szip, which the library undoes, is read", async () => {
  const path = join(folder, "szip.h5");
  await runPython(
    `
import sys, h5py, numpy as np
with h5py.File(sys.argv[1], "w") as f:
    f.create_dataset("x", data=np.arange(1000, dtype="<i4").reshape(50, 20), chunks=(16, 16), compression="szip")
`,
    path,
  );
  expect(await values(path, "x")).toEqual(Array.from({ length: 1000 }, (_, at) => at));
});

describe("LZF, as h5py writes it", () => {
  test("chunks of every kind of content and of dataset are read", async () => {
    const path = join(folder, "lzf.h5");
    const printed = await runPython(
      `
import sys, json, h5py, numpy as np
found = {}
for libver in ["earliest", "latest"]:
    r = np.random.default_rng(3)
    with h5py.File(f"{sys.argv[1]}.{libver}", "w", libver=libver) as f:
        def add(name, x, **how):
            f.create_dataset(name, data=x, compression="lzf", **how)
            found[name] = x.ravel().tolist()
        add("noise", r.integers(0, 2**31, (40, 30)).astype("<i4"), chunks=(16, 16))
        add("zeros", np.zeros(3000), chunks=(1000,))
        add("ramp", np.arange(3000, dtype="<i2"), chunks=(1000,), shuffle=True, fletcher32=True)
        add("text", (r.integers(0, 4, (50, 50)) ** 9).astype("|u1"), chunks=(50, 50))
        add("grows", np.arange(60.0).reshape(6, 10), chunks=(4, 4), maxshape=(None, None))
        add("whole", np.arange(7, dtype=">i8"), chunks=(9,), maxshape=(9,))
print(json.dumps(found))
`,
      path,
    );
    const expected = JSON.parse(printed) as Record<string, number[]>;
    for (const libver of ["earliest", "latest"]) {
      for (const [name, elements] of Object.entries(expected)) {
        expect(await values(`${path}.${libver}`, name), `${libver} ${name}`).toEqual(elements);
      }
    }
  });
});

describe("datasets that grow along several axes, in files for newer libraries", () => {
  test("chunks are found in trees of several levels", async () => {
    const path = join(folder, "tree.h5");
    await runPython(
      `
import sys, h5py, numpy as np
with h5py.File(sys.argv[1], "w", libver="latest") as f:
    x = np.arange(200 * 150, dtype="<i4").reshape(200, 150)
    f.create_dataset("deep", data=x, chunks=(2, 2), maxshape=(None, None), compression=1)
    f.create_dataset("plain", data=x, chunks=(3, 4), maxshape=(None, None))
    d = f.create_dataset("sparse", x.shape, "<i4", chunks=(3, 4), maxshape=(None, None), fillvalue=7)
    d[50:60, 70:80] = 1
    f.create_dataset("none", (20, 20), "<i4", chunks=(3, 4), maxshape=(None, None), fillvalue=7)
`,
      path,
    );
    const counted = Array.from({ length: 30_000 }, (_, at) => at);
    expect(await values(path, "deep")).toEqual(counted);
    expect(await values(path, "plain")).toEqual(counted);
    const inside = (i: number, j: number) => i >= 50 && i < 60 && j >= 70 && j < 80;
    expect(await values(path, "sparse")).toEqual(counted.map((at) => (inside(Math.floor(at / 150), at % 150) ? 1 : 7)));
    expect(await values(path, "none")).toEqual(new Array(400).fill(7));
  });

  test("chunks at the end of an axis that do not go through the filters are read", async () => {
    const path = join(folder, "edge.h5");
    const printed = await runPython(
      `
import sys, zlib, h5py, numpy as np
x = np.zeros((60, 40), "<i4")
x[:50, :21] = np.arange(1050).reshape(50, 21)
with h5py.File(sys.argv[1], "w", libver="latest") as f:
    d = f.create_dataset("x", (50, 21), "<i4", chunks=(20, 20), compression=4)
    for i in range(3):
        for j in range(2):
            part = x[20*i:20*i+20, 20*j:20*j+20].tobytes()
            d.id.write_direct_chunk((20*i, 20*j), zlib.compress(part) if i < 2 and j < 1 else part)
    print(h5py.h5o.get_info(d.id).addr)
`,
      path,
    );
    // h5py cannot ask for it, so the flag is set in the file, and the checksum of the header is made again
    const bytes = readFileSync(path);
    const header = Number(printed);
    const layout = bytes.indexOf(Buffer.from([4, 2, 0, 3]), header);
    bytes[layout + 2] = 1;
    const flags = bytes[header + 5]!;
    const sizeAt = header + 6 + (flags & 0x20 ? 16 : 0) + (flags & 0x10 ? 4 : 0);
    const end = sizeAt + (1 << (flags & 3)) + bytes.readUIntLE(sizeAt, 1 << (flags & 3));
    bytes.writeUInt32LE(lookup3(bytes.subarray(header, end)), end);
    writeFileSync(path, bytes);
    expect(await values(path, "x")).toEqual(Array.from({ length: 1050 }, (_, at) => at));
  });
});
