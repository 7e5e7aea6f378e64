import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Worker } from "node:worker_threads";
import { close } from "chunkwise";
import { beforeAll, describe, expect, onTestFinished, test } from "vitest";
import type { Element } from "#src/data/dtype";
import { readAttributes } from "#src/formats/hdf5/attributes-thread";
import { overwrite, temporaryFolder } from "../../support/folder.js";
import { runPython } from "../../support/python.js";
import { types } from "./files.js";

const folder = temporaryFolder();
const versions = ["earliest", "latest"] as const;
const place = (name: string): string => join(folder, `${name}.h5`);

beforeAll(async () => {
  await runPython(
    `
import sys, json, h5py, numpy as np
for libver in ["earliest", "latest"]:
    with h5py.File(f"{sys.argv[1]}/{libver}.h5", "w", libver=libver) as f:
        f.attrs["title"] = "größe"
        f["soft"] = h5py.SoftLink("/a/b")
        f["outside"] = h5py.ExternalLink("other.h5", "/x")
        b = f.create_dataset("a/b", data=np.zeros(3)).attrs
        f["a"].attrs["count"] = 2**60
        for name in json.loads(sys.argv[2]):
            b.create("one " + name, np.ones((), name))
            b.create("list " + name, np.array([0, 1, 3]).astype(name))
            b.create("grid " + name, np.arange(6).reshape(2, 3).astype(name))
        b["special"] = [np.nan, np.inf, -0.0]
        b["bytes"] = np.bytes_(b"abc")
        b["fixed"] = np.array([b"a", b"bcd", b""])
        b["texts"] = ["x", "", "größe"]
        b.create("table", [["a", "bb"], ["c", "d"]], dtype=h5py.string_dtype("ascii"))
        b["nothing"] = np.zeros((2, 0))
        b.create("enumeration", [1, 2], dtype=h5py.enum_dtype({"A": 1, "B": 2}, basetype=">i2"))
        # what is left out
        b["none"] = h5py.Empty("f4")
        b["record"] = np.zeros(1, [("x", "<i4")])
        b["reference"] = f["a"].ref
        b.create("lists", np.array([np.arange(2), np.arange(3)], object), dtype=h5py.vlen_dtype("i4"))
        if libver == "latest": b["long"] = np.arange(20000.0)
    with h5py.File(f"{sys.argv[1]}/small.h5", "w") as f:
        x = f.create_dataset("x", data=np.zeros(3)).attrs
        x["units"], x["n"], x["list"] = "metres", 5, ["a", "bcd", "ef"]
`,
    folder,
    JSON.stringify(types.map(([name]) => name)),
  );
});

describe.each(versions)("attributes in a file of libver %s", (version) => {
  test("attributes of numbers and texts are read as elements of their dtype, and all others are left out", async () => {
    const numbers = types.map(([name, dtype]) => {
      const element = (value: number): Element => {
        if (dtype === "bool") return value !== 0;
        if (dtype.startsWith("complex")) return { re: value, im: 0 };
        return dtype.endsWith("int64") ? BigInt(value) : value;
      };
      return {
        [`one ${name}`]: element(1),
        [`list ${name}`]: [0, 1, 3].map(element),
        [`grid ${name}`]: [[0, 1, 2].map(element), [3, 4, 5].map(element)],
      };
    });
    const found = await readAttributes(place(version), "a/b");
    expect(found).toEqual({
      ...Object.assign({}, ...numbers),
      special: [Number.NaN, Number.POSITIVE_INFINITY, -0],
      bytes: "abc",
      fixed: ["a", "bcd", ""],
      texts: ["x", "", "größe"],
      table: [
        ["a", "bb"],
        ["c", "d"],
      ],
      nothing: [[], []],
      enumeration: [1, 2],
      ...(version === "latest" ? { long: Array.from({ length: 20_000 }, (_, i) => i) } : {}),
    });
  });

  test("attributes of groups are read by any spelling of their path, and through links", async () => {
    expect(await readAttributes(place(version), "/")).toEqual({ title: "größe" });
    expect(await readAttributes(place(version), "a/")).toEqual({ count: 2n ** 60n });
    expect(await readAttributes(place(version), "soft")).toMatchObject({ bytes: "abc" });
  });

  test.each([["a/c", /\/a\/c is not in the file; attributes are those of a dataset or a group/]])(
    "%s is refused",
    async (name, message) => {
      const refusal = readAttributes(place(version), name);
      await expect(refusal).rejects.toThrow(message);
      await expect(refusal).rejects.toMatchObject({ name: "FormatError", path: place(version) });
    },
  );
});

/** The threads that are started from now on. */
function startedThreads(): readonly Worker[] {
  const started: Worker[] = [];
  const note = (worker: Worker): void => void started.push(worker);
  process.on("worker", note);
  onTestFinished(() => void process.off("worker", note));
  return started;
}

describe("the thread that reads attributes", () => {
  test("is one for many calls at once, and is ended by close", async () => {
    await close();
    const started = startedThreads();
    const calls = Array.from({ length: 20 }, () => readAttributes(place("small"), "x"));
    for (const found of await Promise.all(calls)) expect(found).toMatchObject({ units: "metres" });
    expect(started).toHaveLength(1);
    const [ended] = started.map((thread) => once(thread, "exit"));
    await close();
    expect(await ended).toEqual([1]);
    expect(await readAttributes(place("small"), "x")).toMatchObject({ units: "metres" });
    expect(started).toHaveLength(2);
  });

  test("ends by itself when nobody has asked it anything for a while", async () => {
    await close();
    const started = startedThreads();
    await readAttributes(place("small"), "x");
    await Promise.all(started.map((thread) => once(thread, "exit")));
    expect(started).toHaveLength(1);
  });
});

test("a machine that gives the process no time is not taken for a damaged file", async () => {
  const slow = { wall: 1, used: () => 0 };
  expect(await readAttributes(place("small"), "x", slow)).toMatchObject({ units: "metres", n: 5n });
});

describe("attributes of damaged files", () => {
  const path = place("damaged");
  const used = () => process.cpuUsage().user / 1000;
  const tries = (bytes: Uint8Array, wall = 20_000) => {
    overwrite(path, bytes);
    return readAttributes(path, "x", { wall, used });
  };

  test("a library that is busy with an endless text is ended, and the next file is read", async () => {
    const bytes = readFileSync(place("small"));
    // the number of the second text in the collection of texts; 0 is what is left free, and it seems to have 2 bytes
    bytes[bytes.indexOf("GCOL") + 48] = 0;
    const refusal = tries(bytes, 1000);
    await expect(refusal).rejects.toThrow(
      /HDF5 cannot read the attribute list of \/x: it was still busy after 1 s of computing; the metadata may/,
    );
    await expect(refusal).rejects.toMatchObject({ name: "FormatError", path });
    const whole = { units: "metres", n: 5n, list: ["a", "bcd", "ef"] };
    expect(await tries(readFileSync(place("small")))).toEqual(whole);
  });

  test("texts that cannot be read again and again leave the library as it was", async () => {
    await close();
    const started = startedThreads();
    const bytes = readFileSync(place("small"));
    bytes[bytes.indexOf("GCOL") + 97] = 255; // in the size of a text
    for (let i = 0; i < 20; i++) {
      await expect(tries(bytes)).rejects.toThrow(/HDF5 cannot read the attribute list of \/x: ran off end of input/);
    }
    expect(await readAttributes(place("small"), "x")).toMatchObject({ list: ["a", "bcd", "ef"] });
    expect(started).toHaveLength(1);
  });

  test("truncated files and flipped bytes give attributes or a typed error", async () => {
    const bytes = readFileSync(place("small"));
    let refused = 0;
    for (let i = 0; i < 40; i++) {
      const damaged = Buffer.from(i < 10 ? bytes.subarray(0, (i * bytes.length) / 10) : bytes);
      for (let n = 0; i >= 10 && n < 8; n++) damaged[(i * 977 + n * 4391) % bytes.length] = i % 2 === 0 ? 255 : i;
      await tries(damaged, 3000).catch((error: unknown) => {
        expect(error).toMatchObject({ name: "FormatError", path });
        refused++;
      });
    }
    expect(refused).toBeGreaterThan(12);
  });
});
