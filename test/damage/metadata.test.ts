/**
 * The metadata of small Arrow and Parquet files, each byte of it damaged: an error with the path, or what has the right
 * type.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { arrow } from "#src/formats/arrow/format";
import { parquet } from "#src/formats/parquet/format";
import { pyarrow } from "../formats/pyarrow.js";
import { temporaryFolder } from "../support/folder.js";
import { tryToRead } from "./reading.js";

const folder = temporaryFolder();

beforeAll(async () => {
  await pyarrow(
    `
folder = sys.argv[1]
table = pa.table({"a": pa.array([1, 2], pa.int8())}).replace_schema_metadata({"unit": "m", "size": "5"})
pq.write_table(table, f"{folder}/x.parquet")
for name, make in [("file", pa.ipc.new_file), ("stream", pa.ipc.new_stream)]:
    with make(f"{folder}/{name}.arrow", table.schema) as writer: writer.write_table(table)
`,
    folder,
  );
});

describe.each([
  ["x.parquet", parquet],
  ["file.arrow", arrow],
  ["stream.arrow", arrow],
] as const)("the file %s", (name, format) => {
  test("with any byte replaced is read or refused, and its attributes are texts or an error", async () => {
    const bytes = readFileSync(join(folder, name));
    const path = join(folder, `damaged-${name}`);
    expect(await format.attributes(join(folder, name))).toMatchObject({ unit: "m", size: "5" });
    let refused = 0;
    for (let place = 0; place < bytes.length; place++) {
      for (const value of [0, 8, 0x33, 0x80, 0xff]) {
        const damaged = Buffer.from(bytes);
        damaged[place] = value;
        await tryToRead(format, path, damaged); // which writes the file
        const found = await format.attributes(path).catch((error: unknown) => error);
        if (found instanceof Error) {
          expect(found, `byte ${place} is ${value}`).toMatchObject({ name: "FormatError", path });
          refused++;
        } else for (const text of Object.values(found as object)) expect(typeof text).toBe("string");
      }
    }
    expect(refused).toBeGreaterThan(100);
  });
});
