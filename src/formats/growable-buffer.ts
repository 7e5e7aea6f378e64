/** Memory of a reader that is used again for the next piece: new memory for each costs as much as reading it. */
export class GrowableBuffer {
  #memory = new Uint8Array(0);

  /** So many bytes; what they hold is not known, and lost with the next call. */
  take(bytes: number): Uint8Array<ArrayBuffer> {
    // pieces differ a little in size: with some more there is room for the next ones, too
    if (bytes > this.#memory.length) this.#memory = new Uint8Array(Math.ceil(bytes * 1.125));
    return this.#memory.subarray(0, bytes);
  }

  /** Gives the memory back. */
  drop(): void {
    this.#memory = new Uint8Array(0);
  }
}
