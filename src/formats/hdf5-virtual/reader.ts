/**
 * Puts boxes of a virtual dataset together: the fill value first, then what each mapping has of the box, copied from
 * its source. Sources are opened when they are needed, and few stay open.
 */

import { blockAt } from "../../data/chunks.js";
import type { Strided } from "../../data/copy.js";
import { factsOf } from "../../data/dtype.js";
import type { EncodedArray } from "../../data/encoded.js";
import { ClosedError, InternalError } from "../../data/errors.js";
import { at, zip } from "../../data/lists.js";
import { type Box, cornerOf, countsOf, firstOf, type Region, sizeOf, stridesOf } from "../../data/region.js";
import type { ArrayReader, Located } from "../format.js";
import { Hdf5Reader } from "../hdf5/reader.js";
import { ChunkedReader } from "../hdf5-native/reader.js";
import { MappingIndex } from "./mapping-index.js";
import { type Mapping, MOST_OPEN, type VirtualParams } from "./params.js";
import { type Piece, piecesIn } from "./runs.js";
import { openSource, type Source } from "./source.js";

/** A virtual dataset that is open on this thread. */
export class VirtualReader implements ArrayReader {
  readonly #array: EncodedArray;
  readonly #params: VirtualParams;
  readonly #index: MappingIndex;
  /** By their numbers; the one that was used last is the last. */
  readonly #open = new Map<number, Source>();
  #closed = false;

  private constructor(array: EncodedArray) {
    this.#array = array;
    this.#params = array.params as VirtualParams;
    this.#index = new MappingIndex(this.#params.mappings);
  }

  /** Makes the reader; each source is checked when it is opened. */
  static open(this: void, array: EncodedArray): VirtualReader {
    return new VirtualReader(array);
  }

  async read(box: Box, into: Uint8Array): Promise<number> {
    this.#check();
    const { fill } = this.#params;
    if (fill.every((byte) => byte === 0)) into.fill(0);
    else for (let at = 0; at < into.length; at += fill.length) into.set(fill, at);
    let bytesRead = 0;
    for (const mapping of this.#index.in(box)) bytesRead += await this.#copy(mapping, box, into);
    return bytesRead;
  }

  async locate(box: Box): Promise<Located | null> {
    this.#check();
    const [mapping, ...others] = this.#index.in(box);
    if (mapping === undefined || others.length > 0) return null;
    const pieces = piecesOf(mapping, box);
    const isWhole = zip(pieces, box).every(
      ([found, { start, stop }]) => found.length === 1 && found[0]?.count === stop - start,
    );
    if (!isWhole) return null;
    const chosen = pieces.flat();
    const source = await this.#source(mapping.source);
    const located = source.locate(regionOf(mapping, chosen), this.#array.dtype);
    if (located === null) return null;
    return { ...located, strides: mapping.axes.map((axis) => (axis < 0 ? 0 : at(located.strides, axis))) };
  }

  /** Copies what a mapping has of a box. */
  async #copy(mapping: Mapping, box: Box, into: Uint8Array): Promise<number> {
    const { dtype } = this.#array;
    const pieces = piecesOf(mapping, box);
    const counts = pieces.map((found) => found.length);
    let bytesRead = 0;
    for (let number = 0; number < sizeOf(counts); number++) {
      const chosen = zip(pieces, blockAt(counts, number)).map(([found, index]) => at(found, index));
      const strides = stridesOf(countsOf(box));
      const first = firstOf(
        0,
        strides,
        zip(chosen, cornerOf(box)).map(([{ target }, corner]) => target - corner),
      );
      const moved = mapping.origin.map((_, axis) => {
        const dim = mapping.axes.indexOf(axis);
        return dim < 0 ? 0 : at(strides, dim) * at(chosen, dim).targetStep;
      });
      const offset = into.byteOffset + first * factsOf(dtype).bytes;
      const to: Strided = { memory: into.buffer, offset, strides: moved };
      const source = await this.#source(mapping.source);
      bytesRead += await source.copy(regionOf(mapping, chosen), dtype, to);
    }
    return bytesRead;
  }

  async #source(number: number): Promise<Source> {
    const known = this.#open.get(number);
    this.#open.delete(number);
    const [oldest] = this.#open;
    if (known === undefined && oldest !== undefined && this.#open.size === MOST_OPEN) {
      this.#open.delete(oldest[0]);
      await oldest[1].close();
    }
    const source = known ?? (await openSource(at(this.#params.sources, number), readerOf));
    this.#open.set(number, source);
    return source;
  }

  #check(): void {
    if (this.#closed) throw new ClosedError(`${this.#array.path} was closed before it was used`);
  }

  async close(): Promise<void> {
    this.#closed = true;
    const sources = [...this.#open.values()];
    this.#open.clear();
    for (const source of sources) await source.close();
  }
}

/** The reader of a source that must be decoded. */
function readerOf(array: EncodedArray): ArrayReader | Promise<ArrayReader> {
  switch (array.format) {
    case "hdf5":
      return Hdf5Reader.open(array);
    case "hdf5-native":
      return ChunkedReader.open(array);
    case "hdf5-virtual":
      return VirtualReader.open(array);
    default:
      throw new InternalError(`internal error: a virtual dataset of ${array.format}`);
  }
}

/** What a mapping has of a box: for each axis, the pieces along it. */
function piecesOf({ target, origin, axes }: Mapping, box: Box): Piece[][] {
  return zip(zip(target, axes), box).map(([[runs, axis], side]) => {
    return piecesIn(runs, axis < 0 ? runs : at(origin, axis), side);
  });
}

/** Where pieces are in the source. */
function regionOf({ origin, axes }: Mapping, chosen: readonly Piece[]): Region {
  return origin.map((runs, axis) => {
    const piece = chosen[axes.indexOf(axis)];
    if (piece === undefined) return { start: runs[0]?.start ?? 0, step: 1, count: 1 };
    return { start: piece.origin, step: piece.originStep, count: piece.count };
  });
}
