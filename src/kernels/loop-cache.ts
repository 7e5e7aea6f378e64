/**
 * The loops that a backend has met, each prepared once.
 *
 * Invariant: loops are distinguished by their content, and no more than {@link mostCachedLoops} are kept. The least
 * recently used one goes first.
 */
import { keepRecent } from "../data/recent.js";
import type { Loop } from "../program/loop.js";

const mostCachedLoops = 512;

/** See the head of this file. */
export class LoopCache<T> {
  readonly #prepare: (loop: Loop) => T;
  /** By content, the least recently used one first. */
  readonly #entries = new Map<string, T>();
  /** The loop of the last call: tiles come in long runs of the same. */
  #last: { readonly loop: Loop; readonly entry: T } | undefined;

  constructor(prepare: (loop: Loop) => T) {
    this.#prepare = prepare;
  }

  /** What was prepared for a loop; prepares it if there is nothing yet. */
  of(loop: Loop): T {
    if (this.#last?.loop === loop) return this.#last.entry;
    const entry = this.#entries.get(loop.key) ?? this.#prepare(loop);
    keepRecent(this.#entries, loop.key, entry, mostCachedLoops);
    this.#last = { loop, entry };
    return entry;
  }
}
