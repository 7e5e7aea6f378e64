/**
 * The rule that formats are rows: each is complete, no two claim the same files, and shared code names none of them.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import * as chunkwise from "chunkwise";
import ts from "typescript";
import { describe, expect, test } from "vitest";
import { rows } from "#src/formats/index";
import type { FormatRow } from "#src/formats/row";

const src = fileURLToPath(new URL("../../src/", import.meta.url));
const endingsOf = ({ endings = {}, write }: FormatRow): string[] => [
  ...Object.keys(endings),
  ...Object.keys(write?.endings ?? {}),
];
const named = rows.map((row) => [row.name, row] as const);

/** Values that occur more than once. */
function repeated(values: readonly string[]): string[] {
  return values.filter((value, i) => values.indexOf(value) < i);
}

describe("the table of formats", () => {
  test("no two rows have a name, a word, a signature or an ending in common", () => {
    expect(repeated(rows.map(({ name }) => name))).toEqual([]);
    expect(repeated(rows.flatMap(({ word }) => word ?? []))).toEqual([]);
    expect(repeated(rows.flatMap((row) => [...new Set(endingsOf(row))]))).toEqual([]);
    const signatures = rows.flatMap((row) =>
      // one that says more of the file may share its bytes
      [...(row.signatures ?? []).filter(({ holds }) => holds === undefined), ...(row.unread ?? [])].map(
        ({ bytes }) => bytes,
      ),
    );
    for (const bytes of signatures) {
      expect(signatures.filter((other) => other.startsWith(bytes))).toEqual([bytes]);
    }
  });

  test("each format has a folder of its own with a row, and each folder with a row is in the table", () => {
    const folders = readdirSync(join(src, "formats"), { recursive: true, encoding: "utf8" })
      .filter((path) => /^[^/\\]+[/\\]row\.ts$/.test(path))
      .map((path) => path.split(/[/\\]/)[0]);
    expect(folders.sort()).toEqual(rows.map(({ name }) => name).sort());
  });

  test.each(named)("%s can do what its row promises", async (_, row) => {
    const format = await row.load();
    expect(format.open !== undefined).toBe(row.word !== undefined);
    expect(row.openOptions !== undefined).toBe(row.word !== undefined);
    expect(format.create !== undefined).toBe(row.write !== undefined);
    if (row.loadReader !== undefined) expect(await row.loadReader()).toBe(format.reader);
    if (row.variables === true) expect(format.variable).toBeDefined();
    if (format.writer !== undefined) expect([format.create, format.reader]).not.toContain(undefined);
    // what opens nothing is there for arrays that another format opens
    if (format.open === undefined) expect(format.reader).toBeDefined();
    if (format.list !== undefined || format.createMembers !== undefined) expect(row.member).toBeDefined();
  });

  test.each(named)("%s has its public functions", (_, { word, write }) => {
    const functions = word === undefined ? [] : [`open${word}`, ...(write === undefined ? [] : [`to${word}`])];
    for (const name of functions) expect(chunkwise).toHaveProperty(name, expect.any(Function));
    if (write !== undefined) expect(chunkwise.ChunkedArray.prototype).toHaveProperty(`save${word}`);
  });

  test.each(named)("%s implies only options that it declares", (_, row) => {
    const { endings = {}, member, openOptions = {}, write } = row;
    for (const options of Object.values(endings)) expect(openOptions).toMatchObject(trueFor(options));
    if (member !== undefined) expect(openOptions).toHaveProperty(member.option, true);
    for (const { option } of Object.values(row.openWords ?? {})) expect(openOptions).toHaveProperty(option, true);
    // a command line gives every option of text and of tables
    if (row.openWords !== undefined) {
      const given = Object.values(row.openWords).map(({ option }) => option);
      expect(given.sort()).toEqual(Object.keys(openOptions).sort());
    }
    if (write === undefined) return;
    for (const options of Object.values(write.endings)) expect(write.options).toMatchObject(trueFor(options));
    expect(write.options).toMatchObject(trueFor(write.replace ?? {}));
  });

  test.each(named)("%s is listed if and only if its files can be recognised", (_, row) => {
    const { label, signatures, recognise, endings, folder } = row;
    const recognised = [signatures, recognise, endings, folder].some((way) => way !== undefined);
    expect(label !== undefined).toBe(recognised);
  });
});

function trueFor(options: object): Record<string, true> {
  return Object.fromEntries(Object.keys(options).map((name) => [name, true] as const));
}

/** Files outside of formats' folders that may name formats: the table, and what users call by name. */
const naming = [
  "formats/table.ts",
  "index.ts",
  "api/arrow-tables.ts",
  "api/chunked-array.ts",
  "api/open.ts",
  "api/statistics.ts",
  "api/targets.ts",
  "cli/output.ts",
];

/**
 * Words that stand for a format: its name and its endings. "raw" and "txt" are left out: they are words of their own.
 */
const words = new Set(
  rows
    .flatMap((row) => [
      row.name.split("-")[0] ?? row.name,
      ...endingsOf(row).map((ending) => ending.split(".")[1] ?? ""),
    ])
    .filter((word) => word !== "raw" && word !== "txt"),
);

/** The words in a piece of code that stand for a format; `zarrOptions` has one. */
function formatsIn(code: string): string[] {
  const plain = code.replaceAll("ArrowFunctionExpression", ""); // a kind of node of a syntax tree
  return plain.split(/[^A-Za-z0-9]+|(?<=[a-z0-9])(?=[A-Z])/).filter((word) => words.has(word.toLowerCase()));
}

/** The pieces of code of a file, without comments, each with its line. */
function* codeOf(text: string): Generator<readonly [line: number, code: string]> {
  const file = ts.createSourceFile("file.ts", text, ts.ScriptTarget.Latest);
  const open: ts.Node[] = [file];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    const children: ts.Node[] = [];
    ts.forEachChild(node, (child) => void children.push(child));
    open.push(...children);
    const isText =
      ts.isIdentifier(node) || ts.isPrivateIdentifier(node) || "rawText" in node || ts.isLiteralExpression(node);
    if (isText) yield [file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1, node.getText(file)];
  }
}

describe("shared code", () => {
  test("the search finds names in identifiers and texts, and passes over comments", () => {
    const found = [...codeOf('/** zarr */ const openCsv = `to .npy`; // hdf5\nif (a === "parquet") narrow();')];
    expect(found.flatMap(([, code]) => formatsIn(code)).sort()).toEqual(["Csv", "npy", "parquet"]);
  });

  test("no file outside of a format's folder names a format, but the table and the public names", () => {
    const files = readdirSync(src, { recursive: true, encoding: "utf8" })
      .map((path) => path.replaceAll("\\", "/"))
      .filter((path) => path.endsWith(".ts") && !/^formats\/[^/]+\//.test(path));
    expect(files).toEqual(expect.arrayContaining(naming));
    const found = files
      .filter((path) => !naming.includes(path))
      .flatMap((path) =>
        Array.from(codeOf(readFileSync(join(src, path), "utf8")))
          .filter(([, code]) => formatsIn(code).length > 0)
          .map(([line, code]) => `${path}:${line}: ${code}`),
      );
    expect(found).toEqual([]);
  });
});
