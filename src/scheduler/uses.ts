/**
 * Who still needs a chunk. Its **uses** are its readers, and one more if it is delivered: the caller's. With the last
 * use it is freed.
 *
 *     uses   3 ──reader done──▶ 2 ──caller takes──▶ 1 ──reader done──▶ 0   free
 *
 * Invariant: a chunk's uses are never counted twice. A task is done once (see state.ts), and the caller can only take
 * what was offered and not taken yet.
 */
import type { Adjacency } from "../data/adjacency.js";
import { InternalError } from "../data/errors.js";
import { addUint32, uint32At } from "../data/numbers.js";
import type { TaskTable } from "../graph/task.js";
import type { Lifetimes } from "./lifetime.js";

/** The uses that are left of every chunk. */
export class Uses {
  readonly #last: Uint32Array;
  /** Chunk → its uses to come. */
  readonly #left: Uint32Array;
  /** Chunk → 1 from its offer until the caller has taken it. */
  readonly #offered: Uint8Array;
  /** Place → how many of the chunks that are needed there for the last time the caller has not taken yet. */
  readonly #untaken: Uint32Array;

  constructor({ tasks, chunks, delivered }: TaskTable, { last }: Lifetimes, readers: Adjacency) {
    this.#last = last;
    this.#left = new Uint32Array(chunks);
    this.#offered = new Uint8Array(chunks);
    this.#untaken = new Uint32Array(tasks);
    for (let chunk = 0; chunk < chunks; chunk++) {
      const takers = delivered[chunk] === 1 ? 1 : 0;
      this.#left[chunk] = readers.count(chunk) + takers;
      addUint32(this.#untaken, uint32At(last, chunk), takers);
    }
  }

  /** True if nobody needs the chunk any more. */
  over(chunk: number): boolean {
    return this.#left[chunk] === 0;
  }

  /** True if none of the chunks that are needed at the place for the last time waits for the caller. */
  allTaken(place: number): boolean {
    return this.#untaken[place] === 0;
  }

  /** A reader of the chunk is done. */
  read(chunk: number): void {
    addUint32(this.#left, chunk, -1);
  }

  /** The chunk waits for the caller from now on. */
  offer(chunk: number): void {
    this.#offered[chunk] = 1;
  }

  /** The caller has taken the chunk. */
  take(chunk: number): void {
    if (this.#offered[chunk] !== 1) throw new InternalError(`internal error: chunk ${chunk} is not there to be taken`);
    this.#offered[chunk] = 0;
    addUint32(this.#untaken, uint32At(this.#last, chunk), -1);
    addUint32(this.#left, chunk, -1);
  }
}
