/** Memory that a reader uses again for each piece: new memory for each would cost as much as reading it. */
export class GrowableBuffer {
  #memory = new Uint8Array(0);

  /** Memory of this many bytes with unknown content, valid until the next call. */
  take(bytes: number): Uint8Array<ArrayBuffer> {
    // pieces differ a little in size: an eighth more leaves room for the next ones
    if (bytes > this.#memory.length) this.#memory = new Uint8Array(Math.ceil(bytes * 1.125));
    return this.#memory.subarray(0, bytes);
  }

  /** Frees the memory. */
  drop(): void {
    this.#memory = new Uint8Array(0);
  }
}
