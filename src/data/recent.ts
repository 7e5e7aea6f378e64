/** Caches of a bounded size: maps in which the least recently used entry comes first. */

/**
 * Puts an entry into a map as the most recently used one. Of more than `most` entries, the least recently used goes.
 */
export function keepRecent<K, V>(entries: Map<K, V>, key: K, value: V, most: number): void {
  entries.delete(key);
  entries.set(key, value);
  if (entries.size <= most) return;
  for (const oldest of entries.keys()) {
    entries.delete(oldest);
    return;
  }
}
