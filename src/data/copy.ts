/**
 * Copies of strided boxes between memories: a tile into a backend's memory, a result out of it, a chunk into a box.
 *
 * Invariant: elements are copied as bits, never as numbers, so that a NaN keeps its payload and its sign.
 */

/** Elements in memory at regular distances. */
export interface Strided {
  readonly memory: ArrayBufferLike;
  /** Where the element of the point 0…0 begins, in bytes. */
  readonly offset: number;
  /** How far a step along each dimension moves, in elements; may be negative, and in a source 0. */
  readonly strides: readonly number[];
}

/** One loop of a copy: its steps, and how far each moves in the source and in the target. */
export interface CopyLoop {
  readonly count: number;
  readonly from: number;
  readonly to: number;
}

/** A loop around others, and how far it has come. */
interface OuterLoop extends CopyLoop {
  done: number;
  readonly outer: OuterLoop | undefined;
}

/** The two fastest loops of a copy, in words. */
interface Rows {
  readonly inner: CopyLoop;
  readonly middle: CopyLoop;
}

const once: CopyLoop = { count: 1, from: 1, to: 1 };

type Words = Uint8Array | Uint16Array | Uint32Array;

/** Above this many words, one native copy is faster than a loop. */
const longestLoopedWords = 16;

/**
 * The loops that copy a box, the slowest in the target first; neighbours that are contiguous on both sides are one
 * loop. Null if the box is empty. Strides are in elements; the loops go over words, of which an element has `words`.
 */
export function copyLoops(
  counts: readonly number[],
  from: readonly number[],
  to: readonly number[],
  words: number,
): CopyLoop[] | null {
  // without closures and spreads: tiles of small tasks are copied within a microsecond
  const loops: CopyLoop[] = [];
  for (let dim = 0; dim < counts.length; dim++) {
    const count = counts[dim] ?? 0;
    if (count === 0) return null;
    if (count > 1) loops.push({ count, from: words * (from[dim] ?? 0), to: words * (to[dim] ?? 0) });
  }
  if (loops.length > 1) loops.sort((a, b) => Math.abs(b.to) - Math.abs(a.to));
  if (words > 1) loops.push({ count: words, from: 1, to: 1 });
  const merged: CopyLoop[] = [];
  let outer: CopyLoop | undefined;
  for (const loop of loops) {
    if (outer !== undefined && outer.from === loop.from * loop.count && outer.to === loop.to * loop.count) {
      outer = { count: outer.count * loop.count, from: loop.from, to: loop.to };
      merged[merged.length - 1] = outer;
    } else {
      outer = loop;
      merged.push(loop);
    }
  }
  return merged;
}

/**
 * Copies a box of elements of `itemBytes` bytes. The source and the target must not overlap.
 *
 * ```ts
 * // transposes
 * copyBox(8, [2, 3], { memory: a, offset: 0, strides: [3, 1] }, { memory: b, offset: 0, strides: [1, 2] });
 * ```
 */
export function copyBox(itemBytes: number, counts: readonly number[], from: Strided, to: Strided): void {
  // the widest word that divides elements and places
  const lowest = itemBytes | from.offset | to.offset;
  const wordBytes = (lowest & 7) === 0 ? 8 : (lowest & 3) === 0 ? 4 : (lowest & 1) === 0 ? 2 : 1;
  const words = itemBytes / wordBytes;
  const loops = copyLoops(counts, from.strides, to.strides, words);
  if (loops === null) return;
  const rows = { inner: loops.pop() ?? once, middle: loops.pop() ?? once };
  let outer: OuterLoop | undefined;
  for (const { count, from, to } of loops) outer = { count, from, to, done: 0, outer };
  const [source, target] = [spanOf(counts, from, words), spanOf(counts, to, words)];
  const [at, place] = [from.offset - source.first * wordBytes, to.offset - target.first * wordBytes];
  let copyRows: (first: number, firstTo: number) => void;
  if (wordBytes === 8) {
    const longs = new BigInt64Array(from.memory, at, source.length);
    const longsTo = new BigInt64Array(to.memory, place, target.length);
    copyRows = (first, firstTo) => copyRowsOfLongs(longs, first, longsTo, firstTo, rows);
  } else {
    const all = wordsOf(wordBytes, from.memory, at, source.length);
    const allTo = wordsOf(wordBytes, to.memory, place, target.length);
    copyRows = (first, firstTo) => copyRowsOfWords(all, first, allTo, firstTo, rows);
  }
  forEachPlace(source.first, target.first, outer, copyRows);
}

/** The words that a box spans, and which of them is its first. A view of all the memory may have too many. */
function spanOf(counts: readonly number[], { strides }: Strided, words: number): { first: number; length: number } {
  let [before, after] = [0, 0];
  for (let dim = 0; dim < counts.length; dim++) {
    const moved = ((counts[dim] ?? 1) - 1) * (strides[dim] ?? 0);
    if (moved < 0) before -= moved;
    else after += moved;
  }
  return { first: before * words, length: (before + after + 1) * words };
}

function wordsOf(wordBytes: 1 | 2 | 4, memory: ArrayBufferLike, offset: number, length: number): Words {
  if (wordBytes === 4) return new Uint32Array(memory, offset, length);
  return wordBytes === 2 ? new Uint16Array(memory, offset, length) : new Uint8Array(memory, offset, length);
}

function copyRowsOfWords(source: Words, first: number, target: Words, firstTo: number, { inner, middle }: Rows): void {
  const { count, from, to } = inner;
  const native = from === 1 && to === 1 && count > longestLoopedWords;
  for (let row = 0, at = first, place = firstTo; row < middle.count; row++, at += middle.from, place += middle.to) {
    if (native) target.set(source.subarray(at, at + count), place);
    else for (let i = 0, p = at, q = place; i < count; i++, p += from, q += to) target[q] = source[p] ?? 0;
  }
}

/**
 * The same for words of 8 bytes: an engine that meets numbers and BigInts in one loop makes an object of each BigInt.
 */
function copyRowsOfLongs(
  source: BigInt64Array,
  first: number,
  target: BigInt64Array,
  firstTo: number,
  { inner, middle }: Rows,
): void {
  const { count, from, to } = inner;
  const native = from === 1 && to === 1 && count > longestLoopedWords;
  for (let row = 0, at = first, place = firstTo; row < middle.count; row++, at += middle.from, place += middle.to) {
    if (native) target.set(source.subarray(at, at + count), place);
    else for (let i = 0, p = at, q = place; i < count; i++, p += from, q += to) target[q] = source[p] ?? 0n;
  }
}

/** Calls back with each place in the source and in the target to which the outer loops lead. */
function forEachPlace(
  first: number,
  firstTo: number,
  outer: OuterLoop | undefined,
  call: (at: number, place: number) => void,
): void {
  let [at, place] = [first, firstTo];
  for (;;) {
    call(at, place);
    let loop = outer;
    for (; loop !== undefined; loop = loop.outer) {
      at += loop.from;
      place += loop.to;
      if (++loop.done < loop.count) break;
      loop.done = 0;
      at -= loop.count * loop.from;
      place -= loop.count * loop.to;
    }
    if (loop === undefined) return;
  }
}
