/**
 * Whether somebody waits for a computation. One that gives block after block to a loop is not waited for while the loop
 * works with a block, and if the loop never comes back it must not keep the process alive.
 */
export class Attention {
  #waited = true;
  #hear: ((waited: boolean) => void) | undefined;

  /** Calls back with every change. */
  listen(hear: (waited: boolean) => void): void {
    this.#hear = hear;
    if (!this.#waited) hear(false);
  }

  /** Somebody waits from now on, or nobody. */
  set(waited: boolean): void {
    if (waited === this.#waited) return;
    this.#waited = waited;
    this.#hear?.(waited);
  }
}
