/**
 * A lock between processes, for changes that take several steps in the file system. It is a folder; the process whose
 * mark it contains holds it (see processes.ts):
 *
 *     .chunkwise-<name>-lock.tmp/<mark>     held
 *     .chunkwise-<name>-lock.tmp/           free, as if there were no such folder
 *
 *     take      make a folder with one's mark under another name, and rename it: that fails where a mark is
 *     free      remove one's mark, and then the folder, which fails where a mark is
 *     take over remove the mark of a process that is gone, and take the lock as anybody does
 *
 * Invariant: one process at most holds a lock. Marks are removed by name, and no two are equal. So of two processes
 * that find the same dead one, none can remove the mark that the other has put there since, as it could if the lock
 * were one file; and a lock names its holder from its first moment on, so it can always be taken over.
 */
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { systemCodeOf } from "../../data/causes.js";
import { ConflictError } from "../../data/errors.js";
import { failure } from "./failure.js";
import { factsOfProcess, isGoneByFacts, isMarkOfGone, markOfProcess, type ProcessFacts } from "./processes.js";
import { keepTrack } from "./unfinished.js";

/** A lock by its name, in a folder that exists. */
export interface LockPlace {
  readonly folder: string;
  /** Hexadecimal digits, or a word. */
  readonly name: string;
  /** What it guards, for messages: `"climate.zarr"`. */
  readonly of: string;
}

/** How long to wait while the same process holds the lock, in milliseconds. */
const PATIENCE_MS = 60_000;

/** The pauses between two tries, in milliseconds. */
const pauses = { least: 2, most: 64 };

/** True for the name of a lock. */
export const isLock = (name: string): boolean => /^\.chunkwise-\w+-lock\.tmp$/.test(name);

/** Codes of a rename onto a folder that is not empty; elsewhere than in POSIX, also onto an empty one. */
const occupied: readonly (string | undefined)[] = ["ENOTEMPTY", "EEXIST", "EPERM", "EACCES"];

/**
 * Waits for a lock, and takes it.
 *
 * @param patience how long to wait while the same process holds the lock, in milliseconds
 * @returns a function that frees it
 * @throws ConflictError if another process keeps it; StorageError if the folder cannot be written
 */
export async function lock(place: LockPlace, patience = PATIENCE_MS): Promise<() => void> {
  const { folder, of } = place;
  const path = join(folder, `.chunkwise-${place.name}-lock.tmp`);
  const mark = markOfProcess();
  const claim = join(folder, `.chunkwise-${mark}.tmp`);
  const done = keepTrack(claim);
  try {
    mkdirSync(claim);
    writeFileSync(join(claim, mark), JSON.stringify(factsOfProcess()));
    await take(claim, path, of, patience);
  } catch (cause) {
    rmSync(claim, { recursive: true, force: true });
    throw failure(`lock ${of}, for which a folder is made in ${folder}`, of, cause);
  } finally {
    done();
  }
  const forget = keepTrack(path, () => free(path, mark));
  return () => {
    forget();
    try {
      free(path, mark);
    } catch (cause) {
      throw failure(`remove the lock ${path}`, of, cause);
    }
  };
}

async function take(claim: string, path: string, of: string, patience: number): Promise<void> {
  let known: string | undefined;
  let since = performance.now();
  for (let pause = pauses.least; ; pause = Math.min(2 * pause, pauses.most)) {
    const found = tryTake(claim, path);
    if (found === "taken") return;
    if (found.mark !== known) [known, since] = [found.mark, performance.now()];
    if (performance.now() - since > patience) {
      // without a mark it is not held, and yet cannot be taken
      throw found.mark === undefined ? found.cause : refusal(join(path, found.mark), path, of, patience);
    }
    // waiting processes must not all try at once
    await setTimeout(pause * (0.5 + Math.random()));
  }
}

/** One try: who holds it otherwise. */
function tryTake(claim: string, path: string): "taken" | { readonly mark?: string; readonly cause: unknown } {
  for (let last = false; ; last = true) {
    try {
      renameSync(claim, path);
      return "taken";
    } catch (cause) {
      if (!occupied.includes(systemCodeOf(cause))) throw cause;
      freeIfLeft(path);
      const [mark] = marksIn(path);
      if (mark !== undefined) return { mark, cause };
      if (last) return { cause };
    }
  }
}

function marksIn(path: string): string[] {
  try {
    return readdirSync(path);
  } catch (cause) {
    if (systemCodeOf(cause) === "ENOENT") return [];
    throw cause;
  }
}

/** Frees a lock if a process of this system held it that is gone; removes it if it is free. */
export function freeIfLeft(path: string): void {
  const marks = marksIn(path);
  for (const mark of marks) if (isGone(join(path, mark), mark)) free(path, mark);
  if (marks.length === 0) free(path);
}

function isGone(path: string, mark: string): boolean {
  if (isMarkOfGone(mark)) return true;
  const facts = factsAt(path);
  return facts !== undefined && isGoneByFacts(facts);
}

/** The facts that a process has written about itself; undefined if they are gone or damaged. */
function factsAt(path: string): ProcessFacts | undefined {
  try {
    const { process, host } = JSON.parse(readFileSync(path, "utf8")) as Partial<ProcessFacts>;
    return typeof process === "number" && typeof host === "string" ? { process, host } : undefined;
  } catch {
    return undefined;
  }
}

/** Removes a mark, if it is still there, and the folder, if it is empty. */
function free(path: string, mark?: string): void {
  try {
    if (mark !== undefined) unlinkSync(join(path, mark));
  } catch (cause) {
    if (systemCodeOf(cause) !== "ENOENT") throw cause;
  }
  try {
    rmdirSync(path);
  } catch {
    // another process has taken or removed it, or will rename onto it
  }
}

function refusal(holder: string, path: string, of: string, patience: number): ConflictError {
  const facts = factsAt(holder);
  const who = facts === undefined ? "another process" : `process ${facts.process} on ${facts.host}`;
  const held = `${who} has kept it locked for more than ${patience / 1000} s`;
  const advice = `if that process is gone, remove ${path}`;
  return new ConflictError(`cannot change ${of}: ${held}; nothing was written; ${advice}`, { path: of });
}
