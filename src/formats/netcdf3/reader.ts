/** Puts elements together from the units of 4 bytes in which they are read; see records.ts. */
import { copyBox } from "../../data/copy.js";
import type { EncodedArray } from "../../data/encoded.js";
import { ClosedError } from "../../data/errors.js";
import { type Box, cornerOf, countsOf, firstOf, stridesOf } from "../../data/region.js";
import { isLittleEndian, reverseBytes } from "../../storage/encoding.js";
import type { LocalFile } from "../../storage/stores/file.js";
import { readBox } from "../../storage/strided-io.js";
import type { ArrayReader } from "../format.js";
import { openUnchanged } from "../unchanged.js";
import { type Records, UNIT_BYTES, unitsOf } from "./records.js";

/** Elements as units of 4 bytes, in the order of the file. */
const units = { dtype: "uint32", encoding: { otherEndian: false, half: false } } as const;

/** A variable that is open on this thread. */
export class Netcdf3Reader implements ArrayReader {
  readonly #array: EncodedArray;
  readonly #records: Records;
  #file: LocalFile | undefined;

  private constructor(array: EncodedArray, file: LocalFile) {
    this.#array = array;
    this.#records = array.params as Records;
    this.#file = file;
  }

  /** Opens the file of an array and checks that it is the one that was described. */
  static open(this: void, array: EncodedArray): Netcdf3Reader {
    return new Netcdf3Reader(array, openUnchanged(array));
  }

  read(box: Box, into: Uint8Array): number {
    const { path, shape } = this.#array;
    if (this.#file === undefined) throw new ClosedError(`${path} was closed before it was used`);
    if (into.length === 0) return 0;
    const { begin, itemBytes } = this.#records;
    const { strides, counts, layout } = unitsOf(this.#records, shape, countsOf(box));
    const memory = new ArrayBuffer(layout.length * UNIT_BYTES);
    const first = firstOf(0, strides, [...cornerOf(box), 0]);
    const bytesRead = readBox(this.#file, { ...units, offset: begin }, first, layout, memory, 0);
    const from = { memory, offset: layout.origin * UNIT_BYTES, strides: layout.strides };
    const to = { memory: into.buffer, offset: into.byteOffset, strides: stridesOf(counts) };
    copyBox(UNIT_BYTES, counts, from, to);
    if (isLittleEndian) reverseBytes(into, itemBytes);
    return bytesRead;
  }

  close(): void {
    this.#file?.close();
    this.#file = undefined;
  }
}
