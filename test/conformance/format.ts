/**
 * What every format does whose elements must be decoded: any box inside a part of the grid, into any memory, whatever
 * was read before; and the same array after it went through JSON, as it does on its way to a worker.
 */
import { afterEach, expect, test } from "vitest";
import { blockAt, chunkBox, countChunks, gridOf } from "#src/data/chunks";
import { factsOf } from "#src/data/dtype";
import { decodedStrides, type EncodedArray } from "#src/data/encoded";
import { type Box, countsOf, sizeOf, stridesOf } from "#src/data/region";
import type { ArrayReader, EncodedFormat, Located } from "#src/formats/format";

/** An array that was written, and its elements. */
export interface FormatCase {
  readonly array: EncodedArray;
  /** All elements in C order, as bytes. */
  readonly bytes: Uint8Array;
}

/** The bytes of a box of an array in C order, as a reader should give them. */
export function expectedBox({ array, bytes }: FormatCase, box: Box): Uint8Array {
  const { dtype, shape } = array;
  const item = factsOf(dtype).bytes;
  const counts = countsOf(box);
  const [from, to] = [stridesOf(shape), decodedStrides(array, box)];
  const result = new Uint8Array(sizeOf(counts) * item);
  for (let number = 0; number < sizeOf(counts); number++) {
    const index = blockAt(counts, number);
    const source = index.reduce((sum, at, axis) => sum + (at + box[axis]!.start) * from[axis]!, 0);
    const place = index.reduce((sum, at, axis) => sum + at * to[axis]!, 0);
    result.set(bytes.subarray(source * item, (source + 1) * item), place * item);
  }
  return result;
}

/** A box inside another one, chosen by a small generator. */
function within(box: Box, random: () => number): Box {
  const corner = box.map(({ start, stop }) => start + Math.floor(random() * (stop - start)));
  return corner.map((start, axis) => ({ start, stop: start + 1 + Math.floor(random() * (box[axis]!.stop - start)) }));
}

/** Numbers in [0, 1), the same each time (Park and Miller). */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
}

/** The bytes of a box at the place that a reader gives for it, as the reader gives them when it decodes. */
function locatedBytes({ file, offset, strides }: Located, array: EncodedArray, box: Box): Uint8Array {
  const item = factsOf(array.dtype).bytes;
  const counts = countsOf(box);
  const to = decodedStrides(array, box);
  const result = new Uint8Array(sizeOf(counts) * item);
  for (let number = 0; number < sizeOf(counts); number++) {
    const index = blockAt(counts, number);
    const at = (by: readonly number[]): number => index.reduce((sum, i, axis) => sum + i * by[axis]!, 0) * item;
    file.readInto(result.subarray(at(to), at(to) + item), offset + at(strides));
  }
  return result;
}

/** The tests of a format; `make` writes the arrays, small ones with several parts. */
export function formatSuite(
  format: () => Promise<EncodedFormat>,
  make: () => Promise<Record<string, FormatCase>>,
): void {
  const open: ArrayReader[] = [];
  afterEach(async () => {
    for (const reader of open.splice(0)) await reader.close();
  });

  async function readerOf(array: EncodedArray): Promise<ArrayReader> {
    const reader = await (await format()).reader(JSON.parse(JSON.stringify(array)) as EncodedArray);
    open.push(reader);
    return reader;
  }

  async function check(reader: ArrayReader, known: FormatCase, box: Box): Promise<void> {
    const expected = expectedBox(known, box);
    const memory = new SharedArrayBuffer(expected.length + 32);
    const guard = new Uint8Array(memory).fill(0xab);
    const read = await reader.read(box, new Uint8Array(memory, 16, expected.length));
    expect(read, "bytes read").toBeGreaterThanOrEqual(0);
    expect(Buffer.from(guard.slice(16, -16)).equals(Buffer.from(expected)), `box ${JSON.stringify(box)}`).toBe(true);
    expect(new Set([...guard.slice(0, 16), ...guard.slice(-16)]), "bytes around it").toEqual(new Set([0xab]));
    const located = (await reader.locate?.(box)) ?? null;
    if (located === null) return;
    const where = `located box ${JSON.stringify(box)}`;
    expect(Buffer.from(locatedBytes(located, known.array, box)).equals(Buffer.from(expected)), where).toBe(true);
  }

  test("a reader reads every part of the grid, from the last to the first", async () => {
    for (const known of Object.values(await make())) {
      const { array } = known;
      const reader = await readerOf(array);
      for (let number = countChunks(array.grid) - 1; number >= 0; number--) {
        const box = chunkBox(array.grid, blockAt(gridOf(array.grid), number));
        if (sizeOf(countsOf(box)) > 0) await check(reader, known, box);
      }
    }
  });

  test("a reader reads any box inside a part, in any order", async () => {
    for (const known of Object.values(await make())) {
      const { array } = known;
      if (sizeOf(array.shape) === 0) continue;
      const reader = await readerOf(array);
      const random = numbers(7);
      for (let i = 0; i < 20; i++) {
        const number = Math.floor(random() * countChunks(array.grid));
        await check(reader, known, within(chunkBox(array.grid, blockAt(gridOf(array.grid), number)), random));
      }
    }
  });

  test("two readers of one array do not disturb each other, and close twice", async () => {
    const [known] = Object.values(await make());
    const [first, second] = [await readerOf(known!.array), await readerOf(known!.array)];
    const box = chunkBox(
      known!.array.grid,
      known!.array.shape.map(() => 0),
    );
    await check(first, known!, box);
    await first.close();
    await first.close();
    await check(second, known!, box);
  });
}
