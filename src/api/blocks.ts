/** Blocks one at a time, in order, with backpressure: workers run ahead of the reader by a few blocks at most. */
import { blockAt, chunkBox, gridOf } from "../data/chunks.js";
import { allocate, type DType, viewOf } from "../data/dtype.js";
import { countsOf, type Region, sizeOf } from "../data/region.js";
import type { Expr } from "../expr/expr.js";
import type { Delivered } from "../run/run.js";
import { type ComputeOptions, execute, prepare } from "./compute.js";
import { NDArray } from "./nd-array.js";
import { planOn } from "./route.js";

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
  options.signal?.throwIfAborted();
  const planned = planOn([{ expr, sink: null }], settings, settings.memoryLimit);
  const [chunks] = planned.graph.outputs;
  const { meta } = planned.roots[0]!;
  const grid = gridOf(meta.chunks);
  const waiting = new Map<number, { delivered: Delivered; release: () => void }>();
  let wake = (): void => {};
  let failure: { error: unknown } | undefined;
  let complete = false;
  // not AbortSignal.any: on Node 20 a signal keeps an entry for every one that was made of it
  const { signal } = options;
  const stop = new AbortController();
  const abort = (): void => stop.abort(signal?.reason);
  signal?.addEventListener("abort", abort, { once: true });
  const numbers = new Map(Array.from(chunks!, (chunk, number) => [chunk, number]));
  const boxOfBlock = (number: number): ReturnType<typeof chunkBox> => chunkBox(meta.chunks, blockAt(grid, number));
  const done = execute(
    planned,
    settings,
    { ...options, signal: stop.signal },
    (delivered) =>
      new Promise<void>((release) => {
        waiting.set(numbers.get(delivered.chunk)!, { delivered, release });
        wake();
      }),
    Math.max(2, 2 * settings.workers),
  ).catch((error: unknown) => {
    failure = { error };
    wake();
  });
  try {
    for (let number = 0; number < chunks!.length; number++) {
      signal?.throwIfAborted();
      while (!waiting.has(number)) {
        if (failure !== undefined) throw failure.error;
        await new Promise<void>((resolve) => {
          wake = resolve;
          if (waiting.has(number) || failure !== undefined) resolve();
        });
      }
      const { delivered, release } = waiting.get(number)!;
      waiting.delete(number);
      const box = boxOfBlock(number);
      const shape = countsOf(box);
      yield {
        index: blockAt(grid, number),
        region: box.map(({ start, stop }) => ({ start, step: 1, count: stop - start })),
        block: copyOf(delivered, meta.dtype, shape),
      };
      release();
    }
    complete = true;
  } finally {
    if (!complete) stop.abort(); // the reader left early
    await done;
    signal?.removeEventListener("abort", abort);
  }
  if (failure !== undefined) throw (failure as { error: unknown }).error;
}

function copyOf({ memory, offset }: Delivered, dtype: DType, shape: readonly number[]): NDArray {
  const data = allocate(dtype, sizeOf(shape));
  (data as Uint8Array).set(viewOf(dtype, memory, offset, sizeOf(shape)) as Uint8Array);
  return new NDArray(dtype, shape, data);
}
