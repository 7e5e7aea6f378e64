/**
 * The executors of this process. Pools of worker threads are kept between computations: starting one takes
 * milliseconds.
 */
import type { Executor } from "../executors/executor.js";
import { InlineExecutor } from "../executors/inline.js";
import { ThreadsExecutor } from "../executors/threads/threads.js";
import { dropSegments } from "./segments.js";

const inline = new InlineExecutor();
const pools = new Map<number, ThreadsExecutor>();

/** The executor for this many workers; 0 is the calling thread. */
export function executorFor(workers: number): Executor {
  if (workers === 0) return inline;
  let pool = pools.get(workers);
  if (pool === undefined) {
    pool = new ThreadsExecutor({ workers });
    pools.set(workers, pool);
  }
  return pool;
}

/** Ends all worker threads and releases the memory that waits for the next computation. */
export async function closeExecutors(): Promise<void> {
  const ended = [...pools.values()];
  pools.clear();
  dropSegments();
  await Promise.all(ended.map((pool) => pool.close()));
}
