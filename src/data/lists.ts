/**
 * Lists and maps of which the caller knows more than their type says: that an entry exists, that two are of one length.
 */
import { InternalError } from "./errors.js";

/** A list of at least one entry. */
export type NonEmpty<T> = readonly [T, ...T[]];

/** True for a list of at least one entry. */
export function isNonEmpty<T>(list: readonly T[]): list is NonEmpty<T> {
  return list.length > 0;
}

/** Changes the entries of a list that is not empty. */
export function mapNonEmpty<T, U>(list: NonEmpty<T>, change: (entry: T, index: number) => U): NonEmpty<U> {
  const [first, ...rest] = list;
  return [change(first, 0), ...rest.map((entry, i) => change(entry, i + 1))];
}

/**
 * The entry at an index that is in range, counted from the end if negative: anything else is a mistake of this library.
 */
export function at<T>(list: readonly T[], index: number): T {
  const entry = list[index < 0 ? list.length + index : index];
  if (entry === undefined) throw new InternalError(`internal error: a list of ${list.length} has no entry ${index}`);
  return entry;
}

/** The value of a key that a map has; see {@link at}. */
export function lookUp<K, V>(map: ReadonlyMap<K, V>, key: K): V {
  const value = map.get(key);
  if (value === undefined) throw new InternalError(`internal error: a map has no entry ${String(key)}`);
  return value;
}

/** True for a list. Unlike `Array.isArray`, it says of a value that may be something else that it is not a list. */
export function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

/** True for lists of the same entries. */
export function sameEntries(list: readonly unknown[], other: readonly unknown[]): boolean {
  if (list === other) return true;
  if (list.length !== other.length) return false;
  for (let i = 0; i < list.length; i++) if (list[i] !== other[i]) return false;
  return true;
}

/** The entries of two lists of one length, in pairs. */
export function zip<A, B>(first: readonly A[], second: readonly B[]): (readonly [A, B])[] {
  return first.map((entry, i) => [entry, at(second, i)]);
}
