/** Lists of which the caller knows more than their type says: that an entry exists, or that they are of one length. */

/** A list of at least one entry. */
export type NonEmpty<T> = readonly [T, ...T[]];

/** Changes the entries of a list that is not empty. */
export function mapNonEmpty<T, U>(list: NonEmpty<T>, change: (entry: T, index: number) => U): NonEmpty<U> {
  const [first, ...rest] = list;
  return [change(first, 0), ...rest.map((entry, i) => change(entry, i + 1))];
}

/** The entry at an index that is in range: anything else is a mistake of this library, not of its user. */
export function at<T>(list: readonly T[], index: number): T {
  const entry = list[index];
  if (entry === undefined) throw new RangeError(`internal: a list of ${list.length} has no entry ${index}`);
  return entry;
}

/** The entries of two lists of one length, in pairs. */
export function zip<A, B>(first: readonly A[], second: readonly B[]): (readonly [A, B])[] {
  return first.map((entry, i) => [entry, at(second, i)]);
}
