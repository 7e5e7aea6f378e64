/** Decodes boxes of a dataset through the library, which decodes whole chunks. */
import type { EncodedArray } from "../../data/encoded.js";
import { ClosedError, FormatError } from "../../data/errors.js";
import { type Box, cornerOf, countsOf, sizeOf } from "../../data/region.js";
import { DecodedPartCache } from "../../storage/decoded-part.js";
import { decodeElements } from "../../storage/encoding.js";
import type { ArrayReader } from "../format.js";
import { changedError } from "../unchanged.js";
import { unswappable } from "./datatype.js";
import { Hdf5File } from "./library.js";

/** What only this format knows of an array. */
export interface Hdf5Params {
  readonly dataset: string;
  /** Bytes of one element as the library gives it. */
  readonly itemBytes: number;
  /** True for float16. */
  readonly half: boolean;
  /** True where the library gives the bytes in an order other than this machine's. */
  readonly otherEndian: boolean;
}

/** A dataset that is open on this thread. */
export class Hdf5Reader implements ArrayReader {
  readonly #array: EncodedArray;
  readonly #params: Hdf5Params;
  readonly #parts: DecodedPartCache;
  #source: Hdf5File | undefined;

  private constructor(array: EncodedArray, source: Hdf5File) {
    this.#array = array;
    this.#params = array.params as Hdf5Params;
    this.#parts = new DecodedPartCache(array);
    this.#source = source;
  }

  /** Opens the file of an array and checks that it is the one that was described. */
  static async open(array: EncodedArray): Promise<Hdf5Reader> {
    const source = await Hdf5File.open(array.path);
    if (source.version === array.version) return new Hdf5Reader(array, source);
    source.close();
    const { path } = array;
    throw changedError(path);
  }

  read(box: Box, into: Uint8Array): number {
    const { file } = this.#open();
    const before = file.bytesRead;
    this.#parts.read(box, into, (part, memory) => this.#decode(part, memory));
    return file.bytesRead - before;
  }

  #open(): Hdf5File {
    if (this.#source === undefined) throw new ClosedError(`${this.#array.path} was closed before it was used`);
    return this.#source;
  }

  #decode(box: Box, into: Uint8Array): void {
    const source = this.#open();
    const { dataset, itemBytes, half, otherEndian } = this.#params;
    const counts = countsOf(box);
    const length = sizeOf(counts) * itemBytes;
    const whole = counts.length === 0;
    source.withMemory(length, (address) => {
      const big = (list: readonly number[]) => (whole ? null : list.map(BigInt));
      const status = source.call(
        `read ${dataset}`,
        (h5, id) =>
          h5.get_dataset_data(id, dataset, big(counts), big(cornerOf(box)), big(counts.map(() => 1)), BigInt(address)),
        otherEndian ? unswappable : undefined,
      );
      const { path } = this.#array;
      if (status < 0) throw new FormatError(`${path}: HDF5 cannot read ${dataset}`, { path });
      const bytes = source.bytesAt(address, length);
      if (!half) into.set(bytes);
      decodeElements({ dtype: this.#array.dtype, encoding: { otherEndian, half } }, half ? bytes : into, into);
    });
  }

  close(): void {
    this.#source?.close();
    this.#source = undefined;
    this.#parts.clear();
  }
}
