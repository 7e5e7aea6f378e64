/**
 * Work that may have to wait: a generator that yields promises and is given what they resolve to. Work that never waits
 * is done when {@link runSuspendable} returns, without a promise and without a turn of the event loop. Nearly all tasks
 * are like that.
 */

/** Work that yields the promises it waits for. */
export type Suspendable<T> = Generator<Promise<unknown>, T, unknown>;

/** Waits for a promise inside suspendable work: `const value = yield* wait(promise)`. */
export function* wait<T>(promise: Promise<T>): Suspendable<T> {
  // the caller that runs the work sends back what the promise resolves to
  return (yield promise) as T;
}

/** Runs work to its end; returns a promise only if the work had to wait. */
export function runSuspendable<T>(work: Suspendable<T>): T | Promise<T> {
  const first = work.next();
  return first.done === true ? first.value : finish(work, first.value);
}

async function finish<T>(work: Suspendable<T>, first: Promise<unknown>): Promise<T> {
  for (let waiting = first; ; ) {
    const settled = await waiting.then(
      (value) => ({ value }),
      (error: unknown) => ({ error }),
    );
    const step = "error" in settled ? work.throw(settled.error) : work.next(settled.value);
    if (step.done === true) return step.value;
    waiting = step.value;
  }
}
