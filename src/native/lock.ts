/**
 * One installation at a time: the process that makes the folder of the lock owns it, and touches it to show that it is
 * alive. A lock that nobody has touched for a while was left by a process that was killed.
 */
import { mkdirSync, rmSync, statSync, utimesSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { systemCodeOf } from "../data/causes.js";
import type { StepOptions } from "./wheel.js";

/** How often the owner touches its lock. */
const TOUCH_MS = 2000;
/** How often others look whether the lock is free. */
const LOOK_MS = 300;
/** The age at which an untouched lock counts as abandoned. */
const ABANDONED_MS = 15_000;

function take(folder: string): boolean {
  try {
    mkdirSync(folder);
    return true;
  } catch (error) {
    if (systemCodeOf(error) !== "EEXIST") throw error;
  }
  try {
    if (Date.now() - statSync(folder).mtimeMs > ABANDONED_MS) rmSync(folder, { recursive: true, force: true });
  } catch {
    // its owner has just removed it
  }
  return false;
}

/** Waits for a lock and runs `work` while holding it. */
export async function locked<T>(folder: string, work: () => Promise<T>, { say, signal }: StepOptions): Promise<T> {
  for (let waited = 0; !take(folder); waited++) {
    if (waited === 0) say("waiting for another installation to end");
    await delay(LOOK_MS, undefined, { ...(signal ? { signal } : {}) });
  }
  const alive = setInterval(() => {
    const now = new Date();
    utimesSync(folder, now, now);
  }, TOUCH_MS);
  try {
    return await work();
  } finally {
    clearInterval(alive);
    rmSync(folder, { recursive: true, force: true });
  }
}
