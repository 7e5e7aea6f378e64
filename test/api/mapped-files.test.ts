/** Detects results of mapped files that differ from those of read files, and changes of files that get lost. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { openNpy, random } from "chunkwise";
import { beforeAll, describe, expect, test } from "vitest";
import { temporaryFolder } from "../support/folder.js";
import { native } from "../support/platform.js";
import { runProgram } from "../support/program.js";

const folder = temporaryFolder();
const at = (name: string): string => JSON.stringify(join(folder, name));

beforeAll(async () => {
  await random.normal([3000, 1024], { seed: 1 }).saveNpy(join(folder, "x.npy"));
  await random.normal([3000, 1024], { seed: 2 }).saveNpy(join(folder, "y.npy"));
  const chunked = { chunks: [2500, 1024], compressor: null };
  await openNpy(join(folder, "x.npy")).saveZarr(join(folder, "x.zarr"), chunked);
  const bytes = new Uint8Array(24_000_000);
  for (let i = 0; i < bytes.length; i++) bytes[i] = (i * i + (i >> 8)) & (i % 2 === 1 ? 0x3b : 0xff);
  writeFileSync(join(folder, "bytes"), bytes);
});

const digest = `
  import { createHash } from "node:crypto";
  import { compute, open, openNpy, openRaw, openZarr } from "chunkwise";
  const results = {};
  let mapped = 0;
  const run = async (name, arrays, workers) => {
    let last;
    const made = await compute(arrays, { workers, onProgress: (now) => (last = now) });
    const hash = createHash("sha256");
    for (const { data } of made) hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    results[name + " " + workers] = hash.digest("hex");
    mapped += last.bytesMapped > 0 ? 1 : 0;
  };
  const x = openNpy(${at("x.npy")}, { chunks: [1000, -1] }), y = openNpy(${at("y.npy")}, { chunks: [-1, 300] });
  const raw = (dtype, options) => openRaw(${at("bytes")}, { dtype, shape: [2000, 1000], ...options });
`;

/** Programs whose results are compared; each may map something. */
const cases: Record<string, string> = {
  "sums and means along each axis": "[x.mean(0), x.sum(1), x.sum(), x.std(0), x.argmax(1)]",
  "a map that is stored": "[x.multiply(2).add(1)]",
  "two files": "[x.add(y).sum(0), x.multiply(y).max()]",
  "two parts of one file": "[x.slice([[0, 2000]]).subtract(x.slice([[1000, 3000]])).sum(1)]",
  "a file against its columns": "[x.subtract(x.mean(0)).square().sum(0)]",
  "a file backwards": "[x.slice([[null, null, -1]]).max(1), x.slice([null, [null, null, -1]]).sum(1)]",
  "steps and columns": "[x.slice([[null, null, 4], [100, 200]]).max(0), x.slice([null, 5]).sum()]",
  "chunks that are files": `[(await openZarr(${at("x.zarr")})).mean(0)]`,
  "a transpose": "[x.T.mean(0), x.T.mean(1)]",
  "elements that are not aligned": '[raw("float64", { offset: 3 }).isnan().sum(0), raw("int32", { offset: 1 }).sum(1)]',
  "other byte orders": '[raw("int32", { byteOrder: "big" }).sum(0), raw("int16", { byteOrder: "big" }).max(1)]',
  "half precision": '[raw("float16", { shape: [4000, 2000] }).sum(0), raw("float16", { offset: 1 }).isnan().sum()]',
  "complex numbers": '[raw("complex64").real().max(0)]',
  "Fortran order": '[raw("float64", { order: "F" }).isnan().sum(0), raw("int32", { order: "F" }).sum(1)]',
};

describe.runIf(native)("files that are mapped", () => {
  test.each([0, 2])("give the bits of files that are read, with %i workers", async (workers) => {
    const runs = Object.entries(cases).map(
      ([name, arrays]) => `await run(${JSON.stringify(name)}, ${arrays}, ${workers});`,
    );
    const program = `${digest}${runs.join("\n")}\nconsole.log(JSON.stringify({ results, mapped }));`;
    const ours = JSON.parse(await runProgram(program));
    const read = JSON.parse(await runProgram(program, { XDG_CACHE_HOME: join(folder, "no addon") }));
    expect(ours.results).toEqual(read.results);
    expect([Object.keys(ours.results).length, read.mapped]).toEqual([Object.keys(cases).length, 0]);
    // all but what is scattered, or only copied
    expect(ours.mapped).toBeGreaterThan(Object.keys(cases).length - 3);
  });

  test("are read where there is no WebAssembly", async () => {
    const program = `${digest}await run("sum", [x.sum()], 0); console.log(JSON.stringify({ results, mapped }));`;
    const ours = JSON.parse(await runProgram(program));
    const jitless = JSON.parse(await runProgram(program, {}, process.execPath, ["--jitless"]));
    expect([ours.mapped, jitless.mapped]).toEqual([1, 0]);
    expect(Object.keys(jitless.results)).toEqual(["sum 0"]);
  });

  test.each([0, 2])("and cut while they are in use give the error of a read, with %i workers", async (workers) => {
    const program = (file: string) => `
      import { copyFileSync, truncateSync } from "node:fs";
      import { openNpy } from "chunkwise";
      copyFileSync(${at("x.npy")}, ${at(file)});
      const x = openNpy(${at(file)}, { chunks: [100, -1] });
      const seen = [];
      let error;
      try {
        for await (const { index, data } of x.sum(1).blocks({ workers: ${workers} })) {
          if (seen.push(index[0]) === 1) truncateSync(${at(file)}, 2_000_000);
        }
      } catch (thrown) {
        error = thrown;
      }
      const { name, cause } = error;
      console.log(JSON.stringify([name, cause.name, cause.code, cause.path, cause.offset]));
    `;
    const path = join(folder, "cut.npy");
    for (const env of [{}, { XDG_CACHE_HOME: join(folder, "no addon") }]) {
      const [name, cause, code, where, offset] = JSON.parse(await runProgram(program("cut.npy"), env));
      expect([name, cause, code, where]).toEqual(["ComputeError", "FormatError", "FORMAT", path]);
      // of several tasks that fail at a time, any may be the first
      if (workers === 0) expect(offset).toBe(2_000_000);
      else expect(offset).toBeGreaterThanOrEqual(2_000_000);
    }
  });

  test("and cut at any moment give that error or the right result", async () => {
    const program = `
      import { copyFileSync, truncateSync } from "node:fs";
      import { Worker } from "node:worker_threads";
      import { openNpy } from "chunkwise";
      const [from, path] = [${at("x.npy")}, ${at("any.npy")}];
      const right = await openNpy(from, { chunks: [1500, -1] }).sum().compute();
      const cutter = new Worker(
        "const { parentPort } = require('worker_threads'); const { truncateSync } = require('fs');" +
        "parentPort.on('message', ({ path, ms }) => { const until = performance.now() + ms;" +
        "while (performance.now() < until); truncateSync(path, 5_000_000); parentPort.postMessage('cut'); });",
        { eval: true, execArgv: [] },
      );
      const outcomes = { right: 0, cut: 0 };
      for (let i = 0; i < 60; i++) {
        copyFileSync(from, path);
        const x = openNpy(path, { chunks: [1500, -1] });
        const done = new Promise((resolve) => cutter.once("message", resolve));
        cutter.postMessage({ path, ms: i / 4 });
        try {
          const sum = await x.sum().compute({ workers: i % 3 });
          if (sum.data[0] !== right.data[0]) throw new Error("wrong sum after " + i / 4 + " ms");
          outcomes.right++;
        } catch (error) {
          if (error.cause?.code !== "FORMAT" && error.code !== "FORMAT") throw error;
          outcomes.cut++;
        }
        await done;
      }
      await cutter.terminate();
      console.log(JSON.stringify(outcomes));
    `;
    const { right, cut } = JSON.parse(await runProgram(program));
    expect(right + cut).toBe(60);
    expect(cut).toBeGreaterThan(0);
  });
});
