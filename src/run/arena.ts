/**
 * Memory for chunks: stretches of a few shared buffers, given out and taken back.
 *
 * Invariant: stretches never overlap; neighbouring free stretches are one. The scheduler keeps the account of bytes; this
 * only finds room, and grows when there is none.
 */
import type { ChunkLocation } from "../graph/task.js";
import { giveSegments, takeSegment } from "./segments.js";

/** Segments grow from small, since most computations are, to large, since a segment costs a message to each worker. */
const SMALLEST = 2 ** 14;
const LARGEST = 2 ** 26;

interface Hole {
  start: number;
  stop: number;
}

const align = (bytes: number): number => Math.max(64, Math.ceil(bytes / 64) * 64);

/** Gives out stretches of shared memory; see the head of this file. */
export class Arena {
  readonly #first: number;
  readonly #announce: (buffer: number, memory: SharedArrayBuffer) => void;
  readonly #segments: { readonly memory: SharedArrayBuffer; readonly holes: Hole[] }[] = [];

  /** Buffers are numbered from `first` on; each is announced before a stretch of it is given out. */
  constructor(first: number, announce: (buffer: number, memory: SharedArrayBuffer) => void) {
    this.#first = first;
    this.#announce = announce;
  }

  /** The shared buffer of a stretch. */
  memory({ buffer }: ChunkLocation): SharedArrayBuffer {
    return this.#segments[buffer - this.#first]!.memory;
  }

  /** A stretch of so many bytes, aligned to 64. */
  take(bytes: number): ChunkLocation {
    const size = align(bytes);
    for (let segment = 0; segment < this.#segments.length; segment++) {
      const { holes } = this.#segments[segment]!;
      const at = holes.findIndex(({ start, stop }) => stop - start >= size);
      if (at < 0) continue;
      const hole = holes[at]!;
      const offset = hole.start;
      hole.start += size;
      if (hole.start === hole.stop) holes.splice(at, 1);
      return { buffer: this.#first + segment, offset };
    }
    const memory = takeSegment(size, Math.max(size, Math.min(LARGEST, SMALLEST * 4 ** this.#segments.length)));
    const length = memory.byteLength;
    const buffer =
      this.#first + this.#segments.push({ memory, holes: length > size ? [{ start: size, stop: length }] : [] }) - 1;
    this.#announce(buffer, memory);
    return { buffer, offset: 0 };
  }

  /** Gives all memory back; nobody may use it any more. */
  close(): void {
    giveSegments(this.#segments.splice(0).map(({ memory }) => memory));
  }

  /** Takes a stretch back. */
  give({ buffer, offset }: ChunkLocation, bytes: number): void {
    const { holes } = this.#segments[buffer - this.#first]!;
    const stop = offset + align(bytes);
    let at = holes.findIndex((hole) => hole.start >= stop);
    if (at < 0) at = holes.length;
    const [before, after] = [holes[at - 1], holes[at]];
    const joinsBefore = before?.stop === offset;
    const joinsAfter = after?.start === stop;
    if (joinsBefore && joinsAfter) {
      before!.stop = after!.stop;
      holes.splice(at, 1);
    } else if (joinsBefore) before!.stop = stop;
    else if (joinsAfter) after!.start = offset;
    else holes.splice(at, 0, { start: offset, stop });
  }
}
