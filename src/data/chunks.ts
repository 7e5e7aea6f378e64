/**
 * Chunk grids: how an array is cut. Along each axis a list of sizes that add up to the axis.
 *
 * Invariant: every axis has at least one chunk; only an axis of length 0 has a chunk of size 0.
 */
import { axesText } from "./axes.js";
import { ChunksError, InternalError } from "./errors.js";
import { at, isList, sameEntries, zip } from "./lists.js";
import { type Box, countsOf, type Interval, sizeOf } from "./region.js";
import { lastUpTo } from "./search.js";
import { shown } from "./shown.js";

/** The sizes of the chunks along each axis. */
export type Chunks = readonly (readonly number[])[];

/**
 * How a user asks for chunks: a number for every axis, `"auto"`, or one entry per axis: a number (−1: the whole axis),
 * `"auto"`, or the list of sizes.
 */
export type ChunksLike = number | "auto" | readonly (number | "auto" | readonly number[])[];

/** The most and the least bytes of an automatic chunk, and into how many pieces an array is cut between them. */
const AUTO = { most: 2 ** 26, least: 2 ** 22, pieces: 64 };

/**
 * The bytes of an automatic chunk of an array: large enough that a task costs little beside its work, small enough that
 * every worker gets some and that a dozen fit into a small memory. It depends on the array alone, not on the machine's
 * cores: the chunks decide in which order sums are rounded, and a program should give the same bits everywhere.
 * `limit` bounds it further.
 */
export function autoChunkBytes(arrayBytes: number, limit: number = Number.POSITIVE_INFINITY): number {
  return Math.min(AUTO.most, Math.max(AUTO.least, arrayBytes / AUTO.pieces), limit);
}

/** What automatic chunks are made from. */
export interface ChunkPolicy {
  /** The most bytes that a chunk may have by the user's memory limit. Default: no limit. */
  readonly limit?: number;
  /** Axes from the slowest to the fastest in memory; automatic chunks cut the slowest first. Default: C order. */
  readonly order?: readonly number[];
}

const starts = new WeakMap<readonly number[], readonly number[]>();

/** Where each chunk of an axis begins, and as a last entry the axis's length. */
export function startsOf(sizes: readonly number[]): readonly number[] {
  let result = starts.get(sizes);
  if (result === undefined) {
    const bounds = new Array<number>(sizes.length + 1).fill(0);
    for (const [chunk, size] of sizes.entries()) bounds[chunk + 1] = at(bounds, chunk) + size;
    result = bounds;
    starts.set(sizes, result);
  }
  return result;
}

/** The indices of an axis that one of its chunks covers. */
export function chunkInterval(sizes: readonly number[], chunk: number): Interval {
  const bounds = startsOf(sizes);
  const [start, stop] = [bounds[chunk], bounds[chunk + 1]];
  if (start === undefined || stop === undefined)
    throw new InternalError(`internal error: an axis of ${sizes.length} chunks has no chunk ${chunk}`);
  return { start, stop };
}

/** The chunk of an axis that holds an index. */
export function chunkAt(sizes: readonly number[], index: number): number {
  const [first = 0] = sizes;
  const guess = first > 0 ? Math.min(sizes.length - 1, Math.floor(index / first)) : 0;
  const { start, stop } = chunkInterval(sizes, guess);
  if (start <= index && index < stop) return guess; // regular grids end here
  const bounds = startsOf(sizes);
  return Math.min(sizes.length - 1, lastUpTo(bounds, index));
}

/** The number of chunks along each axis. */
export function gridOf(chunks: Chunks): number[] {
  return chunks.map((sizes) => sizes.length);
}

/** The number of chunks. */
export function countChunks(chunks: Chunks): number {
  return sizeOf(gridOf(chunks));
}

/** The index of a chunk, one number per axis, from its number in C order. */
export function blockAt(grid: readonly number[], number: number): number[] {
  const block = new Array<number>(grid.length);
  grid.reduceRight((rest, count, axis) => {
    block[axis] = rest % count;
    return Math.floor(rest / count);
  }, number);
  return block;
}

/** The box of indices that a chunk covers. */
export function chunkBox(chunks: Chunks, block: readonly number[]): Box {
  return chunks.map((sizes, axis) => chunkInterval(sizes, at(block, axis)));
}

/** The most chunks of an axis: their sizes are a list, and so is where each of them begins. */
const MOST_CHUNKS = 2 ** 24;

/** An axis cut into pieces of one size, the last one smaller where it must be. Too many are refused by `operation`. */
export function cut(length: number, size: number, operation = "chunks"): number[] {
  if (length === 0) return [0];
  const step = Math.max(1, Math.min(length, Math.floor(size)));
  const count = Math.ceil(length / step);
  if (count > MOST_CHUNKS) {
    throw new ChunksError(
      `${operation}: an axis of ${length} elements would have ${count} chunks of ${step}; ` +
        `expected at most ${MOST_CHUNKS}; use larger chunks, or "auto"`,
    );
  }
  const sizes = new Array<number>(count).fill(step);
  const rest = length % step;
  if (rest > 0) sizes[sizes.length - 1] = rest;
  return sizes;
}

/** An axis cut into as few pieces as possible, of nearly one size, of at most about `most` elements each. */
export function cutEvenly(length: number, most: number, operation?: string): number[] {
  return cut(length, Math.ceil(length / Math.ceil(length / most)), operation);
}

/** A box in pieces of at most `elements` points, cut along its first axes. */
export function boxesWithin(box: Box, elements: number, axis = 0): Box[] {
  const side = box[axis];
  const row = sizeOf(countsOf(box.slice(axis + 1)));
  if (side === undefined || sizeOf(countsOf([side])) * row <= elements) return [box];
  let from = side.start;
  return cut(side.stop - side.start, Math.max(1, Math.floor(elements / row))).flatMap((size) => {
    const piece = box.with(axis, { start: from, stop: from + size });
    from += size;
    return boxesWithin(piece, elements, axis + 1);
  });
}

/** True when both grids cut at the same places. */
export function sameChunks(a: Chunks, b: Chunks): boolean {
  return a.length === b.length && zip(a, b).every(([one, other]) => sameEntries(one, other));
}

/** The largest of an axis's chunks; at least 1. */
function largestOf(sizes: readonly number[]): number {
  return sizes.reduce((most, size) => Math.max(most, size), 1);
}

/** Parts of an axis joined, in order, into sizes of at most `most` elements, or of a single part. */
function joined(parts: readonly number[], most: number): number[] {
  const sizes: number[] = [];
  for (const part of parts) {
    const last = sizes.at(-1);
    if (last !== undefined && last + part <= most) sizes[sizes.length - 1] = last + part;
    else sizes.push(part);
  }
  return sizes;
}

/**
 * Automatic chunks that are whole parts of a grid: parts are joined along the fastest axes first, up to
 * {@link autoChunkBytes}.
 */
export function alignedChunks(grid: Chunks, shape: readonly number[], itemBytes: number, policy: ChunkPolicy): Chunks {
  const largest = grid.map(largestOf);
  let room = autoChunkBytes(sizeOf(shape) * itemBytes, policy.limit) / (sizeOf(largest) * itemBytes);
  const result = [...grid];
  for (const axis of [...(policy.order ?? shape.keys())].reverse()) {
    const [length, part] = [at(shape, axis), at(largest, axis)];
    const pieces = Math.ceil(length / (part * Math.max(1, room)));
    const near = Math.ceil(length / Math.max(1, pieces)); // near-equal chunks
    const sizes = joined(at(grid, axis), Math.max(part, near + part / 2));
    result[axis] = sizes;
    room /= Math.max(1, largestOf(sizes) / part);
  }
  return result;
}

/** Sizes as a list; chunks of no elements are left out where there are others. */
function explicit(entry: readonly unknown[], length: number, axis: number, operation: string): number[] {
  const sizes = Array.from(entry, (size): number => {
    if (typeof size === "number" && Number.isInteger(size) && size >= 0) return size;
    throw new ChunksError(
      `${operation}: axis ${axis} has a chunk of size ${shown(size)}; expected whole numbers from 0`,
    );
  });
  const sum = sizes.reduce((a, b) => a + b, 0);
  if (sum !== length || entry.length === 0) {
    throw new ChunksError(`${operation}: the chunks of axis ${axis} add up to ${sum}; the axis has ${length} elements`);
  }
  return length === 0 ? [0] : sizes.filter((size) => size > 0);
}

/**
 * The chunks that a user's words mean for a shape.
 *
 * Automatic axes share what the fixed axes leave of {@link autoChunkBytes}: the fastest axes in memory stay whole as
 * long as they fit, the next one is cut, and slower ones have chunks of one element; so a chunk is one contiguous
 * stretch of a file.
 */
export function normalizeChunks(
  like: ChunksLike,
  shape: readonly number[],
  itemBytes: number,
  operation: string,
  policy: ChunkPolicy = {},
): Chunks {
  const entries = isList(like) ? Array.from(like) : shape.map(() => like);
  if (entries.length !== shape.length) {
    throw new ChunksError(
      `${operation}: got chunks for ${axesText(entries.length)}; the array has ${axesText(shape.length)}`,
    );
  }
  const result = zip(entries, shape).map(([entry, length], axis): readonly number[] | null => {
    if (entry === "auto") return null;
    if (isList(entry)) return explicit(entry, length, axis, operation);
    if (entry === -1 || (entry === 0 && length === 0)) return [length];
    if (typeof entry !== "number" || !Number.isInteger(entry) || entry < 1) {
      throw new ChunksError(
        `${operation}: axis ${axis} got chunks of ${shown(entry)}; ` +
          'expected a whole number from 1, -1, "auto" or a list of sizes',
      );
    }
    return cut(length, entry, operation);
  });
  const wanted = autoChunkBytes(
    shape.reduce((bytes, length) => bytes * length, itemBytes),
    policy.limit,
  );
  let room = wanted / itemBytes;
  for (const sizes of result) if (sizes !== null) room /= Math.max(1, Math.max(...sizes.slice(0, 2)));
  const order = policy.order ?? shape.map((_, axis) => axis);
  for (const axis of [...order].reverse()) {
    if (result[axis] !== null) continue;
    const sizes = cutEvenly(at(shape, axis), Math.max(1, Math.floor(room)), operation);
    result[axis] = sizes;
    room /= Math.max(1, at(sizes, 0));
  }
  return result.map((sizes, axis) => sizes ?? [at(shape, axis)]);
}
