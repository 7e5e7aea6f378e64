/**
 * The mappings of a virtual dataset: which elements of which datasets are its own. Its header leads to an object in the
 * file's global heap, which lists them.
 *
 * Invariant: the result is undefined if something is not understood.
 */
import { zip } from "../../data/lists.js";
import { sizeOf } from "../../data/region.js";
import type { SyncReadable } from "../../storage/stores/capabilities.js";
import { lengthOf, type Run, wholeRun } from "../hdf5-virtual/runs.js";

/** Elements that are selected: along each axis, which indices; or all. */
export type Selection = "all" | readonly (readonly Run[])[];

/** A mapping as the file describes it. */
export interface StoredMapping {
  /** The file of the source, as the dataset names it; `"."` is its own. */
  readonly file: string;
  readonly dataset: string;
  /** What is mapped, and where it is in the virtual dataset. */
  readonly origin: Selection;
  readonly target: Selection;
}

/** The name of a source: `%b` in the pattern becomes the number, and `%%` a percent sign. */
export function sourceName(pattern: string, number = 0): string {
  return pattern.replace(/%([%b])/g, (_, letter: string) => (letter === "b" ? String(number) : "%"));
}

/** A mapping of elements that are arrays, as one of the elements of these, which are more axes. */
export function withAxes(mapping: StoredMapping, inner: readonly number[]): StoredMapping {
  const more = inner.map((length) => [wholeRun(length)]);
  const extended = (axes: Selection): Selection => (axes === "all" ? axes : [...axes, ...more]);
  return { ...mapping, origin: extended(mapping.origin), target: extended(mapping.target) };
}

/** The kinds of selections, and the flag of one by numbers of start, stride, count and block. */
const [NONE, HYPERSLAB, ALL] = [0, 2, 3];
const REGULAR = 1;

/** The library's own limit. */
const MOST_AXES = 32;

/** The heads of a heap and of an object in it; lists of mappings have far less than the most. */
const headBytes = 16;
const mostBytes = 2 ** 28;

/** Reads the mappings from the message of a header that describes the layout. */
export function virtualFrom(file: SyncReadable, base: number, data: Buffer): StoredMapping[] | undefined {
  if (data[0] !== 4 || data[1] !== 3 || data.length < 14) return undefined;
  const address = data.readBigUInt64LE(2);
  if (address === 2n ** 64n - 1n) return [];
  const bytes = heapObject(file, base + Number(address), data.readUInt32LE(10));
  if (bytes === undefined) return undefined;
  try {
    return mappingsFrom(new Words(bytes));
  } catch (error) {
    if (error instanceof RangeError) return undefined; // it ends too early
    throw error;
  }
}

/** The bytes of an object in a collection of the global heap. */
function heapObject(file: SyncReadable, address: number, index: number): Buffer | undefined {
  const read = (at: number, length: number): Buffer | undefined => {
    if (!(length <= mostBytes && at + length <= file.size)) return undefined;
    const bytes = Buffer.alloc(length);
    file.readInto(bytes, at);
    return bytes;
  };
  const head = read(address, headBytes);
  if (head?.toString("latin1", 0, 4) !== "GCOL" || head[4] !== 1) return undefined;
  const end = address + Number(head.readBigUInt64LE(8));
  for (let at = address + headBytes; at + headBytes <= end; ) {
    const object = read(at, headBytes);
    if (object === undefined) return undefined;
    const [number, length] = [object.readUInt16LE(0), Number(object.readBigUInt64LE(8))];
    if (number === index) return read(at + headBytes, length);
    if (number === 0) return undefined; // the rest is free
    at += headBytes + 8 * Math.ceil(length / 8);
  }
  return undefined;
}

/** Numbers and texts one after the other. @throws RangeError at the end */
class Words {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** A number of 1, 2, 4 or 8 bytes; the largest of more than one byte has no end. */
  number(bytes: number): number {
    const at = this.skip(bytes);
    if (bytes < 8) return this.#bytes.readUIntLE(at, bytes);
    return Number(this.#bytes.readBigUInt64LE(at));
  }

  /** The same, the largest one being infinity. */
  length(bytes: number): number {
    const value = this.number(bytes);
    return value >= 2 ** (8 * bytes) - 1 ? Number.POSITIVE_INFINITY : value;
  }

  text(): string {
    const end = this.#bytes.indexOf(0, this.#at);
    if (end < 0) throw new RangeError("a text has no end");
    const text = this.#bytes.toString("utf8", this.#at, end);
    this.#at = end + 1;
    return text;
  }

  skip(bytes: number): number {
    const at = this.#at;
    if (at + bytes > this.#bytes.length) throw new RangeError("the bytes are at their end");
    this.#at += bytes;
    return at;
  }
}

function mappingsFrom(words: Words): StoredMapping[] | undefined {
  if (words.number(1) !== 0) return undefined;
  const found: StoredMapping[] = [];
  for (let left = words.number(8); left > 0; left--) {
    const [file, dataset] = [words.text(), words.text()];
    const origin = selectionFrom(words);
    const target = selectionFrom(words);
    if (origin === undefined || target === undefined) return undefined;
    if (origin !== "none" && target !== "none") found.push({ file, dataset, origin, target });
  }
  return found;
}

function selectionFrom(words: Words): Selection | "none" | undefined {
  const [kind, version] = [words.number(4), words.number(4)];
  if (kind === NONE || kind === ALL) {
    words.skip(8);
    return kind === ALL ? "all" : "none";
  }
  if (kind !== HYPERSLAB || version < 1 || version > 3) return undefined;
  const flags = version === 1 ? 0 : words.number(1);
  const bytes = version === 3 ? words.number(1) : version === 2 && (flags & REGULAR) !== 0 ? 8 : 4;
  if (version === 1) words.skip(8);
  else if (version === 2) words.skip(4);
  const rank = words.number(4);
  if (rank > MOST_AXES) return undefined;
  const axes = Array.from({ length: rank });
  if ((flags & REGULAR) === 0) return product(blocksFrom(words, rank, bytes));
  return axes.map(() => {
    const [start, stride] = [words.number(bytes), words.number(bytes)];
    return [{ start, stride, count: words.length(bytes), block: words.length(bytes) }];
  });
}

/** The first and the last indices of boxes. */
interface Block {
  readonly first: readonly number[];
  readonly last: readonly number[];
}

function blocksFrom(words: Words, rank: number, bytes: number): Block[] {
  const axes = Array.from({ length: rank });
  const found: Block[] = [];
  for (let left = words.number(bytes); left > 0; left--) {
    found.push({ first: axes.map(() => words.number(bytes)), last: axes.map(() => words.number(bytes)) });
  }
  return found;
}

/** Boxes that have nothing in common, as a choice of indices along each axis; undefined where they are not that. */
function product(blocks: readonly Block[]): readonly (readonly Run[])[] | undefined {
  const rank = blocks[0]?.first.length ?? 0;
  const axes = Array.from({ length: rank }, (_, axis) => {
    const runs: Run[] = [];
    const sides = blocks.map(({ first, last }) => ({ start: first[axis] ?? 0, stop: (last[axis] ?? 0) + 1 }));
    for (const { start, stop } of sides.sort((a, b) => a.start - b.start)) {
      const before = runs.at(-1);
      if (before === undefined || start > before.start + before.count) {
        runs.push({ start, stride: 1, count: stop - start, block: 1 });
      } else {
        runs[runs.length - 1] = { ...before, count: Math.max(before.count, stop - before.start) };
      }
    }
    return runs;
  });
  const volume = ({ first, last }: Block) => sizeOf(zip(first, last).map(([from, to]) => to - from + 1));
  const count = blocks.reduce((sum, block) => sum + volume(block), 0);
  return count === sizeOf(axes.map(lengthOf)) ? axes : undefined;
}
