/**
 * Large buffers that the engine frees late. It counts what buffers take, but it looks for unused ones only from time to
 * time: by then blocks that were handed out one after the other take several times what the user allows.
 *
 * So whoever hands out buffers says so here, and after some bytes unused buffers are looked for: among all, as long as
 * that takes little of the time, and else among the young ones.
 */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** After this many bytes unused buffers are looked for. */
const COLLECTED_BYTES = 2 ** 24;

/** Smaller buffers are left to the engine. */
const LARGE_BYTES = 2 ** 16;

/** Of a heap of this size a full collection always takes little: as long as the work on what is handed out. */
const SMALL_HEAP_BYTES = 2 ** 26;

/** In a larger heap full collections take at most one part in so many of the time. */
const REST = 10;

/** Without options a full collection. */
type Collect = (options?: { readonly type: "minor" }) => void;

let known: Collect | undefined;

/** The engine's collector, which is there on demand only. */
function collector(): Collect {
  if (known === undefined) {
    setFlagsFromString("--expose-gc");
    known = runInNewContext("gc") as Collect;
    setFlagsFromString("--no-expose-gc");
  }
  return known;
}

/** The bytes handed out since the last collection. */
let since = 0;
/** When the last full collection ended, and how long it took, in milliseconds. */
let [ended, took] = [Number.NEGATIVE_INFINITY, 0];

/** To be called before a buffer of this size is made that will be handed out. */
export function beforeHandingOut(bytes: number): void {
  if (bytes < LARGE_BYTES) return;
  since += bytes;
  if (since < COLLECTED_BYTES) return;
  since = 0;
  const collect = collector();
  const began = performance.now();
  if (process.memoryUsage().heapUsed > SMALL_HEAP_BYTES && began - ended < REST * took) {
    collect({ type: "minor" });
    return;
  }
  collect();
  ended = performance.now();
  took = ended - began;
}
