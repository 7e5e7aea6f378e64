/** A worker's scratch space: a stack of stretches in its backend's memory. */
import type { Backend } from "../kernels/backend.js";

/** A stack in a backend's memory; see the head of this file. */
export class Scratch {
  readonly backend: Backend;
  #top = 0;

  constructor(backend: Backend) {
    this.backend = backend;
  }

  /** The memory; a new object after an allocation that made it grow. */
  get memory(): ArrayBufferLike {
    return this.backend.buffer;
  }

  /** The address of so many bytes, aligned to 64. */
  take(bytes: number): number {
    const address = this.#top;
    this.#top += Math.ceil(bytes / 64) * 64;
    if (this.#top > this.backend.buffer.byteLength) this.backend.reserve(this.#top);
    return address;
  }

  /** How full it is; {@link Scratch.release} goes back to here. */
  get mark(): number {
    return this.#top;
  }

  /** Gives back everything taken since the mark. */
  release(mark: number): void {
    this.#top = mark;
  }
}
