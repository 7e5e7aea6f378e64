/** What all computations may use unless they say otherwise. */
import { takesOnly } from "../data/arguments.js";
import { endKeptThreads } from "../formats/kept-threads.js";
import { closeExecutors } from "../run/executors.js";
import { dropSegments } from "../run/segments.js";
import { type Configuration, setDefaults } from "./settings.js";

/**
 * Sets defaults for all later computations. Returns something that closes the worker pool at the end of an
 * `await using`.
 *
 * Throws an ArgumentError for unknown names and values.
 * @example
 * configure({ workers: 4, memoryLimit: "2GB" });
 */
export const configure = takesOnly("configure", ["options"], (options: Configuration): AsyncDisposable => {
  setDefaults(options, "configure");
  return { [Symbol.asyncDispose]: () => close() };
});

/**
 * Ends the worker threads and those that formats keep for their next call, and releases the memory (up to 128 MiB) that
 * waits for the next computation. Not needed before the process ends (idle threads do not keep it alive); computing
 * again starts new ones.
 * @example
 * await close();
 */
export const close = takesOnly("close", [], async (): Promise<void> => {
  dropSegments();
  await Promise.all([closeExecutors(), endKeptThreads()]);
});
