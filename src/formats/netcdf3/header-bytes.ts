/** The bytes of a header, read from the file as far as they are needed. */
import { type DType, viewOf } from "../../data/dtype.js";
import { FormatError } from "../../data/errors.js";
import { isLittleEndian, reverseBytes } from "../../storage/encoding.js";
import type { SyncReadable } from "../../storage/stores/capabilities.js";

/** At least so many bytes are read at a time. */
const STEP_BYTES = 2 ** 16;

/** Longer headers are damaged or hostile. */
const MOST_BYTES = 2 ** 26;

/** A header with a position in it. */
export class HeaderBytes {
  readonly #file: SyncReadable;
  /** Bytes of a size, and of an offset. */
  readonly #widths: { readonly size: 4 | 8; readonly offset: 4 | 8 };
  #bytes = Buffer.alloc(0);
  #at = 0;

  constructor(file: SyncReadable, version: number) {
    this.#file = file;
    this.#widths = { size: version === 5 ? 8 : 4, offset: version === 1 ? 4 : 8 };
  }

  /** The error for what is wrong at the position. */
  refuse(problem: string): FormatError {
    const { path } = this.#file;
    return new FormatError(`${path}: the header is damaged: ${problem}`, { path, offset: this.#at });
  }

  /** Passes over bytes. */
  skip(count: number): void {
    this.#take(count);
  }

  uint32(): number {
    return this.#take(4).readUInt32BE(0);
  }

  /** A number of things. With `orNone`, one that is not known is undefined. */
  count(): number;
  count(orNone: true): number | undefined;
  count(orNone?: true): number | undefined {
    const bytes = this.#take(this.#widths.size);
    if (orNone && bytes.every((byte) => byte === 255)) return undefined;
    const count = bytes.length === 4 ? bytes.readUInt32BE(0) : Number(bytes.readBigUInt64BE(0));
    if (Number.isSafeInteger(count)) return count;
    throw this.refuse(`it counts ${count} of something`);
  }

  /** A place in the file. */
  offset(): number {
    const bytes = this.#take(this.#widths.offset);
    return bytes.length === 4 ? bytes.readUInt32BE(0) : Number(bytes.readBigUInt64BE(0));
  }

  /** A name: its length and its characters. */
  text(): string {
    return this.textOf(this.count());
  }

  /** Text of so many bytes, without the zeros at its end. */
  textOf(count: number): string {
    return this.#padded(count).toString("utf8").replace(/\0+$/, "");
  }

  /** Numbers of one dtype. */
  numbers(dtype: DType, itemBytes: number, count: number): (number | bigint)[] {
    const bytes = new Uint8Array(this.#padded(count * itemBytes));
    if (isLittleEndian) reverseBytes(bytes, itemBytes);
    return [...viewOf(dtype, bytes.buffer, 0, count)];
  }

  /** Bytes that are filled up to a multiple of 4. */
  #padded(count: number): Buffer {
    return this.#take(Math.ceil(count / 4) * 4).subarray(0, count);
  }

  #take(count: number): Buffer {
    const end = this.#at + count;
    if (end > this.#bytes.length) this.#read(end);
    this.#at = end;
    return this.#bytes.subarray(end - count, end);
  }

  #read(end: number): void {
    const { path, size } = this.#file;
    if (end > size) {
      throw new FormatError(`${path}: the header is truncated: the file ends at byte ${size}`, { path, offset: size });
    }
    if (end > MOST_BYTES) throw this.refuse(`it has more than ${MOST_BYTES} bytes`);
    const bytes = Buffer.alloc(Math.min(size, Math.max(end, 2 * this.#bytes.length, STEP_BYTES)));
    this.#bytes.copy(bytes);
    this.#file.readInto(bytes.subarray(this.#bytes.length), this.#bytes.length);
    this.#bytes = bytes;
  }
}
