/**
 * Results in memory: arrays in one piece for the caller, or blocks that stay in shared memory for later computations.
 *
 * Where workers can write to the memory of a result they do, and nothing is delivered. Else delivered blocks are copied
 * out of shared memory to their places.
 */
import { formatBytes } from "../data/bytes.js";
import { blockAt, chunkBox, countChunks, gridOf } from "../data/chunks.js";
import { beforeHandingOut, mostGarbage } from "../data/collection.js";
import { copyBox } from "../data/copy.js";
import { allocate, factsOf, type TypedArray } from "../data/dtype.js";
import { ChunksError, MemoryLimitError } from "../data/errors.js";
import { at, zip } from "../data/lists.js";
import { uint32At } from "../data/numbers.js";
import { cornerOf, countsOf, firstOf, sizeOf, stridesOf } from "../data/region.js";
import type { Expr } from "../expr/expr.js";
import { bytesOf } from "../expr/meta.js";
import type { ResidentArray } from "../expr/op.js";
import type { Graph } from "../graph/graph.js";
import type { Wanted } from "../graph/lower.js";
import { preferHugePages } from "../native/pages.js";
import { checkResults, execute, planFor } from "./execute.js";
import { executorFor, reclaimShared } from "./executors.js";
import { residentMemory, residentResult } from "./resident.js";
import type { Delivered } from "./run.js";
import type { Hooks, Settings } from "./settings.js";

/** The most blocks that are kept: each has a place of its own. */
const MOST_RESIDENT_BLOCKS = 2 ** 24;

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
  beforeHandingOut(needed, mostGarbage(limit));
  return orRefuse(make, message, { needed, limit });
}

/** What is wanted of an expression: its blocks where they belong in the result, if workers can write there. */
function wantedIn(expr: Expr, data: TypedArray, alone: boolean, { workers }: Settings): Wanted {
  const { dtype, chunks } = expr.meta;
  // of several results two may turn out to be the same; and an address means nothing to another process
  const direct = alone && executorFor(workers).sharesMemory ? residentResult(dtype, chunks, data) : undefined;
  return { expr, sink: null, ...(direct === undefined ? {} : { resident: direct }) };
}

/** A block of a result. */
interface Place {
  readonly result: number;
  readonly block: number;
}

/** Chunk → the blocks of results that it is: nearly always one, so that is kept in flat lists. */
class Places {
  readonly #results: Int32Array;
  readonly #blocks: Uint32Array;
  readonly #more = new Map<number, Place[]>();

  constructor({ table, outputs }: Graph) {
    this.#results = new Int32Array(table.chunks).fill(-1);
    this.#blocks = new Uint32Array(table.chunks);
    for (const [result, chunks] of outputs.entries()) {
      for (const [block, chunk] of chunks.entries()) {
        if (this.#results[chunk] === -1) {
          this.#results[chunk] = result;
          this.#blocks[chunk] = block;
        } else this.#more.set(chunk, [...(this.#more.get(chunk) ?? []), { result, block }]);
      }
    }
  }

  /** The blocks that a chunk is. */
  of(chunk: number): Place[] {
    const result = this.#results[chunk] ?? -1;
    if (result < 0) return [];
    return [{ result, block: uint32At(this.#blocks, chunk) }, ...(this.#more.get(chunk) ?? [])];
  }
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
  const places = new Places(planned.graph);
  const targets = zip(planned.roots, results).map(([expr, data]) => ({ expr, data, grid: gridOf(expr.meta.chunks) }));
  await execute(planned, settings, hooks, (delivered) => {
    for (const { result, block } of places.of(delivered.chunk)) {
      const { expr, data, grid } = at(targets, result);
      collect(expr, blockAt(grid, block), delivered, data);
    }
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
  const blocks = countChunks(meta.chunks);
  if (blocks > MOST_RESIDENT_BLOCKS) {
    throw new ChunksError(
      `${operation}: there are ${blocks} blocks; expected at most ${MOST_RESIDENT_BLOCKS}; use larger chunks`,
    );
  }
  const message = `${operation}: ${formatBytes(needed)} cannot be allocated; save to a file`;
  const limit = settings.memoryLimit;
  reclaimShared(needed, mostGarbage(limit) / 2);
  const resident = orRefuse(() => residentMemory(meta.dtype, meta.chunks), message, { needed, limit });
  const planned = planFor([{ expr, sink: null, resident }], settings, operation);
  await execute(planned, settings, hooks, () => undefined);
  return resident;
}
