/**
 * What a backend keeps of the loops that it met, so that each is prepared once.
 *
 * Invariant: loops are told apart by their content, and no more than {@link mostCachedLoops} are kept; the least recently used
 * goes first.
 */
import type { Loop } from "../program/loop.js";

const mostCachedLoops = 512;

/** See the head of this file. */
export class LoopCache<T> {
  readonly #make: (loop: Loop) => T;
  readonly #kept = new Map<string, T>();
  /** The loop of the last call: tiles come in long runs of the same. */
  #last: { readonly loop: Loop; readonly kept: T } | undefined;

  constructor(make: (loop: Loop) => T) {
    this.#make = make;
  }

  /** What is kept of a loop; made when there is nothing yet. */
  of(loop: Loop): T {
    if (this.#last?.loop === loop) return this.#last.kept;
    const kept = this.#kept.get(loop.key) ?? this.#make(loop);
    this.#kept.delete(loop.key);
    this.#kept.set(loop.key, kept);
    if (this.#kept.size > mostCachedLoops) this.#kept.delete(this.#kept.keys().next().value!);
    this.#last = { loop, kept };
    return kept;
  }
}
