/** Binary search, written once. */

/**
 * The index of the first entry of a list for which `holds` is true; the list's length if there is none. Once `holds` is
 * true for an entry it must be true for all that follow.
 */
export function firstWhere<T>(list: ArrayLike<T>, holds: (entry: T) => boolean): number {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const entry = list[middle];
    if (entry === undefined || holds(entry)) high = middle;
    else low = middle + 1;
  }
  return low;
}
