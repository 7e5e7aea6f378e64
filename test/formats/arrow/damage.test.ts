import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { arrow } from "#src/formats/arrow/format";
import { picks, tryToRead } from "../../damage/reading.js";
import { temporaryFolder } from "../../support/folder.js";
import { written } from "../pyarrow.js";

const folder = temporaryFolder();
const path = join(folder, "damaged.arrow");
const kinds = ["file", "stream", "lz4", "zstd"] as const;
const whole = {} as Record<(typeof kinds)[number], Buffer>;

beforeAll(async () => {
  await written(
    folder,
    `
n = 300
table = pa.table({"text": pa.array([str(i) for i in range(n)], pa.string_view()), "x": np.arange(n) * 1.5,
    "i": pa.array(range(n), pa.int32(), mask=np.arange(n) % 3 == 0), "b": np.arange(n) % 2 == 0})
for name, compression, make in [
    ("file", None, pa.ipc.new_file), ("stream", None, pa.ipc.new_stream),
    ("lz4", "lz4", pa.ipc.new_file), ("zstd", "zstd", pa.ipc.new_stream),
]:
    options = pa.ipc.IpcWriteOptions(compression=compression)
    with make(f"{folder}/{name}.arrow", table.schema, options=options) as writer:
        writer.write_table(table, max_chunksize=130)
`,
  );
  for (const kind of kinds) whole[kind] = readFileSync(join(folder, `${kind}.arrow`));
});

describe.each(kinds)("a damaged Arrow file of kind %s", (kind) => {
  const isStream = kind === "stream" || kind === "zstd";

  test("is refused if it is cut anywhere", async () => {
    const bytes = whole[kind];
    expect(await tryToRead(arrow, path, bytes)).toBe("read");
    // a stream may end behind any of its messages: the schema, three batches, the mark of the end
    const ends = new Set<number>();
    for (let length = 0; length < bytes.length; length += length < 600 || bytes.length - length < 300 ? 1 : 8) {
      if ((await tryToRead(arrow, path, bytes.subarray(0, length))) === "read") ends.add(length);
    }
    expect([...ends].filter((length) => length % 8 !== 0 && length < bytes.length - 8)).toEqual([]);
    if (isStream) expect(ends.size).toBeLessThan(12);
    else expect(ends.size).toBe(0);
  });

  test("gives an error or elements if bytes are replaced: each of the metadata, some of the rest", async () => {
    const pick = picks(11);
    const bytes = whole[kind];
    let refused = 0;
    for (let round = 0; round < 600; round++) {
      const damaged = Buffer.from(bytes);
      for (let i = 0; i <= pick(3); i++) {
        damaged[pick(bytes.length)] = [0, 1, 127, 128, 255, pick(256)][pick(6)]!;
      }
      if ((await tryToRead(arrow, path, damaged)) === "refused") refused++;
    }
    expect(refused).toBeGreaterThan(5);
  });

  test("gives an error or elements if numbers become large or negative", async () => {
    const bytes = whole[kind];
    let refused = 0;
    for (let place = 8; place + 8 <= bytes.length; place += 4) {
      if (place > 1500 && bytes.length - place > 1500) continue;
      for (const value of [0x7fffffff, 0xffffff00]) {
        const damaged = Buffer.from(bytes);
        damaged.writeUInt32LE(value, place);
        if ((await tryToRead(arrow, path, damaged)) === "refused") refused++;
      }
    }
    expect(refused).toBeGreaterThan(100);
  });

  if (kind !== "file") return; // the others have the same schema
  test("gives an error or elements if a field is missing, whose place is a number of 16 bits", async () => {
    const bytes = whole[kind];
    let refused = 0;
    for (let place = 8; place + 2 <= bytes.length; place += 2) {
      if (place > 1500 && bytes.length - place > 1500) continue;
      const damaged = Buffer.from(bytes);
      damaged.writeUInt16LE(0, place);
      if ((await tryToRead(arrow, path, damaged)) === "refused") refused++;
    }
    expect(refused).toBeGreaterThan(50);
  });
});

test("a compressed buffer that claims or decompresses to more than expected is refused", async () => {
  for (const kind of ["lz4", "zstd"] as const) {
    const bytes = whole[kind];
    const magic = kind === "lz4" ? Buffer.from([0x04, 0x22, 0x4d, 0x18]) : Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);
    const at = bytes.indexOf(magic);
    expect(at).toBeGreaterThan(8);
    for (const size of [0n, 1n, 2n ** 40n, 2n ** 62n, -2n]) {
      // every buffer of the file, as the columns that are read are not the first
      const damaged = Buffer.from(bytes);
      for (let place = at; place > 0; place = bytes.indexOf(magic, place + 1)) damaged.writeBigInt64LE(size, place - 8);
      expect(await tryToRead(arrow, path, damaged)).toBe("refused");
    }
  }
});
