import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { csv } from "#src/formats/csv/format";
import { openCsvFile } from "#src/formats/csv/open";
import type { CsvOptions } from "#src/formats/csv/options";
import { zstdLibrary } from "#src/formats/zstd/library";
import { type FormatCase, formatSuite } from "../../conformance/format.js";
import { temporaryFolder } from "../../support/folder.js";
import { numbers, rejection, tableOf } from "./tables.js";

const folder = temporaryFolder();
let files = 0;
const newPath = (): string => join(folder, `${files++}.csv`);
const table = (text: string | Uint8Array, options?: CsvOptions) => tableOf(newPath(), text, options);
const fault = (text: string | Uint8Array, options?: CsvOptions) => rejection(table(text, options));

async function caseOf(data: Float64Array | BigInt64Array, columns: number, options: CsvOptions, gzip = false) {
  const rows: string[] = [];
  for (let at = 0; at < data.length; at += columns) rows.push([...data.slice(at, at + columns)].join(","));
  const path = newPath();
  const text = `${rows.join("\n")}\n`;
  writeFileSync(path, gzip ? gzipSync(text) : text);
  const array = await openCsvFile(path, options);
  return { array, bytes: new Uint8Array(data.buffer) } satisfies FormatCase;
}

describe("CSV passes the conformance suite of formats", () => {
  const random = numbers(3);
  const floats = Float64Array.from({ length: 400 }, () => (random() - 0.5) * 10 ** Math.floor(40 * random() - 20));
  const whole = BigInt64Array.from({ length: 300 }, () => BigInt(Math.floor((random() - 0.5) * 2 ** 52)));
  formatSuite(
    async () => csv,
    async () => ({
      parts: await caseOf(floats, 4, { partBytes: 700, header: false }),
      int64: await caseOf(whole, 3, { partBytes: 300 }),
      single: await caseOf(floats, 1, { partBytes: 500, column: 0 }),
      gzip: await caseOf(floats, 4, { partBytes: 2000 }, true),
    }),
  );
});

describe("a table of text", () => {
  test("has its dtype and header inferred from the first records", async () => {
    expect(await table("1,2\n3,4\n")).toEqual({ dtype: "int64", shape: [2, 2], values: ["1", "2", "3", "4"] });
    expect(await table("1,2\n3,4.5\n")).toMatchObject({ dtype: "float64", values: ["1", "2", "3", "4.5"] });
    expect(await table("1,\n3,4\n")).toMatchObject({ dtype: "float64", values: ["1", "NaN", "3", "4"] });
    expect(await table("a,b\n1,2\n")).toMatchObject({ shape: [1, 2], values: ["1", "2"] });
    expect(await table("1,2\n3,4\n", { header: true })).toMatchObject({ shape: [1, 2], values: ["3", "4"] });
    expect(await table("9223372036854775807\n-9223372036854775808\n")).toMatchObject({ dtype: "int64" });
    expect(await table("9223372036854775808\n")).toMatchObject({ dtype: "uint64" });
    expect(await table("a,b\n")).toEqual({ dtype: "float64", shape: [0, 2], values: [] });
  });

  test("has its delimiter inferred", async () => {
    for (const delimiter of [",", "\t", ";", "|", " "]) {
      const text = ["x,y", "1.5,2", "3,4"].join("\n").replaceAll(",", delimiter);
      expect(await table(text), JSON.stringify(delimiter)).toMatchObject({ values: ["1.5", "2", "3", "4"] });
    }
    expect(await table("1;5\n", { delimiter: ";" })).toMatchObject({ shape: [1, 2] });
  });

  test("may have either line end or none, a byte order mark, blank lines, comments, lines to skip", async () => {
    const wanted = { shape: [2, 2], values: ["1", "2", "3", "4"] };
    expect(await table("1,2\r\n3,4\r\n")).toMatchObject(wanted);
    expect(await table("\ufeff1,2\n3,4")).toMatchObject(wanted);
    expect(await table("\n\n1,2\n\r\n\n3,4\r\n\n\r\n\n")).toMatchObject(wanted);
    expect(await table('#x,\n1,2\n# "y\n#\n3,4\n#end', { comment: "#" })).toMatchObject(wanted);
    expect(await table('noise " \nmore\n1,2\n3,4\n', { skipRows: 2 })).toMatchObject(wanted);
    expect(await table("1,2\r\n3,4\r")).toMatchObject(wanted);
  });

  test("gives columns by name and by number, in the order asked for", async () => {
    const text = 'name,a,b,note\nx,1,2,"p,q"\ny,3,4,"r\n""s"\nz"z,5,6,\n';
    const columns = { values: ["2", "1", "4", "3", "6", "5"], shape: [3, 2], dtype: "int64" };
    expect(await table(text, { columns: ["b", "a"] })).toEqual(columns);
    expect(await table(text, { columns: [2, 1] })).toEqual(columns);
    expect(await table(text, { column: "b" })).toEqual({ values: ["2", "4", "6"], shape: [3], dtype: "int64" });
    expect((await fault(text, { columns: ["c"] })).message).toMatch(/no column "c"; its columns are "name", "a"/);
    expect((await fault(text, { columns: [4] })).message).toMatch(/no column 4; it has 4/);
    expect((await fault("a,a\n1,2\n", { columns: ["a"] })).message).toMatch(/more than one column "a"/);
    expect((await fault("1,2\n", { columns: ["a"] })).message).toMatch(/no header/);
    expect(await fault(text)).toMatchObject({ name: "FormatError", offset: 14 });
  });

  test("gives numbers in every way they are written, and refuses everything else", async () => {
    const texts = [
      "+1",
      ".5",
      "5.",
      "-0",
      "1e5",
      "1E+05",
      "2.5e-3",
      " 7 ",
      '"8"',
      '" 9.5 "',
      "inf",
      "-Infinity",
      "NaN",
    ];
    const values = [
      "1",
      "0.5",
      "5",
      "-0",
      "100000",
      "100000",
      "0.0025",
      "7",
      "8",
      "9.5",
      "Infinity",
      "-Infinity",
      "NaN",
    ];
    const more = [
      "00012",
      "1e400",
      "-1e-400",
      `1${"0".repeat(30)}`,
      `0.${"0".repeat(40)}1`,
      "1e0000000000000000000005",
      "nan",
    ];
    const found = await table(`${[...texts, ...more].join(",")}\n`, { header: false });
    expect(found.values).toEqual([...values, "12", "Infinity", "-0", "1e+30", "1e-41", "100000", "NaN"]);
    for (const bad of [
      "1_000",
      "0x10",
      "1e",
      "e5",
      ".",
      "+",
      "--1",
      "1.2.3",
      "1 2",
      '"1"2',
      "١",
      "1\0",
      "infin",
      "1d5",
    ]) {
      const error = await fault(`1,2\n3,${bad}\n`, { header: false });
      expect(error, bad).toMatchObject({ name: "FormatError", offset: 6 });
      expect(error.message).toMatch(/line 2, column 2: /);
    }
  });

  test("turns missing values into NaN, and refuses them in whole numbers", async () => {
    const found = await table("1.5,NA,null\n,-,3\n");
    expect(found.values).toEqual(["1.5", "NaN", "NaN", "NaN", "NaN", "3"]);
    expect((await table("1.5,none at all,?\n", { missing: ["?", "none at all"] })).values).toEqual([
      "1.5",
      "NaN",
      "NaN",
    ]);
    const many = `${"1,2\n".repeat(150)}3,\n`;
    expect((await fault(many, { dtype: "int64" })).message).toMatch(
      /line 151, column 2: "" is a missing value, and int64 has none; .*"float64"/,
    );
    expect((await fault("1.5,\n", { missing: [], header: false })).message).toMatch(
      /line 1, column 2: "" is not a number/,
    );
  });

  test("gives whole numbers of every size, and refuses those that do not fit", async () => {
    const limits = {
      int8: ["-128", "127", "-129", "128"],
      uint8: ["0", "255", "-1", "256"],
      int16: ["-32768", "32767", "-32769", "32768"],
      uint16: ["0", "65535", "-1", "65536"],
      int32: ["-2147483648", "2147483647", "-2147483649", "2147483648"],
      uint32: ["0", "4294967295", "-1", "4294967296"],
      int64: ["-9223372036854775808", "9223372036854775807", "-9223372036854775809", "9223372036854775808"],
      uint64: ["0", "18446744073709551615", "-1", "18446744073709551616"],
    } as const;
    for (const [dtype, [least, most, below, above]] of Object.entries(limits)) {
      const options = { dtype: dtype as keyof typeof limits };
      const text = `${least},${most},+0000000000000000000000007\n`;
      expect((await table(text, options)).values, dtype).toEqual([least, most, "7"]);
      for (const bad of [below, above, "1.0", "1e3", "99999999999999999999999"]) {
        const error = await fault(`1\n\n${bad}\n`, options);
        expect(error.message, dtype).toContain(`line 3, column 1: "${bad}" is not a valid ${dtype}`);
        expect(error).toMatchObject({ name: "FormatError", offset: 3 });
      }
    }
  });

  test("reports line, column and offset of a value that appears late and does not fit", async () => {
    const head = `a,b\n${"1,2\n".repeat(70000)}`;
    for (const [bad, told] of [
      ["3,4.5", /line 70002, column 2 \("b"\): "4\.5" is not a valid int64; open it with dtype "float64"/],
      ["3,x", /line 70002, column 2 \("b"\): "x" is not a valid int64$/],
      ["3", /line 70002 has 1 field; the first record has 2/],
      ["3,4,5", /line 70002 has 3 fields; the first record has 2/],
    ] as const) {
      for (const partBytes of [2 ** 22, 1000]) {
        const error = await fault(`${head}${bad}\n5,6\n`, { partBytes, dtype: "int64" });
        expect(error.message).toMatch(told);
        const at = /^3,[4x](\.|$)/.test(bad) ? head.length + 2 : head.length;
        expect(error).toMatchObject({ name: "FormatError", offset: at });
      }
    }
    expect((await fault(`1.5\n${"y".repeat(99)}\n`, { header: false })).message).toContain(`"${"y".repeat(40)}…"`);
  });

  test("keeps delimiters, line ends and quotes of fields in quotes, wherever parts are cut", async () => {
    const random = numbers(11);
    const notes = [
      '"a,b"',
      '"x\ny"',
      '"say ""so"""',
      '""',
      "plain",
      'odd"quote',
      '"\r\n"',
      '"tail"s',
      '","",\n"",',
    ].slice(0, 8);
    const rows = Array.from(
      { length: 900 },
      (_, i) => [i / 8, notes[Math.floor(random() * notes.length)]!, -i] as const,
    );
    for (const end of ["\n", "\r\n"]) {
      const text = rows.map((row) => row.join(",")).join(end);
      for (const partBytes of [1, 17, 100, 4096, 2 ** 22]) {
        const found = await table(text, { columns: [2, 0], partBytes, dtype: "float64", header: false });
        expect(found.shape).toEqual([900, 2]);
        expect(found.values).toEqual(rows.flatMap(([x, , y]) => [Object.is(y, -0) ? "0" : String(y), String(x)]));
      }
    }
  });

  test("may have fields longer than all buffers, and many columns", async () => {
    const long = "z".repeat(3_000_000);
    expect(await table(`1,${long},2\n3,"${long}",4\n`, { columns: [0, 2], header: false })).toMatchObject({
      values: ["1", "2", "3", "4"],
    });
    const zeros = `0.${"0".repeat(700_000)}`;
    expect((await table(`1,${zeros}\n2,${zeros}1e700001\n`)).values).toEqual(["1", "0", "2", "1"]);
    const wide = Array.from({ length: 50_000 }, (_, i) => i);
    const found = await table(`${wide.join(",")}\n${wide.join(",")}\n`);
    expect(found.shape).toEqual([2, 50_000]);
    expect(found.values).toEqual([...wide, ...wide].map(String));
  });

  test("is recognized as gzip, streamed, and read again from its beginning", async () => {
    const text = Array.from({ length: 50_000 }, (_, i) => `${i},${i / 4}\n`).join("");
    const plain = await table(text, { dtype: "float64" });
    const packed = await table(gzipSync(text), { dtype: "float64", partBytes: 10_000 });
    expect(packed).toEqual(plain);
    const two = Buffer.concat([gzipSync("1,2\n"), gzipSync("3,4\n")]);
    expect(await table(two)).toMatchObject({ values: ["1", "2", "3", "4"] });
  });
});

describe("text in Zstandard", () => {
  const compress = (content: string): Uint8Array => zstdLibrary().compressSync!(Buffer.from(content), 3);
  const text = Array.from({ length: 50_000 }, (_, i) => `${i},${(i * 7919) % 10_007}\n`).join("");

  test("is recognized, streamed, and read again from its beginning", async () => {
    const packed = await table(compress(text), { dtype: "float64", partBytes: 10_000 });
    expect(packed).toEqual(await table(text, { dtype: "float64" }));
  });

  test("may have several frames, and one that is skipped", async () => {
    const skipped = Buffer.from("502a4d1803000000abcdef", "hex");
    const frames = [compress(text.slice(0, 1001)), skipped, compress(text.slice(1001)), skipped];
    expect(await table(Buffer.concat(frames))).toEqual(await table(text));
  });

  test("may fill its pieces to the last byte", async () => {
    for (const length of [2 ** 17, 2 ** 18, 2 ** 19]) {
      const lines = "1,22222\n".repeat(length / 8);
      expect(await table(compress(lines)), String(length)).toMatchObject({ shape: [length / 8, 2] });
    }
  });

  test("is refused when it is damaged inside", async () => {
    const packed = Buffer.from(compress(text));
    packed.fill(255, 50_000); // tables and sequences of the last block, too
    expect(await fault(packed)).toMatchObject({
      message: expect.stringMatching(/the zstd data is damaged or truncated/),
    });
  });

  test("is refused, with advice, where nothing can stream it", () => {
    const [preload, path] = [join(folder, "without.cjs"), newPath()];
    writeFileSync(path, compress(text));
    const absent = `const { syncBuiltinESMExports, Module } = require("node:module");
      delete require("node:zlib").createZstdDecompress;
      syncBuiltinESMExports();
      const load = Module._load;
      Module._load = (name, ...more) => {
        if (name.startsWith("zstd-napi")) throw new Error("it is absent");
        return load(name, ...more);
      };`;
    writeFileSync(preload, absent);
    const program = `import { openCsv } from "chunkwise";
      await openCsv(${JSON.stringify(path)}).catch(({ name, message }) => console.log(name, message));`;
    const node = ["--require", preload, "--input-type=module", "--eval", program];
    const { stdout, stderr } = spawnSync(process.execPath, node, { encoding: "utf8" });
    expect(stderr).toBe("");
    expect(stdout).toMatch(/^FormatError .*\.csv: Zstandard needs Node 22\.15 or later, or the package zstd-napi/);
  });

  test("is refused when it is cut anywhere, or followed by bytes that are not a frame", async () => {
    const packed = compress(text);
    const cuts = [1, 2, 3, 4, 5, 100, 10_000, packed.length - 10].map((count) => packed.subarray(0, -count));
    for (const bytes of [...cuts, Buffer.concat([packed, Buffer.alloc(1)]), Buffer.concat([packed, Buffer.alloc(9)])]) {
      const error = await fault(bytes);
      expect(error).toMatchObject({ name: "FormatError", path: expect.stringContaining(".csv") });
      expect(error.message).toMatch(/the zstd data is damaged or truncated/);
    }
  });
});

describe("wrong options are refused", () => {
  test.each<[CsvOptions, RegExp]>([
    [{ delimiter: ",," }, /delimiter must be one ASCII character/],
    [{ delimiter: "e" }, /delimiter must be/],
    [{ quote: ",", delimiter: "," }, /must be different characters/],
    [{ columns: [] }, /with at least one entry/],
    [{ columns: [1, 1] }, /a column twice/],
    [{ columns: [0], column: 1 }, /not both/],
    [{ dtype: "complex64" }, /not complex64/],
    [{ skipRows: -1 }, /skipRows must be a whole number of at least 0; got -1/],
    [{ partBytes: 0 }, /partBytes must be a whole number of at least 1; got 0/],
    [{ header: "yes" as never }, /header must be/],
    [{ compression: "xz" as never }, /compression must be/],
  ])("the options %j are refused", async (options, message) => {
    expect((await fault("1,2\n", options)).message).toMatch(message);
  });
});
