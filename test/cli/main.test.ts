import { existsSync, readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { chunkwise, chunkwiseProcess, finished, folder, start, writeNpy, writing } from "./program.js";

/** A file of [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 12]] and its path. */
function small(path = join(folder(), "small.npy")): string {
  return writeNpy(path, "<f8", [3, 4], new Float64Array([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12]));
}

describe("reductions", () => {
  test.each([
    ["mean", "--axis 0", [4], [4, 5, 6, 22 / 3]],
    ["mean", "--axis 1", [3], [1.5, 5.5, 9.75]],
    ["mean", "--axis -1 --keepdims", [3, 1], [1.5, 5.5, 9.75]],
    ["mean", "--axis=0,1", [], [67 / 12]],
    ["mean", "", [], [67 / 12]],
    ["sum", "--keepdims --workers 0", [1, 1], [67]],
    ["sum", "--axis 0 --backend reference", [4], [12, 15, 18, 22]],
    ["min", "--axis 1 --memory 64MiB", [3], [0, 4, 8]],
    ["max", "--axis 0 --workers 2", [4], [8, 9, 10, 12]],
    ["var", "--axis 1", [3], [1.25, 1.25, 2.1875]],
    ["var", "--axis 1 --ddof 1", [3], [5 / 3, 5 / 3, 35 / 12]],
    ["std", "--axis 1", [3], [1.25, 1.25, 2.1875].map(Math.sqrt)],
  ])("%s %s gives the numbers in JSON", async (command, options, shape, data) => {
    const { code, stdout, stderr } = await chunkwise(command, small(), ...options.split(" ").filter(Boolean), "--json");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^\{.*\}\n$/);
    const result = JSON.parse(stdout);
    expect(Object.keys(result)).toEqual(["shape", "dtype", "data"]);
    expect(result).toMatchObject({ shape, dtype: "float64" });
    expect(result.data).toHaveLength(data.length);
    data.forEach((value, i) => {
      expect(result.data[i]).toBeCloseTo(value, 13);
    });
  });

  test("a mean over all axes is one line of JSON", async () => {
    const file = writeNpy(join(folder(), "a.npy"), "<i4", [4], new Int32Array([1, 2, 3, 4]));
    expect(await chunkwiseProcess("mean", file, "--json")).toEqual({
      code: 0,
      stdout: '{"shape":[],"dtype":"float64","data":[2.5]}\n',
      stderr: "",
    });
  });

  test("the JSON of other dtypes holds bigints, NaN, and a dtype that is asked for", async () => {
    const path = folder();
    const longs = writeNpy(join(path, "i8.npy"), "<i8", [2, 2], new BigInt64Array([1n, 2n, 3n, 2n ** 62n]));
    expect((await chunkwise("max", longs, "--axis", "0", "--json")).stdout).toBe(
      '{"shape":[2],"dtype":"int64","data":[3,"4611686018427387904"]}\n',
    );
    const holes = writeNpy(join(path, "f4.npy"), "<f4", [2], new Float32Array([1, Number.NaN]));
    expect((await chunkwise("max", holes, "--json")).stdout).toBe('{"shape":[],"dtype":"float32","data":["NaN"]}\n');
    expect((await chunkwise("sum", small(), "--dtype", "float32", "--json")).stdout).toBe(
      '{"shape":[],"dtype":"float32","data":[67]}\n',
    );
  });

  test("for people, numbers are printed as an array", async () => {
    expect(await chunkwise("sum", small(), "--axis", "0")).toEqual({
      code: 0,
      stdout: "[12., 15., 18., 22.]\n",
      stderr: "",
    });
    expect(await chunkwise("sum", small())).toMatchObject({ code: 0, stdout: "67\n" });
  });

  test("--out writes a file and prints nothing, with --json the result too", async () => {
    const out = join(folder(), "means.npy");
    expect(await chunkwise("mean", small(), "--axis", "1", "--out", out)).toEqual({ code: 0, stdout: "", stderr: "" });
    const json = '{"shape":[3],"dtype":"float64","data":[1.5,5.5,9.75]}\n';
    expect((await chunkwise("min", out, "--axis=0", "--keepdims", "--json")).stdout).toContain('"data":[1.5]');
    expect(await chunkwise("mean", small(), "--axis", "1", "--out", out)).toEqual({
      code: 1,
      stdout: "",
      stderr: `chunkwise: mean: ${out} exists; --overwrite replaces it\n`,
    });
    const again = await chunkwise("mean", small(), "--axis", "1", "--out", out, "--json", "--overwrite");
    expect(again.stdout).toBe(json);
  });

  test("files that are written as .npy have no ending of another format", async () => {
    const path = join(folder(), "means.csv");
    for (const words of [
      ["mean", small(), "--out", path],
      ["generate", path, "--shape", "3"],
    ]) {
      const { code, stderr } = await chunkwise(...words);
      expect(code).toBe(1);
      expect(stderr).toMatch(/: writes a \.npy file, and got ".*means\.csv": its name must end with \.npy; convert/);
      expect(existsSync(path)).toBe(false);
    }
  });

  test("histogram prints the edges and the count of each bin, of the range that is asked for or found", async () => {
    const edges = await chunkwise("histogram", small(), "--bins", "2", "--range", "0,4");
    expect(edges).toEqual({ code: 0, stdout: "0\t2\t2\n2\t4\t3\n", stderr: "" });
    const { stdout } = await chunkwise("histogram", small(), "--bins", "3", "--json");
    expect(JSON.parse(stdout)).toEqual({ edges: [0, 4, 8, 12], counts: [4, 4, 4] });
    const holes = writeNpy(join(folder(), "nan.npy"), "<f8", [2], Float64Array.of(1, Number.NaN));
    expect((await chunkwise("histogram", holes)).stderr).toMatch(/elements that are not finite; give --range LOW,HIGH/);
    expect((await chunkwise("histogram", small(), "--range", "1")).stderr).toMatch(
      /--range takes two numbers such as 0,1/,
    );
  });

  test("the progress over a file of several chunks is printed on standard error only", async () => {
    const [rows, columns] = [40_000, 64];
    const data = Float64Array.from({ length: rows * columns }, (_, i) => i);
    const file = writeNpy(join(folder(), "large.npy"), "<f8", [rows, columns], data);
    const { code, stdout, stderr } = await chunkwiseProcess("mean", file, "--axis", "0", "--json", "--progress");
    expect(code).toBe(0);
    const means = Array.from({ length: columns }, (_, j) => j + (columns * (rows - 1)) / 2);
    expect(JSON.parse(stdout)).toEqual({ shape: [columns], dtype: "float64", data: means });
    expect(stderr).toMatch(/^█+ 100% .*\/s.*\n$/);
  });
});

describe("info", () => {
  test("prints text", async () => {
    const file = small();
    const { code, stdout, stderr } = await chunkwise("info", file);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout.replace(file, "FILE")).toMatchInlineSnapshot(`
      "file      FILE
      shape     [3, 4]
      dtype     float64
      elements  12
      bytes     96 B
      chunks    1 of [3, 4]
      "
    `);
  });

  test("prints JSON with --json", async () => {
    const file = small();
    const { code, stdout } = await chunkwise("info", file, "--json");
    expect(code).toBe(0);
    const chunks = [[3], [4]];
    expect(JSON.parse(stdout)).toEqual({ file, shape: [3, 4], dtype: "float64", size: 12, nbytes: 96, chunks });
  });
});

describe("generate", () => {
  test("gives equal files for equal seeds, whatever the chunks and workers", async () => {
    const path = folder();
    const file = async (name: string, ...options: string[]) => {
      const words = ["generate", join(path, name), "--shape", "300x7", ...options];
      expect(await chunkwise(...words)).toEqual({ code: 0, stdout: "", stderr: "" });
      return readFileSync(join(path, name));
    };
    const first = await file("a.npy");
    expect(first.length).toBe(128 + 300 * 7 * 8);
    expect(first.equals(await file("b.npy", "--seed", "0", "--chunks", "100x-1", "--workers", "2"))).toBe(true);
    expect(first.equals(await file("c.npy", "--seed", "0", "--chunks", "auto"))).toBe(true);
    expect(first.equals(await file("d.npy", "--seed", "1"))).toBe(false);
    expect(readdirSync(path).sort()).toEqual(["a.npy", "b.npy", "c.npy", "d.npy"]);
  });

  test("gives the distributions and dtypes that are asked for", async () => {
    const file = join(folder(), "x.npy");
    const number = async (command: string) => JSON.parse((await chunkwise(command, file, "--json")).stdout).data[0];
    await chunkwise("generate", file, "--shape", "50000", "--dtype", "float32");
    expect(JSON.parse((await chunkwise("info", file, "--json")).stdout)).toMatchObject({
      shape: [50_000],
      dtype: "float32",
    });
    expect(await number("mean")).toBeCloseTo(0.5, 1);
    expect(await number("min")).toBeGreaterThanOrEqual(0);
    expect(await number("max")).toBeLessThan(1);
    const normal = ["--shape", "500x100", "--distribution", "normal", "--seed", "7"];
    expect(await chunkwise("generate", file, ...normal)).toEqual({
      code: 1,
      stdout: "",
      stderr: `chunkwise: generate: ${file} exists; --overwrite replaces it\n`,
    });
    await chunkwise("generate", file, ...normal, "--overwrite");
    expect(await number("mean")).toBeCloseTo(0, 1);
    expect(await number("std")).toBeCloseTo(1, 1);
  });
});

describe("help", () => {
  test("--help and -h print the help, and --version the version", async () => {
    const { code, stdout, stderr } = await chunkwise("--help");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatchInlineSnapshot(`
      "Usage: chunkwise COMMAND FILE [options]

      Computes statistics of arrays that may be larger than memory, in parallel, and converts files between formats.
      Files: .npy, .npz, folders of .npy files, Zarr, HDF5, netCDF-3, Arrow, Parquet, .csv, .tsv, .txt (also .gz, .zst).

      Commands:
        mean       arithmetic mean
        sum        sum
        std        standard deviation
        var        variance
        min        smallest element, or NaN if there is one
        max        largest element, or NaN if there is one
        histogram  how many elements lie in each bin: its lower edge, its upper edge, the count
        info       shape, dtype, size, chunks and attributes; or the arrays of a file that holds several
        convert    write an array in another format: OUT ends with .npy, .zarr, .arrow, .feather,
                   .parquet, .csv, .tsv
        generate   write a .npy file of random numbers
        native     install TensorFlow's kernels for matrices (Linux x64) and an addon for files and large
                   results (Linux)

      Options:
        -h, --help  print this help
        --version   print the version

      chunkwise COMMAND --help (or help COMMAND) lists the options of a command. Exit code: 0 after success, 1
      after a failure (one line on standard error says why; CHUNKWISE_DEBUG=1 adds the stack), 130 after Ctrl-C.

      Example: chunkwise mean huge.npy --axis 0 --json
      "
    `);
    expect(await chunkwise("-h")).toMatchObject({ code: 0, stdout });
    const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
    expect(await chunkwiseProcess("--version")).toEqual({ code: 0, stdout: `${version}\n`, stderr: "" });
  });

  test("help is a command too", async () => {
    expect(await chunkwise("help")).toEqual(await chunkwise("--help"));
    expect(await chunkwise("help", "convert")).toEqual(await chunkwise("convert", "--help"));
    expect(await chunkwise("help", "nothing")).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/unknown command "nothing"/),
    });
  });

  const commands = ["mean", "sum", "std", "var", "min", "max", "histogram", "info", "generate"];
  test.each(commands)("%s --help prints the options of the command", async (command) => {
    const { code, stdout, stderr } = await chunkwise(command, "--help");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(`Usage: chunkwise ${command} FILE`);
    expect(stdout).toMatch(command === "generate" ? "--shape NxM" : "--json");
    expect(Math.max(...stdout.split("\n").map((line) => line.length))).toBeLessThanOrEqual(100);
    expect((await chunkwise(command, "x.npy", "-h")).stdout).toBe(stdout);
  });
});

describe("bad input", () => {
  /** Runs what must fail with one line; returns the line. */
  async function complaint(...words: string[]): Promise<string> {
    const { code, stdout, stderr } = await chunkwise(...words);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(/^chunkwise: [^\n]+\n$/);
    return stderr.slice("chunkwise: ".length, -1);
  }

  test.each([
    ["", /expected a command/],
    ["average FILE", /unknown command "average".*mean/],
    ["mean", /needs one FILE/],
    ["mean FILE other.npy", /needs one FILE; got ".*" "other.npy"/],
    ["mean FILE --axes 0", /unknown option --axes.*--axis/],
    ["mean FILE -x", /unknown option -x/],
    ["mean FILE --axis", /--axis needs a value/],
    ["mean FILE --axis=", /--axis needs a value/],
    ["mean FILE --json=yes", /--json takes no value/],
    ["mean FILE --axis one", /--axis takes whole numbers such as 0 or 0,1; got "one"/],
    ["mean FILE --axis 0,", /--axis takes whole numbers/],
    ["mean FILE --axis 2", /axis 2/],
    ["mean FILE --axis 0,0", /axis/],
    ["mean FILE --ddof 1", /unknown option --ddof/],
    ["var FILE --ddof 1.5", /--ddof takes a whole number/],
    ["mean FILE --dtype float8", /--dtype.*"float8".*float64/],
    ["mean FILE --workers many", /--workers takes a whole number; got "many"/],
    ["mean FILE --workers -1", /workers/],
    ["mean FILE --memory lots", /--memory: "lots".*"512MB"/],
    ["mean FILE --memory 1B", /may be used/],
    ["mean FILE --backend gpu", /backend "gpu".*wasm/],
    ["mean FILE --out /nowhere/at/all.npy", /\/nowhere\/at/],
    ["info FILE --axis 0", /unknown option --axis/],
    ["generate x.npy", /needs --shape/],
    ["generate x.npy --shape 3xtwo", /--shape takes whole numbers such as 1000000x1024; got "3xtwo"/],
    ["generate x.npy --shape 3x-4", /3, ?-4/],
    ["generate x.npy --shape 3 --distribution poisson", /--distribution takes uniform or normal; got "poisson"/],
    ["generate x.npy --shape 3 --seed x", /--seed takes a whole number/],
    ["generate x.npy --shape 3 --chunks 0", /chunks/],
    ["generate x.npy --shape 3x3 --chunks 1x1x1", /chunks/],
    ["generate x.npy --shape 3 --dtype bool", /bool/],
    ["generate /nowhere/at/all.npy --shape 3", /\/nowhere\/at/],
  ])("chunkwise %s fails with one line", async (words, message) => {
    const file = small();
    expect(
      await complaint(
        ...words
          .split(" ")
          .filter(Boolean)
          .map((word) => (word === "FILE" ? file : word)),
      ),
    ).toMatch(message);
    expect(readdirSync(join(file, ".."))).toEqual(["small.npy"]);
  });

  test.each([
    ["missing", () => undefined],
    ["empty", (file: string) => writeFileSync(file, "")],
    ["of another kind", (file: string) => writeFileSync(file, "a,b\n1,2\n")],
    ["without an end of its header", (file: string) => truncateSync(small(file), 60)],
    ["truncated", (file: string) => truncateSync(small(file), 128 + 50)],
    ["of Python objects", (file: string) => writeNpy(file, "|O", [1], new Uint8Array(8))],
    ["with a header of nonsense", (file: string) => writeFileSync(small(file), readFileSync(file).fill("?", 20, 40))],
  ])("a file that is %s is refused by its name", async (_, damage) => {
    const file = join(folder(), "damaged.npy");
    damage(file);
    for (const command of ["mean", "info"]) expect(await complaint(command, file)).toContain(file);
  });

  test("a folder is refused by its name", async () => {
    const path = folder();
    expect(await complaint("mean", path)).toContain(path);
  });

  test("CHUNKWISE_DEBUG=1 adds the stack", async () => {
    const { code, stderr } = await finished(start("dist/cli/main.js", ["mean", "no.npy"], { CHUNKWISE_DEBUG: "1" }));
    expect(code).toBe(1);
    expect(stderr).toMatch(/StorageError[\s\S]*\n +at /);
  });
});

describe("an end from outside", () => {
  test.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("%s leaves no file and exit code %d", async (signal, expected) => {
    const path = folder();
    const child = start("dist/cli/main.js", ["generate", join(path, "x.npy"), "--shape", "400000x1024"]);
    const outcome = finished(child);
    await writing(child, path);
    child.kill(signal);
    expect(await outcome).toEqual({ code: expected, stdout: "", stderr: "chunkwise: interrupted\n" });
    expect(readdirSync(path)).toEqual([]);
  });

  test("a reader that goes away is no error", async () => {
    const file = writeNpy(join(folder(), "x.npy"), "<f8", [200_000, 1], new Float64Array(200_000));
    const child = start("dist/cli/main.js", ["mean", file, "--axis", "1", "--json"]);
    child.stdout.destroy();
    expect(await finished(child)).toMatchObject({ code: 0, stderr: "" });
  });
});
