/** Every example runs, in a folder that is empty again afterwards, and prints what it promises. */
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { finished, folder, type Outcome, start, writeNpy, writing } from "../cli/program.js";
import { native } from "../support/platform.js";

/** Runs an example with a temporary folder of its own. */
async function run(name: string, ...words: string[]): Promise<Outcome & { readonly left: readonly string[] }> {
  const TMPDIR = folder();
  const outcome = await finished(start(`examples/${name}.mjs`, words, { TMPDIR, TEMP: TMPDIR }));
  return { ...outcome, left: readdirSync(TMPDIR) };
}

const succeeded = { code: 0, stderr: "", left: [] };

test("in-memory prints what it computes", async () => {
  const { stdout, ...rest } = await run("in-memory");
  expect(rest).toEqual(succeeded);
  expect(stdout).toMatchInlineSnapshot(`
    "ChunkedArray float64 [3, 3]
    [[68. , 64.4, 59. ],
     [77. , 68. , 68. ],
     [86. , 71.6, 50. ]]
    mean of each column: [ 77, 68, 59 ]
    mean of the first:   77
    warmest:             86
    as JSON:             {"shape":[3],"dtype":"float64","data":[77,68,59]}
    "
  `);
});

test("cancel stops its computation", async () => {
  const { stdout, ...rest } = await run("cancel");
  expect(rest).toEqual(succeeded);
  expect(stdout).toMatchInlineSnapshot(`
    "mean ended by: TimeoutError
    saveNpy ended by: Error: seen enough
    files left behind: 0
    "
  `);
});

test("custom-block-function prints its blocks", async () => {
  const { stdout, ...rest } = await run("custom-block-function");
  expect(rest).toEqual(succeeded);
  expect(stdout).toMatchInlineSnapshot(`
    "[[  0.,   1.,   2.],
     [103., 104., 105.],
     [206., 207., 208.],
     [309., 310., 311.]]
    [[ 0.,  5.],
     [ 6., 11.]]
    refused, because it captures: factor
    "
  `);
});

describe("normalise-file", () => {
  const largest = (stdout: string) => [...stdout.matchAll(/largest .*: (\S+)/g)].map(([, number]) => Number(number));

  test("works by itself", async () => {
    const { stdout, ...rest } = await run("normalise-file");
    expect(rest).toEqual(succeeded);
    expect(Math.max(...largest(stdout), largest(stdout).length === 2 ? 0 : Infinity)).toBeLessThan(1e-11);
  });

  test("works on a file of the user", async () => {
    const path = folder();
    const file = writeNpy(join(path, "in.npy"), "<f8", [3, 2], new Float64Array([1, 10, 2, 20, 3, 60]));
    const { stdout, ...rest } = await run("normalise-file", file, join(path, "out.npy"));
    expect(rest).toEqual(succeeded);
    expect(Math.max(...largest(stdout))).toBeLessThan(1e-14);
    expect(readdirSync(path).sort()).toEqual(["in.npy", "out.npy"]);
  });
});

describe("column-means", () => {
  afterEach(() => vi.unstubAllEnvs());

  test("writes, computes, checks and tidies up", async () => {
    vi.stubEnv("CHUNKWISE_ADDON", "off");
    const { stdout, ...rest } = await run("column-means", "--size", "40MB", "--memory", "16MB", "--workers", "2");
    expect(rest).toEqual(succeeded);
    const text = stdout
      .replace(/\/\S+chunkwise-demo-\w+\//, "…/")
      .replace(/ +\d+(\.\d+)? [KMGT]?B\/s/g, " RATE")
      .replace(/\d+(\.\d+)? m?s\b/g, "TIME")
      .replace(/peak \d+(\.\d+)? [KMG]?B/g, "peak BYTES")
      .replace(/\d+ MB (of memory for the whole|before)/g, "BYTES $1");
    expect(text).toMatchInlineSnapshot(`
      "Column means of a file that is larger than the memory limit

        file      …/rows.npy
        content   4882 rows × 1024 columns of float64, 40 MB
        memory    limit 16 MB, 2.5 times less than the file
        workers   2

        writing   ██████████████████████████████ 100% RATE  in TIME  peak BYTES
        means     ██████████████████████████████ 100% RATE  in TIME  peak BYTES

        speed RATE: 40 MB in TIME
        addon     not used: the file was read
        peak      BYTES of memory for the whole process; BYTES before it began
        check     all 1024 means are right; largest relative error 0
      "
    `);
  });

  test.runIf(native)("shows both speeds where the addon is there", async () => {
    const { stdout, ...rest } = await run("column-means", "--size", "40MB", "--workers", "2");
    expect(rest).toEqual(succeeded);
    expect(stdout).toMatch(/speed +.* GB\/s: 40 MB in .* s\n +.* GB\/s without the addon, by reading\n/);
    expect(stdout).toMatch(/addon +used: \d+ MB of the file were mapped, not copied\n/);
  });

  test("takes a limit and a size", async () => {
    const { stdout, ...rest } = await run("column-means", "--size", "40000000");
    expect(rest).toEqual(succeeded);
    expect(stdout).toContain("limit 10 MB, 4.0 times less than the file");
  });

  test("reads a file again that is there, and keeps it with --keep", async () => {
    const file = join(folder(), "rows.npy");
    const words = ["--size", "16MB", "--memory", "8MB", "--file", file];
    expect(await run("column-means", ...words)).toMatchObject(succeeded);
    expect(existsSync(file)).toBe(false);
    expect(await run("column-means", ...words, "--keep")).toMatchObject(succeeded);
    expect(existsSync(file)).toBe(true);
    const again = await run("column-means", ...words);
    expect(again).toMatchObject(succeeded);
    expect(again.stdout).not.toContain("writing");
    expect(existsSync(file)).toBe(true);
  });

  test("ends with exit code 1 if the means are wrong", async () => {
    const file = writeNpy(join(folder(), "rows.npy"), "<f8", [2, 1024], new Float64Array(2048).fill(Number.NaN));
    const { code, stdout } = await run("column-means", "--file", file, "--memory", "8MB");
    expect(code).toBe(1);
    expect(stdout).toContain("NOT all 1024 means are right");
    expect(existsSync(file)).toBe(true);
  });

  test.each([
    ["--size lots", /"lots" is not a size; expected/],
    ["--memory 1kB", /may be used/],
    ["--workers few", /workers/],
    ["--sizes 1GB", /--sizes/],
  ])("refuses %s in one line, with exit code 1", async (words, message) => {
    const { stdout: _, ...rest } = await run("column-means", "--size", "1MB", ...words.split(" "));
    expect(rest).toEqual({ code: 1, stderr: expect.stringMatching(message), left: [] });
    expect(rest.stderr).toMatch(/^column-means: [^\n]+\n$/);
  });

  test("leaves nothing behind after Ctrl-C", async () => {
    const TMPDIR = join(folder(), "tmp");
    mkdirSync(TMPDIR);
    const child = start("examples/column-means.mjs", ["--size", "4GB"], { TMPDIR, TEMP: TMPDIR });
    onTestFinished(() => void child.kill("SIGKILL"));
    const outcome = finished(child);
    await writing(child, TMPDIR);
    child.kill("SIGINT");
    expect(await outcome).toMatchObject({ code: 1, stderr: "column-means: interrupted\n" });
    expect(readdirSync(TMPDIR)).toEqual([]);
  });
});

test("principal-components finds the directions that it made", async () => {
  const { stdout, ...rest } = await run("principal-components", "--rows", "6000", "--columns", "50", "--memory", "8MB");
  expect(rest).toEqual(succeeded);
  expect(stdout).toMatch(/^deviations: [89]\.\d [34]\.\d (0\.9|1\.0)\ndirections found: 1\.00 1\.00 1\.00\n$/);
});

test("least-squares finds the coefficients that it made", async () => {
  const { stdout, ...rest } = await run("least-squares", "--rows", "600000", "--memory", "16MB");
  expect(rest).toEqual(succeeded);
  expect(stdout).toBe("truth: 3 -1 0.5 2\nfound: 3.00 -1.00 0.50 2.00\n");
});

test("inverse compares threads", async () => {
  const { stdout, ...rest } = await run("inverse", "--side", "150");
  expect(rest).toEqual(succeeded);
  expect(stdout).toMatch(/^(native|embedded) kernels, 1 thread: \d+\.\d\d s, error \de-1\d\n/);
});
