/**
 * Reading boxes of a Zarr array in a worker.
 *
 *     plain chunks     file ─ ranges ─▶ the box itself; in a local file loops read them from there
 *     other chunks     file ─▶ compressed ─ codecs ─▶ the chunk, kept until another one is needed ─ copy ─▶ the box
 *                                               └──▶ the box, if it is the chunk
 *     no chunk         fill value ─▶ the box
 *
 * Invariant: nothing is allocated for a chunk before its file's size and its metadata agree that it may be that large.
 */
import { blockAt } from "../../data/chunks.js";
import { factsOf } from "../../data/dtype.js";
import { decodedStrides, type EncodedArray } from "../../data/encoded.js";
import { ClosedError, FormatError } from "../../data/errors.js";
import { storedBytes } from "../../data/layout.js";
import { type Box, countsOf, firstOf, sizeOf } from "../../data/region.js";
import { keyBelow } from "../../storage/stores/capabilities.js";
import { storeAt } from "../../storage/stores/local-store.js";
import { countOf, distance, planRead } from "../../storage/strided-layout.js";
import type { ArrayReader, Located } from "../format.js";
import { GrowableBuffer } from "../growable-buffer.js";
import { type Decode, decoderOf } from "./byte-codecs.js";
import { aligned, type BoxInMemory, copyElements, fillElements, isNative, toElements } from "./chunk-elements.js";
import { undoingOf } from "./filters.js";
import { orderOf, strideInChunk } from "./grid.js";
import type { Refuse } from "./json.js";
import { type ArrayMetadata, chunkBytes, isPlain, mostCompressed, refusal, type ZarrParams } from "./metadata.js";
import { ChunkSources, type Stretch } from "./sources.js";

/**
 * Refuses an array whose metadata is gone or another one. Chunks that are missing are the fill value, so without this an
 * array that was deleted would be read as one of zeros.
 */
async function checkSame({ path, params }: EncodedArray): Promise<void> {
  const { name, document } = params as ZarrParams;
  const file = await storeAt(path).open(document.key);
  await file?.close();
  if (file?.version === document.stamp) return;
  const place = keyBelow(path, name);
  const what = file === undefined ? "is gone" : "has changed";
  throw new FormatError(`${place}: the array ${what} since it was opened; open it again`, { path: place });
}

/** Opens a reader; loads the codecs that the array needs. */
export async function reader(array: EncodedArray): Promise<ArrayReader> {
  await checkSame(array);
  const { metadata } = array.params as ZarrParams;
  const { compressors, filters } = metadata.pipeline;
  const steps = await Promise.all(compressors.map(decoderOf));
  const undo = await undoingOf(filters, refusal(array.path));
  return new ZarrReader(array, metadata, steps, undo);
}

class ZarrReader implements ArrayReader {
  readonly #array: EncodedArray;
  readonly #metadata: ArrayMetadata;
  readonly #steps: readonly Decode[];
  readonly #undo: (bytes: Uint8Array) => Uint8Array;
  readonly #sources: ChunkSources;
  readonly #fill: Uint8Array;
  readonly #item: number;
  /** True where a box of a chunk has in memory the order and the size that it has in the file. */
  readonly #straight: boolean;
  /** True where the bytes of a chunk, once decompressed, are its elements as they are wanted. */
  readonly #inPlace: boolean;
  /** Where the bytes of a chunk are read to, and decompressed to: new memory for each would cost as much as reading. */
  readonly #compressed = new GrowableBuffer();
  readonly #decompressed = new GrowableBuffer();
  /** The last chunk that was decoded; maybe a part of that memory. */
  #last: { readonly key: string; readonly elements: Uint8Array } | undefined;
  #closed = false;

  constructor(
    array: EncodedArray,
    metadata: ArrayMetadata,
    steps: readonly Decode[],
    undo: (bytes: Uint8Array) => Uint8Array,
  ) {
    this.#array = array;
    this.#metadata = metadata;
    this.#steps = steps;
    this.#undo = undo;
    this.#sources = new ChunkSources(array);
    this.#item = factsOf(array.dtype).bytes;
    this.#fill = metadata.fill === null ? new Uint8Array(this.#item) : Buffer.from(metadata.fill, "hex");
    const { axes, stored } = metadata.pipeline;
    const sorted = axes.every((axis, at) => axis === at) || orderOf(metadata) === "F";
    this.#straight = sorted && !stored.encoding.half;
    this.#inPlace = this.#straight && isNative(stored) && metadata.pipeline.filters.length === 0;
  }

  async read(box: Box, into: Uint8Array): Promise<number> {
    this.#checkOpen();
    const { chunk } = this.#metadata;
    const first = box.map(({ start }, axis) => Math.floor(start / chunk[axis]!));
    const counts = box.map(({ stop }, axis) => Math.ceil(stop / chunk[axis]!) - first[axis]!);
    const strides = decodedStrides(this.#array, box);
    const chunks = sizeOf(counts);
    let read = 0;
    for (let number = 0; number < chunks; number++) {
      const index = blockAt(counts, number).map((at, axis) => at + first[axis]!);
      const part = box.map(({ start, stop }, axis) => {
        const [at, size] = [index[axis]!, chunk[axis]!];
        return { start: Math.max(at * size, start), stop: Math.min((at + 1) * size, stop) };
      });
      const place = part.reduce((sum, { start }, axis) => sum + (start - box[axis]!.start) * strides[axis]!, 0);
      const to = { bytes: into, first: place, strides };
      read += await this.#readFrom(index, part, to, chunks === 1);
    }
    return read + this.#sources.takeIndexBytes();
  }

  /** A box of one chunk that is neither compressed nor stored in other numbers, in a local file. */
  async locate(box: Box): Promise<Located | null> {
    const { chunk, pipeline } = this.#metadata;
    if (!isNative(pipeline.stored) || !isPlain(this.#metadata) || sizeOf(countsOf(box)) === 0) return null;
    const index = box.map(({ start }, axis) => Math.floor(start / chunk[axis]!));
    if (!box.every(({ stop }, axis) => stop <= (index[axis]! + 1) * chunk[axis]!)) return null;
    this.#checkOpen();
    const stretch = await this.#sources.find(index);
    if (stretch?.file.sync === undefined) return null;
    const start = index.map((at, axis) => box[axis]!.start - at * chunk[axis]!);
    const { first, strides } = this.#placeIn(stretch, start);
    const offset = stretch.offset + first * this.#item;
    return { file: stretch.file.sync, offset, strides, bytesRead: this.#sources.takeIndexBytes() };
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#last = undefined;
    this.#compressed.drop();
    this.#decompressed.drop();
    await this.#sources.close();
  }

  #checkOpen(): void {
    if (this.#closed) throw new ClosedError(`${this.#array.path} was closed before it was used`);
  }

  /** Where an element of a plain chunk stands, in elements from the chunk's first, and how far a step along each axis moves. */
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

  /** Reads the part of a box that lies in one chunk. `alone`: it is all of the box. */
  async #readFrom(index: readonly number[], box: Box, to: BoxInMemory, alone: boolean): Promise<number> {
    const { chunk } = this.#metadata;
    const counts = countsOf(box);
    const key = index.join();
    const start = index.map((at, axis) => box[axis]!.start - at * chunk[axis]!);
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
    // a whole chunk is decompressed to where it is wanted, by a library that can, and need not be kept
    const inPlace = alone && this.#inPlace && to.bytes.length === chunkBytes(this.#metadata);
    const elements = await this.#decode(stretch, inPlace ? to.bytes : null);
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
    const straight = alone && this.#straight && plan.length === sizeOf(counts) && fits(to.bytes, item);
    const bytes = straight ? to.bytes : new Uint8Array(plan.length * item);
    const run = plan.runElements * item;
    for (let number = 0; number < countOf(plan.outer); number++) {
      const at = offset + (first + distance(plan.outer, number)) * item;
      await file.read(bytes.subarray(number * run, (number + 1) * run), at);
    }
    const elements = toElements(stored, bytes);
    if (!straight) copyElements({ bytes: elements, first: 0, strides: plan.strides }, to, counts, this.#item);
    return bytes.length;
  }

  /** Copies a box out of the elements of a chunk, in the order of the chunk. */
  #copy(bytes: Uint8Array, start: readonly number[], counts: readonly number[], to: BoxInMemory): void {
    const strides = strideInChunk(this.#metadata, this.#metadata.chunk);
    const first = firstOf(0, strides, start);
    copyElements({ bytes, first, strides }, to, counts, this.#item);
  }

  /** All elements of a chunk, which may be put into memory of just their bytes. */
  async #decode({ file, offset, length }: Stretch, into: Uint8Array | null): Promise<Uint8Array> {
    this.#last = undefined;
    const { path } = file;
    const refuse: Refuse = (problem) =>
      new FormatError(`${path}: the chunk at byte ${offset} is damaged: ${problem}`, { path, offset });
    const [whole, most] = [chunkBytes(this.#metadata), mostCompressed(this.#metadata)];
    if (length > most) throw refuse(`it has ${length} bytes; at most ${most} can be expected of ${whole}`);
    let bytes: Uint8Array = this.#compressed.take(length);
    await file.read(bytes, offset);
    for (let step = this.#steps.length - 1; step >= 0; step--) {
      const { codec } = this.#metadata.pipeline.compressors[step]!;
      try {
        // Only what comes out of the last step has a size that is known.
        if (step > 0) bytes = await this.#steps[step]!(bytes, most, refuse);
        else
          bytes = await this.#steps[step]!(bytes, whole, refuse, (size) => {
            return into?.length === size ? into : this.#decompressed.take(size);
          });
      } catch (cause) {
        if (cause instanceof FormatError) throw cause;
        throw new FormatError(
          refuse(`${codec} cannot decode it: ${reasonOf(cause)}`).message,
          { path, offset },
          { cause },
        );
      }
    }
    if (bytes.length !== whole) throw refuse(`it decodes to ${bytes.length} bytes, and must have ${whole}`);
    const { stored } = this.#metadata.pipeline;
    if (bytes.buffer === into?.buffer) return bytes;
    const elements = toElements(stored, aligned(stored, bytes));
    try {
      return this.#undo(elements);
    } catch (cause) {
      throw new FormatError(
        refuse(`its numbers cannot be decoded: ${reasonOf(cause)}`).message,
        { path, offset },
        { cause },
      );
    }
  }
}

/** Codecs in WebAssembly throw what is no Error. */
function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : "its bytes make no sense";
}

/** Whether memory begins where elements of so many bytes may be changed in place. */
function fits(bytes: Uint8Array, itemBytes: number): boolean {
  return bytes.byteOffset % Math.min(8, itemBytes) === 0;
}
