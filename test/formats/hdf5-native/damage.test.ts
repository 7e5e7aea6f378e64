import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { FormatError } from "#src/data/errors";
import { table } from "#src/formats/table";
import { temporaryFolder } from "../../support/folder.js";
import { runPython } from "../../support/python.js";
import { parts } from "../hdf5/files.js";

const folder = temporaryFolder();

/** What reading all of a dataset throws. */
async function refusal(path: string, dataset: string): Promise<FormatError> {
  const opened = await (await table.hdf5.load()).open(path, { dataset });
  if (opened.kind !== "encoded") throw new Error("not encoded");
  expect(opened.array.format).toBe("hdf5-native");
  try {
    const reader = await (await table.hdf5Native.load()).reader(opened.array);
    for (const { box, into } of parts(opened.array)) await reader.read(box, into);
  } catch (error) {
    if (error instanceof FormatError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

describe.each(["earliest", "latest"])("chunks of a file of libver %s", (libver) => {
  const path = join(folder, `${libver}.h5`);
  /** The offset of the chunk of each dataset that is damaged, as h5py reports it. */
  let chunks: Record<string, number> = {};
  beforeAll(async () => {
    const text = await runPython(
      `
import sys, json, zlib, h5py, numpy as np
places = {}
with h5py.File(sys.argv[1], "w", libver=sys.argv[2]) as f:
    x = np.arange(600, dtype="<i4").reshape(20, 30)
    def add(name, stored=None, **how):
        d = f.create_dataset(name, data=x, chunks=(10, 10), **how)
        if stored is not None: d.id.write_direct_chunk((10, 20), stored)
        places[name] = d.id.get_chunk_info_by_coord((10, 20)).byte_offset
    add("bomb", zlib.compress(bytes(300_000_000), 9)[:1424], compression="gzip")
    add("longer", zlib.compress(bytes(401)), compression="gzip")
    add("shorter", zlib.compress(bytes(399)), compression="gzip")
    add("empty", zlib.compress(b""), compression="gzip", shuffle=True)
    add("cut", zlib.compress(x[:10, :10].tobytes())[:50], compression="gzip")
    add("garbage", b"x" * 100, compression="gzip")
    add("large", bytes(10000), compression="gzip")
    add("tiny", b"xyz", fletcher32=True)
    add("shuffled", bytes(399), shuffle=True)
    add("sum", fletcher32=True)
    add("grown", maxshape=(None, 30), fletcher32=True)
    f.create_dataset("deep", data=np.arange(20000, dtype="<u2"), chunks=(2,))
    f.create_dataset("deep-grown", data=np.arange(20000, dtype="<u2"), chunks=(2,), maxshape=(None,))
print(json.dumps(places))
`,
      path,
      libver,
    );
    chunks = JSON.parse(text) as Record<string, number>;
  });

  test.each([
    ["bomb", /inflates to more than its 400 bytes/],
    ["longer", /inflates to more than its 400 bytes/],
    ["shorter", /has 399 bytes, and should have 400/],
    ["empty", /has 0 bytes, and should have 400/],
    ["cut", /cannot be inflated: unexpected end of file/],
    ["garbage", /cannot be inflated: incorrect header check/],
    ["tiny", /has 3 bytes, fewer than its checksum/],
    ["shuffled", /has 399 bytes, and should have 400/],
  ])("a chunk that does not decode is refused: %s", async (name, message) => {
    const error = await refusal(path, name);
    expect(error).toMatchObject({ name: "FormatError", path, offset: chunks[name] });
    expect(error.message).toMatch(message);
    expect(error.message).toContain(
      `${path}: /${name} is damaged at byte ${chunks[name]}: chunk (1, 2) cannot be read`,
    );
  });

  test("a chunk with far more stored bytes than it needs is refused", async () => {
    const error = await refusal(path, "large");
    expect(error.message).toMatch(/chunk \(1, 2\) should be at byte \d+ of \d+, with 10000 bytes for 400/);
    expect(error.offset).toBeLessThan(readFileSync(path).length);
  });

  /** Damages a copy of the file. */
  function damaged(change: (bytes: Buffer) => void): string {
    const copy = join(folder, `${libver}-damaged.h5`);
    const bytes = readFileSync(path);
    change(bytes);
    writeFileSync(copy, bytes);
    return copy;
  }

  test.each(["sum", "grown"])("a flipped bit in a chunk with a checksum is noticed: %s", async (name) => {
    for (const place of [0, 199, 399, 401]) {
      const copy = damaged((bytes) => bytes.writeUInt8(bytes[chunks[name]! + place]! ^ 4, chunks[name]! + place));
      const error = await refusal(copy, name);
      expect(error).toMatchObject({ path: copy, offset: chunks[name] });
      expect(error.message).toMatch(/its checksum \(fletcher32\) is [0-9a-f]+, and should be [0-9a-f]+/);
    }
  });

  if (libver === "earliest") {
    /** The offset of the root of the tree of the dataset `deep`: the first of the two roots of level 2. */
    const rootOf = (bytes: Buffer) => bytes.indexOf(Buffer.from([...Buffer.from("TREE"), 1, 2]));

    test.each<[string, (bytes: Buffer, root: number) => void, RegExp]>([
      [
        "leads back to its root",
        (bytes, root) => bytes.writeBigUInt64LE(BigInt(root), root + 48),
        /a node of level 2 is where one of level 1 should be/,
      ],
      [
        "leads out of the file",
        (bytes, root) => bytes.writeBigUInt64LE(2n ** 40n, root + 48),
        /a node of the B-tree of chunks should have 24 bytes there, and the file ends at byte/,
      ],
      ["leads nowhere", (bytes, root) => bytes.fill(255, root + 48, root + 56), /leads nowhere/],
      [
        "leads to no node",
        (bytes, root) => bytes.writeBigUInt64LE(0n, root + 48),
        /begins with "\x89HDF"|begins with "\\/,
      ],
      [
        "has more entries than bytes",
        (bytes, root) => bytes.writeUInt16LE(65535, root + 6),
        /the file ends|do not follow|inside another/,
      ],
      [
        "has keys between chunks",
        (bytes, root) => bytes.writeUInt8(bytes[root + 32]! + 1, root + 32),
        /begins inside another one/,
      ],
      [
        "has keys out of order",
        (bytes, root) => bytes.copy(bytes, root + 32, root + 32 + 32, root + 40 + 32),
        /the chunks do not follow each other/,
      ],
    ])("a B-tree that %s is refused", async (_, change, message) => {
      const copy = damaged((bytes) => {
        expect(rootOf(bytes)).toBeGreaterThan(0);
        change(bytes, rootOf(bytes));
      });
      const error = await refusal(copy, "deep");
      expect(error.message).toMatch(message);
      expect(error.path).toBe(copy);
      expect(error.offset).toBeGreaterThanOrEqual(0);
      expect(error.offset).toBeLessThanOrEqual(readFileSync(copy).length);
    });
  } else {
    test.each([
      ["FAHD", "deep"],
      ["FADB", "deep"],
      ["EAHD", "deep-grown"],
      ["EAIB", "deep-grown"],
      ["EASB", "deep-grown"],
      ["EADB", "deep-grown"],
    ])("a flipped bit in %s is noticed", async (signature, name) => {
      let offset = 0;
      for (const place of [9, 13]) {
        const copy = damaged((bytes) => {
          // the last ones belong to the dataset that was written last
          offset = bytes.lastIndexOf(signature);
          expect(offset).toBeGreaterThan(0);
          bytes.writeUInt8(bytes[offset + place]! ^ 1, offset + place);
        });
        const error = await refusal(copy, name);
        expect(error).toMatchObject({ path: copy, offset });
        expect(error.message).toMatch(/the checksum of .* is [0-9a-f]+, and should be [0-9a-f]+/);
      }
    });
  }
});
