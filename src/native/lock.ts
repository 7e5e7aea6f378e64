/**
 * One installation at a time: whoever makes the folder has the lock, and shows by its time that it still lives. A lock that
 * nobody has touched for a while was left by a process that was killed.
 */
import { mkdirSync, rmSync, statSync, utimesSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import type { StepOptions } from "./wheel.js";

/** How often the owner touches its lock, how often others look, and how old a dead one is, in milliseconds. */
const times = { touch: 2000, look: 300, dead: 15_000 };

function take(folder: string): boolean {
  try {
    mkdirSync(folder);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  try {
    if (Date.now() - statSync(folder).mtimeMs > times.dead) rmSync(folder, { recursive: true, force: true });
  } catch {
    // its owner has just removed it
  }
  return false;
}

/** Does something while holding a lock; waits for it first. */
export async function locked<T>(folder: string, work: () => Promise<T>, { say, signal }: StepOptions): Promise<T> {
  for (let waited = 0; !take(folder); waited++) {
    if (waited === 0) say("waiting for another installation to end");
    await delay(times.look, undefined, { ...(signal ? { signal } : {}) });
  }
  const alive = setInterval(() => {
    const now = new Date();
    utimesSync(folder, now, now);
  }, times.touch);
  try {
    return await work();
  } finally {
    clearInterval(alive);
    rmSync(folder, { recursive: true, force: true });
  }
}
