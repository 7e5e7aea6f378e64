/**
 * What follows from the counts of a box, worked out once for boxes of the same counts that come one after the other. In
 * a regular grid these are nearly all boxes.
 */
import { type Box, countsOf } from "./region.js";

/** See the head of this file. */
export class ByCounts<T> {
  readonly #workOut: (counts: readonly number[]) => T;
  #last: { readonly counts: readonly number[]; readonly result: T } | undefined;

  constructor(workOut: (counts: readonly number[]) => T) {
    this.#workOut = workOut;
  }

  /** What follows from the counts of this box. */
  of(box: Box): T {
    if (this.#last !== undefined && haveCounts(box, this.#last.counts)) return this.#last.result;
    const counts = countsOf(box);
    const result = this.#workOut(counts);
    this.#last = { counts, result };
    return result;
  }
}

function haveCounts(box: Box, counts: readonly number[]): boolean {
  if (box.length !== counts.length) return false;
  for (const [dim, { start, stop }] of box.entries()) if (counts[dim] !== Math.max(0, stop - start)) return false;
  return true;
}
