/**
 * Large buffers that the engine frees late. It counts what buffers take, but it looks for unused ones only from time to
 * time: by then blocks that were handed out one after the other take several times what the user allows.
 *
 * So whoever hands out buffers says so here, and from time to time unused buffers are looked for among the young ones,
 * which takes half a millisecond. A buffer that was in use two times is not young any more. Once the old ones have
 * become much more, unused buffers are looked for among all, which takes as long as going through the whole heap.
 *
 * Each thread has a heap, and so counts, of its own.
 */
import { getHeapStatistics, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Of a heap of this size a full collection takes little: as long as the work on what is handed out. */
const SMALL_HEAP_BYTES = 2 ** 26;

/** In a larger heap full collections take at most one part in so many of the time. */
const REST = 10;

/** Young buffers are looked at when one part in so many of the garbage may have been left. */
const STEPS = 8;

/**
 * Young buffers are looked at after this many bytes at the latest: after some tens of MB the engine goes through the
 * whole heap by itself, which takes longer than several looks at the young buffers.
 */
const LONGEST_STEP_BYTES = 2 ** 23;

/** What is in use may grow by one part in so many before all buffers are looked at again. */
const GROWTH = 8;

/** Without options a full collection. */
type Collect = (options?: { readonly type: "minor" }) => void;

let known: Collect | undefined;

/** The engine's collector, which is there on demand only. */
function collector(): Collect | undefined {
  if (known === undefined) {
    setFlagsFromString("--expose-gc");
    // flags belong to the process: another thread may have set it back by now, and then the next call finds it
    known = runInNewContext("globalThis.gc") as Collect | undefined;
    setFlagsFromString("--no-expose-gc");
  }
  return known;
}

/** The bytes handed out since the last collection. */
let since = 0;
/** The bytes of buffers after the last full collection. */
let base = 0;
/** When the last full collection ended, and how long it took, in milliseconds. */
let [ended, took] = [Number.NEGATIVE_INFINITY, 0];

/** The most unused bytes that each of some threads may leave, beside the limit of what is in use. */
export function mostGarbage(memoryLimit: number, threads = 1): number {
  return (2 ** 23 + memoryLimit / 8) / threads;
}

/** The most unused bytes that a thread may leave of buffers which hold only steps of its work. */
const GARBAGE_OF_STEPS = 2 ** 24;

/** Call this before making a buffer of this size that is used in one step of the work only. */
export function beforeStep(bytes: number): void {
  beforeHandingOut(bytes, GARBAGE_OF_STEPS);
}

/**
 * To be called before a buffer of this size is made that will be handed out.
 *
 * @param garbage the most that may be unused; see {@link mostGarbage}
 */
export function beforeHandingOut(bytes: number, garbage = 2 ** 26): void {
  since += bytes;
  if (since < Math.min(garbage / STEPS, LONGEST_STEP_BYTES)) return;
  const collect = collector();
  if (collect === undefined) return;
  since = 0;
  collect({ type: "minor" });
  const { external_memory: held, used_heap_size: heap } = getHeapStatistics();
  base = Math.min(base, held);
  const isMuch = held - base > Math.max(garbage, base / GROWTH);
  const isRested = heap < SMALL_HEAP_BYTES || performance.now() - ended > REST * took;
  if (isMuch && isRested) collectAll();
}

/** Frees all buffers of this thread that are unused. */
export function collectAll(): void {
  const collect = collector();
  if (collect === undefined) return;
  const began = performance.now();
  collect();
  ended = performance.now();
  took = ended - began;
  // a thread of the engine frees the buffers, and the next collection waits for it
  collect({ type: "minor" });
  base = getHeapStatistics().external_memory;
}
