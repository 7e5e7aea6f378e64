/**
 * Writes the parts of a Zarr array, in a worker: each becomes one file, a chunk or a shard, and one line in the
 * journal.
 *
 * Invariant: a part is in the journal only when its file is whole and has its name; writing it again gives the same.
 */
import { closeSync } from "node:fs";
import { join } from "node:path";
import { gridOf } from "../../data/chunks.js";
import { factsOf } from "../../data/dtype.js";
import type { EncodedArray } from "../../data/encoded.js";
import { ArgumentError, ClosedError } from "../../data/errors.js";
import { zip } from "../../data/lists.js";
import { type Box, cornerOf, countsOf, sizeOf, stridesOf } from "../../data/region.js";
import type { ArrayWriter } from "../format.js";
import { type Encode, encoderOf } from "./byte-codecs.js";
import { ChunkBytes } from "./chunk-bytes.js";
import { withEdge } from "./edge.js";
import { appendEntry, openJournal } from "./journal.js";
import { chunkKey, fileShape } from "./metadata.js";
import { writeWhole } from "./part-file.js";
import { type EncodeChunk, writeShard } from "./shard.js";
import { stagingPaths } from "./staging-folder.js";
import type { ZarrWriteParams } from "./writing.js";

/** The writer of an array that `createZarr` made. */
export function zarrWriter(array: EncodedArray): ArrayWriter {
  return new ZarrWriter(array);
}

class ZarrWriter implements ArrayWriter {
  readonly #array: EncodedArray;
  readonly #writing: ZarrWriteParams;
  readonly #chunk: ChunkBytes;
  readonly #journal: number;
  #encoders: Promise<Encode[]> | undefined;
  #closed = false;

  constructor(array: EncodedArray) {
    this.#array = array;
    this.#writing = array.params as ZarrWriteParams;
    const { metadata, staging, target } = this.#writing;
    this.#chunk = new ChunkBytes(metadata);
    this.#journal = openJournal(stagingPaths(staging).journal, target);
  }

  async write(box: Box, elements: Uint8Array): Promise<number> {
    const { metadata, target, staging, first, writeEmpty, edge } = this.#writing;
    if (this.#closed) throw new ClosedError(`the writer of ${target} was closed before it was used`);
    if (sizeOf(countsOf(box)) === 0) return 0;
    const part = this.#partOf(box, elements);
    const atEdge = edge !== undefined && part[edge.axis] === 0;
    const whole = atEdge ? await withEdge(edge, box, elements, target) : { counts: countsOf(box), elements };
    const { counts } = whole;
    const number = zip(part, gridOf(this.#array.grid)).reduce((sum, [index, count]) => sum * count + index, 0);
    const index = zip(part, first).map(([place, begin]) => place + begin);
    const key = chunkKey(metadata.keys, index);
    const { partial, array } = stagingPaths(staging);
    const strides = stridesOf(counts);
    this.#encoders ??= Promise.all(metadata.pipeline.compressors.map(encoderOf));
    const encoders = await this.#encoders;
    const chunk = this.#chunk;
    const encode: EncodeChunk = async (at, sides, append) => {
      chunk.take({ bytes: whole.elements, first: at, strides }, sides);
      if (!writeEmpty && chunk.isEmpty()) return false;
      let bytes: Uint8Array = chunk.encode();
      for (const step of encoders) bytes = await step(bytes);
      append(bytes);
      return true;
    };
    // a part of nothing but the fill value has no file, and costs nothing
    const pieces: Uint8Array[] = [];
    const { sharding } = metadata;
    const encoded = sharding === undefined && (await encode(0, counts, (bytes) => pieces.push(bytes)));
    const summary =
      sharding === undefined && !encoded
        ? { bytes: 0, crc: 0 }
        : await writeWhole(partial, join(array, key), join(target, key), (append) => {
            if (sharding !== undefined) return writeShard(metadata, sharding, counts, append, encode);
            for (const bytes of pieces) append(bytes);
            return true;
          });
    appendEntry(this.#journal, { part: number, ...summary }, target);
    return summary.bytes;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    closeSync(this.#journal);
  }

  /** The index of the part that a box is. */
  #partOf(box: Box, elements: Uint8Array): number[] {
    const { dtype, shape } = this.#array;
    const { metadata, edge } = this.#writing;
    const sides = fileShape(metadata);
    const filled = sides.map((_, axis) => (axis === edge?.axis ? edge.filled : 0));
    const part = zip(box, zip(sides, filled)).map(([{ start }, [side, before]]) => Math.floor((start + before) / side));
    const whole = zip(zip(part, box), zip(zip(sides, filled), shape)).every(
      ([[index, { start, stop }], [[side, before], length]]) =>
        start === Math.max(0, index * side - before) && stop === Math.min((index + 1) * side - before, length),
    );
    const bytes = sizeOf(countsOf(box)) * factsOf(dtype).bytes;
    if (whole && part.length === shape.length && elements.length === bytes) return part;
    const given = `[${cornerOf(box)}] to [${box.map(({ stop }) => stop)}] with ${elements.length} bytes`;
    throw new ArgumentError(`${this.#writing.target}: a box ${given} is not a part of (${sides.join(", ")}) elements`);
  }
}
