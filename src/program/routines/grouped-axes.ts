/**
 * Axes that become one: a contiguous block of many axes is a matrix, or a stack of matrices, when neighbouring axes are
 * counted through together.
 */
import { sizeOf } from "../../data/region.js";

/** The lengths of axes of which so many neighbours at a time become one; without groups each stays itself. */
export function groupedShape(shape: readonly number[], groups: readonly number[] | undefined): readonly number[] {
  if (groups === undefined) return shape;
  let from = 0;
  return groups.map((count) => {
    from += count;
    return sizeOf(shape.slice(from - count, from));
  });
}
