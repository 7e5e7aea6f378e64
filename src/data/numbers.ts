/**
 * Typed arrays as flat lists of numbers, for what is kept per task or per chunk. An index outside is a mistake of this
 * library: it throws, where a typed array alone would answer `undefined` and ignore what is put there.
 *
 * There is a function for each kind of array: one for both would be called with both, and be twice as slow.
 */
import { InternalError } from "./errors.js";

/** The number at an index. */
export function uint32At(list: Uint32Array, index: number): number {
  return list[index] ?? outside(list, index);
}

/** The number at an index. */
export function float64At(list: Float64Array, index: number): number {
  return list[index] ?? outside(list, index);
}

/** Adds to the number at an index; returns the sum. */
export function addUint32(list: Uint32Array, index: number, by: number): number {
  const sum = uint32At(list, index) + by;
  list[index] = sum;
  return sum;
}

// a function of its own, so that the others stay small enough to be inlined
function outside({ length }: Uint32Array | Float64Array, index: number): never {
  throw new InternalError(`internal error: a list of ${length} numbers has no entry ${index}`);
}
