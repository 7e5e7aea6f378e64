/** Text as other programs write it: their line ends, blanks, headers, words and marks. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { exactNumber } from "#src/formats/csv/decimal";
import { Notation } from "#src/formats/csv/notation";
import { openCsvFile } from "#src/formats/csv/open";
import { type CsvOptions, checkCsvOptions } from "#src/formats/csv/options";
import { splitRecords } from "#src/formats/csv/records";
import { openCsv } from "#src/index";
import { temporaryFolder } from "../../support/folder.js";
import { runPython } from "../../support/python.js";
import { numbers, readAll, rejection, tableOf } from "./tables.js";

const folder = temporaryFolder();
let files = 0;
const newPath = (): string => join(folder, `${files++}.csv`);
const table = (text: string | Uint8Array, options?: CsvOptions) => tableOf(newPath(), text, options);
const fault = (text: string | Uint8Array, options?: CsvOptions) => rejection(table(text, options));
/** A table's elements, with those of a record together. */
const rows = async (text: string | Uint8Array, options?: CsvOptions): Promise<string> => {
  const { shape, values } = await table(text, options);
  const width = shape[1] ?? 1;
  return Array.from({ length: shape[0] ?? 0 }, (_, i) => values.slice(i * width, (i + 1) * width).join(" ")).join("; ");
};

describe("lines and encodings", () => {
  test("lines may end with CR alone, also where fields in quotes hold LF", async () => {
    expect(await rows("a,b\r1,2.5\r3,4.5\r")).toBe("1 2.5; 3 4.5");
    expect(await rows("1,2\r3,4")).toBe("1 2; 3 4");
    expect(await rows('a,b\r"x\ny",2\r\r"z",4\r', { column: 1 })).toBe("2; 4");
    const many = Array.from({ length: 30_000 }, (_, i) => `${i},${i / 2}\r`).join("");
    expect(await table(many, { partBytes: 1000 })).toEqual(await table(many.replaceAll("\r", "\n")));
    const { message } = await fault("1,2\r3,x\r", { header: false, dtype: "float64" });
    expect(message).toMatch(/line 2, column 2: "x"/);
  });

  test("a CR that ends a line among lines that end with LF is named where it is", async () => {
    const advice = "holds a CR, and lines end with LF here; give all lines the same end";
    for (const [text, place, options] of [
      ["a,b\n1,2\n3,4\r5,6\n", 'line 3: "3,4\\\\r5,6"', {}],
      ["a,b\r\n1,2\r\n3,4\r5,6\r\n", 'line 3: "3,4\\\\r5,6"', { columns: ["a"] }],
      ["a b\n1 2\n3 4\r5 6\n", 'line 3: "3 4\\\\r5 6"', {}],
      ["a,b\n1,2\n3,4\r5,6\n", 'line 3, column 2 \\("b"\\): "4\\\\r5"', { delimiter: "," }],
      ["a\n1\n3\r4\n", 'line 3: "3\\\\r4"', {}],
      [`a,b\n${"1,2\n".repeat(300)}3,4\r5,6\n`, 'line 302, column 2 \\("b"\\): "4\\\\r5"', {}],
      [`a,b\n${"1,2\n".repeat(300)}3,4\r5,6\n`, 'line 302: "4\\\\r5"', { columns: ["a"] }],
    ] as const) {
      expect((await fault(text, options)).message, JSON.stringify(text.slice(0, 30))).toMatch(
        new RegExp(`${place} ${advice}`),
      );
    }
    // in quotes it is text like any other, and so it is in a column that is not read
    expect((await fault('a,b\n1,"2\r3"\n')).message).toMatch(/"2\\r3" is not a number/);
    expect(await rows("n,b\nx\ry,2\nx,4\n", { column: "b" })).toBe("2; 4");
  });

  test("UTF-16 is read with and without a byte order mark, in either byte order", async () => {
    const text = "ä;b\r\n1;2.5\r\n3;4\r\n";
    for (const mark of ["\ufeff", ""]) {
      const little = Buffer.from(mark + (mark === "" ? text.replace("ä", "a") : text), "utf16le");
      expect(await rows(little)).toBe("1 2.5; 3 4");
      expect(await rows(Buffer.from(little).swap16())).toBe("1 2.5; 3 4");
    }
    expect(await rows(Buffer.from(`\ufeff${text}`, "utf16le"), { column: "ä" })).toBe("1; 3");
    const many = Array.from({ length: 100_000 }, (_, i) => `${i},${(i * 7919) % 10_007}\n`).join("");
    expect(await table(Buffer.from(`\ufeff${many}`, "utf16le"), { partBytes: 5000 })).toEqual(await table(many));
  });
});

describe("runs of blanks", () => {
  test("separate fields, and mean nothing at the ends of a line", async () => {
    for (const text of [
      "1  2\n3  4\n",
      " 1 2\n 3 4\n",
      "1 2 \n3 4 \n",
      "   1 2\n  3   4\n",
      " \n\t1\t 2 \r\n \r\n  \n3\t\t4\r\n   ",
      "# a b\n 1 2\n#\n  # c\n 3 4\n# end",
      "x y\n1 2\n3 4",
      '"x z"  y\n1   2\n3 4\n',
    ]) {
      expect(await rows(text), JSON.stringify(text)).toBe("1 2; 3 4");
    }
    expect(await rows("  1.5\n\t\n 2.5\n")).toBe("1.5; 2.5");
    expect((await fault(`${"1 2\n".repeat(200)}1 2 3\n`)).message).toMatch(
      /line 201 has 3 fields; the first record has 2/,
    );
    expect((await fault(`${"1 2\n".repeat(200)} 1 \n`)).message).toMatch(
      /line 201 has 1 field; the first record has 2/,
    );
    // one blank is a delimiter like any other if it is asked for
    expect(await rows("1  2\n", { delimiter: " ", header: false })).toBe("1 NaN 2");
  });

  test("are counted alike wherever they are cut", async () => {
    const lines: string[] = [];
    const wanted: number[] = [];
    for (let i = 0; i < 4000; i++) {
      lines.push(`${" ".repeat(i % 7)}${i}${"\t ".repeat(1 + (i % 3))}${i / 4}${" ".repeat((i >> 2) % 3)}`);
      wanted.push(i, i / 4);
      if (i % 5 === 0) lines.push(" ".repeat((i * 31) % 4500));
      if (i % 11 === 0) lines.push(`${" ".repeat(i % 3)}# 1 2 3`);
    }
    for (const end of ["\n", "\r\n"]) {
      for (const partBytes of [700, 2 ** 22]) {
        const found = await table(`#\n${lines.join(end)}`, { partBytes, dtype: "float64" });
        expect(found.shape).toEqual([4000, 2]);
        expect(found.values).toEqual(wanted.map(String));
      }
    }
  });

  test("of np.savetxt and of Fortran give the numbers of np.loadtxt", async () => {
    const names = await runPython(
      `
import sys, numpy as np
folder = sys.argv[1]
r = np.random.default_rng(5)
x = r.normal(size=(300, 4)) * 10.0 ** r.integers(-5, 6, (300, 4))
x[7, 2] = np.nan; x[8, 1] = -np.inf
ints = r.integers(-99999, 99999, (300, 3))
def save(name, a, **options): np.savetxt(f"{folder}/{name}.txt", a, **options); names.append(name)
names = []
save("default", x)
save("width", x, fmt="%10.3f")
save("signed", x, fmt="%+14.6e", header="a b c d", footer="end")
save("general", x, fmt="%g", delimiter="   ", newline=" \\r\\n")
save("tabs", x, delimiter="\\t", header="two\\nlines")
save("ints", ints, fmt="%8d", comments="# ")
save("carriage", x, newline="\\r")
with open(f"{folder}/fortran.txt", "w") as f:
    f.write("# col1  col2\\n")
    for a, b in x[20:, :2]: f.write(" %15.8E %24.16E   \\n" % (a, b))
names.append("fortran")
for name in names: np.loadtxt(f"{folder}/{name}.txt").astype("<f8").tofile(f"{folder}/{name}.bin")
print(" ".join(names))
`,
      folder,
    );
    for (const name of names.trim().split(" ")) {
      const array = await openCsvFile(join(folder, `${name}.txt`), { dtype: "float64" });
      const bits = await readAll(array);
      expect(Buffer.compare(bits, readFileSync(join(folder, `${name}.bin`))), name).toBe(0);
    }
    const signed = await openCsv(join(folder, "signed.txt"), { column: "c" });
    expect(signed.shape).toEqual([300]);
    expect((await openCsv(join(folder, "ints.txt"))).dtype).toBe("int64");
  });
});

describe("a header", () => {
  test("of the numbers that pandas gives is none of the records", async () => {
    expect(await rows(",0,1\n0,0.5,0.25\n1,1.5,2\n")).toBe("0 0.5 0.25; 1 1.5 2");
    expect(await rows(",0,1\nx,5,6\ny,7,8\n", { columns: ["1"] })).toBe("6; 8");
    expect(await rows(",0\n0,0.5\n1,1.5\n", { column: "0" })).toBe("0.5; 1.5");
    // a missing value, and whole numbers that are no index
    expect(await rows(",0\n5,1\n7,0\n")).toBe("NaN 0; 5 1; 7 0");
  });

  test("of numbers is recognised by quotes, as saveCsv writes it", async () => {
    for (const data of [
      [
        [1.5, 2],
        [3, 4],
      ],
      [],
    ]) {
      for (const dtype of ["float64", "int32"] as const) {
        const path = newPath();
        const { fromArray, zeros } = await import("chunkwise");
        const array = data.length === 0 ? zeros([0, 2], { dtype }) : fromArray(data).astype(dtype);
        await array.saveCsv(path, { header: ["2019", "2020"] });
        expect(readFileSync(path, "utf8")).toMatch(/^"2019","2020"\n/);
        expect((await openCsv(path)).shape).toEqual([data.length, 2]);
        expect((await openCsv(path, { column: "2020" })).shape).toEqual([data.length]);
      }
    }
    expect(await rows('"1",2\n"3",4\n')).toBe("1 2; 3 4");
    expect(await rows('"1","2"\n"3","4"\n')).toBe("1 2; 3 4");
  });

  test("of texts and numbers is told from records with a text, or refused", async () => {
    const numbers = { columns: [0, 1] };
    expect(await rows("5.1,3.5,Iris-setosa\n4.9,3.0,Iris-setosa\n", numbers)).toBe("5.1 3.5; 4.9 3");
    expect(await rows("2020-01-01,1.5\n2020-01-02,2\n", { column: 1 })).toBe("1.5; 2");
    expect(await rows("country,2019,2020\nFrance,1,2\nPeru,3,4\n", { columns: ["2020"] })).toBe("2; 4");
    expect(await rows("name,x\nfoo,1\nbar,2\n", { column: "x" })).toBe("1; 2");
    for (const [text, options] of [
      ["0,1,2\n0.5,0.25,0.75\n", {}],
      ["0,1,2\n0.5,3,0.75\n", {}],
      ["2019,2020\n1.5,2.5\n", {}],
      ["2019,2020\n1,2\n", {}],
      ["10,20\n1.5,2.5\n3.5,4.5\n5.5,6.5\n", {}],
      [`5\n${"0.5\n".repeat(20)}`, {}],
      ["foo,5\n", { column: 1 }],
      ["101,3\n101A,4\n101B,5\n", { column: 1 }],
      ["foo,5\nbar,6\n", { column: 1 }],
      ["?,1.5\n2,3.5\n", {}],
    ] as const) {
      expect((await fault(text, options)).message, text).toMatch(
        /may be names or data; say which with the option header/,
      );
    }
    expect(await rows("0,1,2\n0.5,0.25,0.75\n", { header: true })).toBe("0.5 0.25 0.75");
    expect(await rows("foo,5\nbar,6\n", { column: 1, header: false })).toBe("5; 6");
    expect(await rows("0,1\n0.5,1.0\n0.25,2.5\n1.5,3.5\n")).toBe("0.5 1; 0.25 2.5; 1.5 3.5");
    expect(await rows("1\n2.0\n")).toBe("1; 2");
    expect(await rows("2019 2020\n0.50 1.25\n")).toBe("0.5 1.25");
    expect(await rows("0,1,2,3\nx,5,y,6\nz,7,w,8\n", { columns: ["1", "3"] })).toBe("5 6; 7 8");
    expect(await rows("0 1\n0.5 0.25\n0.75 0.5\n1.5 0.25\n")).toBe("0 1; 0.5 0.25; 0.75 0.5; 1.5 0.25");
    expect(await rows("1,2\n0.5,0.25\n")).toBe("1 2; 0.5 0.25");
    expect(await rows("0,1,2\n3,4,5\n")).toBe("0 1 2; 3 4 5");
    expect(await rows("2019,2020\n2021,2022\n")).toBe("2019 2020; 2021 2022");
  });

  test("may lack the name of the row names, as R writes it", async () => {
    expect(await rows("a b\n1 1 2.5\n2 3 4.5\n")).toBe("1 1 2.5; 2 3 4.5");
    expect(await rows('"a"\t"b"\n"x"\t1\t2\n"y"\t3\t4\n', { columns: ["b"] })).toBe("2; 4");
  });
});

describe("a delimiter", () => {
  test("is not chosen inside texts or numbers", async () => {
    expect(await rows("1;a,b\n2;c,d\n", { column: 0, header: false })).toBe("1; 2");
    expect(await rows("id;note\n1;hello, you\n2;bye, all\n", { column: "id" })).toBe("1; 2");
    expect(await rows("5 kg,3\n6 kg,4\n", { column: 1, header: false })).toBe("3; 4");
    expect(await rows("1, 2, 3\n4, 5, 6\n")).toBe("1 2 3; 4 5 6");
    expect((await fault("1;hello, 2\n2;bye, 3\n", { column: 0 })).message).toMatch(
      /with a comma or with a semicolon; say which one with the option delimiter/,
    );
    expect((await fault("Paris,FR 1 2\nRome,IT 3 4\n", { column: 1 })).message).toMatch(/a comma or with blanks/);
    for (const text of [
      "1,5;2,5\n3,5;4,5\n",
      "2020-01-01 10:00;1,5;2,5\n2020-01-02 10:00;3,5;4,5\n",
      "x\n1,5\n2,5\n",
    ]) {
      expect((await fault(text, { header: false, column: text.startsWith("x") ? 0 : 1 })).message, text).toMatch(
        /"[\d,x]+" is not a number/,
      );
    }
  });
});

describe("numbers", () => {
  test("above int64 are uint64, and whole numbers that float64 would round are refused", async () => {
    expect(await table("id\n18446744073709551615\n5\n")).toMatchObject({
      dtype: "uint64",
      values: ["18446744073709551615", "5"],
    });
    const advice =
      /line 1, column 1: "\d+" is a whole number, and float64 would round it; open it with dtype: "float64"/;
    for (const text of [
      "18446744073709551615,-1\n",
      "18446744073709551617\n",
      "9007199254740993,0.5\n",
      "9007199254740993,\n",
    ]) {
      expect((await fault(text)).message, text).toMatch(advice);
      expect((await table(text, { dtype: "float64" })).dtype).toBe("float64");
    }
    const late = `0.5\n${"1\n".repeat(200)}9007199254740993\n`;
    expect((await fault(late)).message).toMatch(/line 202, column 1: "9007199254740993" is a whole number/);
    // no digit is lost: JavaScript writes floats like this, and C's %.0f like that
    for (const whole of [
      "12345678901234567000",
      "9007199254740994",
      "-100000000000000000000",
      "10000000000000000159028911097599180468360808563945281389781327557747838772170381060813469985856815104",
    ]) {
      expect((await table(`0.5\n${"1\n".repeat(150)}${whole}\n`)).values.at(-1), whole).toBe(String(Number(whole)));
    }
    expect((await fault(`${"1\n".repeat(150)}18446744073709551615\n`)).message).toMatch(/dtype "uint64"/);
  });

  test("may have a decimal comma and separators of thousands", async () => {
    const comma = { decimal: "," } as const;
    expect(await rows("1,5;2,25e1\n-,5;+3\n", comma)).toBe("1.5 22.5; -0.5 3");
    expect(await rows("1,5\t0,1234567890123456789\n", comma)).toBe("1.5 0.12345678901234568");
    expect(await rows("1.234,5;-1.000;12\n", { ...comma, thousands: "." })).toBe("1234.5 -1000 12");
    expect(await rows('"1,234",5\n"-1,000,000",6\n', { thousands: "," })).toBe("1234 5; -1000000 6");
    expect(await rows("1'234.5 7\n2 8'000\n", { thousands: "'" })).toBe("1234.5 7; 2 8000");
    expect((await table("1_000_000\n", { thousands: "_", dtype: "int32" })).values).toEqual(["1000000"]);
    for (const bad of ["1,23", "1,2345", ",123", "1234,567", "1,,234", "1,234,"]) {
      expect((await fault(`x\n"${bad}"\n`, { thousands: ",", dtype: "float64" })).message, bad).toMatch(
        /is not a number/,
      );
    }
    expect((await fault("1.5;2\n", { ...comma, header: false })).message).toMatch(/"1\.5" is not a number/);
    expect((await fault("1;2\n", { ...comma, delimiter: "," })).message).toMatch(/must be different characters/);
    expect((await fault("1\n", { thousands: "." })).message).toMatch(/must be different characters/);
  });

  test("may be the words of bools, in tables of any dtype", async () => {
    expect(await table("True,False\nfalse,TRUE\n")).toEqual({
      dtype: "bool",
      shape: [2, 2],
      values: ["1", "0", "0", "1"],
    });
    expect(await rows(",a,b\n0,True,1\n1,False,2\n")).toBe("0 1 1; 1 0 2");
    expect(await rows("True,0.5\nFalse,1\n")).toBe("1 0.5; 0 1");
    expect(await table("0,1\n1,true\n", { dtype: "bool" })).toMatchObject({
      dtype: "bool",
      values: ["0", "1", "1", "1"],
    });
    expect((await fault("0,2\n", { dtype: "bool" })).message).toMatch(/column 2: "2" is not a valid bool/);
    expect(await rows("True,x\nFalse,1\n", { missing: ["True", "x"], header: false })).toBe("NaN NaN; 0 1");
  });

  test("may stand for missing values, however they are written", async () => {
    expect(await rows("-999,1\n2,-999.0\n-9.99e2,3\n", { missing: [-999] })).toBe("NaN 1; 2 NaN; NaN 3");
    expect(await rows("0,NA\n1,x\n", { missing: ["NA", "x", "0"], header: false })).toBe("NaN NaN; 1 NaN");
    expect(await rows("1e20,2\n", { missing: [1e20], header: false })).toBe("NaN 2");
    expect(await rows("-9,\nNA,3\n", { missing: [-9] })).toBe("NaN NaN; NaN 3");
    expect(await rows("-9,\nNA,3\n", { missing: [-9, "NA"] })).toBe("NaN NaN; NaN 3");
    expect(await rows("-99,1.5\n", { missing: [-99], dtype: "float32" })).toBe("NaN 1.5");
    expect((await fault("1\n-9\n", { missing: [-9], dtype: "int64" })).message).toMatch(
      /"-9" is a missing value, and int64/,
    );
    expect((await fault("1\n", { missing: [Number.NaN] })).message).toMatch(
      /missing must be a list of texts and numbers/,
    );
    expect(await rows("1,\\N\n<NA>,#N/A N/A\n")).toBe("1 NaN; NaN NaN");
  });

  test("that are named as missing leave blank fields missing, as na_values of pandas does", async () => {
    const text = "a,b\n-999,2\n,4\nnull,?\n";
    expect(await rows(text, { missing: ["?"] })).toBe("-999 2; NaN 4; NaN NaN");
    expect(await rows(text, { missing: ["?", "-999"] })).toBe("NaN 2; NaN 4; NaN NaN");
    expect(await rows(`${"1,2\n".repeat(200)},?\n`, { missing: ["?"] })).toMatch(/; NaN NaN$/);
    expect((await fault("1,2\n,3\n", { missing: [], header: false })).message).toMatch(
      /line 2, column 1: "" is not a number/,
    );
  });

  test("of a later record decide the dtype, too", async () => {
    for (const end of ["\n", "\r\n"]) {
      const whole = `1,2${end}`.repeat(5000);
      for (const [late, dtype, last] of [
        ["3,-4", "int64", ["3", "-4"]],
        ["3,4.5", "float64", ["3", "4.5"]],
        ["3,", "float64", ["3", "NaN"]],
        [",4", "float64", ["NaN", "4"]],
        ["3,-", "float64", ["3", "NaN"]],
        ["3,True", "int64", ["3", "1"]],
        ["nan,1e3", "float64", ["NaN", "1000"]],
        ['"3",4', "int64", ["3", "4"]],
      ] as const) {
        for (const text of [`${whole}${late}`, `${whole}${late}${end}${whole}`]) {
          const found = await table(text, { partBytes: 3000 });
          expect(found.dtype, late).toBe(dtype);
          expect(found.values.slice(10_000, 10_002), late).toEqual(last);
        }
      }
    }
    const text = "True\n".repeat(200);
    expect((await table(`${text}7\n`)).dtype).toBe("int64");
    expect((await table(`${text}7\n\nNA\n`)).dtype).toBe("float64");
    expect((await table(`${"1 x\n".repeat(200)}2.5 y\n`, { column: 0, header: false })).values.at(-1)).toBe("2.5");
    expect((await table(`${"1\n".repeat(200)}-999\n`, { missing: [-999] })).values.at(-1)).toBe("NaN");
    // what is no number at all is left to the computation that reads it
    const array = await tableOf(newPath(), `${"1,2\n".repeat(200)}3,4\n`);
    expect(array.dtype).toBe("int64");
    expect((await fault(`${"1,2\n".repeat(200)}3,x\n`)).message).toMatch(
      /line 201, column 2: "x" is not a valid int64$/,
    );
  });
});

/** The elements of a text by the rules in JavaScript; an error's name where a field or a record is wrong. */
function reference(text: string, options: CsvOptions): string[] | "FormatError" {
  const checked = checkCsvOptions(options);
  const { delimiter = 0x2c, runs, quote, comment = -1 } = checked;
  const records = splitRecords(Buffer.from(text), 0, { delimiter, runs, quote, comment }, 1e6, true);
  const notation = new Notation(checked, checked.missing);
  const width = records[0]?.fields.length;
  const elements: string[] = [];
  for (const { fields, quoted } of records) {
    if (fields.length !== width) return "FormatError";
    for (const [i, field] of fields.entries()) {
      const plain = notation.plain(field.trim());
      const kind = notation.kindOf(field);
      if (kind === "text" || (quoted[i] === true && /"\S/.test(field))) return "FormatError";
      const word = { bool: plain.toLowerCase() === "true" ? 1 : 0, missing: Number.NaN, int: 0, float: 0 }[kind];
      const value = kind === "bool" || kind === "missing" ? word : exactNumber(plain.replace(/^\+/, ""), 8);
      elements.push(Object.is(value, -0) ? "-0" : String(value));
    }
  }
  return records.length === 0 ? "FormatError" : elements;
}

describe("the parser", () => {
  test("gives what the rules in JavaScript give, for random text in any dialect", async () => {
    const random = numbers(29);
    const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
    const dialects: CsvOptions[] = [
      { delimiter: "whitespace", comment: "#" },
      { delimiter: "whitespace", decimal: ",", missing: [-9, "NA"] },
      { delimiter: ";", decimal: ",", thousands: ".", comment: "#" },
      { delimiter: ",", thousands: ",", missing: ["", 5] },
      { delimiter: "\t", thousands: "'", quote: "", missing: [] },
    ];
    let tables = 0;
    for (let i = 0; i < 200; i++) {
      const dialect = dialects[i % dialects.length]!;
      const blank = dialect.delimiter === "whitespace" ? pick([" ", "\t", "  ", " \t "]) : dialect.delimiter!;
      const end = pick(["\n", "\r\n"]);
      const fields = [
        "1",
        "-2",
        "5",
        "-9",
        "-9.0",
        "1.5",
        "1,5",
        "1.234",
        "1,234",
        "1'234",
        "12.345,5",
        "True",
        "NA",
        "nan",
      ];
      const odd = [
        '"7"',
        '"1,234"',
        '" 3 "',
        "x",
        "1.23.4",
        "12,34",
        ".5",
        "5e3",
        "123456789012345678901",
        "0.1234567890123456789",
      ];
      // mostly what the dialect reads, so that tables come about
      const usual = fields
        .concat(odd)
        .filter((field) => Array.isArray(reference(field, { ...dialect, header: false })));
      const lines = Array.from({ length: 1 + Math.floor(random() * 30) }, () => {
        const record = [pick(usual), random() < 0.002 ? pick(odd) : pick(usual)].join(blank);
        const margin = dialect.delimiter === "whitespace" ? [pick(["", " ", "\t "]), pick(["", "", "  "])] : ["", ""];
        return random() < 0.1
          ? pick([margin[0]!, "", dialect.comment === undefined ? "" : "# 1 2"])
          : margin.join(record);
      });
      const text = lines.join(end) + pick(["", end]);
      const options: CsvOptions = { ...dialect, header: false, dtype: "float64", partBytes: pick([1, 30, 4096]) };
      const wanted = reference(text, options);
      const found = await table(text, options).then(
        ({ values }) => values,
        (error) => error.name,
      );
      expect(found, JSON.stringify([text, dialect])).toEqual(wanted);
      if (wanted !== "FormatError") tables++;
    }
    expect(tables).toBeGreaterThan(80);
  });
});
