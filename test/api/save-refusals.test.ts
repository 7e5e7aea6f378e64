/**
 * Detects files that cannot be written and are: errors without path or reason, temporary files left, older files lost.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type ChunkedArray, ones, store, type Target, toNpy, zeros } from "chunkwise";
import { describe, expect, test } from "vitest";
import type { StorageError } from "#src/data/errors";
import { temporaryFolder } from "../support/folder.js";
import { expectFiles, expectPoolWorks, rejectionOf } from "./helpers.js";

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

  test("is refused before anything runs if a folder is missing, or something else is in its place", async () => {
    const { folder, path } = place();
    const systemCode = (code: string): object => ({ name: "StorageError", systemCode: code });
    expect(await refusal(never(), join(folder, "no", "x.npy"), folder)).toMatchObject(systemCode("ENOENT"));
    expect(await refusal(never(), folder, folder)).toMatchObject(systemCode("EISDIR"));
    writeFileSync(path, "older");
    expect(await refusal(never(), join(path, "y.npy"), folder, "x.npy")).toMatchObject(systemCode("ENOTDIR"));
    expect((await refusal(never(), "/dev/full", folder, "x.npy")).message).toMatch(/a file can replace only a file/);
    expect(readFileSync(path, "latin1")).toBe("older");
  });

  test("is refused if it is larger than the process or any file system allows", async () => {
    const { folder, path } = place();
    const text = `import { ones } from "chunkwise";
      const saved = ones([100_000]).saveNpy(${JSON.stringify(path)});
      await saved.catch((error) => console.log(error.name, error.systemCode, error.path));`;
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

  test("after a failed commit those that run end before anything is removed, and no other begins", async () => {
    const { folder } = place();
    const events: string[] = [];
    const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
    let [begun, failed] = [0, false];
    const slowly = (name: string, fails = false): Target => {
      const { path, open } = toNpy(join(folder, name));
      const watched = async (expr: Parameters<typeof open>[0]): ReturnType<typeof open> => {
        const target = await open(expr);
        const commit = async (): Promise<void> => {
          begun++;
          // the others end well after the failure: what should wait for them has every chance to come before
          while (fails ? begun < 4 : !failed) await turn();
          for (let i = 0; i < 20 && !fails; i++) await turn();
          events.push(`${name} committed`);
          if (!fails) return;
          failed = true;
          throw new Error("no more");
        };
        const discard = async (): Promise<void> => {
          events.push(`${name} discarded`);
          await target.discard();
        };
        return { ...target, commit, discard };
      };
      return { path, open: watched };
    };
    const targets = [slowly("a", true), ...["b", "c", "d", "e", "f"].map((name) => slowly(name))];
    expect(
      await rejectionOf(
        store(
          targets.map(() => ones([3])),
          targets,
        ),
      ),
    ).toMatchObject({ message: "no more" });
    expect(events.slice(0, 4)).toEqual(["a", "b", "c", "d"].map((name) => `${name} committed`));
    expect(events.slice(4)).toEqual(["a", "b", "c", "d", "e", "f"].map((name) => `${name} discarded`));
    expectFiles(folder);
  });

  test("is refused if it has no path, or if its options are wrong", async () => {
    for (const path of ["", 3, null, undefined]) {
      expect(await rejectionOf(ones([3]).saveNpy(path as never))).toMatchObject({ name: "ArgumentError" });
    }
    const { path, folder } = place();
    expect(await rejectionOf(ones([3]).saveNpy(path, { chunks: 3 } as never))).toMatchObject({ name: "ArgumentError" });
    expectFiles(folder);
  });
});
