/** Detects files that cannot be written and are: errors without path or reason, temporary files left, older files lost. */
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { type ChunkedArray, ones, openNpy, random, zeros } from "chunkwise";
import { describe, expect, test } from "vitest";
import { ComputeError, type StorageError } from "#src/data/errors";
import { asNobody, makeTinyDisk, temporaryFolder } from "../storage/folder.js";
import { expectFiles, expectPoolWorks, rejectionOf, worked } from "./helpers.js";

const top = temporaryFolder();
let count = 0;

/** A new folder, and the path of a file in it. */
function place(): { folder: string; path: string } {
  const folder = join(top, `${++count}`);
  mkdirSync(folder);
  return { folder, path: join(folder, "x.npy") };
}

describe("a file that cannot be written", () => {
  /** What saving rejects with; the folder must hold these files afterwards and the error name the path. */
  async function refusal(array: ChunkedArray, path: string, folder: string, ...left: string[]): Promise<StorageError> {
    const error = (await rejectionOf(array.saveNpy(path))) as StorageError;
    expectFiles(folder, ...left);
    expect(error.path).toBe(path);
    expect(error.message).not.toMatch(/\.tmp/);
    await expectPoolWorks();
    return error;
  }
  const never = (): ChunkedArray => ones([3]).mapBlocks(() => process.exit(1));

  test("no folder, a folder, a path through a file, a device: refused before anything runs", async () => {
    const { folder, path } = place();
    const systemCode = (code: string): object => ({ name: "StorageError", systemCode: code });
    expect(await refusal(never(), join(folder, "no", "x.npy"), folder)).toMatchObject(systemCode("ENOENT"));
    expect(await refusal(never(), folder, folder)).toMatchObject(systemCode("EISDIR"));
    writeFileSync(path, "older");
    expect(await refusal(never(), join(path, "y.npy"), folder, "x.npy")).toMatchObject(systemCode("ENOTDIR"));
    expect((await refusal(never(), "/dev/full", folder, "x.npy")).message).toMatch(/a file can replace only a file/);
    expect(readFileSync(path, "latin1")).toBe("older");
  });

  test("a folder or an older file without permission", async () => {
    const { folder, path } = place();
    writeFileSync(path, "older");
    chmodSync(path, 0o444);
    chmodSync(folder, 0o555);
    chmodSync(top, 0o755);
    // the refusal comes before the first await, while the process is nobody
    for (const target of [path, join(folder, "new.npy")]) {
      const error = await rejectionOf(asNobody(() => never().saveNpy(target)));
      expect(error).toMatchObject({ name: "StorageError", systemCode: "EACCES", path: target });
    }
    chmodSync(folder, 0o755);
    expectFiles(folder, basename(path));
    expect(readFileSync(path, "latin1")).toBe("older");
  });

  test("a full disk", async ({ skip }) => {
    const disk = join(place().folder, "disk");
    if (!makeTinyDisk(disk)) skip("no file system can be mounted here");
    const target = join(disk, "x.npy");
    await ones([100]).saveNpy(target);
    const error = await refusal(worked(random.normal([100_000], { seed: 1, chunks: 5000 })), target, disk, "x.npy");
    expect(error).toBeInstanceOf(ComputeError);
    expect(error.cause).toMatchObject({ name: "StorageError", systemCode: "ENOSPC", path: target });
    expect(error.message).toMatch(/the disk is full/);
    expect(error.offset).toBeGreaterThan(128);
    expect((await openNpy(target).sum().compute()).item()).toBe(100);
    rmSync(target);
  });

  test("a file larger than the process or any file system allows", async () => {
    const { folder, path } = place();
    const text = `import { ones } from "chunkwise";
      await ones([100_000]).saveNpy(${JSON.stringify(path)}).catch((error) => console.log(error.name, error.systemCode, error.path));`;
    const limited = spawnSync("sh", [
      "-c",
      'ulimit -f 100; "$0" --input-type=module --eval "$1"',
      process.execPath,
      text,
    ]);
    expect(String(limited.stdout)).toBe(`StorageError EFBIG ${path}\n`);
    const tooMuch = zeros([2 ** 52], { chunks: -1 });
    expect(await rejectionOf(tooMuch.saveNpy(path))).toMatchObject({ name: "ShapeError" });
    expectFiles(folder);
  });

  test("no path, wrong options", async () => {
    for (const path of ["", 3, null, undefined]) {
      expect(await rejectionOf(ones([3]).saveNpy(path as never))).toMatchObject({ name: "ArgumentError" });
    }
    const { path, folder } = place();
    expect(await rejectionOf(ones([3]).saveNpy(path, { chunks: 3 } as never))).toMatchObject({ name: "ArgumentError" });
    expectFiles(folder);
  });
});
