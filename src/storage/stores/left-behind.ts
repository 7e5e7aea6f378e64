/**
 * What processes leave that are killed while they write: no exit hook runs then (see unfinished.ts). The names of files
 * and folders that are being written say which process makes them, so that the next one that writes to the folder can
 * remove those whose process is gone.
 *
 *     .chunkwise-<mark of a process>.tmp
 *
 * Invariant: only what a process of this same system left is removed (see processes.ts).
 */
import { existsSync, lstatSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { freeIfLeft, isLock } from "./lock.js";
import { isMarkOfGone } from "./processes.js";

const marked = /^\.chunkwise-(?:[0-9a-f]{16}-)?([0-9a-f]{12}-\d+-\d+-[0-9a-f]{12})\.tmp(?:\.parts)?$/;

/** True for what belongs to the user of this process. */
const isOwn = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false })?.uid === process.getuid?.();

/** True for what a process of ours has left that is gone; not where a former array waits to be put back. */
function isLeft(folder: string, name: string): boolean {
  const [, mark] = marked.exec(name) ?? [];
  const path = join(folder, name);
  if (mark === undefined || !isMarkOfGone(mark) || !isOwn(path)) return false;
  return !["former", "edge"].some((kept) => existsSync(join(path, kept)));
}

/** A folder is looked at again after so many milliseconds: a process may write thousands of files into one. */
const PAUSE_MS = 10_000;

/** Folder → when it was looked at. */
const swept = new Map<string, number>();

/** Removes from a folder what processes have left there that are gone. */
export function sweep(folder: string): void {
  const now = performance.now();
  if (now - (swept.get(folder) ?? Number.NEGATIVE_INFINITY) < PAUSE_MS) return;
  swept.set(folder, now);
  try {
    for (const name of readdirSync(folder)) {
      if (isLeft(folder, name)) rmSync(join(folder, name), { recursive: true, force: true });
      else if (isLock(name) && isOwn(join(folder, name))) freeIfLeft(join(folder, name));
    }
  } catch {
    // what cannot be removed harms nobody, and what else is wrong with the folder the caller will find
  }
}
