import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { listArrays, openHdf5, readAttributes } from "chunkwise";
import { beforeAll, describe, expect, test } from "vitest";
import { temporaryFolder } from "../../support/folder.js";
import { runPython } from "../../support/python.js";

const folder = temporaryFolder();
const place = (name: string): string => join(folder, name);
const main = place("main.h5");

beforeAll(async () => {
  await runPython(
    `
import os, sys, h5py, numpy as np
folder = sys.argv[1]
os.makedirs(folder + "/below")
with h5py.File(folder + "/other.h5", "w") as f:
    f["g/x"] = np.arange(6.0).reshape(2, 3)
    f["g/x"].attrs["units"] = "m"
    f["back"] = h5py.ExternalLink("main.h5", "/here")
    f["ring"] = h5py.ExternalLink("main.h5", "/ring")
with h5py.File(folder + "/below/third.h5", "w") as f:
    f["y"] = np.arange(4)
with h5py.File(folder + "/main.h5", "w") as f:
    f["here"] = np.arange(5)
    f["x"] = h5py.ExternalLink("other.h5", "/g/x")
    f["group"] = h5py.ExternalLink("other.h5", "g")
    f["soft"] = h5py.SoftLink("/group/x")
    f["a/up"] = h5py.SoftLink("near")
    f["a/near"] = np.zeros(2)
    f["moved"] = h5py.ExternalLink("/gone/with/the/other.h5", "/g/x")
    f["lower"] = h5py.ExternalLink("below/third.h5", "/y")
    f["round"] = h5py.ExternalLink("other.h5", "/back")
    f["ring"] = h5py.ExternalLink("other.h5", "/ring")
    f["missing"] = h5py.ExternalLink("missing.h5", "/y")
    f["outside"] = h5py.ExternalLink("/etc/passwd", "/x")
    f["above"] = h5py.ExternalLink("../secret.h5", "/x")
    f["nowhere"] = h5py.SoftLink("/not/there")
    f["itself"] = h5py.SoftLink("/itself")
# links of a class that nobody knows, an object without a header, and a group whose list of links is damaged
with h5py.File(folder + "/damaged.h5", "w") as f:
    f["a/x"] = np.arange(3)
    f["a/odd"] = h5py.ExternalLink("other.h5", "/g/x")
    f["b/y"] = np.arange(4)
    f["c/z"] = np.arange(5)
    f["last"] = np.arange(6)
    print(h5py.h5o.get_info(f["b/y"].id).addr, h5py.h5o.get_info(f["c"].id).addr)
`,
    folder,
  );
});

async function values(dataset: string): Promise<number[]> {
  return [...(await (await openHdf5(main, { dataset })).compute()).data].map(Number);
}

describe("links into other files", () => {
  test.each([
    ["x", [0, 1, 2, 3, 4, 5]],
    ["group/x", [0, 1, 2, 3, 4, 5]],
    ["soft", [0, 1, 2, 3, 4, 5]],
    ["moved", [0, 1, 2, 3, 4, 5]],
    ["lower", [0, 1, 2, 3]],
    ["round", [0, 1, 2, 3, 4]],
    ["a/up", [0, 0]],
  ])("%s is followed", async (name, expected) => {
    expect(await values(name)).toEqual(expected);
  });

  test("attributes are those of the object in the other file", async () => {
    expect(await readAttributes(main, { path: "x" })).toEqual({ units: "m" });
    expect(await readAttributes(main, { path: "soft" })).toEqual({ units: "m" });
  });

  test.each([
    ["outside", /\/outside leads to \/etc\/passwd, which is not in the folder of .*main\.h5 and is not followed/],
    ["above", /\/above leads to \.\.\/secret\.h5, which is not in the folder/],
    ["ring", /leads from file to file in a circle/],
    ["nowhere", /\/nowhere is a link to \/not\/there, where nothing is/],
    ["nowhere/at/all", /\/nowhere\/at\/all leads to \/nowhere, which is a link to \/not\/there, where nothing is/],
    ["itself", /\/itself is a link to \/itself, where nothing is/],
    ["here/x", /\/here\/x is not (in the file|an object); \/here/],
    ["a/none", /\/a\/none is not in the file/],
  ])("%s is refused with the reason", async (dataset, message) => {
    for (const open of [() => openHdf5(main, { dataset }), () => readAttributes(main, { path: dataset })]) {
      await expect(open()).rejects.toMatchObject({ name: "FormatError" });
      await expect(open()).rejects.toThrow(message);
    }
  });

  test("a link to a file that is missing names that file", async () => {
    await expect(openHdf5(main, { dataset: "missing" })).rejects.toMatchObject({
      name: "StorageError",
      systemCode: "ENOENT",
      path: place("missing.h5"),
    });
  });

  test("a listing has the datasets to which links lead, and the reason where they lead to none", async () => {
    const listed = await listArrays(main);
    const found = Object.fromEntries(listed.map(({ name, shape, refused }) => [name, refused ?? shape]));
    expect(found).toEqual({
      "/a/near": [2],
      "/here": [5],
      "/x": [2, 3],
      "/moved": [2, 3],
      "/lower": [4],
      "/round": [5],
      "/soft": [2, 3],
      "/missing": expect.stringMatching(/missing\.h5: there is no such file/),
      "/outside": expect.stringMatching(/not in the folder/),
      "/above": expect.stringMatching(/not in the folder/),
      "/ring": expect.stringMatching(/in a circle/),
    });
  });
});

describe("objects that cannot be understood", () => {
  test("a link of an unknown class hides no other object", async () => {
    const bytes = readFileSync(place("damaged.h5"));
    const name = bytes.indexOf("\x03odd");
    const kind = bytes.lastIndexOf(64, name);
    expect(name - kind).toBeLessThan(12);
    bytes[kind] = 187;
    writeFileSync(place("odd.h5"), bytes);
    const listed = await listArrays(place("odd.h5"));
    expect(listed.map(({ name, refused }) => [name, refused === undefined])).toEqual([
      ["/a/odd", false],
      ["/a/x", true],
      ["/b/y", true],
      ["/c/z", true],
      ["/last", true],
    ]);
    expect(listed[0]!.refused).toMatch(/cannot look up \/a\/odd: .*link class/);
    await expect(openHdf5(place("odd.h5"), { dataset: "/a/odd" })).rejects.toMatchObject({ name: "FormatError" });
    expect([...(await (await openHdf5(place("odd.h5"), { dataset: "a/x" })).compute()).data].map(Number)).toEqual([
      0, 1, 2,
    ]);
  });
});
