/**
 * Large memory in huge pages, by our own addon.
 *
 * The first write to each page of new memory costs a page fault: half a second per gigabyte with pages of 4 KiB, a
 * quarter of that with huge pages of 2 MiB (docs/design/0018). Linux gives huge pages to programs that ask for them,
 * which JavaScript cannot do. Nor can it let other threads write to an ordinary ArrayBuffer: they get its address
 * instead.
 *
 * Invariant: without the addon everything works and gives the same results.
 */
import { InternalError } from "../data/errors.js";
import { type Binding, binding } from "./binding.js";

/** Shorter memory stays as it is: each call costs, and only whole aligned stretches of 2 MiB become huge pages. */
const SHORTEST_ADVISED_BYTES = 2 ** 23;

/** The longest view that is made; some runtimes allow 4 GiB, others less. */
const LONGEST_VIEW_BYTES = 2 ** 31;

/** The addon, for callers that have asked {@link hasAddresses}. */
function requiredBinding(): Binding {
  const addon = binding();
  if (addon === null) throw new InternalError("internal error: there are no addresses without the addon");
  return addon;
}

/** Whether {@link addressOf} and {@link copyToAddress} can be used. */
export function hasAddresses(): boolean {
  return binding() !== null;
}

/** Calls the addon for each view of large memory; does nothing without the addon. */
function forViews(memory: ArrayBufferLike, call: (addon: Binding, view: Uint8Array) => void): void {
  const { byteLength } = memory;
  const addon = byteLength < SHORTEST_ADVISED_BYTES ? null : binding();
  if (addon === null) return;
  for (let at = 0; at < byteLength; at += LONGEST_VIEW_BYTES) {
    call(addon, new Uint8Array(memory, at, Math.min(LONGEST_VIEW_BYTES, byteLength - at)));
  }
}

/** Asks for huge pages for memory that has not been written yet; the system may refuse. */
export function preferHugePages(memory: ArrayBufferLike): void {
  forViews(memory, (addon, view) => addon.advise(view));
}

/** Makes the pages of memory in the background, so that a later writer does not wait for them. */
export function makePages(memory: ArrayBufferLike): void {
  forViews(memory, (addon, view) => addon.make(view));
}

/**
 * The address of a byte in this process, for {@link copyToAddress} in any thread. The caller keeps the memory alive.
 */
export function addressOf(memory: ArrayBufferLike, offset: number): number {
  return requiredBinding().addressOf(new Uint8Array(memory, offset, 1));
}

/**
 * Copies a box to an address from {@link addressOf}, whose memory must stay alive meanwhile. `first` is the first
 * element of the box, whose memory may go on before and after it. `dims` has three numbers for each dimension, the
 * outermost first: the number of elements, and the step in bytes from one to the next in the target and in the source.
 */
export function copyToAddress(address: number, first: Uint8Array, dims: Float64Array): void {
  requiredBinding().copy(address, first, first.length, dims);
}
