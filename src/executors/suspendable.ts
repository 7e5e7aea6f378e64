/**
 * Work that may have to wait: a generator that yields promises and is given what they resolve to. Work that never waits is
 * done when {@link runSuspendable} returns, without a promise and without a turn of the event loop; nearly all tasks are like that.
 */

/** Work that yields what it waits for. */
export type Suspendable<T> = Generator<Promise<unknown>, T, unknown>;

/** Runs work to its end; a promise comes back only where it had to wait. */
export function runSuspendable<T>(steps: Suspendable<T>): T | Promise<T> {
  const first = steps.next();
  return first.done === true ? first.value : finish(steps, first.value);
}

async function finish<T>(steps: Suspendable<T>, first: Promise<unknown>): Promise<T> {
  for (let waiting = first; ; ) {
    const settled = await waiting.then(
      (value) => ({ value }),
      (error: unknown) => ({ error }),
    );
    const step = "error" in settled ? steps.throw(settled.error) : steps.next(settled.value);
    if (step.done === true) return step.value;
    waiting = step.value;
  }
}
