/**
 * What processes leave that are killed while they write: no exit hook runs then (see unfinished.ts). The names of files
 * and folders that are being written say which process makes them, so that the next one that writes to the folder can
 * remove those whose process is gone.
 *
 *     .chunkwise-<where>-<process>-<its start>-<random>.tmp
 *
 * Invariant: only what a process of this same system left is removed. `where` identifies the running kernel and its
 * namespace of processes: elsewhere, in a container or on a machine that shares the folder, the same number may mean a
 * process that lives. Without /proc nothing is marked, and nothing removed.
 */
import { createHash, randomBytes, randomUUID } from "node:crypto";
import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { systemCodeOf } from "../../data/causes.js";

const marked = /^\.chunkwise-(?:[0-9a-f]{16}-)?([0-9a-f]{12})-(\d+)-(\d+)-[0-9a-f]{12}\.tmp(?:\.parts)?$/;

/** The text of a file of /proc, undefined where there is none. */
function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

/** When a process started, in ticks since the system did; its name, in parentheses, may contain anything. */
function startOf(process: number | "self"): string | undefined {
  const text = read(`/proc/${process}/stat`);
  return text?.slice(text.lastIndexOf(")") + 2).split(" ")[19];
}

/** Identifies the running kernel and the namespace in which process numbers are unique. */
function findPlace(): string | undefined {
  const boot = read("/proc/sys/kernel/random/boot_id");
  try {
    const text = `${boot}${readlinkSync("/proc/self/ns/pid")}${hostname()}`;
    return boot && createHash("sha256").update(text).digest("hex").slice(0, 12);
  } catch {
    return undefined; // no /proc
  }
}

let place: string | undefined;
let start: string | undefined;

/** The part of a temporary name that no other name has, and that says which process uses it. */
export function markOfProcess(): string {
  place ??= findPlace();
  start ??= startOf("self");
  if (place === undefined || start === undefined) return randomUUID();
  return `${place}-${process.pid}-${start}-${randomBytes(6).toString("hex")}`;
}

/** Whether a process is gone. What has its number now may be another one. */
function isGone(number: number, began: string): boolean {
  try {
    process.kill(number, 0); // sends nothing
  } catch (error) {
    return systemCodeOf(error) === "ESRCH";
  }
  const found = startOf(number);
  return found !== undefined && found !== began;
}

/** True for what a process of ours has left that is gone; not where a former array waits to be put back. */
function isLeft(folder: string, name: string): boolean {
  const [, where, number, began] = marked.exec(name) ?? [];
  if (where === undefined || where !== place || number === undefined || began === undefined) return false;
  const path = join(folder, name);
  if (!isGone(Number(number), began) || lstatSync(path, { throwIfNoEntry: false })?.uid !== process.getuid?.())
    return false;
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
  place ??= findPlace();
  if (place === undefined) return;
  try {
    for (const name of readdirSync(folder)) {
      if (isLeft(folder, name)) rmSync(join(folder, name), { recursive: true, force: true });
    }
  } catch {
    // what cannot be removed harms nobody, and what else is wrong with the folder the caller will find
  }
}
