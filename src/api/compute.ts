/** Computing arrays into results in memory, and the options that all computations take. */
import { ArgumentError } from "../data/errors.js";
import { isList, zip } from "../data/lists.js";
import { checkOptions } from "../data/options.js";
import type { OnProgress } from "../diagnostics/report.js";
import type { Expr } from "../expr/expr.js";
import { type Handle, isHandle } from "../ops/handle.js";
import { resultsOf } from "../run/results.js";
import type { Settings } from "../run/settings.js";
import { NDArray } from "./nd-array.js";
import { type Configuration, settingsOf } from "./settings.js";

/** The options of everything that computes. */
export interface ComputeOptions extends Configuration {
  /** Ends the computation; the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Is called with the progress of the computation. */
  readonly onProgress?: OnProgress;
}

/** The names of {@link ComputeOptions}. */
export const computeNames = [
  "workers",
  "memoryLimit",
  "backend",
  "nativeThreads",
  "scratchFolder",
  "signal",
  "onProgress",
];

/** Checks options and fills in the settings; `extra` are names that only this operation knows. */
export function prepare(options: ComputeOptions, operation: string, extra: readonly string[] = []): Settings {
  checkOptions(options, [...computeNames, ...extra], operation);
  const { signal, onProgress } = options;
  if (signal !== undefined && !(signal instanceof AbortSignal))
    throw new ArgumentError(`${operation}: signal is an AbortSignal`);
  if (onProgress !== undefined && typeof onProgress !== "function")
    throw new ArgumentError(`${operation}: onProgress is a function`);
  return settingsOf(options, operation);
}

/** Computes expressions into arrays in memory. */
export async function computeExprs(
  exprs: readonly Expr[],
  options: ComputeOptions,
  operation: string,
): Promise<NDArray[]> {
  const settings = prepare(options, operation);
  const results = await resultsOf(exprs, settings, options, operation);
  return zip(exprs, results).map(([{ meta }, data]) => new NDArray(meta.dtype, meta.shape, data));
}

/** The expressions of some arrays. */
export function exprsOf(arrays: readonly Handle[], operation: string): Expr[] {
  if (!isList(arrays) || !arrays.every(isHandle)) {
    throw new ArgumentError(`${operation}: takes a list of chunked arrays; a single one has its own ${operation}()`);
  }
  return arrays.map(({ expr }) => expr);
}

/**
 * Computes several arrays together: what they share is computed once, and results over the same source share one pass
 * over it. The results are in the order of the arrays.
 *
 * Memory: the results and what `memoryLimit` allows beside them. Throws a MemoryLimitError before anything runs when it
 * cannot fit; rejects with a ComputeError that names the operation, block and file when a task fails.
 * @example
 * const [low, high] = await compute([x.min(0), x.max(0)]);
 */
export async function compute<const Arrays extends readonly Handle[]>(
  arrays: Arrays,
  options?: ComputeOptions,
): Promise<{ -readonly [Position in keyof Arrays]: NDArray }>;
export async function compute(arrays: readonly Handle[], options: ComputeOptions = {}): Promise<NDArray[]> {
  return computeExprs(exprsOf(arrays, "compute"), options, "compute");
}
