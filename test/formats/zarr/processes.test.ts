/** Several processes, or computations of one process, that write to the same Zarr array or group at the same time. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { fromArray, openZarr } from "chunkwise";
import { describe, expect, test } from "vitest";
import { createZarr, type ZarrWriteOptions } from "#src/formats/zarr/create";
import { hashOfName } from "#src/formats/zarr/staging-folder";
import { lock } from "#src/storage/stores/lock";
import { newFolder, temporaryFolder } from "../../support/folder.js";
import { runProgram } from "../../support/program.js";
import { runPython } from "../../support/python.js";
import { filesIn, readByPython, rejection, save, someBytes, writeParts } from "./arrays.js";

const root = temporaryFolder();

/** Rows of three numbers, all the same. */
const rowsOf = (value: number, count: number) =>
  fromArray(new Int32Array(3 * count).fill(value), { shape: [count, 3] });

/**
 * Appends again and again, one to five rows of a number that no other append has; prints those that were acknowledged,
 * and how often one was refused.
 */
const appending = (path: string, first: number, times: number, options: ZarrWriteOptions = {}): string => `
  import { fromArray } from "chunkwise";
  const acknowledged = [];
  let refused = 0;
  for (let id = ${first}; id < ${first + times}; ) {
    const count = 1 + (id % 5);
    const rows = fromArray(new Int32Array(3 * count).fill(id), { shape: [count, 3] });
    const options = { ...${JSON.stringify(options)}, mode: "append", workers: 0 };
    try {
      await rows.saveZarr(${JSON.stringify(path)}, options);
      acknowledged.push(id++);
    } catch (error) {
      if (error.code !== "CONFLICT" || !/nothing was written/.test(error.message)) throw error;
      refused++;
    }
  }
  console.log(JSON.stringify({ acknowledged, refused }));
`;

/** The numbers that were appended, each as often as its rows are there; checks that a row holds one number. */
async function appended(path: string, inside?: string): Promise<number[]> {
  const { data, shape } = await (await openZarr(path, inside === undefined ? {} : { path: inside })).compute();
  expect(shape[1]).toBe(3);
  const rows = Array.from({ length: shape[0]! }, (_, i) => [...(data as Int32Array).subarray(3 * i, 3 * i + 3)]);
  for (const [a, b, c] of rows) expect([b, c]).toEqual([a, a]);
  return rows.map(([a]) => a!);
}

const expected = (ids: readonly number[]): number[] => ids.flatMap((id) => Array<number>(1 + (id % 5)).fill(id));
const numeric = (a: number, b: number): number => a - b;

const layouts: [name: string, options: ZarrWriteOptions][] = [
  ["version 2, partial chunks", { zarrFormat: 2, chunks: [4, 2] }],
  ["version 3, partial chunks", { chunks: [4, 2] }],
  ["version 3, whole chunks", { chunks: [1, 3] }],
  ["shards", { chunks: [2, 3], shards: [8, 3] }],
];

describe("appending to one array at the same time", () => {
  test.each(layouts)(
    "every append that is acknowledged to one of several processes is in the array: %s",
    { timeout: 240_000 },
    async (_, options) => {
      const path = join(newFolder(root), "x");
      await rowsOf(0, 1).saveZarr(path, options as object);
      const texts = await Promise.all([100, 200, 300].map((first) => runProgram(appending(path, first, 15))));
      const ends = texts.map((text) => JSON.parse(text) as { acknowledged: number[]; refused: number });
      const ids = ends.flatMap(({ acknowledged }) => acknowledged);
      expect(ids).toHaveLength(45);
      expect((await appended(path)).sort(numeric)).toEqual([0, ...expected(ids)].sort(numeric));
      expect((await readByPython([path]))[0]!.shape).toEqual([1 + expected(ids).length, 3]);
      expect(readdirSync(join(path, ".."))).toEqual(["x"]);
    },
  );

  test("of the appends of one process that planned for the same shape, one is acknowledged", async () => {
    const path = join(newFolder(root), "x");
    await rowsOf(0, 1).saveZarr(path, { chunks: [1, 3] });
    const begun = await Promise.all(
      [1, 2, 3, 4].map(async (id) => {
        const append = await createZarr(path, { dtype: "int32", shape: [1, 3] }, { mode: "append" });
        await writeParts(append.array, new Uint8Array(new Int32Array(3).fill(id).buffer));
        return append;
      }),
    );
    const ends = await Promise.allSettled(begun.map((append) => append.commit()));
    for (const append of begun) await append.discard();
    const [winner, ...others] = ends.flatMap(({ status }, i) => (status === "fulfilled" ? [i + 1] : []));
    expect(others).toEqual([]);
    expect(await appended(path)).toEqual([0, winner]);
    for (const end of ends) {
      if (end.status === "fulfilled") continue;
      expect(end.reason).toMatchObject({ name: "ConflictError", code: "CONFLICT", path });
      expect(end.reason.message).toBe(
        `cannot finish ${path}: its metadata was changed by someone else in the meantime; nothing was written, ` +
          "so it can be done again",
      );
    }
    expect(readdirSync(join(path, ".."))).toEqual(["x"]);
  });

  test("an append waits while somebody else commits, and goes on if its plan is still valid", async () => {
    const path = join(newFolder(root), "x");
    const shape = [6, 6];
    const [old, more] = [someBytes("int32", shape, 1), someBytes("int32", shape, 2)];
    await save(path, "int32", shape, old, { chunks: [3, 3] });
    const append = await createZarr(path, { dtype: "int32", shape }, { mode: "append" });
    await writeParts(append.array, more);
    const release = await lock({ folder: dirname(path), name: hashOfName(path), of: path });
    let isDone = false;
    const commit = append.commit().then(() => {
      isDone = true;
    });
    await setTimeout(200);
    expect(isDone).toBe(false);
    release();
    await commit;
    const hex = Buffer.concat([old, more]).toString("hex");
    expect((await readByPython([path]))[0]).toMatchObject({ shape: [12, 6], hex });
  });

  test("appends and replacements of one array leave one whole array", { timeout: 240_000 }, async () => {
    const path = join(newFolder(root), "x");
    await rowsOf(0, 2).saveZarr(path, { chunks: [4, 2] });
    const replacing = `
      import { fromArray } from "chunkwise";
      for (let i = 0; i < 20; i++) {
        const rows = fromArray(new Int32Array(6), { shape: [2, 3] });
        await rows.saveZarr(${JSON.stringify(path)}, { mode: "overwrite", chunks: [4, 2], workers: 0 });
      }`;
    const [text = ""] = await Promise.all([runProgram(appending(path, 100, 20)), runProgram(replacing)]);
    const { acknowledged } = JSON.parse(text) as { acknowledged: number[] };
    const found = await appended(path);
    expect(found.slice(0, 2)).toEqual([0, 0]);
    // what was appended after the last replacement is there, all of it and in order
    const first = found.length === 2 ? 120 : found[2]!;
    expect(found.slice(2)).toEqual(expected(acknowledged.filter((id) => id >= first)));
    expect(readdirSync(join(path, ".."))).toEqual(["x"]);
  });
});

test("whoever meets an array between the two renames of its replacement waits for the end of it", async () => {
  const path = join(newFolder(root), "x");
  await rowsOf(0, 1).saveZarr(path, { chunks: [1, 3] });
  // the process that replaces it stops between the renames, until the others have looked
  const replacing = `
    import fs from "node:fs";
    import { syncBuiltinESMExports } from "node:module";
    import { fromArray } from "chunkwise";
    const { renameSync } = fs;
    fs.renameSync = (from, to) => {
      renameSync(from, to);
      if (!to.endsWith("/former")) return;
      fs.writeSync(1, "between");
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2000);
    };
    syncBuiltinESMExports();
    const rows = fromArray(Int32Array.of(1, 1, 1), { shape: [1, 3] });
    await rows.saveZarr(${JSON.stringify(path)}, { mode: "overwrite", chunks: [1, 3], workers: 0 });`;
  const cwd = fileURLToPath(new URL("../../..", import.meta.url));
  const child = spawn(process.execPath, ["--input-type=module", "-e", replacing], { cwd });
  const ended = once(child, "exit");
  expect(String((await once(child.stdout, "data"))[0])).toBe("between");
  expect(existsSync(path)).toBe(false);
  await rowsOf(2, 1).saveZarr(path, { mode: "append" });
  expect(await ended).toEqual([0, null]);
  expect(await appended(path)).toEqual([1, 2]);
  expect(readdirSync(join(path, ".."))).toEqual(["x"]);
});

describe("making arrays at the same time", () => {
  const making = (path: string, inside: string): string => `
    import { ones } from "chunkwise";
    await ones([4]).saveZarr(${JSON.stringify(path)}, { path: ${JSON.stringify(inside)}, workers: 0 }).then(
      () => console.log("made"),
      ({ code, systemCode }) => console.log(code, systemCode),
    );`;

  test("of several processes that make one array, one makes it", { timeout: 120_000 }, async () => {
    const path = join(newFolder(root), "store");
    const ends = await Promise.all([1, 2, 3, 4].map(() => runProgram(making(path, "g/x"))));
    expect(ends.filter((end) => end === "made\n")).toHaveLength(1);
    // whoever comes later sees the array at once
    for (const end of ends) expect(["made\n", "CONFLICT undefined\n", "STORAGE EEXIST\n"]).toContain(end);
    expect(filesIn(path)).toEqual(["g/x/c/0", "g/x/zarr.json", "g/zarr.json", "zarr.json"]);
  });

  test.each([2, 3])(
    "consolidated metadata names all arrays that several processes have made or changed: version %s",
    { timeout: 240_000 },
    async (version) => {
      const path = join(newFolder(root), "store");
      const code = `
import sys, warnings, zarr
warnings.simplefilter("ignore")
zarr.open_group(sys.argv[1], mode="w", zarr_format=int(sys.argv[2]))
zarr.consolidate_metadata(sys.argv[1])`;
      await runPython(code, path, String(version));
      await rowsOf(0, 1).saveZarr(path, { path: "x", chunks: [4, 3] });
      const many = (letter: string): string =>
        `import { ones } from "chunkwise";
         for (let i = 0; i < 10; i++)
           await ones([4]).saveZarr(${JSON.stringify(path)}, { path: "${letter}/" + i, workers: 0 });`;
      const [text = ""] = await Promise.all([
        runProgram(appending(path, 100, 10, { path: "x" })),
        runProgram(many("a")),
        runProgram(many("b")),
      ]);
      const ids = (JSON.parse(text) as { acknowledged: number[] }).acknowledged;
      expect(await appended(path, "x")).toEqual([0, ...expected(ids)]);
      const listed = `
import sys, json, zarr
g = zarr.open_consolidated(sys.argv[1])
print(json.dumps([sorted(name for name, _ in g.members(max_depth=None)), g["x"].shape]))`;
      const names = ["a", "b"].flatMap((group) => [group, ...Array.from({ length: 10 }, (_, i) => `${group}/${i}`)]);
      expect(JSON.parse(await runPython(listed, path))).toEqual([
        [...names, "x"],
        [1 + expected(ids).length, 3],
      ]);
      expect(readdirSync(path).filter((name) => name.startsWith(".chunkwise"))).toEqual([]);
    },
  );
});

test.each([2, 3] as const)(
  "consolidated metadata keeps the members of a group together, as zarr-python wants them: version %s",
  async (zarrFormat) => {
    const path = join(newFolder(root), "store");
    const code = `
import sys, json, warnings, zarr
warnings.simplefilter("ignore")
zarr.open_group(sys.argv[1], mode="w", zarr_format=int(sys.argv[2]))
zarr.consolidate_metadata(sys.argv[1])`;
    await runPython(code, path, String(zarrFormat));
    for (const name of ["a/x", "b/x", "a/y", "y", "b/y", "a/c/x", "b/c/x", "a/c/y"]) {
      await rowsOf(1, 1).saveZarr(path, { path: name });
    }
    const listed = `
import sys, json, zarr
print(json.dumps(sorted(name for name, _ in zarr.open_consolidated(sys.argv[1]).members(max_depth=None))))`;
    const names = ["a", "a/c", "a/c/x", "a/c/y", "a/x", "a/y", "b", "b/c", "b/c/x", "b/x", "b/y", "y"];
    expect(JSON.parse(await runPython(listed, path))).toEqual(names);
  },
);

test("a lock beside an array and in its group is no part of them, also to zarr-python", async () => {
  const path = join(newFolder(root), "store");
  await rowsOf(7, 5).saveZarr(path, { path: "g/x", chunks: [4, 3] });
  const holding = `
    import fs from "node:fs";
    import { syncBuiltinESMExports } from "node:module";
    import { execFileSync } from "node:child_process";
    import { fromArray, listArrays } from "chunkwise";
    const { renameSync } = fs;
    let found;
    fs.renameSync = (from, to) => {
      if (to.endsWith("x/zarr.json")) found = fs.readdirSync(${JSON.stringify(join(path, "g"))});
      renameSync(from, to);
    };
    syncBuiltinESMExports();
    const rows = fromArray(new Int32Array(3), { shape: [1, 3] });
    await rows.saveZarr(${JSON.stringify(path)}, { path: "g/x", mode: "append", workers: 0 });
    console.log(JSON.stringify(found));`;
  // the places of the locks of an append
  const during = JSON.parse(await runProgram(holding)) as string[];
  const name = during.find((found) => found.endsWith("-lock.tmp"))!;
  const releases = [
    await lock({ folder: join(path, "g"), name: name.slice(".chunkwise-".length, -"-lock.tmp".length), of: "x" }),
    await lock({ folder: join(path, "g"), name: "group", of: "g" }),
    await lock({ folder: path, name: "group", of: "store" }),
  ];
  expect(readdirSync(join(path, "g")).sort()).toEqual([name, ".chunkwise-group-lock.tmp", "x", "zarr.json"].sort());
  const code = `
import sys, json, warnings, zarr
warnings.simplefilter("ignore")
g = zarr.open_group(sys.argv[1], mode="r")
print(json.dumps([sorted(n for n, _ in g.members(max_depth=None)), g["g/x"][...].tolist()]))`;
  const rows = [...Array<number>(5).fill(7), 0].map((id) => [id, id, id]);
  expect(JSON.parse(await runPython(code, path))).toEqual([["g", "g/x"], rows]);
  for (const release of releases) release();
  expect(readdirSync(join(path, "g")).sort()).toEqual(["x", "zarr.json"]);
});

test("an array that is locked elsewhere, or made in the meantime, stays as it is", async () => {
  const folder = newFolder(root);
  const path = join(folder, "x");
  const made = await createZarr(path, { dtype: "int32", shape: [2] }, { chunks: [2] });
  await writeParts(made.array, new Uint8Array(8));
  mkdirSync(path);
  await rowsOf(1, 1).saveZarr(path);
  expect(await rejection(made.commit())).toMatchObject({ name: "ConflictError", path });
  await made.discard();
  expect(await appended(path)).toEqual([1]);
  expect(readdirSync(folder)).toEqual(["x"]);
  expect(readFileSync(join(path, "zarr.json"), "utf8")).toContain('"shape"');
});
