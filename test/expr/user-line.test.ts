/** Detects errors that point into the library, or into nowhere, instead of at the user's own line. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { linalg, multiDot, ones, openCsv, openNpz, random } from "chunkwise";
import { describe, expect, test } from "vitest";
import { userLine } from "#src/expr/user-line";
import { postorder } from "#src/expr/walk";
import { program, rejectionOf } from "../api/helpers.js";
import { temporaryFolder } from "../support/folder.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const library = (path: string): string => `    at f (file://${root}dist/${path}:1:2)`;

describe("the first frame outside the library", () => {
  const cases: [string, string | undefined, string | undefined][] = [
    ["a named function", "    at main (file:///home/me/a.mjs:3:4)", "/home/me/a.mjs:3:4"],
    ["no name", "    at file:///home/me/a.mjs:3:4", "/home/me/a.mjs:3:4"],
    ["an async function", "    at async file:///home/me/a.mjs:3:4", "/home/me/a.mjs:3:4"],
    ["CommonJS", "    at Object.<anonymous> (/home/me/a.cjs:3:4)", "/home/me/a.cjs:3:4"],
    ["a constructor", "    at new A (file:///a.mjs:3:4)", "/a.mjs:3:4"],
    ["a method under two names", "    at A.f [as g] (file:///a.mjs:3:4)", "/a.mjs:3:4"],
    ["spaces and parentheses", "    at f (file:///home/my%20code%20(new)/a.mjs:3:4)", "/home/my code (new)/a.mjs:3:4"],
    ["parentheses without a name", "    at file:///home/(new)/a.mjs:3:4", "/home/(new)/a.mjs:3:4"],
    ["the sources, through a source map", `    at f (${root}src/ops/slice.ts:3:4)`, undefined],
    ["Node itself", "    at node:internal/modules/run_main:3:4", undefined],
    ["a native function", "    at Array.map (<anonymous>)", undefined],
    [
      "a folder that only begins like the library's",
      `    at f (${root}dist-of-mine/a.js:3:4)`,
      `${root}dist-of-mine/a.js:3:4`,
    ],
    ["no stack", undefined, undefined],
  ];
  test.each(cases)("the first frame outside the library is the right one for %s", (_, frame, expected) => {
    const stack = frame && ["Error", library("ops/slice.js"), library("api/create.js"), frame].join("\n");
    expect(userLine(stack)).toBe(expected);
    const later = "    at g (file:///later.mjs:5:6)";
    if (frame !== undefined) expect(userLine(`${stack}\n${later}`)).toBe(expected ?? "/later.mjs:5:6");
  });
});

describe("in a real program", () => {
  const folder = join(temporaryFolder(), "a (new) folder");
  const text = `
    import { ones, stack } from "file://${root}dist/index.js";
    const bad = (x) => x.mapBlocks(() => []);
    const made = [
      bad(ones([4])),
      [ones([4])].map((x) => bad(x).add(1))[0],
      stack([bad(ones([2])), ones([2])]).T.mean(),
      new (class { x = bad(ones([2])); })().x,
      await (async () => bad(ones([2])))(),
      eval("ones([4]).mapBlocks(() => [])"),
      ones([4]).multiply(2).add(1).mapBlocks(
        () => [],
      ),
    ];
    for (const x of made) await x.compute().catch((error) => console.log(error.madeAt));`;

  test.each([[[]], [["--enable-source-maps"]]])("errors name the user's line with the flags %j", async (flags) => {
    mkdirSync(folder, { recursive: true });
    const path = join(folder, "program.mjs");
    writeFileSync(path, text);
    const { stdout, stderr } = await program(`await import(${JSON.stringify(`file://${encodeURI(path)}`)})`, { flags });
    expect(stderr).toBe("");
    const lines = stdout
      .trim()
      .split("\n")
      .map((line) => line.replace(`${path}:`, "").replace(/:\d+$/, ""));
    expect(lines).toEqual(["3", "3", "3", "3", "3", "10", "11"]);
  });
});

describe("however deep the library's own calls are", () => {
  const here = fileURLToPath(import.meta.url);
  test("every node of an expression knows the user's line", () => {
    const x = random.normal([160, 160], { seed: 1, chunks: 16 });
    const arrays = [
      linalg.det(x),
      linalg.solve(x, x),
      linalg.qr(x.slice([null, [0, 8]])).q,
      multiDot([x, x, x]),
      x.std(),
    ];
    const lines = postorder(arrays.map(({ expr }) => expr)).map(({ trace }) => userLine(trace.stack));
    expect(new Set(lines.map((line) => line?.replace(/:\d+:\d+$/, "")))).toEqual(new Set([here]));
  });

  test("the stack of an error reaches the user's line", async () => {
    const folder = temporaryFolder();
    const { stackTraceLimit } = Error;
    const errors = [
      await rejectionOf(openCsv(join(folder, "none.csv"))),
      await rejectionOf(openNpz(join(folder, "none.npz"))),
      await rejectionOf(ones([4]).saveZarr(join(folder, "none/none/x.zarr"))),
    ];
    for (const error of errors) expect((error as Error).stack).toContain(here);
    expect(Error.stackTraceLimit).toBe(stackTraceLimit);
  });
});
