/**
 * Blocks one at a time, in order, with backpressure: a finished block keeps its memory until the reader has taken it,
 * and workers run ahead of the reader by a few blocks at most.
 */
import { factsOf } from "../data/dtype.js";
import { at } from "../data/lists.js";
import { largestOf, uint32At } from "../data/numbers.js";
import { sizeOf } from "../data/region.js";
import type { Expr } from "../expr/expr.js";
import { onAbort } from "./abort.js";
import { Attention } from "./attention.js";
import { planOn } from "./backend-choice.js";
import { execute } from "./execute.js";
import type { Delivered } from "./run.js";
import type { Hooks, Settings } from "./settings.js";

/** A finished block. */
export interface OrderedBlock {
  /** Its number in C order of the grid. */
  readonly number: number;
  /** The expression that was computed, after the optimizer: its chunks are the grid. */
  readonly expr: Expr;
  /** Its elements; valid until the next block is asked for. */
  readonly delivered: Delivered;
}

interface Waiting {
  readonly delivered: Delivered;
  release(): void;
}

/** Blocks that are finished and not taken, and how the computation ended. */
class Deliveries {
  readonly #waiting = new Map<number, Waiting>();
  #failure: { readonly error: unknown } | undefined;
  #wake = (): void => {};

  /** A block is finished; the promise settles when the reader has released it. */
  put(number: number, delivered: Delivered): Promise<void> {
    return new Promise((release) => {
      this.#waiting.set(number, { delivered, release });
      this.#wake();
    });
  }

  /** The computation has failed. */
  fail(error: unknown): void {
    this.#failure = { error };
    this.#wake();
  }

  /** Throws if the computation has failed. */
  check(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  /** Waits for a block and takes it. */
  async take(number: number): Promise<Waiting> {
    for (;;) {
      const waiting = this.#waiting.get(number);
      if (waiting !== undefined) {
        this.#waiting.delete(number);
        return waiting;
      }
      this.check();
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}

/** The bytes of the largest block. */
function largestBlock({ meta: { dtype, chunks } }: Expr): number {
  return sizeOf(chunks.map((sizes) => largestOf(sizes, 0))) * factsOf(dtype).bytes;
}

/** Computes the blocks of an expression and gives them in C order; leaving early ends the computation. */
export async function* orderedBlocks(
  wanted: Expr,
  settings: Settings,
  { signal, onProgress }: Hooks,
): AsyncGenerator<OrderedBlock, void, void> {
  signal?.throwIfAborted();
  // the block that the caller has is a copy, beside the memory of the computation
  const planned = planOn([{ expr: wanted, sink: null }], settings, largestBlock(wanted));
  const chunks = at(planned.graph.outputs, 0);
  const expr = at(planned.roots, 0);
  // not AbortSignal.any: on Node 20 a signal keeps an entry for every one that was made of it
  const stop = new AbortController();
  const stopListening = onAbort(signal, () => stop.abort(signal?.reason));
  const attention = new Attention();
  const numbers = new Uint32Array(planned.graph.table.chunks);
  for (const [number, chunk] of chunks.entries()) numbers[chunk] = number;
  const deliveries = new Deliveries();
  const deliver = (delivered: Delivered): Promise<void> =>
    deliveries.put(uint32At(numbers, delivered.chunk), delivered);
  const ahead = Math.max(2, 2 * settings.workers);
  const hooks = { signal: stop.signal, onProgress };
  const done = execute(planned, settings, hooks, deliver, { maxDelivered: ahead, attention }).catch((error: unknown) =>
    deliveries.fail(error),
  );
  let complete = false;
  try {
    for (let number = 0; number < chunks.length; number++) {
      signal?.throwIfAborted();
      const { delivered, release } = await deliveries.take(number);
      attention.set(false);
      yield { number, expr, delivered };
      attention.set(true);
      release();
    }
    complete = true;
  } finally {
    attention.set(true);
    if (!complete) stop.abort(); // the reader left early
    await done;
    stopListening();
  }
  deliveries.check();
}
