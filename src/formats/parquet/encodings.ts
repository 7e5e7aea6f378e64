/**
 * Encodings of pages. Runs and packed bits (levels, indices of dictionaries, bools) are decoded here, directly into
 * typed arrays: the library makes lists of them and believes any length of a run. Deltas are decoded by the library.
 */
import { deltaBinaryUnpack } from "hyparquet/src/delta.js";
import { problemOf } from "../../data/causes.js";

/** Encoded data that cannot be right. */
export class EncodingFault extends Error {}

/** A word of 32 bits that begins at the byte of a number's first bit holds at least this many bits of the number. */
const MOST_BITS = 24;

/** The most bits of the length of a run: five bytes of seven. */
const MOST_LENGTH_BITS = 35;

/** Reads numbers of variable length, seven bits a byte, the lowest first. */
class VarintReader {
  at = 0;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** The next number; undefined if the bytes end inside it or it is longer than a length can be. */
  next(): number | undefined {
    let value = 0;
    for (let shift = 0; shift < MOST_LENGTH_BITS; shift += 7) {
      const byte = this.#bytes[this.at++];
      if (byte === undefined) return undefined;
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
    return undefined;
  }
}

/**
 * Decodes runs of equal numbers and packed numbers until `into` is full.
 *
 * ```
 * run       varint: length << 1       │ number, in whole bytes
 * packed    varint: groups << 1 | 1   │ 8 numbers a group, bit after bit, the lowest first
 * ```
 */
export function decodeRuns(bytes: Uint8Array, width: number, into: Uint8Array | Uint32Array): void {
  if (width > MOST_BITS) throw new EncodingFault(`numbers of ${width} bits are not read; at most ${MOST_BITS} are`);
  const reader = new VarintReader(bytes);
  const mask = 2 ** width - 1;
  for (let done = 0; done < into.length; ) {
    const header = reader.next();
    if (header === undefined) {
      throw new EncodingFault(`its runs end after ${done} of ${into.length} numbers, or the length of one is damaged`);
    }
    const begin = reader.at;
    const packed = header & 1;
    const count = Math.min(into.length - done, Math.floor(header / 2) * (packed ? 8 : 1));
    reader.at += packed ? Math.floor(header / 2) * width : Math.ceil(width / 8);
    // the last group may be cut
    const needed = packed ? Math.ceil((count * width) / 8) : reader.at - begin;
    if (begin + needed > bytes.length) {
      throw new EncodingFault(`its runs end after ${done} of ${into.length} numbers`);
    }
    if (packed) unpack(bytes, begin, width, into.subarray(done, done + count));
    else {
      let value = 0;
      for (let i = begin; i < reader.at; i++) value |= (bytes[i] ?? 0) << (8 * (i - begin));
      if (value > mask) throw new EncodingFault(`a run repeats ${value}, which has more than ${width} bits`);
      into.fill(value, done, done + count);
    }
    done += count;
  }
}

/** Unpacks numbers of `width` bits from a byte on, all of which are there. */
function unpack(bytes: Uint8Array, at: number, width: number, into: Uint8Array | Uint32Array): void {
  const count = into.length;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (width === 16) {
    for (let i = 0; i < count; i++) into[i] = view.getUint16(at + 2 * i, true);
    return;
  }
  const mask = 2 ** width - 1;
  // numbers whose word of 32 bits lies inside the bytes
  const safe = Math.max(0, Math.min(count, Math.floor(((bytes.length - 4 - at) * 8) / Math.max(1, width))));
  let [i, bit] = [0, at * 8];
  for (; i < safe; i++, bit += width) into[i] = (view.getUint32(bit >>> 3, true) >>> (bit & 7)) & mask;
  for (; i < count; i++, bit += width) {
    into[i] = (wordAt(bytes, bit >>> 3) >>> (bit & 7)) & mask;
  }
}

/** Four bytes as a word; those beyond the end are zeros, of which no number has any bit. */
function wordAt(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24);
}

/** Whether the first run says that all numbers, of at most 8 bits, are one, as levels of columns without nulls do. */
export function isRunOf(bytes: Uint8Array, value: number, count: number): boolean {
  const reader = new VarintReader(bytes);
  const header = reader.next();
  return header !== undefined && (header & 1) === 0 && header / 2 >= count && bytes[reader.at] === value;
}

/** Joins the bytes of elements, of which all first bytes come first, then all second ones, and so on. */
export function joinStreams(bytes: Uint8Array, count: number, width: number): Uint8Array<ArrayBuffer> {
  if (bytes.length < count * width) {
    throw new EncodingFault(`${bytes.length} bytes are too few for ${count} elements of ${width}`);
  }
  const result = new Uint8Array(count * width);
  for (let b = 0; b < width; b++) {
    const stream = bytes.subarray(b * count, (b + 1) * count);
    for (let i = 0, to = b; i < count; i++, to += width) result[to] = stream[i] ?? 0;
  }
  return result;
}

/** Decodes differences of integers and fills the array. */
export function decodeDeltas(bytes: Uint8Array, into: Int32Array | BigInt64Array): void {
  const header = new VarintReader(bytes);
  const [block, parts, count] = [header.next(), header.next(), header.next()];
  if (block === undefined || parts === undefined || count === undefined) {
    throw new EncodingFault("the header of its differences is damaged");
  }
  // the format demands this, and the library's loops depend on it
  if (block % 128 !== 0 || block === 0 || parts === 0 || block > 2 ** 24 || (block / parts) % 32 !== 0) {
    throw new EncodingFault(`its differences claim blocks of ${block} in ${parts} parts, which cannot be`);
  }
  if (count !== into.length) throw new EncodingFault(`it has ${count} differences; expected ${into.length}`);
  if (count === 0) return;
  const copy = new Uint8Array(bytes); // so that reading beyond the page fails
  const reader = { view: new DataView(copy.buffer), offset: 0 };
  try {
    deltaBinaryUnpack(reader, into.length, into);
  } catch (cause) {
    throw new EncodingFault(`its differences are damaged: ${problemOf(cause)}`, { cause });
  }
}
