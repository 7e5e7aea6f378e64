/** A worker's scratch space: a stack of allocations in the memory that its backend works in. */
import { InternalError } from "../data/errors.js";
import type { Backend } from "../kernels/backend.js";

/** The part of a memory that scratch space may use, where the memory also holds other things. */
export interface Area {
  /** The number of the shared memory; null for the backend's own. */
  readonly workingMemory: number | null;
  /** The first byte, and the first byte after it. */
  readonly start: number;
  readonly stop: number;
}

const wholeMemory: Area = { workingMemory: null, start: 0, stop: Number.POSITIVE_INFINITY };

/** A stack in a backend's memory; see the head of this file. */
export class Scratch {
  readonly backend: Backend;
  /** The number of the shared memory that it lies in; null for the backend's own. */
  readonly workingMemory: number | null;
  readonly #stop: number;
  #top: number;

  /** In all of the backend's memory, or in an area of it. */
  constructor(backend: Backend, area: Area = wholeMemory) {
    this.backend = backend;
    this.workingMemory = area.workingMemory;
    this.#top = area.start;
    this.#stop = area.stop;
  }

  /** The memory; a new object after an allocation that made it grow. */
  get memory(): ArrayBufferLike {
    return this.backend.buffer;
  }

  /** Allocates bytes and returns their address, a multiple of 64. */
  take(bytes: number): number {
    const address = this.#top;
    this.#top += Math.ceil(bytes / 64) * 64;
    if (this.#top > this.#stop) throw new InternalError("internal error: the scratch space of a task is full");
    if (this.#top > this.backend.buffer.byteLength) this.backend.reserve(this.#top);
    return address;
  }

  /** The top of the stack, to return to by {@link Scratch.release}. */
  get mark(): number {
    return this.#top;
  }

  /** Frees everything allocated since the mark. */
  release(mark: number): void {
    this.#top = mark;
  }
}
