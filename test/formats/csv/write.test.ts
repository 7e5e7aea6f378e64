import { existsSync, readdirSync, readFileSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { blockAt, type Chunks, chunkBox, countChunks, gridOf } from "#src/data/chunks";
import { type DType, factsOf } from "#src/data/dtype";
import { countsOf, sizeOf } from "#src/data/region";
import type { CsvWriteOptions } from "#src/formats/csv/create";
import { openCsvFile } from "#src/formats/csv/open";
import type { Destination } from "#src/formats/format";
import { table } from "#src/formats/table";
import { temporaryFolder } from "../../support/folder.js";
import { numbers, readAll, rejection } from "./tables.js";

const folder = temporaryFolder();
const path = join(folder, "out.csv");

async function begin(dtype: DType, chunks: Chunks, options?: CsvWriteOptions): Promise<Destination> {
  const shape = chunks.map((sizes) => sizes.reduce((a, b) => a + b, 0));
  return (await table.csv.load()).create(path, { dtype, shape, chunks }, options);
}

/** Writes all parts, from the last to the first, and the first one twice. */
async function fill({ array }: Destination, bytes: Uint8Array): Promise<void> {
  const writer = (await table.csv.load()).writer(JSON.parse(JSON.stringify(array)));
  const count = countChunks(array.grid);
  const row = sizeOf(array.shape.slice(1)) * factsOf(array.dtype).bytes;
  for (const number of [0, ...Array.from({ length: count }, (_, i) => count - 1 - i)]) {
    const box = chunkBox(array.grid, blockAt(gridOf(array.grid), number));
    if (sizeOf(countsOf(box)) === 0) continue;
    const part = bytes.subarray(box[0]!.start * row, box[0]!.stop * row);
    const memory = new Uint8Array(new SharedArrayBuffer(part.length + 1), 1);
    memory.set(part);
    expect(await writer.write(box, memory)).toBeGreaterThan(0);
  }
  await writer.close();
}

async function save(dtype: DType, chunks: Chunks, bytes: Uint8Array, options?: CsvWriteOptions): Promise<string> {
  const destination = await begin(dtype, chunks, options);
  await fill(destination, bytes);
  expect(existsSync(path)).toBe(false);
  await destination.commit();
  expect(readdirSync(folder)).toEqual(["out.csv"]);
  return readFileSync(path, "utf8");
}

const fresh = (): void => {
  for (const name of readdirSync(folder)) expect(name).toBe("out.csv");
  if (existsSync(path)) writeFileSync(path, "");
};

describe("a written table", () => {
  test("holds numbers with the fewest digits, in order, under a header", async () => {
    const values = Float64Array.of(0.1, -0, 3, 1e21, Number.NaN, Number.NEGATIVE_INFINITY, 1e-7, 5e-324);
    const options = { header: ["a", 'the "b", quoted'] };
    expect(await save("float64", [[1, 2, 1], [2]], new Uint8Array(values.buffer), options)).toBe(
      'a,"the ""b"", quoted"\n0.1,-0.0\n3.0,1e+21\nnan,-inf\n1e-7,5e-324\n',
    );
    unlinkSync(path);
    const single = Float32Array.of(0.1, 16777216, 3.4028234663852886e38, 1.401298464324817e-45, 1 / 3);
    expect(await save("float32", [[5]], new Uint8Array(single.buffer), { lineEnding: "\r\n" })).toBe(
      "0.1\r\n16777216.0\r\n3.4028235e+38\r\n1e-45\r\n0.33333334\r\n",
    );
    unlinkSync(path);
    const big = BigInt64Array.of(-(2n ** 63n), 2n ** 63n - 1n);
    expect(await save("int64", [[1], [2]], new Uint8Array(big.buffer), { delimiter: "\t" })).toBe(
      "-9223372036854775808\t9223372036854775807\n",
    );
    unlinkSync(path);
    expect(await save("bool", [[2]], Uint8Array.of(1, 0))).toBe("1\n0\n");
    unlinkSync(path);
    expect(await save("float64", [[0], [2]], new Uint8Array(0), { header: ["x", "y"] })).toBe("x,y\n");
    unlinkSync(path);
  });

  test("gives the same bits when it is read again", async () => {
    const random = numbers(23);
    for (const dtype of ["float64", "float32"] as const) {
      const words = Uint32Array.from({ length: 60_000 }, () => Math.floor(random() * 2 ** 32));
      const values = dtype === "float64" ? new Float64Array(words.buffer) : new Float32Array(words.buffer);
      for (const [i, value] of values.entries()) if (Number.isNaN(value)) values[i] = 0.5;
      const bytes = new Uint8Array(words.buffer);
      const destination = await begin(dtype, [
        [values.length / 10 - 7, 7],
        [4, 6],
      ]);
      await fill(destination, bytes);
      await destination.commit();
      const array = await openCsvFile(path, { dtype, partBytes: 100_000 });
      expect(Buffer.compare(await readAll(array), bytes)).toBe(0);
    }
  });

  test("leaves nothing behind when it is discarded or fails", async () => {
    writeFileSync(path, "before");
    const discarded = await begin("float64", [[2], [1]]);
    await fill(discarded, new Uint8Array(16));
    await discarded.discard();
    await discarded.discard();
    expect(readdirSync(folder)).toEqual(["out.csv"]);
    const unfinished = await begin("float64", [[1, 1], [1]]);
    expect(await rejection(unfinished.commit())).toMatchObject({ name: "StorageError", systemCode: "ENOENT" });
    await unfinished.discard();
    expect(readdirSync(folder)).toEqual(["out.csv"]);
    expect(readFileSync(path, "utf8")).toBe("before");
    fresh();
  });

  test.each<[DType, Chunks, CsvWriteOptions, RegExp]>([
    ["float64", [[1], [1], [1]], {}, /one axis or two/],
    ["complex64", [[1]], {}, /real numbers, not complex64/],
    ["float64", [[1], [2]], { header: ["a"] }, /header has 1 names; the array has 2 columns/],
    ["float64", [[1]], { delimiter: "." }, /delimiter must be/],
    ["float64", [[1]], { lineEnding: "\r" as never }, /lineEnding must be/],
  ])("refuses %s %j %j", async (dtype, chunks, options, message) => {
    expect((await rejection(begin(dtype, chunks, options))).message).toMatch(message);
    expect(readdirSync(folder).every((name) => name === "out.csv")).toBe(true);
  });
});
