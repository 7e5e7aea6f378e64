/**
 * Pages of files over memory, so that loops read a file where the system keeps it, and many reads in one call; by our
 * own addon, on Linux. executors/windows.ts says when that is done, and docs/design/0038 why.
 *
 * Invariant: between `mapWindow` and `unmapWindow` nobody writes to the memory, and nobody frees it.
 */
import { constants } from "node:os";
import { InternalError } from "../data/errors.js";
import { type Binding, binding } from "./binding.js";

/** Whether files can be mapped here. */
export function canMap(): boolean {
  return binding() !== null;
}

/** The addon, for callers that have asked {@link canMap}. */
function requiredBinding(): Binding {
  const addon = binding();
  if (addon === null) throw new InternalError("internal error: nothing can be mapped without the addon");
  return addon;
}

/**
 * Lays pages of an open file over memory: both begin at a page, and the memory ends with one. So many `bytes` of the
 * file from the offset on must be there.
 *
 * @returns the number of the window; `"notInMemory"` if the system would have to wait for the disk; `"refused"` if it
 * cannot be mapped
 */
export function mapWindow(
  memory: Uint8Array,
  descriptor: number,
  offset: number,
  bytes: number,
): number | "notInMemory" | "refused" {
  const window = requiredBinding().map(memory, descriptor, offset, bytes);
  if (window >= 0) return window;
  return window === -constants.errno.EAGAIN ? "notInMemory" : "refused";
}

/** Whether all that was read from a window came from its file: no page was missing, and it is as long as it was. */
export function isWhole(window: number): boolean {
  return requiredBinding().check(window) === 0;
}

/** Takes the file out of the memory, which reads as zeros from then on; returns what {@link isWhole} would. */
export function unmapWindow(window: number): boolean {
  return requiredBinding().unmap(window) === 0;
}

/**
 * Fills memory with stretches of an open file, each of the same number of bytes, in one call. `loops` has a number of
 * steps and a distance in bytes for each loop over the stretches, the slowest first.
 *
 * @returns whether all were read; if not, the memory has no meaning
 */
export function readMany(
  descriptor: number,
  into: Uint8Array,
  stretchBytes: number,
  offset: number,
  loops: Float64Array,
): boolean {
  return requiredBinding().readMany(descriptor, into, stretchBytes, offset, loops);
}
