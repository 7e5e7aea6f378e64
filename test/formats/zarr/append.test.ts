/** Appending where an array ends inside of its last chunks or shards. */
import { execFile } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { type DType, factsOf } from "#src/data/dtype";
import { sizeOf } from "#src/data/region";
import { createZarr, type ZarrWriteOptions } from "#src/formats/zarr/create";
import { open as openZarr } from "#src/formats/zarr/open";
import { temporaryFolder } from "../../support/folder.js";
import { runProgram } from "../../support/program.js";
import { runPython } from "../../support/python.js";
import { filesIn, readByPython, rejection, save, someBytes, writeParts } from "./arrays.js";
import { readAll } from "./cases.js";

const root = temporaryFolder();
let folders = 0;
function newFolder(): string {
  const folder = join(root, String(folders++));
  mkdirSync(folder);
  return folder;
}
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const seen = async (path: string): Promise<string> => hex(await readAll((await openZarr(path)).array));

/** Two arrays, one after the other along an axis. */
function joined(axis: number, a: Uint8Array, b: Uint8Array, aShape: readonly number[], bShape: readonly number[]) {
  const rows = sizeOf(aShape.slice(0, axis));
  const [aRow, bRow] = [a.length / rows, b.length / rows];
  const pieces = Array.from({ length: rows }, (_, i) => [
    a.subarray(i * aRow, (i + 1) * aRow),
    b.subarray(i * bRow, (i + 1) * bRow),
  ]).flat();
  const shape = aShape.with(axis, aShape[axis]! + bShape[axis]!);
  return { bytes: new Uint8Array(Buffer.concat(pieces)), shape };
}

const layouts: [name: string, options: ZarrWriteOptions][] = [
  ["version 2", { zarrFormat: 2, chunks: [4, 5] }],
  ["version 2, F, plain", { zarrFormat: 2, chunks: [4, 5], order: "F", compressor: null }],
  ["version 3", { chunks: [4, 5] }],
  ["version 3, F, plain", { chunks: [4, 5], order: "F", compressor: null }],
  ["shards", { chunks: [2, 5], shards: [8, 10] }],
  ["plain shards", { chunks: [2, 5], shards: [8, 10], compressor: null }],
  ["a fill value", { chunks: [4, 5], fillValue: 1 }],
];

describe("appending where the last chunk or shard is not full", () => {
  test.each(layouts)("arrays grow step by step along both axes, as zarr-python reads them: %s", async (_, options) => {
    const dtypes: DType[] = ["int16", "float64", "complex64", "bool"];
    const results = [];
    for (const [number, dtype] of dtypes.entries()) {
      const path = join(newFolder(), "x");
      let shape = [3, 7];
      let bytes = someBytes(dtype, shape, number);
      await save(path, dtype, shape, bytes, options);
      for (const [axis, more] of [
        [0, 1],
        [1, 2],
        [0, 1],
        [1, 11],
        [0, 14],
        [0, 0],
        [1, 1],
      ] as const) {
        const added = shape.with(axis, more);
        const own = someBytes(dtype, added, 7 * more + axis);
        await save(path, dtype, added, own, { mode: "append", axis });
        ({ bytes, shape } = joined(axis, bytes, own, shape, added));
        expect(await seen(path), `${dtype} (${shape})`).toBe(hex(bytes));
      }
      results.push({ path, dtype, shape, bytes });
    }
    const found = await readByPython(results.map(({ path }) => path));
    for (const [i, { shape, bytes, dtype }] of results.entries()) {
      expect(found[i], dtype).toMatchObject({ shape, hex: hex(bytes) });
    }
  });

  test("arrays of zarr-python grow inside their last chunk, also where it was never written", async () => {
    const path = newFolder();
    const code = `
import sys, numpy as np, zarr
from zarr.codecs import *
for name, rows in (("whole", 6), ("missing", 4)):
    a = zarr.create_array(f"{sys.argv[1]}/{name}", shape=(6, 7), chunks=(4, 4), dtype=">i4", fill_value=-3,
        filters=[TransposeCodec(order=(1, 0))], serializer=BytesCodec(endian="big"))
    a[:rows] = np.arange(42).reshape(6, 7)[:rows]`;
    await runPython(code, path);
    const more = Int32Array.from({ length: 35 }, (_, i) => 100 + i);
    for (const name of ["whole", "missing"]) {
      await save(join(path, name), "int32", [5, 7], new Uint8Array(more.buffer), { mode: "append" });
      const before = Int32Array.from({ length: 42 }, (_, i) => (name === "missing" && i >= 28 ? -3 : i));
      const [found] = await readByPython([join(path, name)]);
      expect(found).toMatchObject({
        shape: [11, 7],
        hex: hex(new Uint8Array(Int32Array.from([...before, ...more]).buffer)),
      });
    }
  });

  test("a chunk that ends up with nothing but the fill value has no file", async () => {
    const path = join(newFolder(), "x");
    const zeros = (shape: number[]) => new Uint8Array(sizeOf(shape) * factsOf("int32").bytes);
    await save(path, "int32", [3, 4], zeros([3, 4]), { chunks: [4, 4] });
    await save(path, "int32", [3, 4], zeros([3, 4]), { mode: "append" });
    expect(filesIn(path)).toEqual(["zarr.json"]);
    expect(await seen(path)).toBe("00".repeat(96));
  });
});

const shape = [6, 6];
const [old, fresh] = [someBytes("int32", shape, 1), someBytes("int32", [7, 6], 2)];
const grown = hex(old) + hex(fresh);
const grid: ZarrWriteOptions = { chunks: [4, 3] };
const more = { dtype: "int32", shape: [7, 6] } as const;

describe("an append that is not finished", () => {
  test("an append that is discarded, or fails in its commit, leaves every file as it was", async () => {
    const folder = newFolder();
    const path = join(folder, "x");
    await save(path, "int32", shape, old, grid);
    const contents = () => filesIn(path).map((name) => [name, readFileSync(join(path, name), "hex")]);
    const before = contents();
    const discarded = await createZarr(path, more, { mode: "append" });
    await writeParts(discarded.array, fresh);
    await discarded.discard();
    expect(contents()).toEqual(before);
    // a folder in the place of the last new chunk cannot be replaced by a file
    mkdirSync(join(path, "c/3/1"), { recursive: true });
    const failing = await createZarr(path, more, { mode: "append" });
    await writeParts(failing.array, fresh, [0, 1, 2, 3, 4, 5]);
    expect(await rejection(failing.commit())).toMatchObject({ name: "StorageError", path });
    await failing.discard();
    expect(contents()).toEqual(before);
    expect(readdirSync(folder)).toEqual(["x"]);
    rmSync(join(path, "c/3/1"), { recursive: true });
    await save(path, "int32", more.shape, fresh, { mode: "append" });
    expect(await seen(path)).toBe(grown);
  });

  test("an append notices that someone else has written the last chunk since it began", async () => {
    const path = join(newFolder(), "x");
    await save(path, "int32", shape, old, grid);
    const append = await createZarr(path, more, { mode: "append" });
    await writeParts(append.array, fresh);
    await save(path, "int32", [2, 3], fresh.slice(0, 24), {
      region: [
        [4, 6],
        [3, 6],
      ],
    });
    const between = await seen(path);
    expect((await rejection(append.commit())).message).toMatch(/its last chunks .* changed by someone else/);
    await append.discard();
    expect(await seen(path)).toBe(between);
  });

  test("an interrupted append is resumed, unless the last chunk has changed", async () => {
    const path = join(newFolder(), "x");
    await save(path, "int32", shape, old, grid);
    const options: ZarrWriteOptions = { mode: "append", resume: true, key: "k" };
    await writeParts((await createZarr(path, more, options)).array, fresh, [0, 3]);
    expect((await createZarr(path, more, options)).complete).toEqual(new Set([0, 3]));
    const chunk = join(path, "c/1/0");
    const bytes = readFileSync(chunk);
    rmSync(chunk);
    writeFileSync(chunk, bytes);
    const again = await createZarr(path, more, options);
    expect(again.complete).toEqual(new Set());
    await writeParts(again.array, fresh);
    await again.commit();
    expect(await seen(path)).toBe(grown);
  });

  /**
   * Appends to the array `x` of a folder in a process that is ended before it moves file number `last` into the array.
   * Before each file that it moves, it copies the folder, which has what a process killed there leaves, into `copies`.
   */
  const program = (
    folder: string,
    copies: string,
    last: number,
    end = 'process.kill(process.pid, "SIGKILL")',
  ): string => `
    import fs from "node:fs";
    import { syncBuiltinESMExports } from "node:module";
    import { fromArray } from "chunkwise";
    const { renameSync } = fs;
    let renames = -Infinity;
    fs.renameSync = (from, to) => {
      // what goes into the array, and not into the folder beside it
      if (to.startsWith(${JSON.stringify(join(folder, "x"))}) && renames >= 0) {
        if (renames === ${last}) ${end};
        fs.cpSync(${JSON.stringify(folder)}, ${JSON.stringify(copies)} + "/" + renames++, {
          recursive: true,
          preserveTimestamps: true,
        });
      }
      renameSync(from, to);
    };
    syncBuiltinESMExports();
    const values = Int32Array.from(${JSON.stringify([...new Int32Array(fresh.buffer)])});
    renames = 0;
    const path = ${JSON.stringify(join(folder, "x"))};
    await fromArray(values, { shape: [7, 6] }).saveZarr(path, { mode: "append", workers: 0 });
    console.log("done after", renames);
  `;

  /** The locks beside the array of a folder. */
  const locksIn = (folder: string): string[] => readdirSync(folder).filter((name) => name.endsWith("-lock.tmp"));

  test("a process that exits in the middle of a commit leaves the array as it was, and no lock", async () => {
    const folder = newFolder();
    const path = join(folder, "x");
    await save(path, "int32", shape, old, grid);
    await runProgram(program(folder, newFolder(), 3, "process.exit(0)"));
    expect(readdirSync(folder)).toEqual(["x"]);
    expect(await seen(path)).toBe(hex(old));
    await save(path, "int32", more.shape, fresh, { mode: "append" });
    expect(await seen(path)).toBe(grown);
  });

  test.each([
    ["chunks", grid],
    ["shards", { chunks: [2, 3], shards: [4, 3] }],
  ] as [string, ZarrWriteOptions][])(
    "a process killed before any step of a commit leaves an array that is read as it was, and can grow: %s",
    async (_, options) => {
      const [folder, copies, others] = [newFolder(), newFolder(), newFolder()];
      const path = join(folder, "x");
      const append = (last: number, copies: string): Promise<string> => {
        rmSync(folder, { recursive: true });
        mkdirSync(folder);
        cpSync(made, path, { recursive: true });
        const args = ["--input-type=module", "-e", program(folder, copies, last)];
        const cwd = fileURLToPath(new URL("../../..", import.meta.url));
        return promisify(execFile)(process.execPath, args, { cwd }).then(
          ({ stdout }) => stdout,
          (error: { signal: string }) => error.signal,
        );
      };
      const made = join(newFolder(), "x");
      await save(made, "int32", shape, old, options);
      // two files at the edge, four new ones, two of them again when their folder is made, and the metadata
      expect(await append(Infinity, copies)).toBe("done after 9\n");
      expect(await readByPython([path])).toMatchObject([{ hex: grown }]);
      expect(locksIn(folder)).toEqual([]);
      const states = readdirSync(copies).sort();
      expect(states).toEqual(["0", "1", "2", "3", "4", "5", "6", "7", "8"]);
      const canGrow = async (): Promise<void> => {
        // the lock of a killed process stays until the next one takes it over
        expect(locksIn(folder)).toHaveLength(1);
        expect(await readByPython([path])).toMatchObject([{ hex: hex(old) }]);
        expect(await seen(path)).toBe(hex(old));
        await save(path, "int32", more.shape, fresh, { mode: "append" });
        expect(await seen(path)).toBe(grown);
        expect(locksIn(folder)).toEqual([]);
        expect(await readByPython([path])).toMatchObject([{ hex: grown }]);
      };
      for (const state of states) {
        rmSync(folder, { recursive: true });
        cpSync(join(copies, state), folder, { recursive: true, preserveTimestamps: true });
        await canGrow();
      }
      // and a process that is killed indeed leaves just that, but for what its own process is called
      expect(await append(7, others)).toBe("SIGKILL");
      const contents = (at: string): [name: string, bytes: string][] =>
        filesIn(at).map((name) => [
          name.replace(/[\da-f]{12}-\d+-\d+-[\da-f]{12}/, "owner"),
          /\/journal$|-lock\.tmp\//.test(name) ? "its own" : readFileSync(join(at, name), "hex"),
        ]);
      expect(contents(folder)).toEqual(contents(join(copies, "7")));
      await canGrow();
    },
  );
});
