/**
 * Results in memory: arrays in one piece for the caller, or blocks that stay in shared memory for later computations.
 *
 * Where workers can write to the memory of a result they do, and nothing is delivered. Else delivered blocks are copied
 * out of shared memory to their places.
 */
import { formatBytes } from "../data/bytes.js";
import { blockAt, chunkBox, gridOf } from "../data/chunks.js";
import { copyBox } from "../data/copy.js";
import { allocate, factsOf, type TypedArray } from "../data/dtype.js";
import { MemoryLimitError } from "../data/errors.js";
import { zip } from "../data/lists.js";
import { cornerOf, countsOf, firstOf, sizeOf, stridesOf } from "../data/region.js";
import type { Expr } from "../expr/expr.js";
import { bytesOf } from "../expr/meta.js";
import type { ResidentArray } from "../expr/op.js";
import type { Wanted } from "../graph/lower.js";
import { preferHugePages } from "../native/pages.js";
import { checkResults, execute, planFor } from "./execute.js";
import { executorFor } from "./executors.js";
import type { Plan } from "./plan.js";
import { residentMemory, residentResult } from "./resident.js";
import type { Delivered } from "./run.js";
import type { Hooks, Settings } from "./settings.js";

/** Makes something large; what the runtime has no memory for is a MemoryLimitError. */
function orRefuse<T>(make: () => T, message: string, sizes: { needed: number; limit: number }): T {
  try {
    return make();
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new MemoryLimitError(message, sizes, { cause });
  }
}

/** Memory for a result, which must be in one piece: a runtime or a machine may have less than the limit allows. */
function resultFor({ meta }: Expr, limit: number, operation: string): TypedArray {
  const needed = bytesOf(meta);
  const message =
    `${operation}: a result of ${formatBytes(needed)} cannot be allocated in one piece; ` +
    "save it to a file or take it block by block with blocks()";
  const make = (): TypedArray => {
    const data = allocate(meta.dtype, sizeOf(meta.shape));
    preferHugePages(data.buffer);
    return data;
  };
  return orRefuse(make, message, { needed, limit });
}

/** What is wanted of an expression: its blocks where they belong in the result, if workers can write there. */
function wantedIn(expr: Expr, data: TypedArray, alone: boolean, { workers }: Settings): Wanted {
  const { dtype, chunks } = expr.meta;
  // of several results two may turn out to be the same; and an address means nothing to another process
  const direct = alone && executorFor(workers).sharesMemory ? residentResult(dtype, chunks, data) : undefined;
  return { expr, sink: null, ...(direct === undefined ? {} : { resident: direct }) };
}

/** Copies a delivered block to its place in a result. */
type Collector = (delivered: Delivered) => void;

/** Chunk → where it goes; a chunk may be a block of several results. */
function collectorsOf({ graph, roots }: Plan, results: readonly TypedArray[]): Map<number, Collector[]> {
  const collectors = new Map<number, Collector[]>();
  for (const [[chunks, expr], data] of zip(zip(graph.outputs, roots), results)) {
    const grid = gridOf(expr.meta.chunks);
    chunks.forEach((chunk, number) => {
      const collector: Collector = (delivered) => collect(expr, blockAt(grid, number), delivered, data);
      const known = collectors.get(chunk);
      if (known === undefined) collectors.set(chunk, [collector]);
      else known.push(collector);
    });
  }
  return collectors;
}

function collect({ meta }: Expr, block: readonly number[], { memory, offset }: Delivered, result: TypedArray): void {
  const box = chunkBox(meta.chunks, block);
  const counts = countsOf(box);
  const strides = stridesOf(meta.shape);
  const first = firstOf(0, strides, cornerOf(box));
  const { bytes } = factsOf(meta.dtype);
  copyBox(
    bytes,
    counts,
    { memory, offset, strides: stridesOf(counts) },
    { memory: result.buffer, offset: result.byteOffset + first * bytes, strides },
  );
}

/** Computes expressions; the elements of each in C order. */
export async function resultsOf(
  exprs: readonly Expr[],
  settings: Settings,
  hooks: Hooks,
  operation: string,
): Promise<TypedArray[]> {
  checkResults(exprs, settings, operation); // before there is memory for them
  const results = exprs.map((expr) => resultFor(expr, settings.memoryLimit, operation));
  const wanted = zip(exprs, results).map(([expr, data]) => wantedIn(expr, data, exprs.length === 1, settings));
  const planned = planFor(wanted, settings, operation);
  const collectors = collectorsOf(planned, results);
  await execute(planned, settings, hooks, (delivered) => {
    for (const collector of collectors.get(delivered.chunk) ?? []) collector(delivered);
  });
  return results;
}

/** Computes an expression into blocks that stay in shared memory. */
export async function residentBlocks(
  expr: Expr,
  settings: Settings,
  hooks: Hooks,
  operation: string,
): Promise<ResidentArray> {
  const { meta } = expr;
  const needed = checkResults([expr], settings, operation);
  const message = `${operation}: ${formatBytes(needed)} cannot be allocated; save to a file`;
  const limit = settings.memoryLimit;
  const resident = orRefuse(() => residentMemory(meta.dtype, meta.chunks), message, { needed, limit });
  const planned = planFor([{ expr, sink: null, resident }], settings, operation);
  await execute(planned, settings, hooks, () => undefined);
  return resident;
}
