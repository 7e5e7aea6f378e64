/**
 * Reads boxes of a Zarr array in a worker.
 *
 *     plain chunks     file ─ ranges ─▶ the box itself; loops read a local file in place
 *     other chunks     file ─ decoder ─▶ the chunk, kept until another one is needed ─ copy ─▶ the box
 *                                  └──▶ the box, if it is the whole chunk
 *     no chunk         fill value ─▶ the box
 */
import { blockAt } from "../../data/chunks.js";
import { factsOf } from "../../data/dtype.js";
import { decodedStrides, type EncodedArray } from "../../data/encoded.js";
import { ClosedError, FormatError } from "../../data/errors.js";
import { storedBytes } from "../../data/layout.js";
import { zip } from "../../data/lists.js";
import { type Box, cornerOf, countsOf, firstOf, intersect, sizeOf } from "../../data/region.js";
import { keyBelow } from "../../storage/stores/capabilities.js";
import { countOf, distance, planRead } from "../../storage/strided-layout.js";
import type { ArrayReader, Located } from "../format.js";
import { ChunkDecoder } from "./chunk-decoder.js";
import { type BoxInMemory, copyElements, fillElements, isNative, toElements } from "./chunk-elements.js";
import { orderOf, strideInChunk } from "./grid.js";
import { type ArrayMetadata, chunkBytes, isPlain, type ZarrParams } from "./metadata.js";
import { ChunkSources, type Stretch } from "./sources.js";
import { readableStoreAt } from "./store.js";

/** What has happened to the metadata of an array since it was opened. */
export async function changeOf(array: EncodedArray): Promise<"is gone" | "has changed" | undefined> {
  const { document } = array.params as ZarrParams;
  const file = await readableStoreAt(array.path).open(document.key);
  await file?.close();
  if (file?.version === document.stamp) return undefined;
  return file === undefined ? "is gone" : "has changed";
}

/**
 * Refuses an array whose metadata is gone or has changed. Missing chunks mean the fill value, so without this check an
 * array that was deleted would be read as zeros.
 */
async function checkSame(array: EncodedArray): Promise<void> {
  const change = await changeOf(array);
  if (change === undefined) return;
  const path = keyBelow(array.path, (array.params as ZarrParams).name);
  throw new FormatError(`${path}: the array ${change} since it was opened; open it again`, { path });
}

/** Opens a reader; loads the codecs that the array needs. */
export async function reader(array: EncodedArray): Promise<ArrayReader> {
  const { metadata } = array.params as ZarrParams;
  await checkSame(array);
  return new ZarrReader(array, metadata, await ChunkDecoder.open(array.path, metadata));
}

class ZarrReader implements ArrayReader {
  readonly #array: EncodedArray;
  readonly #metadata: ArrayMetadata;
  readonly #decoder: ChunkDecoder;
  readonly #sources: ChunkSources;
  readonly #fill: Uint8Array;
  readonly #item: number;
  /** True if a box of a chunk has the same order and the same size in memory and in the file. */
  readonly #sameOrder: boolean;
  /** True if the decompressed bytes of a chunk are its elements as they are wanted. */
  readonly #inPlace: boolean;
  /** The last chunk that was decoded; its elements may be in the decoder's memory. */
  #last: { readonly key: string; readonly elements: Uint8Array } | undefined;
  #closed = false;

  constructor(array: EncodedArray, metadata: ArrayMetadata, decoder: ChunkDecoder) {
    this.#array = array;
    this.#metadata = metadata;
    this.#decoder = decoder;
    this.#sources = new ChunkSources(array);
    this.#item = factsOf(array.dtype).bytes;
    this.#fill = metadata.fill === null ? new Uint8Array(this.#item) : Buffer.from(metadata.fill, "hex");
    const { axes, stored } = metadata.pipeline;
    const sorted = axes.every((axis, at) => axis === at) || orderOf(metadata) === "F";
    this.#sameOrder = sorted && !stored.encoding.half;
    this.#inPlace = this.#sameOrder && isNative(stored) && metadata.pipeline.filters.length === 0;
  }

  async read(box: Box, into: Uint8Array): Promise<number> {
    this.#checkOpen();
    const { chunk } = this.#metadata;
    const sides = zip(box, chunk);
    const first = sides.map(([{ start }, size]) => Math.floor(start / size));
    const counts = zip(sides, first).map(([[{ stop }, size], from]) => Math.ceil(stop / size) - from);
    const strides = decodedStrides(this.#array, box);
    const chunks = sizeOf(counts);
    let read = 0;
    for (let number = 0; number < chunks; number++) {
      const index = zip(blockAt(counts, number), first).map(([at, from]) => at + from);
      const part = intersect(chunkBoxAt(index, chunk), box);
      const place = firstOf(0, strides, cornerOf(part)) - firstOf(0, strides, cornerOf(box));
      const to = { bytes: into, first: place, strides };
      read += await this.#readFrom(index, part, to, chunks === 1);
    }
    return read + this.#sources.takeIndexBytes();
  }

  /** A box of one chunk that is neither compressed nor stored in other numbers, in a local file. */
  async locate(box: Box): Promise<Located | null> {
    const { chunk, pipeline } = this.#metadata;
    if (!isNative(pipeline.stored) || !isPlain(this.#metadata) || sizeOf(countsOf(box)) === 0) return null;
    const index = zip(box, chunk).map(([{ start }, size]) => Math.floor(start / size));
    const around = chunkBoxAt(index, chunk);
    if (zip(box, around).some(([side, whole]) => side.stop > whole.stop)) return null;
    this.#checkOpen();
    const stretch = await this.#sources.find(index);
    if (stretch?.file.sync === undefined) return null;
    const { first, strides } = this.#placeIn(stretch, pointIn(around, box));
    const offset = stretch.offset + first * this.#item;
    return { file: stretch.file.sync, offset, strides, bytesRead: this.#sources.takeIndexBytes() };
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#last = undefined;
    this.#decoder.drop();
    await this.#sources.close();
  }

  #checkOpen(): void {
    if (this.#closed) throw new ClosedError(`${this.#array.path} was closed before it was used`);
  }

  /** The place of an element in a plain chunk, in elements, and how far a step along each axis moves. */
  #placeIn({ file, offset, length }: Stretch, start: readonly number[]): { first: number; strides: readonly number[] } {
    const whole = chunkBytes(this.#metadata);
    if (length !== whole) {
      const { path } = file;
      const problem = `${path} has a chunk of ${length} bytes, which must have ${whole}`;
      throw new FormatError(problem, { path, offset: offset + Math.min(length, whole) });
    }
    const strides = strideInChunk(this.#metadata, this.#metadata.chunk);
    return { first: firstOf(0, strides, start), strides };
  }

  /** Reads the part of a box that is in one chunk. `alone`: the whole box is. */
  async #readFrom(index: readonly number[], box: Box, to: BoxInMemory, alone: boolean): Promise<number> {
    const { chunk } = this.#metadata;
    const counts = countsOf(box);
    const key = index.join();
    const start = pointIn(chunkBoxAt(index, chunk), box);
    const last = this.#last;
    if (last?.key === key) {
      this.#copy(last.elements, start, counts, to);
      return 0;
    }
    const stretch = await this.#sources.find(index);
    if (stretch === undefined) {
      if (alone) fillElements(this.#fill, to.bytes);
      else copyElements({ bytes: this.#fill, first: 0, strides: counts.map(() => 0) }, to, counts, this.#item);
      return 0;
    }
    if (isPlain(this.#metadata)) return this.#readPlain(stretch, start, counts, to, alone);
    // a library that can decompresses a whole chunk to where it is wanted; then it need not be kept
    const inPlace = alone && this.#inPlace && to.bytes.length === chunkBytes(this.#metadata);
    this.#last = undefined;
    const elements = await this.#decoder.decode(stretch, inPlace ? to.bytes : null);
    if (elements.buffer === to.bytes.buffer) return stretch.length;
    this.#last = { key, elements };
    this.#copy(elements, start, counts, to);
    return stretch.length;
  }

  /** Reads only the runs of a box: those that are close together, gaps included, those far apart one by one. */
  async #readPlain(
    stretch: Stretch,
    start: readonly number[],
    counts: readonly number[],
    to: BoxInMemory,
    alone: boolean,
  ): Promise<number> {
    const { file, offset } = stretch;
    const { stored } = this.#metadata.pipeline;
    const item = storedBytes(stored);
    const { first, strides } = this.#placeIn(stretch, start);
    const plan = planRead(strides, counts, item);
    const direct = alone && this.#sameOrder && plan.length === sizeOf(counts) && fits(to.bytes, item);
    const bytes = direct ? to.bytes : new Uint8Array(plan.length * item);
    const run = plan.runElements * item;
    for (let number = 0; number < countOf(plan.outer); number++) {
      const at = offset + (first + distance(plan.outer, number)) * item;
      await file.read(bytes.subarray(number * run, (number + 1) * run), at);
    }
    const elements = toElements(stored, bytes);
    if (!direct) copyElements({ bytes: elements, first: 0, strides: plan.strides }, to, counts, this.#item);
    return bytes.length;
  }

  /** Copies a box out of the elements of a chunk, in the order of the chunk. */
  #copy(bytes: Uint8Array, start: readonly number[], counts: readonly number[], to: BoxInMemory): void {
    const strides = strideInChunk(this.#metadata, this.#metadata.chunk);
    const first = firstOf(0, strides, start);
    copyElements({ bytes, first, strides }, to, counts, this.#item);
  }
}

/** Whether memory begins where elements of this many bytes may be changed in place. */
function fits(bytes: Uint8Array, itemBytes: number): boolean {
  return bytes.byteOffset % Math.min(8, itemBytes) === 0;
}

/** The box of a chunk; at the end of an axis, it may go beyond the array. */
function chunkBoxAt(index: readonly number[], chunk: readonly number[]): Box {
  return zip(index, chunk).map(([at, size]) => ({ start: at * size, stop: (at + 1) * size }));
}

/** Where in a chunk a box begins. */
function pointIn(chunk: Box, box: Box): number[] {
  return zip(box, chunk).map(([side, whole]) => side.start - whole.start);
}
