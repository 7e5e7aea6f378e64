/**
 * Segments: shared memory that goes from one computation to the next. New memory is dear: the system clears each page of it
 * when it is first written (measured: 64 MiB take 30 ms, four times what a loop over them does).
 *
 * Invariant: a segment belongs to one computation, or lies here; what lies here is bounded, and gone after `drop`.
 */

/** The most bytes that lie here. */
const MOST = 2 ** 27;

/** Smallest first. */
const free: SharedArrayBuffer[] = [];

/** A segment of at least `needed` bytes: the smallest that lies here, or a new one of `wanted`. */
export function takeSegment(needed: number, wanted: number): SharedArrayBuffer {
  const at = free.findIndex(({ byteLength }) => byteLength >= needed);
  return at < 0 ? new SharedArrayBuffer(wanted) : free.splice(at, 1)[0]!;
}

/** Takes segments back that nothing uses any more; the largest go first where they are too many. */
export function giveSegments(segments: readonly SharedArrayBuffer[]): void {
  free.push(...segments);
  free.sort((a, b) => a.byteLength - b.byteLength);
  let bytes = free.reduce((sum, { byteLength }) => sum + byteLength, 0);
  while (bytes > MOST) bytes -= free.pop()!.byteLength;
}

/** Lets go of all that lies here. */
export function dropSegments(): void {
  free.length = 0;
}
