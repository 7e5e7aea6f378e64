/**
 * Files and folders that are being written: what is not complete when the process ends is removed.
 *
 *     keepTrack ──▶ unfinished ──▶ done: it has its name, or was removed
 *                       └────────▶ the process exits, or is ended by a signal: removed
 *
 * A signal ends a process without an exit event, so signals are heard while something is unfinished, and only then. A
 * program that hears a signal itself decides what it means: chunkwise then waits for the exit.
 */
import { rmSync } from "node:fs";
import { isMainThread } from "node:worker_threads";
import { messageOf } from "../../data/causes.js";

/** The signals that ask a process to end. */
const signals: readonly NodeJS.Signals[] = ["SIGINT", "SIGTERM", "SIGHUP"];

/** Paths, and what removes them. */
const unfinished = new Map<string, () => void>();

/** Removes everything that is unfinished. A worker may still write there: what is full again is removed again. */
function removeAll(): void {
  for (const [path, remove] of unfinished) {
    try {
      remove();
    } catch (cause) {
      process.stderr.write(`chunkwise: ${path} could not be removed: ${messageOf(cause)}\n`);
    }
  }
  unfinished.clear();
}

function onSignal(signal: NodeJS.Signals): void {
  if (process.listenerCount(signal) > 1) return;
  removeAll();
  listen(false);
  process.kill(process.pid, signal); // now with what the system does by default
}

function listen(yes: boolean): void {
  const change = yes ? "prependListener" : "off"; // first, to see who else listens, even once
  process[change]("exit", removeAll);
  // a worker thread hears no signals
  if (isMainThread) for (const signal of signals) process[change](signal, onSignal);
}

/**
 * Removes a path when the process ends, unless the function that this returns was called before.
 *
 * @param remove how it is removed; by default with all that is in it
 */
export function keepTrack(path: string, remove = () => removeWhole(path)): () => void {
  if (unfinished.size === 0) listen(true);
  unfinished.set(path, remove);
  return () => {
    if (unfinished.delete(path) && unfinished.size === 0) listen(false);
  };
}

function removeWhole(path: string): void {
  rmSync(path, { recursive: true, force: true, maxRetries: 3, retryDelay: 20 });
}
