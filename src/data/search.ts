/** Binary search, written once for lists of anything, and once for numbers. */

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

/**
 * The last index at which sorted numbers are at most `value`; -1 if all are greater. Histograms search for each
 * element, so this one calls nothing back.
 *
 * ```ts
 * lastUpTo([0, 10, 10, 20], 10); // 2
 * ```
 */
export function lastUpTo(sorted: ArrayLike<number>, value: number): number {
  let [low, high] = [-1, sorted.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if (Number(sorted[middle]) <= value) low = middle;
    else high = middle - 1;
  }
  return low;
}
