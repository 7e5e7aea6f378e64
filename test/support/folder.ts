/** What tests of files share: a folder of their own, errors as values, and a disk that is nearly full. */
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  closeSync,
  constants,
  ftruncateSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, onTestFinished } from "vitest";

/** Makes a temporary folder that is deleted after the tests of the file. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "chunkwise-storage-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Makes a folder with a new name in a folder; whoever may enter that may enter it. */
export function newFolder(root: string): string {
  const folder = mkdtempSync(join(root, "folder-"));
  chmodSync(folder, 0o755);
  return folder;
}

/**
 * Replaces what a file holds, or makes the file. The blocks of the file stay: ext4 waits for the disk whenever a file
 * is emptied and written again, as `writeFileSync` does, and tests of damage do little else.
 */
export function overwrite(path: string, content: string | Uint8Array): void {
  const file = openSync(path, constants.O_RDWR | constants.O_CREAT);
  try {
    writeFileSync(file, content);
    ftruncateSync(file, Buffer.byteLength(content));
  } finally {
    closeSync(file);
  }
}

/** What a function throws; fails when it throws nothing. */
export function thrownBy(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}

/** Runs as the user nobody where this process is root, who is never refused anything; otherwise as it is. */
export function asNobody<T>(run: () => T): T {
  if (process.geteuid?.() !== 0) return run();
  process.seteuid!(65534);
  const back = (): void => process.seteuid!(0);
  let result: T;
  try {
    result = run();
  } catch (error) {
    back();
    throw error;
  }
  if (result instanceof Promise) return result.finally(back) as T;
  back();
  return result;
}

/** The files below a folder with their bytes, and the folders. */
export function contentOf(folder: string): Record<string, string> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return Object.fromEntries(
    entries.map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return [path, entry.isFile() ? readFileSync(path, "base64") : "a folder"];
    }),
  );
}

/**
 * Makes a folder that is a file system of 256 KiB until the test ends; false where none can be mounted (no root, no
 * Linux, a container without the right).
 */
export function makeTinyDisk(folder: string): boolean {
  mkdirSync(folder);
  if (process.platform !== "linux" || process.geteuid?.() !== 0) return false;
  if (spawnSync("mount", ["-t", "tmpfs", "-o", "size=256k", "tmpfs", folder]).status !== 0) return false;
  onTestFinished(() => {
    if (spawnSync("umount", [folder]).status !== 0) throw new Error(`${folder} is still mounted`);
  });
  return true;
}

/** Makes the file system of {@link makeTinyDisk} refuse all writing. */
export function makeReadOnly(disk: string): void {
  if (spawnSync("mount", ["-o", "remount,ro", disk]).status !== 0) throw new Error(`${disk} cannot be made read-only`);
}

/** Takes all that is left of the disk of {@link makeTinyDisk}. */
export function fillDisk(disk: string): void {
  expect(() => writeFileSync(join(disk, "filler"), new Uint8Array(2 ** 20))).toThrow(/ENOSPC/);
}
