/**
 * Gathers elements whose order in memory is not that of the file in a small buffer, and hands them on in large pieces.
 *
 * Invariant: elements are copied as bits, never as numbers, so that a NaN keeps its payload. Nothing stays in the
 * buffer between two calls, so one buffer per thread is enough.
 */
import { countOf, distance, type Loop } from "./strided-layout.js";

const staging = new ArrayBuffer(256 * 1024);

/** From this many elements on, a native copy is faster than a loop. */
const SHORTEST_NATIVE_COPY = 16;

/** The memory as words of at most 32 bits; an element is one word or several. */
function wordsOf(memory: ArrayBufferLike, wordBytes: number): Uint8Array | Uint16Array | Uint32Array {
  const length = Math.floor(memory.byteLength / wordBytes);
  if (wordBytes === 1) return new Uint8Array(memory, 0, length);
  return wordBytes === 2 ? new Uint16Array(memory, 0, length) : new Uint32Array(memory, 0, length);
}

/**
 * Copies elements one after the other, and hands them on piece by piece.
 *
 * @param byteOffset where in memory the first element begins; a multiple of min(4, itemBytes)
 * @param loops the way through memory in elements, the slowest first
 * @param take gets the bytes of a piece, valid during the call, and how many bytes came before it
 */
export function gather(
  memory: ArrayBufferLike,
  byteOffset: number,
  loops: readonly Loop[],
  itemBytes: number,
  take: (bytes: Uint8Array, before: number) => void,
): void {
  const wordBytes = Math.min(itemBytes, 4);
  const words = itemBytes / wordBytes;
  const from = wordsOf(memory, wordBytes);
  const to = wordsOf(staging, wordBytes);
  const slower = loops.slice(0, -1);
  const { count, stride } = loops.at(-1) ?? { count: 1, stride: 1 };
  const stretches = countOf(slower);
  let filled = 0;
  let before = 0;
  const flush = (): void => {
    const bytes = new Uint8Array(staging, 0, filled * wordBytes);
    take(bytes, before);
    before += bytes.length;
    filled = 0;
  };
  for (let stretch = 0; stretch < stretches; stretch++) {
    let at = byteOffset / wordBytes + distance(slower, stretch) * words;
    for (let left = count; left > 0; ) {
      const piece = Math.min(left, (to.length - filled) / words);
      if (stride === 1 && piece >= SHORTEST_NATIVE_COPY) to.set(from.subarray(at, at + piece * words), filled);
      else copyStrided(from, at, stride * words, to, filled, piece, words);
      at += piece * stride * words;
      left -= piece;
      filled += piece * words;
      if (filled === to.length) flush();
    }
  }
  if (filled > 0) flush();
}

/** Copies `count` elements of `words` words each; `step` is their distance in words. */
function copyStrided(
  from: Uint8Array | Uint16Array | Uint32Array,
  at: number,
  step: number,
  to: Uint8Array | Uint16Array | Uint32Array,
  place: number,
  count: number,
  words: number,
): void {
  for (let i = 0; i < count; i++) {
    for (let word = 0; word < words; word++) to[place++] = from[at + word] ?? 0;
    at += step;
  }
}
