/** Computing: arrays to results in memory, to files, to blocks one at a time. */
import { formatBytes } from "../data/bytes.js";
import { blockAt, chunkBox, gridOf } from "../data/chunks.js";
import { copyBox } from "../data/copy.js";
import { allocate, factsOf } from "../data/dtype.js";
import { ArgumentError, MemoryLimitError } from "../data/errors.js";
import { checkOptions } from "../data/options.js";
import { cornerOf, countsOf, firstOf, sizeOf, stridesOf } from "../data/region.js";
import type { OnProgress } from "../diagnostics/report.js";
import type { Expr } from "../expr/expr.js";
import { bytesOf } from "../expr/meta.js";
import type { Wanted } from "../graph/lower.js";
import { prepareBackend } from "../kernels/index.js";
import { preferHugePages } from "../native/pages.js";
import { type Handle, isHandle } from "../ops/handle.js";
import type { Plan } from "../run/plan.js";
import { residentResult } from "../run/resident.js";
import { type Delivered, run } from "../run/run.js";
import { createScratch } from "../run/scratch-files.js";
import { type Configuration, executorFor, type Settings, settingsOf } from "./config.js";
import { NDArray } from "./nd-array.js";
import { planOn } from "./route.js";

/** The options of everything that computes. */
export interface ComputeOptions extends Configuration {
  /** Ends the computation; the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Is told how far the computation is. */
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

/** Below so many points a computation runs on the calling thread: starting workers would take longer. */
const INLINE_POINTS = 2 ** 17;

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

/** The bytes of results; refuses those that alone take more than may be used. */
export function checkResults(exprs: readonly Expr[], { memoryLimit }: Settings, operation: string): number {
  const bytes = exprs.reduce((sum, { meta }) => sum + bytesOf(meta), 0);
  if (bytes <= memoryLimit) return bytes;
  throw new MemoryLimitError(
    `${operation}: the results take ${formatBytes(bytes)} and ${formatBytes(memoryLimit)} may be used; save them to a file, take them block by block with blocks(), or raise memoryLimit`,
    { needed: bytes, limit: memoryLimit },
  );
}

/** Plans what is wanted inside what the results leave of the memory limit. */
export function planFor(wanted: readonly Wanted[], settings: Settings, operation: string): Plan {
  const inMemory = wanted.filter(({ sink }) => sink === null).map(({ expr }) => expr);
  return planOn(wanted, settings, settings.memoryLimit - checkResults(inMemory, settings, operation));
}

/** The number of workers that a plan is worth: 0 for small work, but users' functions always run in workers. */
function workersFor({ graph }: Plan, { workers }: Settings): number {
  const users = graph.job.routines.some(({ kind }) => kind === "user");
  const points = graph.job.routines.length > 0 ? graph.amounts.points * 64 : graph.amounts.points;
  return !users && points <= INLINE_POINTS ? 0 : workers;
}

/** Runs a plan; scratch files are removed whatever happens. */
export async function execute(
  planned: Plan,
  settings: Settings,
  options: ComputeOptions,
  deliver: (block: Delivered) => void | Promise<void>,
  maxDelivered?: number,
): Promise<void> {
  const { routines, backend } = planned.graph.job;
  const kernels = routines.flatMap((routine) => (routine.kind === "kernel" ? [routine.name] : []));
  prepareBackend(backend, kernels, settings.nativeThreads);
  const scratch = createScratch(planned.scratch);
  try {
    await run(planned.graph, {
      executor: executorFor(workersFor(planned, settings)),
      budget: planned.budget,
      signal: options.signal,
      onProgress: options.onProgress,
      deliver,
      maxDelivered,
    });
  } finally {
    scratch.remove();
  }
}

/** Copies a delivered block out of shared memory to its place in a result. */
function collect(expr: Expr, block: readonly number[], { memory, offset }: Delivered, result: NDArray): void {
  const { dtype, shape, chunks } = expr.meta;
  const box = chunkBox(chunks, block);
  const counts = countsOf(box);
  const strides = stridesOf(shape);
  const first = firstOf(0, strides, cornerOf(box));
  const { buffer, byteOffset } = result.data;
  const { bytes } = factsOf(dtype);
  copyBox(
    bytes,
    counts,
    { memory, offset, strides: stridesOf(counts) },
    { memory: buffer, offset: byteOffset + first * bytes, strides },
  );
}

/** Memory for a result, which must be in one piece: a runtime or a machine may have less than the limit allows. */
function resultFor({ meta }: Expr, { memoryLimit }: Settings, operation: string): NDArray {
  const needed = bytesOf(meta);
  const message = `${operation}: a result of ${formatBytes(needed)} cannot be had in one piece; save it to a file or take it block by block with blocks()`;
  const make = (): NDArray => {
    const data = allocate(meta.dtype, sizeOf(meta.shape));
    preferHugePages(data.buffer);
    return new NDArray(meta.dtype, meta.shape, data);
  };
  return orRefuse(make, message, { needed, limit: memoryLimit });
}

/** Where the blocks of a result go, if workers can put them there. Of several results two may turn out to be the same. */
function placeFor({ meta }: Expr, { data }: NDArray, results: number): Pick<Wanted, "resident"> {
  const resident = results === 1 ? residentResult(meta.dtype, meta.chunks, data) : undefined;
  return resident === undefined ? {} : { resident };
}

/** Makes something large; what the runtime has no memory for is a MemoryLimitError. */
export function orRefuse<T>(make: () => T, message: string, sizes: { needed: number; limit: number }): T {
  try {
    return make();
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new MemoryLimitError(message, sizes, { cause });
  }
}

/** Computes expressions into arrays in memory. */
export async function computeExprs(
  exprs: readonly Expr[],
  options: ComputeOptions,
  operation: string,
): Promise<NDArray[]> {
  const settings = prepare(options, operation);
  checkResults(exprs, settings, operation); // before there is memory for them
  const results = exprs.map((expr) => resultFor(expr, settings, operation));
  const planned = planFor(
    exprs.map((expr, i) => ({ expr, sink: null, ...placeFor(expr, results[i]!, exprs.length) })),
    settings,
    operation,
  );
  const takers = new Map<number, { result: NDArray; expr: Expr; block: number[] }[]>();
  planned.graph.outputs.forEach((chunks, i) => {
    const grid = gridOf(planned.roots[i]!.meta.chunks);
    chunks.forEach((chunk, number) => {
      const entry = { result: results[i]!, expr: planned.roots[i]!, block: blockAt(grid, number) };
      const known = takers.get(chunk);
      if (known === undefined) takers.set(chunk, [entry]);
      else known.push(entry);
    });
  });
  await execute(planned, settings, options, (delivered) => {
    for (const { result, expr, block } of takers.get(delivered.chunk)!) collect(expr, block, delivered, result);
  });
  return results;
}

/** The expressions of some arrays. */
export function exprsOf(arrays: readonly Handle[], operation: string): Expr[] {
  if (!Array.isArray(arrays) || !arrays.every(isHandle)) {
    throw new ArgumentError(`${operation}: takes a list of chunked arrays; a single one has its own ${operation}()`);
  }
  return (arrays as readonly Handle[]).map(({ expr }) => expr);
}

/**
 * Computes several arrays together: what they share is computed once, and results over the same source share one pass over
 * it. The results are in the order of the arrays.
 *
 * Memory: the results and what `memoryLimit` allows beside them. Throws a MemoryLimitError before anything runs when it
 * cannot fit; rejects with a ComputeError that names the operation, block and file when a task fails.
 * @example
 * const [low, high] = await compute([x.min(0), x.max(0)]);
 */
export async function compute(arrays: readonly Handle[], options: ComputeOptions = {}): Promise<NDArray[]> {
  return computeExprs(exprsOf(arrays, "compute"), options, "compute");
}
