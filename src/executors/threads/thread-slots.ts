/**
 * Seats: the numbers by which the worker threads of all pools have scratch space of their own in shared memory (see
 * data/memory.ts). Seat 0 is the main thread's.
 *
 * Invariant: a seat is free again only when its thread is gone, since it may write until then.
 */

const taken = new Set<number>();

/** The lowest seat that is free. */
export function takeThreadSlot(): number {
  let seat = 1;
  while (taken.has(seat)) seat++;
  taken.add(seat);
  return seat;
}

/** Frees a seat. */
export function releaseThreadSlot(seat: number): void {
  taken.delete(seat);
}
