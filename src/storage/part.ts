/** Boxes out of a part that was decoded as a whole, because less than all of it was asked for. */
import { blockAt } from "../data/chunks.js";
import { decodedStrides, type EncodedArray } from "../data/encoded.js";
import { type Box, countsOf, sizeOf } from "../data/region.js";

/**
 * Copies a box out of a part, both in the array's order.
 *
 * @param part the elements of the box `of`, which holds `box`; there is at least one axis
 * @param item bytes of one element
 */
export function copyBox(
  part: Uint8Array,
  of: Box,
  box: Box,
  array: Pick<EncodedArray, "order">,
  item: number,
  into: Uint8Array,
): void {
  const [from, to] = [decodedStrides(array, of), decodedStrides(array, box)];
  const fastest = array.order === "C" ? box.start.length - 1 : 0;
  const counts = countsOf(box);
  const run = counts[fastest]! * item;
  const outer = counts.with(fastest, 1);
  const first = box.start.reduce((sum, index, axis) => sum + (index - of.start[axis]!) * from[axis]!, 0);
  for (let number = 0; number < sizeOf(outer); number++) {
    const index = blockAt(outer, number);
    const at = index.reduce((sum, i, axis) => sum + i * from[axis]!, first) * item;
    const place = index.reduce((sum, i, axis) => sum + i * to[axis]!, 0) * item;
    into.set(part.subarray(at, at + run), place);
  }
}
