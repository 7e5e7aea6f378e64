/** Computing arrays into results in memory, and the options that all computations take. */
import { takesOnly } from "../data/arguments.js";
import type { DType, TypedArray } from "../data/dtype.js";
import { ArgumentError } from "../data/errors.js";
import { isList, zip } from "../data/lists.js";
import { checkOptions } from "../data/options.js";
import { shown } from "../data/shown.js";
import type { DTypeOfData, TypedArrayOf } from "../data/typed.js";
import type { OnProgress } from "../diagnostics/report.js";
import type { Expr } from "../expr/expr.js";
import type { Meta } from "../expr/meta.js";
import { type Handle, isHandle } from "../ops/handle.js";
import { type ArrayInput, isArrayInput } from "../ops/literal.js";
import { arrayWords, operandFrom } from "../ops/parameters.js";
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
    throw new ArgumentError(`${operation}: signal is an AbortSignal, not ${shown(signal)}`);
  if (onProgress !== undefined && typeof onProgress !== "function")
    throw new ArgumentError(`${operation}: onProgress is a function, not ${shown(onProgress)}`);
  return settingsOf(options, operation);
}

/** The result of an expression whose elements are of this dtype. */
export function arrayInMemory<D extends DType>(
  { dtype, shape }: Pick<Meta, "dtype" | "shape">,
  data: TypedArray,
): NDArray<D> {
  return new NDArray<D>(dtype as D, shape, data as TypedArrayOf<D>); // the constructor checks that they belong together
}

/** What functions of several arrays take as one of them. */
export type AnyArray = Handle | ArrayInput;

/** Computes expressions into arrays in memory. */
export async function computeExprs<D extends DType = DType>(
  exprs: readonly Expr[],
  options: ComputeOptions,
  operation: string,
): Promise<NDArray<D>[]> {
  const settings = prepare(options, operation);
  const results = await resultsOf(exprs, settings, options, operation);
  return zip(exprs, results).map(([{ meta }, data]) => arrayInMemory<D>(meta, data));
}

/** Turns an array input into a chunked array; `place` says in the message of the error which input it is. */
export function handleFrom(value: unknown, operation: string, place: string): Handle {
  const handle = operandFrom(value, operation);
  if (isHandle(handle)) return handle;
  throw new ArgumentError(`${operation}: ${place} is ${shown(value)}; expected ${arrayWords}`);
}

/** Turns a list of array inputs into chunked arrays. */
export function handlesOf(arrays: readonly AnyArray[], operation: string): Handle[] {
  if (!isList(arrays)) {
    const single = isHandle(arrays) && operation in arrays ? `; a single one has its own ${operation}()` : "";
    const advice = isArrayInput(arrays) ? `; write ${operation}([…]) for a single one` : single;
    throw new ArgumentError(`${operation}: takes a list of arrays; got ${shown(arrays)}${advice}`);
  }
  // a hole is an entry too
  return Array.from(arrays, (entry, i) => handleFrom(entry, operation, `takes a list of arrays; entry ${i}`));
}

/** The expressions of some arrays. */
export function exprsOf(arrays: readonly AnyArray[], operation: string): Expr[] {
  return handlesOf(arrays, operation).map(({ expr }) => expr);
}

async function computeAll<const Arrays extends readonly AnyArray[]>(
  arrays: Arrays,
  options?: ComputeOptions,
): Promise<{ -readonly [Position in keyof Arrays]: NDArray<DTypeOfData<Arrays[Position]>> }>;
async function computeAll(arrays: readonly AnyArray[], options: ComputeOptions = {}): Promise<NDArray[]> {
  return computeExprs(exprsOf(arrays, "compute"), options, "compute");
}

/**
 * Computes several arrays together: what they share is computed once, and results over the same source share one pass
 * over it. The results are in the order of the arrays; of an array in memory the result is a copy.
 *
 * Memory: the results and what `memoryLimit` allows beside them. Throws a MemoryLimitError before anything runs when it
 * cannot fit; rejects with a ComputeError that names the operation, block and file when a task fails.
 * @example
 * const [low, high] = await compute([x.min(0), x.max(0)]);
 */
export const compute = takesOnly("compute", ["arrays", "options"], computeAll);
