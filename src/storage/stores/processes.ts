/**
 * Which process is meant by a mark in the name of a file, and whether it is gone.
 *
 *     <where>-<process>-<its start>-<random>
 *
 * Invariant: no process is called gone that may live. `where` identifies the running kernel and its namespace of
 * processes: elsewhere, in a container or on a machine that shares the folder, the same number may mean a process that
 * lives. Without /proc a mark is only random, and says nothing.
 */
import { createHash, randomBytes, randomUUID } from "node:crypto";
import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";
import { systemCodeOf } from "../../data/causes.js";

/** The text of a file of /proc, undefined where there is none. */
function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

/** What /proc says of a process; undefined if there is none, or no /proc. */
function statsOf(process: number | "self"): { readonly start: string; readonly isOver: boolean } | undefined {
  const text = read(`/proc/${process}/stat`);
  // the name, in parentheses, may contain anything
  const fields = text?.slice(text.lastIndexOf(")") + 2).split(" ") ?? [];
  const [state, threads, start] = [fields[0], fields[17], fields[19]];
  if (start === undefined) return undefined;
  // a zombie: its parent, such as the first process of a container, may never ask for its end
  return { start, isOver: state === "Z" && Number(threads) <= 1 };
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

/** What the place of a process and its start look like in a mark. */
const form = /^([0-9a-f]{12})-(\d+)-(\d+)-[0-9a-f]{12}$/;

/** The part of a temporary name that no other name has, and that says which process uses it. */
export function markOfProcess(): string {
  place ??= findPlace();
  start ??= statsOf("self")?.start;
  if (place === undefined || start === undefined) return randomUUID();
  return `${place}-${process.pid}-${start}-${randomBytes(6).toString("hex")}`;
}

/** Whether no process has a number now. */
function isFree(number: number): boolean {
  try {
    process.kill(number, 0); // sends nothing
    return false;
  } catch (error) {
    return systemCodeOf(error) === "ESRCH";
  }
}

/** True if the process that made a mark is one of this system, and gone; what has its number now may be another one. */
export function isMarkOfGone(mark: string): boolean {
  const [, where, number, began] = form.exec(mark) ?? [];
  if (where === undefined || number === undefined || began === undefined) return false;
  place ??= findPlace();
  if (where !== place) return false;
  if (isFree(Number(number))) return true;
  const found = statsOf(Number(number));
  return found !== undefined && (found.isOver || found.start !== began);
}

/** A process in words for users, and enough to find it where its mark says nothing. */
export interface ProcessFacts {
  readonly process: number;
  readonly host: string;
}

/** The facts of this process. */
export function factsOfProcess(): ProcessFacts {
  return { process: process.pid, host: hostname() };
}

/** True if a process is surely gone, where there is no /proc: it ran on this machine, and its number is free. */
export function isGoneByFacts({ process: number, host }: ProcessFacts): boolean {
  place ??= findPlace();
  return place === undefined && host === hostname() && isFree(number);
}
