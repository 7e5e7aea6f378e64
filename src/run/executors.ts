/**
 * The executors of this process. Pools of worker threads are kept between computations: starting one takes
 * milliseconds.
 */
import { collectAll } from "../data/collection.js";
import type { Executor } from "../executors/executor.js";
import { InlineExecutor } from "../executors/inline.js";
import { ThreadsExecutor } from "../executors/threads/threads.js";

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

/** The bytes of shared memory of which nobody knows whether it is still used. */
let unsure = 0;

/**
 * To be told of shared memory that was dropped, or that is made in place of some that may have been dropped. The engine
 * does not count such memory, and frees it only when every thread that has seen it finds it unused: after `most` bytes
 * all threads look for it.
 */
export function reclaimShared(bytes: number, most: number): void {
  unsure += bytes;
  if (unsure < most) return;
  unsure = 0;
  collectAll();
  for (const pool of pools.values()) pool.collect();
}

/** Ends all worker threads. */
export async function closeExecutors(): Promise<void> {
  const ended = [...pools.values()];
  pools.clear();
  await Promise.all(ended.map((pool) => pool.close()));
}
