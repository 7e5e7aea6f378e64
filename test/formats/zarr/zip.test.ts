import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { listArrays, open, openZarr, readAttributes } from "chunkwise";
import { beforeAll, describe, expect, test } from "vitest";
import { temporaryFolder } from "../../support/folder.js";
import { runPython } from "../../support/python.js";

const folder = temporaryFolder();
const place = (name: string): string => join(folder, name);

beforeAll(() =>
  runPython(
    `
import sys, zipfile, zarr, numpy as np
from zarr.storage import ZipStore
folder = sys.argv[1]
x = np.arange(35, dtype="<f8").reshape(5, 7)
for version in [2, 3]:
    for method, name in [(zipfile.ZIP_STORED, "stored"), (zipfile.ZIP_DEFLATED, "deflated")]:
        with ZipStore(f"{folder}/{name}-{version}.zip", mode="w", compression=method) as store:
            g = zarr.create_group(store, zarr_format=version, attributes={"title": "t"})
            for kind, how in [("plain", dict(compressors=None)), ("packed", {})]:
                a = g.create_array(f"inner/{kind}", shape=(5, 7), chunks=(2, 7), dtype="<f8", fill_value=9, **how)
                a[:4] = x[:4]
with ZipStore(f"{folder}/root.zip", mode="w") as store:
    a = zarr.create_array(store, shape=(5, 7), shards=(4, 8), chunks=(2, 4), dtype="<f8")
    a[...] = x
np.savez(f"{folder}/arrays.npz", x=x)
`,
    folder,
  ),
);

const counted = Array.from({ length: 35 }, (_, at) => at);

describe.each(["stored-2", "deflated-2", "stored-3", "deflated-3"])("a zip archive, %s", (name) => {
  const path = place(`${name}.zip`);

  test.each(["plain", "packed"])(
    "the elements of a %s array are read, and chunks that are missing are filled",
    async (kind) => {
      const x = await openZarr(path, { path: `inner/${kind}` });
      expect([...(await x.compute()).data]).toEqual(counted.map((at) => (at < 28 ? at : 9)));
      expect([...(await x.slice([[1, 3], 2]).compute()).data]).toEqual([9, 16]);
    },
  );

  test("it is recognised, and its arrays and attributes are listed", async () => {
    expect((await listArrays(path)).map(({ name, shape }) => [name, shape])).toEqual([
      ["inner/packed", [5, 7]],
      ["inner/plain", [5, 7]],
    ]);
    expect(await readAttributes(path)).toEqual({ title: "t" });
    await expect(openZarr(path)).rejects.toThrow(
      /is a Zarr group; open one of its arrays by its path: .*inner\/packed/,
    );
    await expect(openZarr(path, { path: "none" })).rejects.toThrow(/has no array or group "none"/);
  });
});

test("shards in a zip archive are read, and an array at its root is opened without a name", async () => {
  expect([...(await (await open(place("root.zip"))).compute()).data]).toEqual(counted);
});

test("an archive of arrays without metadata is still one of arrays", async () => {
  expect((await listArrays(place("arrays.npz"))).map(({ name }) => name)).toEqual(["x"]);
  await expect(openZarr(place("arrays.npz"))).rejects.toThrow(/is not a Zarr array or group/);
});

test("flipped bytes and truncated archives give elements or a typed error", async () => {
  const bytes = readFileSync(place("deflated-3.zip"));
  const path = place("damaged.zip");
  let refused = 0;
  for (let i = 0; i < 40; i++) {
    const copy = Buffer.from(i < 10 ? bytes.subarray(0, (i * bytes.length) / 10) : bytes);
    for (let n = 0; i >= 10 && n < 12; n++) copy[(i * 977 + n * 391) % bytes.length] = (i * 7 + n) & 255;
    writeFileSync(path, copy);
    const reading = async () => (await openZarr(path, { path: "inner/packed" })).compute();
    await reading().catch((error: unknown) => {
      const { name, cause } = error as { name: string; cause?: { name: string } };
      expect(name === "ComputeError" ? cause?.name : name, String(error)).toBe("FormatError");
      refused++;
    });
  }
  expect(refused).toBeGreaterThan(15);
});
