/**
 * A source of a virtual dataset that is open on this thread. It gives elements at regular distances along each of its
 * axes.
 *
 * Invariant: at most about 4 MiB of a file, or one part of an encoded array, is in memory at a time.
 */
import { blockAt, chunkAt, chunkBox } from "../../data/chunks.js";
import { copyBox, type Strided } from "../../data/copy.js";
import { allocate, type DType, factsOf, promote, viewOf } from "../../data/dtype.js";
import type { EncodedArray } from "../../data/encoded.js";
import { type StridedFile, storedBytes } from "../../data/layout.js";
import { at, zip } from "../../data/lists.js";
import {
  type Box,
  countsOf,
  firstOf,
  type Interval,
  type Region,
  type Span,
  sizeOf,
  stridesOf,
} from "../../data/region.js";
import { decodeElements } from "../../storage/encoding.js";
import { LocalFile } from "../../storage/stores/file.js";
import { readBox } from "../../storage/strided-io.js";
import { planRead } from "../../storage/strided-layout.js";
import type { ArrayReader, Located, StoredArray } from "../format.js";
import { checkUnchanged } from "../unchanged.js";

/** The most bytes of a file, gaps included, that are read at once. */
const MOST_BYTES = 2 ** 22;

/** Elements of a source: as many as `region` says along each axis. */
export interface Source {
  /**
   * Copies the elements of a region to memory.
   *
   * @param dtype the dtype that they get there
   * @returns the bytes that were read
   */
  copy(region: Region, dtype: DType, to: Strided): Promise<number>;
  /** Where a region is in a file, if it is there as it is wanted. */
  locate(region: Region, dtype: DType): Located | null;
  close(): void | Promise<void>;
}

/** Opens a source; `open` opens the reader of one that must be decoded. */
export async function openSource(
  stored: StoredArray,
  open: (array: EncodedArray) => ArrayReader | Promise<ArrayReader>,
): Promise<Source> {
  if (stored.kind === "encoded") return new EncodedSource(stored.array, await open(stored.array));
  const file = LocalFile.open(stored.file.path, "read");
  try {
    checkUnchanged(file, stored.file);
    return new StridedSource(stored.file, file);
  } catch (error) {
    file.close();
    throw error;
  }
}

class StridedSource implements Source {
  readonly #stored: StridedFile;
  readonly #file: LocalFile;

  constructor(stored: StridedFile, file: LocalFile) {
    this.#stored = stored;
    this.#file = file;
  }

  async copy(region: Region, dtype: DType, to: Strided): Promise<number> {
    const stored = this.#stored;
    const { first, strides, counts } = this.#place(region);
    const layout = planRead(strides, counts, storedBytes(stored));
    const longest = counts.indexOf(Math.max(...counts));
    if (layout.length * storedBytes(stored) > MOST_BYTES && (counts[longest] ?? 1) > 1) {
      const { start, step, count } = at(region, longest);
      const half = Math.floor(count / 2);
      const bytes = await this.copy(region.with(longest, { start, step, count: half }), dtype, to);
      const rest = { start: start + half * step, step, count: count - half };
      const offset = to.offset + half * at(to.strides, longest) * factsOf(dtype).bytes;
      return bytes + (await this.copy(region.with(longest, rest), dtype, { ...to, offset }));
    }
    const bytes = new Uint8Array(layout.length * storedBytes(stored));
    const bytesRead = readBox(this.#file, stored, first, layout, bytes.buffer, 0);
    const decoded = stored.encoding.half ? new Uint8Array(2 * bytes.length) : bytes;
    decodeElements(stored, bytes, decoded);
    const from = converted(decoded, stored.dtype, dtype);
    const offset = layout.origin * factsOf(dtype).bytes;
    copyBox(factsOf(dtype).bytes, counts, { memory: from, offset, strides: layout.strides }, to);
    return bytesRead;
  }

  locate(region: Region, dtype: DType): Located | null {
    const { encoding, offset } = this.#stored;
    if (encoding.half || encoding.otherEndian || dtype !== this.#stored.dtype) return null;
    const { first, strides } = this.#place(region);
    return { file: this.#file, offset: offset + first * factsOf(dtype).bytes, strides, bytesRead: 0 };
  }

  #place(region: Region): { readonly first: number; readonly strides: number[]; readonly counts: number[] } {
    const { strides } = this.#stored;
    return {
      first: firstOf(
        0,
        strides,
        region.map(({ start }) => start),
      ),
      strides: zip(strides, region).map(([stride, { step }]) => stride * step),
      counts: region.map(({ count }) => count),
    };
  }

  close(): void {
    this.#file.close();
  }
}

class EncodedSource implements Source {
  readonly #array: EncodedArray;
  readonly #reader: ArrayReader;

  constructor(array: EncodedArray, reader: ArrayReader) {
    this.#array = array;
    this.#reader = reader;
  }

  async copy(region: Region, dtype: DType, to: Strided): Promise<number> {
    const { grid, dtype: own } = this.#array;
    const parts = zip(region, grid).map(([{ start, step, count }, sizes]) => {
      const first = chunkAt(sizes, start);
      return { first, count: chunkAt(sizes, start + (count - 1) * step) + 1 - first };
    });
    const wide = factsOf(dtype).bytes;
    const counts = parts.map(({ count }) => count);
    let bytesRead = 0;
    for (let number = 0; number < sizeOf(counts); number++) {
      const block = zip(parts, blockAt(counts, number)).map(([{ first }, index]) => first + index);
      const inside = zip(region, chunkBox(grid, block)).map(([span, side]) => within(span, side));
      if (inside.some(({ count }) => count === 0)) continue;
      const box: Box = inside.map(({ start, step, count }) => ({ start, stop: start + (count - 1) * step + 1 }));
      const bytes = new Uint8Array(sizeOf(countsOf(box)) * factsOf(own).bytes);
      bytesRead += await this.#reader.read(box, bytes);
      const strides = zip(stridesOf(countsOf(box)), inside).map(([stride, { step }]) => stride * step);
      const offset =
        to.offset +
        firstOf(
          0,
          to.strides,
          inside.map(({ skipped }) => skipped),
        ) *
          wide;
      const from = { memory: converted(bytes, own, dtype), offset: 0, strides };
      copyBox(
        wide,
        inside.map(({ count }) => count),
        from,
        { ...to, offset },
      );
    }
    return bytesRead;
  }

  locate(): null {
    return null;
  }

  close(): void | Promise<void> {
    return this.#reader.close();
  }
}

/** The indices of a span that are in an interval, and how many come before them. */
function within({ start, step, count }: Span, side: Interval): Span & { readonly skipped: number } {
  const skipped = Math.max(0, Math.ceil((side.start - start) / step));
  const first = start + skipped * step;
  const most = Math.ceil((side.stop - first) / step);
  return { skipped, start: first, step, count: Math.max(0, Math.min(count - skipped, most)) };
}

/** True if a source of one dtype can be part of a dataset of another: where that holds all its numbers, or rounds. */
export function canBecome(dtype: DType, wanted: DType): boolean {
  const [from, to] = [factsOf(dtype).kind, factsOf(wanted).kind];
  const isAlike =
    from === to || (to === "float" && (from === "int" || from === "uint")) || (from === "uint" && to === "int");
  return isAlike && promote(dtype, wanted) === wanted;
}

/** Elements as another dtype. */
function converted(bytes: Uint8Array, dtype: DType, wanted: DType): ArrayBufferLike {
  if (dtype === wanted) return bytes.buffer;
  const count = bytes.length / factsOf(dtype).bytes;
  const from = viewOf(dtype, bytes.buffer, 0, count);
  const to = allocate(wanted, count);
  if (to instanceof BigInt64Array || to instanceof BigUint64Array) {
    for (let i = 0; i < from.length; i++) to[i] = BigInt(from[i] ?? 0);
  } else {
    for (let i = 0; i < from.length; i++) to[i] = Number(from[i]);
  }
  return to.buffer;
}
