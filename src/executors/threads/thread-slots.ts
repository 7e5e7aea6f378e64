/**
 * Thread slots: the numbers by which the worker threads of all pools have scratch space of their own in shared memory
 * (see data/memory.ts). Slot 0 is the main thread's.
 *
 * Invariant: a slot is free again only when its thread has ended, since the thread may write until then.
 */

const taken = new Set<number>();

/** Takes the lowest slot that is free. */
export function takeThreadSlot(): number {
  let slot = 1;
  while (taken.has(slot)) slot++;
  taken.add(slot);
  return slot;
}

/** Frees a slot. */
export function releaseThreadSlot(slot: number): void {
  taken.delete(slot);
}
