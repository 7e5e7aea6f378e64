/** Detects modules of users that are looked for in the wrong place, and names in them that are not. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { fromFunction, ones } from "chunkwise";
import { describe, expect, test } from "vitest";
import { ArgumentError } from "#src/data/errors";
import { loaderOf } from "#src/executors/threads/program-loader";
import { temporaryFolder } from "../support/folder.js";
import { program, rejectionOf } from "./helpers.js";

const folder = temporaryFolder();

const source =
  "export const triple = ({ data }) => data.map((x) => 3 * x); export const answer = 42; export default 1;";

function write(name: string, text = source): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

describe("a function of a module", () => {
  const tripled = async (module: string | URL, name = "triple"): Promise<unknown> =>
    (await ones([2]).mapBlocks({ module, name }).compute()).toArray();

  test("is found by an absolute path with any characters, or by a file: URL", async () => {
    mkdirSync(join(folder, "a folder"));
    const path = write("a folder/100% #1?.mjs");
    expect(await tripled(path)).toEqual([3, 3]);
    expect(await tripled(pathToFileURL(path).href)).toEqual([3, 3]);
    expect(await tripled(pathToFileURL(path))).toEqual([3, 3]);
    expect(await tripled(`data:text/javascript,${encodeURIComponent(source)}`)).toEqual([3, 3]);
  });

  test("is found by the name of a package or of a built-in module", async () => {
    const returned = (type: string) => ({ cause: { message: expect.stringMatching(`returned ${type}; expected`) } });
    expect(await rejectionOf(tripled("acorn", "isNewLine"))).toMatchObject(returned("boolean"));
    expect(await rejectionOf(tripled("node:util", "inspect"))).toMatchObject(returned("string"));
  });

  test("must not be named by a relative path, which a worker cannot resolve", () => {
    for (const module of ["./triple.mjs", "../triple.mjs", ".", "#src/index"]) {
      const call = (): unknown => ones([2]).mapBlocks({ module, name: "triple" });
      expect(call).toThrow(ArgumentError);
      expect(call).toThrow(/is relative, .* give an absolute path, the name of a package, or new URL\(/);
    }
  });

  test("that is missing or not a function throws an error that lists the exports", async () => {
    const path = write("names.mjs");
    for (const name of ["double", "answer", "toString"]) {
      expect(await rejectionOf(tripled(path, name))).toMatchObject({
        cause: {
          name: "ArgumentError",
          message: expect.stringMatching(/has no function named .*answer, default, triple$/),
        },
      });
    }
  });

  test("is looked for again once a missing module exists, and a module with a mistake is named", async () => {
    const path = join(folder, "late.mjs");
    expect(await rejectionOf(tripled(path))).toMatchObject({
      message: expect.stringContaining(
        `mapBlocks: the module ${path} does not exist; give the path of a file that Node can import`,
      ),
    });
    write("late.mjs");
    expect(await tripled(path)).toEqual([3, 3]);
    write("broken.mjs", "export const triple = ;");
    expect(await rejectionOf(tripled(join(folder, "broken.mjs")))).toMatchObject({ cause: { name: "SyntaxError" } });
  });

  test.each([
    [
      "nopackage",
      /^the module nopackage is not found from where chunkwise is \(.*\): Cannot find package 'nopackage'; /,
    ],
    ["nopackage", /; give an absolute path, or import\.meta\.resolve\("nopackage"\) of a module that can import it$/],
    ["acorn/none", /^the module acorn\/none is not found from where chunkwise is .*Package subpath '.\/none' is not /],
    [
      "node:none",
      /^the module node:none cannot be imported: No such built-in module: node:none; give an absolute path$/,
    ],
    ["https://a.b/c.js", /^the module https:\/\/a.b\/c.js cannot be imported: Only URLs .*; give an absolute path$/],
    [pathToFileURL(folder), /^the module .* is not a file; give the path of a file that Node can import$/],
  ])("whose module %s is not found is refused by that name", async (module, message) => {
    for (const workers of [0, 1]) {
      const computing = ones([2]).mapBlocks({ module, name: "triple" }).compute({ workers });
      expect(await rejectionOf(computing)).toMatchObject({
        cause: { name: "ArgumentError", message: expect.stringMatching(message) },
      });
    }
  });

  test("whose module imports what is missing keeps the error that names that import", async () => {
    const path = write("inner.mjs", 'import "nopackage"; export const triple = 1;');
    expect(await rejectionOf(tripled(path))).toMatchObject({
      message: expect.stringMatching(/mapBlocks: Cannot find package 'nopackage' imported from .*inner\.mjs/),
    });
  });

  test("must have a module and a name that are given as such", () => {
    const call = (): unknown => ones([2]).mapBlocks({ module: 5, name: "triple" } as never);
    expect(call).toThrow(
      "mapBlocks: takes a function or { module, name }, where module is an absolute path, the name of a package or a " +
        'URL, and name that of an export; got { module: 5, name: "triple" }',
    );
  });

  test("serves fromFunction too, as does a function of the index", async () => {
    const path = write("sum.mjs", "export const sum = (i, j) => i + 10 * j;");
    const shape = [3, 2];
    const expected = [
      [0, 10],
      [1, 11],
      [2, 12],
    ];
    expect((await fromFunction({ module: path, name: "sum" }, shape, { chunks: 2 }).compute()).toArray()).toEqual(
      expected,
    );
    expect((await fromFunction((i, j) => i! + 10 * j!, shape, { chunks: 2 }).compute()).toArray()).toEqual(expected);
    const halves = fromFunction((i) => i! / 2, [4], { dtype: "int64" });
    expect((await halves.compute()).toArray()).toEqual([0n, 0n, 1n, 1n]);
    const complex = fromFunction((i) => ({ re: i!, im: 1 }), [2], { dtype: "complex128" });
    expect((await complex.compute()).toArray()).toEqual([
      { re: 0, im: 1 },
      { re: 1, im: 1 },
    ]);
    expect(await rejectionOf(fromFunction((() => "x") as never, [2]).compute())).toMatchObject({
      operation: "fromFunction",
    });
  });
});

describe("a module in TypeScript", () => {
  const typed =
    "export const triple = ({ data }: { data: Float64Array }): Float64Array => data.map((v: number) => 3 * v);";
  const text = (module: string): string => `
    import { ones } from "chunkwise";
    const x = ones([2], { chunks: 1 }).mapBlocks({ module: ${JSON.stringify(module)}, name: "triple" });
    console.log(await x.compute({ workers: 1 }).then(String, (error) => error.message));`;

  test("is loaded by the loader of the program, which other workers do not load", async () => {
    const path = write("typed.ts", typed);
    // a loader that takes the types out of what this test writes
    const hooks = `export const load = async (url, context, next) => !url.endsWith(".ts") ? next(url, context) : {
      format: "module", shortCircuit: true,
      source: (await import("node:fs")).readFileSync(new URL(url), "utf8")
        .replace(/: (\\{.*?\\}|\\w+)(?=[),]| =>)/g, ""),
    };`;
    const loader = write(
      "loader.mjs",
      `import { register } from "node:module";
      register("data:text/javascript," + encodeURIComponent(${JSON.stringify(hooks)}));
      process.stderr.write("loaded;");`,
    );
    const loaded = await program(text(path), { flags: ["--import", pathToFileURL(loader).href] });
    expect(loaded).toMatchObject({ stdout: "[3., 3.]\n", stderr: "loaded;loaded;" });
    const source = text(path).replace(/mapBlocks\(.*\)/, "mapBlocks(({ data }) => data)");
    const other = await program(source, { flags: ["--import", loader] });
    expect(other).toMatchObject({ stdout: "[1., 1.]\n", stderr: "loaded;" });
  });

  test("is refused with advice where the program has no loader", async () => {
    const path = write("enum.ts", `export enum Kind { A = 1 }\n${typed}`);
    const { stdout } = await program(text(path));
    expect(stdout).toMatch(
      /enum\.ts is TypeScript, which a worker of this program cannot load \(.*\); start the program/,
    );
    expect(stdout).toMatch(/node --import tsx, or give the compiled module/);
  });

  test("the flags of a program give its loader", () => {
    expect(loaderOf(["--import", "tsx", "-r", "ts-node/register", "--require=./a.cjs", "--no-warnings"])).toEqual({
      preloads: [
        { name: "tsx", required: false },
        { name: "ts-node/register", required: true },
        { name: "./a.cjs", required: true },
      ],
      flags: [],
    });
    const kept = ["--experimental-strip-types", "-C", "dev", "--loader=ts-node/esm", "--max-old-space-size=64"];
    expect(loaderOf(kept)).toEqual({
      preloads: [],
      flags: ["--experimental-strip-types", "-C", "dev", "--loader", "ts-node/esm"],
    });
  });
});
