/** A worker's scratch space: a stack of stretches in the memory that its backend works in. */
import { ChunkwiseError } from "../data/errors.js";
import type { Backend } from "../kernels/backend.js";

/** Where scratch space is in a memory that also holds other things. */
export interface Area {
  /** The number of the shared memory; null for the backend's own. */
  readonly home: number | null;
  /** The first byte, and the first after it. */
  readonly start: number;
  readonly stop: number;
}

const whole: Area = { home: null, start: 0, stop: Number.POSITIVE_INFINITY };

/** A stack in a backend's memory; see the head of this file. */
export class Scratch {
  readonly backend: Backend;
  /** The number of the shared memory that it is in; null in the backend's own. */
  readonly home: number | null;
  readonly #stop: number;
  #top: number;

  /** All of the backend's memory, or an area of it. */
  constructor(backend: Backend, area: Area = whole) {
    this.backend = backend;
    this.home = area.home;
    this.#top = area.start;
    this.#stop = area.stop;
  }

  /** The memory; a new object after an allocation that made it grow. */
  get memory(): ArrayBufferLike {
    return this.backend.buffer;
  }

  /** The address of so many bytes, aligned to 64. */
  take(bytes: number): number {
    const address = this.#top;
    this.#top += Math.ceil(bytes / 64) * 64;
    if (this.#top > this.#stop) throw new ChunkwiseError("internal error: the scratch space of a task is full");
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
