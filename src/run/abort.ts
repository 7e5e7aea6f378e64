/**
 * One listener for each signal, however many computations it ends: Node takes more than ten listeners for a leak, and
 * a server may well begin a hundred computations that one signal ends.
 */

/** Those who wait for one signal. */
class Hearers {
  readonly #signal: AbortSignal;
  readonly #all = new Set<() => void>();

  constructor(signal: AbortSignal) {
    this.#signal = signal;
    signal.addEventListener("abort", this.#tell, { once: true });
  }

  readonly #tell = (): void => {
    hearersOf.delete(this.#signal);
    for (const hear of this.#all) hear();
  };

  add(hear: () => void): void {
    this.#all.add(hear);
  }

  delete(hear: () => void): void {
    this.#all.delete(hear);
    if (this.#all.size > 0) return;
    if (hearersOf.get(this.#signal) === this) hearersOf.delete(this.#signal);
    this.#signal.removeEventListener("abort", this.#tell);
  }
}

const hearersOf = new WeakMap<AbortSignal, Hearers>();

/** Calls back once when a signal is aborted, unless the function that this returns was called before. */
export function onAbort(signal: AbortSignal | undefined, hear: () => void): () => void {
  if (signal === undefined) return () => undefined;
  const hearers = hearersOf.get(signal) ?? new Hearers(signal);
  hearersOf.set(signal, hearers);
  const own = (): void => hear(); // the same function may wait twice
  hearers.add(own);
  return () => hearers.delete(own);
}
