/**
 * Axes that become one: a contiguous block of many axes is a matrix, or a stack of matrices, when neighbouring axes are
 * counted through together.
 */
import { sizeOf } from "../../data/region.js";

/**
 * The lengths of axes after neighbours have become one; each group is a number of axes. Without groups each stays
 * itself.
 */
export function groupedShape(shape: readonly number[], groups: readonly number[] | undefined): readonly number[] {
  if (groups === undefined) return shape;
  let from = 0;
  return groups.map((count) => {
    from += count;
    return sizeOf(shape.slice(from - count, from));
  });
}
