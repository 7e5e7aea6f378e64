/**
 * The folder in which an array is made before it takes its place. It is beside the target, because a rename is one
 * indivisible step only inside a file system.
 *
 * ```
 * .chunkwise-<target>-<key or process>.tmp/
 *    array/      what becomes the target, or the files that go into it
 *    partial/    files that are not whole yet
 *    journal     which parts are done
 *    former/     the array that is being replaced, between two renames
 *    edge/       files of an array that grows as they were, while new ones take their places
 * ```
 *
 * Invariant: a former array is removed only when the new one is in its place. If a process dies between the two
 * renames of a replacement, the next call that writes to the target puts the former array back. Between the two, the
 * array is locked (see alone.ts), so that no other process restores what a living one is replacing.
 */
import { createHash } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readdirSync, renameSync, rmdirSync, rmSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { ConflictError } from "../../data/errors.js";
import { failure } from "../../storage/stores/failure.js";
import { markOfProcess } from "../../storage/stores/processes.js";

/** The paths inside a staging folder. */
export function stagingPaths(staging: string) {
  return {
    array: join(staging, "array"),
    partial: join(staging, "partial"),
    journal: join(staging, "journal"),
    former: join(staging, "former"),
    edge: join(staging, "edge"),
  };
}

const hash = (text: string): string => createHash("sha256").update(text).digest("hex").slice(0, 16);

/** A hash of the name of a target, for names of files that would otherwise be too long. */
export const hashOfName = (target: string): string => hash(basename(target));

function prefixOf(target: string): string {
  return `.chunkwise-${hashOfName(target)}-`;
}

/** Where the array of a target is made: by a run with a key, whose hash is in the name, or by this process. */
export function stagingOf(folder: string, target: string, key: string | undefined): string {
  return join(folder, `${prefixOf(target)}${key === undefined ? markOfProcess() : hash(key)}.tmp`);
}

/** Makes the folders, or keeps those that are there. @throws StorageError */
export function makeStaging(staging: string, target: string): void {
  try {
    const { array, partial, former, edge } = stagingPaths(staging);
    // not recursive: a missing folder around it is a mistake in the path, and an error
    if (!existsSync(staging)) mkdirSync(staging);
    mkdirSync(array, { recursive: true });
    // files of an earlier run in these folders were replaced already, or are not whole
    rmSync(former, { recursive: true, force: true });
    rmSync(edge, { recursive: true, force: true });
    rmSync(partial, { recursive: true, force: true });
    mkdirSync(partial);
  } catch (cause) {
    throw failure(`write ${target}, for which a folder is made beside it`, target, cause);
  }
}

/** Removes the folder with all that is in it; does nothing if it is gone. @throws StorageError */
export function removeStaging(staging: string): void {
  try {
    rmSync(staging, { recursive: true, force: true });
  } catch (cause) {
    throw failure(`remove the temporary folder ${staging}`, staging, cause);
  }
}

/** Finds a former array that was moved away and is neither removed nor restored yet. @throws StorageError */
export function waitingFormer(folder: string, target: string): string | undefined {
  try {
    if (existsSync(target) || dirname(target) !== folder) return undefined;
    const names = readdirSync(folder).filter((name) => name.startsWith(prefixOf(target)) && name.endsWith(".tmp"));
    return names.map((name) => stagingPaths(join(folder, name)).former).find((former) => existsSync(former));
  } catch (cause) {
    throw failure(`write ${target}`, target, cause);
  }
}

/**
 * Restores a former array that a dead process has moved away. The caller holds the lock of the target.
 *
 * @throws StorageError
 */
export function restoreFormer(folder: string, target: string): void {
  const former = waitingFormer(folder, target);
  if (former === undefined) return;
  try {
    renameSync(former, target);
  } catch (cause) {
    throw failure(`put the former array back as ${target}`, target, cause);
  }
}

/** Puts a finished array in its place, where there may be nothing but an empty folder. @throws StorageError */
export function placeNew(staging: string, target: string, name: string): void {
  try {
    mkdirSync(dirname(target), { recursive: true });
    if (statSync(target, { throwIfNoEntry: false }) !== undefined) {
      if (readdirSync(target).length > 0) {
        const problem = "it was made by someone else in the meantime; nothing was written";
        throw new ConflictError(`cannot write ${name}: ${problem}`, { path: name });
      }
      rmdirSync(target);
    }
    renameSync(stagingPaths(staging).array, target);
  } catch (cause) {
    throw failure(`put the finished array in place as ${name}`, name, cause);
  }
}

/**
 * Puts a finished array in the place of a former one.
 *
 * @throws StorageError; the former array then has its place again
 */
export function replaceFormer(staging: string, target: string, name: string): void {
  const { array, former } = stagingPaths(staging);
  const action = `put the finished array in place as ${name}`;
  try {
    chmodSync(array, statSync(target).mode & 0o777);
    renameSync(target, former);
  } catch (cause) {
    throw failure(action, name, cause);
  }
  try {
    renameSync(array, target);
  } catch (cause) {
    renameSync(former, target);
    throw failure(action, name, cause);
  }
}
