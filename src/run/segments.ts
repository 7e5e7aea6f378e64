/**
 * Segments: shared memory that goes from one computation to the next. New memory is expensive: the system clears each
 * page of it when it is first written (measured: 64 MiB take 30 ms, four times as long as a loop over them).
 *
 * Invariant: a segment belongs to one computation or is kept here. What is kept is bounded, and released by
 * `dropSegments`.
 */
import { reclaimShared } from "./executors.js";

/** The most bytes that are kept for the next computation. */
const MOST_KEPT_BYTES = 2 ** 27;

/** The most bytes that are dropped before they are looked for. */
const MOST_DROPPED_BYTES = 2 ** 26;

/** Smallest first. */
const free: SharedArrayBuffer[] = [];

/** A segment of at least `needed` bytes: the smallest that is kept, or a new one of `wanted`. */
export function takeSegment(needed: number, wanted: number): SharedArrayBuffer {
  const at = free.findIndex(({ byteLength }) => byteLength >= needed);
  const [segment = new SharedArrayBuffer(wanted)] = at < 0 ? [] : free.splice(at, 1);
  return segment;
}

/** Takes back segments that nothing uses any more; if they are too many, the largest are released first. */
export function giveSegments(segments: readonly SharedArrayBuffer[]): void {
  free.push(...segments);
  free.sort((a, b) => a.byteLength - b.byteLength);
  let bytes = free.reduce((sum, { byteLength }) => sum + byteLength, 0);
  const before = bytes;
  while (bytes > MOST_KEPT_BYTES) bytes -= free.pop()?.byteLength ?? bytes;
  if (bytes < before) reclaimShared(before - bytes, MOST_DROPPED_BYTES);
}

/** Releases all kept segments. */
export function dropSegments(): void {
  free.length = 0;
}
