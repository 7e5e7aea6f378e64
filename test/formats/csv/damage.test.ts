import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { openCsvFile } from "#src/formats/csv/open";
import type { CsvOptions } from "#src/formats/csv/options";
import { ArgumentError, open, openCsv } from "#src/index";
import { temporaryFolder } from "../../support/folder.js";
import { numbers, readAll, rejection, tableOf } from "./tables.js";

const path = join(temporaryFolder(), "x.csv");
const fault = (text: string | Uint8Array, options?: CsvOptions) => rejection(tableOf(path, text, options));

describe("a file that is not a table is refused", () => {
  test.each<[string, string | Uint8Array, RegExp]>([
    ["empty", "", /the file is empty/],
    ["only blank lines", "\n\r\n\n", /holds no record/],
    [
      "UTF-16 with half a character",
      Buffer.from("\ufeff1,2\n3,4\n", "utf16le").subarray(0, -3),
      /line 2, column 2: "4?\ufffd"/,
    ],
    ["a Parquet file", "PAR1 and so on", /looks like a Parquet file/],
    ["a Parquet file behind compression", gzipSync("PAR1\n1,2\n"), /looks like a Parquet file/],
    ["text that is compressed twice", gzipSync(gzipSync("1,2\n")), /looks like a gzip-compressed file/],
    ["a quote that is never closed", '1,2\n3,"4\n5,6\n', /the quote at byte 6 opens a field that is never closed/],
    ["NUL bytes", "1,2\n\0\0\0,4\n", /line 2, column 1: "\\u0000/],
  ])("%s: the file is refused", async (_, text, message) => {
    const error = await fault(text);
    expect(error).toMatchObject({ name: "FormatError", path });
    expect(error.message).toMatch(message);
  });

  test("options are checked before the file is opened", async () => {
    await expect(openCsv(`${path}.missing`, { skipRows: -1 })).rejects.toThrow(ArgumentError);
  });

  test("a table whose first name begins like a Feather file is read", async () => {
    writeFileSync(path, "FEA1,FEA2\n1,2\n");
    expect((await (await open(path)).compute()).toArray()).toEqual([[1n, 2n]]);
  });

  test("a file without any line end is refused before it fills the memory", async () => {
    const error = await fault(gzipSync(Buffer.alloc(200 * 2 ** 20, 0x31)), { header: false });
    expect(error).toMatchObject({ name: "FormatError", path });
    expect(error.message).toMatch(/longer than 67108864 bytes/);
    expect(process.memoryUsage().rss).toBeLessThan(1.2e9);
  });

  test("gzip that is truncated or has flipped bits is refused, or gives the same table", async () => {
    const text = Array.from({ length: 3000 }, (_, i) => `${i},${(i * 7919) % 1000}\n`).join("");
    const good = gzipSync(text);
    const wanted = await tableOf(path, good);
    const random = numbers(5);
    for (let i = 0; i < 60; i++) {
      const damaged = Buffer.from(good);
      const cut = i % 2 === 0;
      const at = 2 + Math.floor(random() * (good.length - 2));
      if (!cut) damaged[at]! ^= 1 << Math.floor(random() * 8);
      const result = await tableOf(path, cut ? damaged.subarray(0, at) : damaged, { compression: "gzip" }).catch(
        (error) => error,
      );
      // a bit of the header's name, time or flags says nothing about the text
      if (result instanceof Error) expect(result).toMatchObject({ name: "FormatError", path });
      else expect(cut ? undefined : result).toEqual(wanted);
    }
  });

  test("a file that changed after it was opened is refused", async () => {
    writeFileSync(path, "1,2\n3,4\n");
    const array = await openCsvFile(path);
    writeFileSync(path, "1,2\n3,4\n5,6\n");
    expect((await rejection(readAll(array))).message).toMatch(/was changed after it was opened/);
    for (const text of ["1,2,3,4\n", "10,2000\n", "1\n2\n3\n4\n"]) {
      writeFileSync(path, text);
      const { version } = await openCsvFile(path);
      expect(await rejection(readAll({ ...array, version })), text).toMatchObject({ name: "FormatError", path });
    }
  });

  test("random text of meaningful characters gives a table or a FormatError, in bounded time", async () => {
    const pieces = [
      "1",
      "2.5",
      "-",
      "+",
      "e",
      ".",
      ",",
      ",",
      "\n",
      "\n",
      "\r\n",
      "\r",
      '"',
      '""',
      " ",
      "\0",
      "nan",
      "NA",
      "#",
      "é",
      "9".repeat(20),
    ];
    const random = numbers(17);
    const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
    let tables = 0;
    for (let i = 0; i < 1500; i++) {
      const length = 1 + Math.floor(random() * 40);
      const usual = ["1", "2.5", "-7", ",", "\n"];
      const text = Array.from({ length }, () => pick(i % 2 === 0 ? usual : pieces)).join("");
      const options: CsvOptions = {
        header: pick([true, false, "auto"] as const),
        partBytes: pick([1, 5, 4096]),
        ...(random() < 0.3 ? { comment: "#" } : {}),
        ...(random() < 0.3 ? { dtype: pick(["float32", "float64", "int8", "uint64"] as const) } : {}),
        ...(random() < 0.3 ? { column: 0 } : {}),
      };
      const result = await tableOf(path, text, options).catch((error) => error as Error);
      if (result instanceof Error)
        expect(result, JSON.stringify([text, options])).toMatchObject({ name: "FormatError" });
      else {
        tables++;
        // cut in another way, it is the same table
        expect(await tableOf(path, text, { ...options, partBytes: 9 }), JSON.stringify(text)).toEqual(result);
      }
    }
    expect(tables).toBeGreaterThan(50);
  });
});
