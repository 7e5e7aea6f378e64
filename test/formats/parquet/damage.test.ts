import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parquet } from "#src/formats/parquet/format";
import { picks, tryToRead } from "../../damage/reading.js";
import { Watchdog } from "../../damage/watchdog.js";
import { temporaryFolder } from "../../support/folder.js";
import { written } from "../pyarrow.js";

const folder = temporaryFolder();
const path = join(folder, "damaged.parquet");
const kinds = ["plain", "dictionary", "delta", "zstd", "checked"] as const;
const whole = {} as Record<(typeof kinds)[number], Buffer>;

beforeAll(async () => {
  await written(
    folder,
    `
n = 300
table = pa.table({"text": [str(i) for i in range(n)], "x": np.arange(n) % 40 * 1.5,
    "i": pa.array(range(n), pa.int32(), mask=np.arange(n) % 3 == 0),
    "j": np.arange(n), "b": np.arange(n) % 2 == 0})
ways = {
    "plain": {"compression": "none", "use_dictionary": False},
    "dictionary": {"compression": "snappy", "use_dictionary": True, "data_page_version": "2.0"},
    "delta": {"compression": "none", "use_dictionary": False, "column_encoding": {
        "i": "DELTA_BINARY_PACKED", "j": "DELTA_BINARY_PACKED", "x": "BYTE_STREAM_SPLIT", "b": "RLE"}},
    "zstd": {"compression": "zstd"},
    "checked": {"compression": "lz4", "write_page_checksum": True},
}
for name, how in ways.items():
    pq.write_table(table, f"{folder}/{name}.parquet", row_group_size=130, store_schema=False, **how)
`,
  );
  for (const kind of kinds) whole[kind] = readFileSync(join(folder, `${kind}.parquet`));
});

describe.each(kinds)("a damaged Parquet file of kind %s", (kind) => {
  test("is refused if it is cut anywhere", async () => {
    const bytes = whole[kind];
    expect(await tryToRead(parquet, path, bytes)).toBe("read");
    for (let length = 0; length < bytes.length; length += bytes.length - length < 100 ? 1 : 23) {
      expect(await tryToRead(parquet, path, bytes.subarray(0, length)), `the first ${length} bytes`).toBe("refused");
    }
  });

  test("gives an error or elements if bytes are replaced anywhere", async () => {
    const pick = picks(13);
    const bytes = whole[kind];
    let refused = 0;
    for (let round = 0; round < 600; round++) {
      const damaged = Buffer.from(bytes);
      for (let i = 0; i <= pick(3); i++) {
        damaged[pick(bytes.length)] = [0, 1, 127, 128, 255, pick(256)][pick(6)]!;
      }
      if ((await tryToRead(parquet, path, damaged)) === "refused") refused++;
    }
    expect(refused).toBeGreaterThan(60);
  });

  test("gives an error or elements if any byte of the metadata is replaced", async () => {
    const bytes = whole[kind];
    const length = bytes.readUInt32LE(bytes.length - 8);
    let refused = 0;
    for (let place = bytes.length - 8 - length; place < bytes.length; place++) {
      // the second field, of 64 bits, becomes the third: a number is where a column should be described
      const another = bytes[place] === 0x26 ? [0x36] : [];
      for (const value of [...another, ...(place % 2 === 0 ? [0, 0xff] : [0x19])]) {
        const damaged = Buffer.from(bytes);
        damaged[place] = value;
        if ((await tryToRead(parquet, path, damaged)) === "refused") refused++;
      }
    }
    expect(refused).toBeGreaterThan(400);
  });
});

describe("a page with a checksum", () => {
  test("is refused if any of its bits is flipped", async () => {
    const bytes = whole.checked;
    const pick = picks(17);
    const start = bytes.length - 8 - bytes.readUInt32LE(bytes.length - 8);
    const known = Buffer.from(bytes);
    expect(await tryToRead(parquet, path, known)).toBe("read");
    let refused = 0;
    for (let round = 0; round < 400; round++) {
      const damaged = Buffer.from(bytes);
      damaged[4 + pick(start - 4)]! ^= 1 << pick(8);
      if ((await tryToRead(parquet, path, damaged)) === "refused") refused++;
    }
    // headers, and the column of text, which is not read, have none
    expect(refused).toBeGreaterThan(150);
  });
});

describe("hostile metadata is refused soon", () => {
  const watchdog = new Watchdog();
  afterAll(() => watchdog.end());

  const withMetadata = (metadata: Uint8Array): Buffer => {
    const tail = Buffer.alloc(8);
    tail.writeUInt32LE(metadata.length, 0);
    tail.write("PAR1", 4);
    return Buffer.concat([Buffer.from("PAR1"), metadata, tail]);
  };

  test.each([
    ["a number without end", Buffer.concat([Buffer.from([0x16]), Buffer.alloc(2 ** 20, 0xff)])],
    ["a million structs in each other", Buffer.alloc(2 ** 20, 0x1c)],
    ["a million lists in each other", Buffer.concat([Buffer.from([0x19]), Buffer.alloc(2 ** 20, 0x19)])],
    ["a list of four billion", Buffer.from([0x19, 0xf5, 0xff, 0xff, 0xff, 0xff, 0x0f])],
    ["a text of two billion", Buffer.from([0x18, 0xff, 0xff, 0xff, 0xff, 0x07])],
    ["nothing", Buffer.alloc(0)],
    ["an empty struct", Buffer.alloc(1)],
  ])("for %s", async (name, metadata) => {
    const end = await watchdog.watch(name, () => tryToRead(parquet, path, withMetadata(metadata)));
    expect(end).toBe("refused");
  });
});
