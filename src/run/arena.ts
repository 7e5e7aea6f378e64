/**
 * Memory for chunks: stretches of a few shared buffers, given out and taken back.
 *
 * Invariant: stretches never overlap; neighbouring free stretches are one. The scheduler counts the bytes; this only
 * finds room, and grows when there is none.
 */
import { at } from "../data/lists.js";
import type { ChunkLocation } from "../graph/task.js";
import { giveSegments, takeSegment } from "./segments.js";

/** Segments grow from small, since most computations are, to large, since a segment costs a message to each worker. */
const SMALLEST_SEGMENT_BYTES = 2 ** 14;
const LARGEST_SEGMENT_BYTES = 2 ** 26;

/** A free stretch of a segment. */
interface Hole {
  start: number;
  stop: number;
}

interface Segment {
  readonly memory: SharedArrayBuffer;
  /** By where they begin. */
  readonly holes: Hole[];
}

const align = (bytes: number): number => Math.max(64, Math.ceil(bytes / 64) * 64);

/** Gives out stretches of shared memory; see the head of this file. */
export class Arena {
  readonly #first: number;
  readonly #announce: (buffer: number, memory: SharedArrayBuffer) => void;
  readonly #segments: Segment[] = [];

  /** Buffers are numbered from `first` on; each is announced before a stretch of it is given out. */
  constructor(first: number, announce: (buffer: number, memory: SharedArrayBuffer) => void) {
    this.#first = first;
    this.#announce = announce;
  }

  #segment(buffer: number): Segment {
    return at(this.#segments, buffer - this.#first);
  }

  /** The shared buffer of a stretch. */
  memory({ buffer }: ChunkLocation): SharedArrayBuffer {
    return this.#segment(buffer).memory;
  }

  /** A stretch of this many bytes, aligned to 64. */
  take(bytes: number): ChunkLocation {
    const size = align(bytes);
    for (const [number, { holes }] of this.#segments.entries()) {
      const index = holes.findIndex(({ start, stop }) => stop - start >= size);
      const hole = holes[index];
      if (hole === undefined) continue;
      const offset = hole.start;
      hole.start += size;
      if (hole.start === hole.stop) holes.splice(index, 1);
      return { buffer: this.#first + number, offset };
    }
    const usual = Math.min(LARGEST_SEGMENT_BYTES, SMALLEST_SEGMENT_BYTES * 4 ** this.#segments.length);
    const memory = takeSegment(size, Math.max(size, usual));
    const length = memory.byteLength;
    const holes = length > size ? [{ start: size, stop: length }] : [];
    const buffer = this.#first + this.#segments.push({ memory, holes }) - 1;
    this.#announce(buffer, memory);
    return { buffer, offset: 0 };
  }

  /** Gives all memory back; nobody may use it any more. */
  close(): void {
    giveSegments(this.#segments.splice(0).map(({ memory }) => memory));
  }

  /** Takes a stretch back. */
  give({ buffer, offset }: ChunkLocation, bytes: number): void {
    const { holes } = this.#segment(buffer);
    const stop = offset + align(bytes);
    const next = holes.findIndex((hole) => hole.start >= stop);
    const index = next < 0 ? holes.length : next;
    const before = adjacent(holes[index - 1], (hole) => hole.stop === offset);
    const after = adjacent(holes[index], (hole) => hole.start === stop);
    if (before !== null && after !== null) {
      before.stop = after.stop;
      holes.splice(index, 1);
    } else if (before !== null) before.stop = stop;
    else if (after !== null) after.start = offset;
    else holes.splice(index, 0, { start: offset, stop });
  }
}

/** The hole, if there is one and it meets the stretch. */
function adjacent(hole: Hole | undefined, meets: (hole: Hole) => boolean): Hole | null {
  return hole !== undefined && meets(hole) ? hole : null;
}
