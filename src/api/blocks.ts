/** Blocks one at a time, in order, with backpressure: workers run ahead of the reader by a few blocks at most. */
import { blockAt, chunkBox, gridOf } from "../data/chunks.js";
import { allocate, viewOf } from "../data/dtype.js";
import { countsOf, type Region, sizeOf } from "../data/region.js";
import type { Expr } from "../expr/expr.js";
import { plan } from "../run/plan.js";
import { type ComputeOptions, execute, prepare } from "./compute.js";
import { NDArray } from "./nd-array.js";

/** One block of an array. */
export interface BlockResult {
  /** The block's index in the grid of chunks. */
  readonly index: readonly number[];
  /** The part of the array that it is: per axis start, step (1) and count. */
  readonly region: Region;
  readonly block: NDArray;
}

/** Computes the blocks of an expression and gives them in C order. */
export async function* blocksOf(expr: Expr, options: ComputeOptions): AsyncGenerator<BlockResult, void, void> {
  const settings = prepare(options, "blocks");
  const planned = plan([{ expr, file: null }], {
    backend: settings.backend,
    scratchFolder: settings.scratchFolder,
    budget: settings.memoryLimit,
  });
  const [chunks] = planned.graph.outputs;
  const { meta } = planned.roots[0]!;
  const grid = gridOf(meta.chunks);
  const waiting = new Map<number, { block: NDArray; release: () => void }>();
  let wake = (): void => {};
  let failure: { error: unknown } | undefined;
  let complete = false;
  const stop = new AbortController();
  const signal = options.signal === undefined ? stop.signal : AbortSignal.any([stop.signal, options.signal]);
  const numbers = new Map(Array.from(chunks!, (chunk, number) => [chunk, number]));
  const boxOfBlock = (number: number): ReturnType<typeof chunkBox> => chunkBox(meta.chunks, blockAt(grid, number));
  const done = execute(
    planned,
    settings,
    { ...options, signal },
    ({ chunk, memory, offset }) =>
      new Promise<void>((release) => {
        const number = numbers.get(chunk)!;
        const shape = countsOf(boxOfBlock(number));
        const data = allocate(meta.dtype, sizeOf(shape));
        (data as Uint8Array).set(viewOf(meta.dtype, memory, offset, sizeOf(shape)) as Uint8Array);
        waiting.set(number, { block: new NDArray(meta.dtype, shape, data), release });
        wake();
      }),
    Math.max(2, 2 * settings.workers),
  ).catch((error: unknown) => {
    failure = { error };
    wake();
  });
  try {
    for (let number = 0; number < chunks!.length; number++) {
      while (!waiting.has(number)) {
        if (failure !== undefined) throw failure.error;
        await new Promise<void>((resolve) => {
          wake = resolve;
          if (waiting.has(number) || failure !== undefined) resolve();
        });
      }
      const { block, release } = waiting.get(number)!;
      waiting.delete(number);
      const { start, stop: end } = boxOfBlock(number);
      yield {
        index: blockAt(grid, number),
        region: start.map((from, axis) => ({ start: from, step: 1, count: end[axis]! - from })),
        block,
      };
      release();
    }
    complete = true;
  } finally {
    if (!complete) stop.abort(); // the reader left early
    await done;
  }
  if (failure !== undefined) throw (failure as { error: unknown }).error;
}
