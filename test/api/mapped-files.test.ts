/** Detects results of mapped files that differ from those of read files, and changes of files that get lost. */
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openNpy, random } from "chunkwise";
import { beforeAll, describe, expect, test } from "vitest";
import { temporaryFolder } from "../support/folder.js";
import { native } from "../support/platform.js";
import { runProgram } from "../support/program.js";
import { runPython } from "../support/python.js";

const folder = temporaryFolder();
const at = (name: string): string => JSON.stringify(join(folder, name));

/** Files of the same numbers, which operands see from different places on. */
const copies = ["bytes", "copy1", "copy2", "copy3", "copy4", "copy5"];

/** Files that chunkwise does not write; elements of each lie in the file as they are. */
const others = `
import os, sys, h5py, netCDF4, numpy as np
os.chdir(sys.argv[1])
x, y = np.load("x.npy"), np.load("y.npy")
with h5py.File("x.h5", "w") as f:
    f["float64"] = x
    f["big"] = (y[:2000] * 1e6).astype(">i4")
    f["half"] = y.astype("<f2")
    record = np.zeros(300_000, np.dtype([("tag", "u1"), ("value", "<f8"), ("more", "u1", 47)]))
    record["value"] = x.ravel()[: len(record)]
    f["records"] = record
with netCDF4.Dataset("x.nc", "w", format="NETCDF3_64BIT_OFFSET") as f:
    f.createDimension("time", None); f.createDimension("y", 3000); f.createDimension("x", 1024)
    f.createVariable("plain", "f8", ("y", "x"))[:] = x
    f.createVariable("first", "f4", ("time", "x"))[:] = y[:2500]
    f.createVariable("second", "f4", ("time", "x"))[:] = x[:2500]
np.save("fortran.npy", np.asfortranarray(x))
np.save("swapped.npy", np.asfortranarray(y.astype(">f8")))
np.save("half.npy", np.concatenate([x, y, x]).astype(">f2"))
`;

beforeAll(async () => {
  await random.normal([3000, 1024], { seed: 1 }).saveNpy(join(folder, "x.npy"));
  await random.normal([3000, 1024], { seed: 2 }).saveNpy(join(folder, "y.npy"));
  const x = openNpy(join(folder, "x.npy"));
  await x.saveZarr(join(folder, "x.zarr"), { chunks: [2500, 1024], compressor: null });
  await x.reshape([1_536_000, 2]).rechunk([1_100_000, 2]).saveArrow(join(folder, "x.arrow"));
  const bytes = new Uint8Array(24_000_000);
  for (let i = 0; i < bytes.length; i++) bytes[i] = (i * i + (i >> 8)) & (i % 2 === 1 ? 0x3b : 0xff);
  for (const name of copies) writeFileSync(join(folder, name), bytes);
  mkdirSync(join(folder, "steps"));
  for (const [i, name] of ["x.npy", "y.npy", "x.npy"].entries()) {
    copyFileSync(join(folder, name), join(folder, "steps", `${9 + i}.npy`));
  }
  await runPython(others, folder);
});

const digest = `
  import { createHash } from "node:crypto";
  import {
    compute, open, openArrow, openHdf5, openNetcdf3, openNpy, openNpyStack, openRaw, openZarr, stack
  } from "chunkwise";
  const results = {};
  const mapped = [];
  const run = async (name, arrays, workers) => {
    let last;
    const made = await compute(arrays, { workers, onProgress: (now) => (last = now) });
    const hash = createHash("sha256");
    for (const { data } of made) hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    results[name] = hash.digest("hex");
    if (last.bytesMapped > 0) mapped.push(name);
  };
  const x = openNpy(${at("x.npy")}, { chunks: [1000, -1] }), y = openNpy(${at("y.npy")}, { chunks: [-1, 300] });
  const half = openNpy(${at("half.npy")});
  const whole = openNpy(${at("y.npy")});
  const raw = (dtype, options) => openRaw(${at("bytes")}, { dtype, shape: [2000, 1000], ...options });
  const hdf5 = (dataset) => openHdf5(${at("x.h5")}, { dataset });
  const arrow = (columns) => openArrow(${at("x.arrow")}, { columns });
  const npyStack = (options) => openNpyStack(${at("steps")}, options);
  const fortran = openNpy(${at("fortran.npy")}), swapped = openNpy(${at("swapped.npy")});
  const netcdf = (variable) => openNetcdf3(${at("x.nc")}, { variable });
  const copies = ${JSON.stringify(copies.map((name) => join(folder, name)))}.map((path, i) => {
    return openRaw(path, { dtype: "int32", shape: [2000, 1000], offset: 5 * i });
  });
`;

/** Programs whose results are compared, and that map something. */
const cases: Record<string, string> = {
  "sums and means along each axis": "[x.mean(0), x.sum(1), x.sum(), x.std(0), x.argmax(1)]",
  "a map that is stored": "[x.multiply(2).add(1)]",
  "two files": "[x.add(whole).sum(0), x.multiply(whole).max()]",
  "two parts of one file": "[x.slice([[0, 2000]]).subtract(x.slice([[1000, 3000]])).sum(1)]",
  "a file against its columns": "[x.subtract(x.mean(0)).square().sum(0)]",
  "a file backwards": "[x.slice([[null, null, -1]]).max(1), x.slice([null, [null, null, -1]]).sum(1)]",
  "chunks that are files": `[(await openZarr(${at("x.zarr")})).mean(0)]`,
  "a transpose": "[x.T.mean(0), x.T.mean(1)]",
  "elements that are not aligned": '[raw("float64", { offset: 3 }).isnan().sum(0), raw("int32", { offset: 1 }).sum(1)]',
  "other byte orders": '[raw("int32", { byteOrder: "big" }).sum(0), raw("int16", { byteOrder: "big" }).max(1)]',
  "half precision": '[raw("float16", { shape: [4000, 2000] }).sum(0), raw("float16", { offset: 1 }).isnan().sum()]',
  "complex numbers": '[raw("complex64").real().max(0)]',
  "Fortran order": '[raw("float64", { order: "F" }).isnan().sum(0), raw("int32", { order: "F" }).sum(1)]',
  "a contiguous dataset of HDF5": '[(await hdf5("float64")).mean(0), (await hdf5("float64")).std(1)]',
  "integers of HDF5 in the other byte order": '[(await hdf5("big")).sum(0)]',
  "half precision of HDF5": '[(await hdf5("half")).sum(1), (await hdf5("half")).max()]',
  "a field of records of HDF5, whose elements are not aligned": '[(await hdf5("records/value")).sum()]',
  "columns of an Arrow file": "[(await arrow()).sum(0), (await arrow()).sum(1)]",
  "one column of an Arrow file": '[(await arrow(["column_1"])).sum()]',
  "a folder of .npy files": "[npyStack().mean(0), npyStack().sum(1)]",
  "a folder of .npy files along a new axis": '[npyStack({ axis: "new" }).max([0, 2])]',
  "a variable of netCDF-3": '[(await netcdf("plain")).mean(0), (await netcdf("plain")).max(1)]',
  "records of netCDF-3":
    '[(await netcdf("first")).mean(0), (await netcdf("second")).subtract(await netcdf("first")).max()]',
  "a .npy file in Fortran order": "[fortran.mean(0), fortran.sum(1)]",
  "a .npy file in Fortran order and the other byte order": "[swapped.std(0)]",
  "a .npy file of half precision in the other byte order": "[half.mean(0)]",
  "files of several formats":
    '[x.multiply(await hdf5("float64")).add(await netcdf("plain")).add(half.slice([[6000, 9000]])).sum(1)]',
  "four files that are not aligned": "[copies[0].add(copies[1]).multiply(copies[2]).subtract(copies[3]).sum(0)]",
  "more files than there are windows":
    "[stack(copies).max(0).sum(1), copies.reduce((a, b) => a.multiply(3).add(b)).sum(0)]",
  "a copy": "[x.slice([[0, 2000]])]",
};

/** Programs of which nothing is mapped, because the elements are scattered. */
const readCases: Record<string, string> = {
  "steps and columns": "[x.slice([[null, null, 4], [100, 200]]).max(0), x.slice([null, 5]).sum()]",
  "two files in columns": "[x.add(y).sum(0), x.multiply(y).max()]",
};

/** What all these programs give and map. */
async function outcome(
  workers: number,
  env: Record<string, string> = {},
): Promise<{ results: Record<string, string>; mapped: readonly string[] }> {
  const runs = Object.entries({ ...cases, ...readCases }).map(
    ([name, arrays]) => `await run(${JSON.stringify(name)}, ${arrays}, ${workers});`,
  );
  return JSON.parse(
    await runProgram(`${digest}${runs.join("\n")}\nconsole.log(JSON.stringify({ results, mapped }));`, env),
  );
}

describe.runIf(native)("files that are mapped", () => {
  test("give the bits of files that are read, with any number of workers", async () => {
    const read = await outcome(0, { XDG_CACHE_HOME: join(folder, "no addon") });
    expect(Object.keys(read.results)).toEqual([...Object.keys(cases), ...Object.keys(readCases)]);
    expect(read.mapped).toEqual([]);
    for (const workers of [0, 2]) {
      expect(await outcome(workers)).toEqual({ results: read.results, mapped: Object.keys(cases) });
    }
  });

  test("are read where there is no WebAssembly", async () => {
    const program = `${digest}await run("sum", [x.sum()], 0); console.log(JSON.stringify({ results, mapped }));`;
    const ours = JSON.parse(await runProgram(program));
    const jitless = JSON.parse(await runProgram(program, {}, process.execPath, ["--jitless"]));
    expect([ours.mapped, jitless.mapped]).toEqual([["sum"], []]);
    expect(Object.keys(jitless.results)).toEqual(["sum"]);
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
