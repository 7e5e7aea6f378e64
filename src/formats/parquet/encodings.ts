/**
 * Encodings of pages. Runs and packed bits (levels, places in dictionaries, bools) are decoded here, straight into typed
 * arrays: the library makes lists of them, and believes any length of a run. Deltas are the library's.
 */
import { deltaBinaryUnpack } from "hyparquet/src/delta.js";

/** Encoded data that cannot be right. */
export class EncodingFault extends Error {}

/** A 32-bit word holds this many bits from any bit of its first byte on. */
const mostBits = 24;

/**
 * Decodes runs of equal numbers and packed numbers until `into` is full.
 *
 * ```
 * run       varint: length << 1       │ number, in whole bytes
 * packed    varint: groups << 1 | 1   │ 8 numbers a group, bits one after the other, the lowest first
 * ```
 */
export function decodeRuns(bytes: Uint8Array, width: number, into: Uint8Array | Uint32Array): void {
  if (width > mostBits) throw new EncodingFault(`numbers of ${width} bits are not read; at most ${mostBits} are`);
  let [at, done] = [0, 0];
  const mask = 2 ** width - 1;
  while (done < into.length) {
    let [header, shift] = [0, 0];
    for (;;) {
      const byte = bytes[at++];
      if (byte === undefined) throw new EncodingFault(`runs end after ${done} of ${into.length} numbers`);
      header += (byte & 127) * 2 ** shift;
      if (byte < 128) break;
      shift += 7;
      if (shift > 28) throw new EncodingFault("the length of a run has more than five bytes");
    }
    const count = Math.min(into.length - done, Math.floor(header / 2) * (header & 1 ? 8 : 1));
    if (header & 1) {
      const end = at + Math.ceil((count * width) / 8);
      if (end > bytes.length) throw new EncodingFault(`packed numbers end after ${done} of ${into.length}`);
      unpack(bytes, at, width, into.subarray(done, done + count));
      at += Math.floor(header / 2) * width;
    } else {
      let value = 0;
      for (let i = 0; i < Math.ceil(width / 8); i++) value |= (bytes[at++] ?? 0) << (8 * i);
      if (at > bytes.length) throw new EncodingFault(`runs end after ${done} of ${into.length} numbers`);
      if (value > mask) throw new EncodingFault(`a run repeats ${value}, which has more than ${width} bits`);
      into.fill(value, done, done + count);
    }
    done += count;
  }
}

/** Unpacks numbers of so many bits from a byte on, all of which are there. */
function unpack(bytes: Uint8Array, at: number, width: number, into: Uint8Array | Uint32Array): void {
  const count = into.length;
  if (width === 16) {
    for (let i = 0; i < count; i++) into[i] = bytes[at + 2 * i]! | (bytes[at + 2 * i + 1]! << 8);
    return;
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const mask = 2 ** width - 1;
  // numbers whose word of 32 bits is there as a whole
  const safe = Math.max(0, Math.min(count, Math.floor(((bytes.length - 4 - at) * 8) / Math.max(1, width))));
  let [i, bit] = [0, at * 8];
  for (; i < safe; i++, bit += width) into[i] = (view.getUint32(bit >>> 3, true) >>> (bit & 7)) & mask;
  for (; i < count; i++, bit += width) {
    const byte = bit >>> 3;
    const word = bytes[byte]! | (bytes[byte + 1]! << 8) | (bytes[byte + 2]! << 16) | (bytes[byte + 3]! << 24);
    into[i] = (word >>> (bit & 7)) & mask;
  }
}

/** Whether the first run says 1 of all numbers that are to come, which levels of columns without nulls do. */
export function isAllOnes(bytes: Uint8Array, count: number): boolean {
  let [header, shift, at] = [0, 0, 0];
  for (; shift <= 28 && at < bytes.length; shift += 7) {
    const byte = bytes[at++]!;
    header += (byte & 127) * 2 ** shift;
    if (byte < 128) return (header & 1) === 0 && header / 2 >= count && bytes[at] === 1;
  }
  return false;
}

/** Puts bytes together again of which all first ones stand first, then all second ones, and so on. */
export function joinStreams(bytes: Uint8Array, count: number, width: number): Uint8Array<ArrayBuffer> {
  if (bytes.length < count * width) {
    throw new EncodingFault(`${bytes.length} bytes are too few for ${count} elements of ${width}`);
  }
  const result = new Uint8Array(count * width);
  for (let b = 0; b < width; b++) {
    for (let i = 0, from = b * count, to = b; i < count; i++, from++, to += width) result[to] = bytes[from]!;
  }
  return result;
}

/** Decodes differences of integers; the array is filled. */
export function decodeDeltas(bytes: Uint8Array, into: Int32Array | BigInt64Array): void {
  let at = 0;
  const [block, parts, count] = [0, 0, 0].map(() => {
    let [value, shift] = [0, 0];
    for (; shift < 35; shift += 7) {
      const byte = bytes[at++];
      if (byte === undefined) break;
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
    throw new EncodingFault("the header of differences is damaged");
  }) as [number, number, number];
  // what the format demands; the library's loops depend on it
  if (block % 128 !== 0 || block === 0 || parts === 0 || block > 2 ** 24 || (block / parts) % 32 !== 0) {
    throw new EncodingFault(`differences come in blocks of ${block} in ${parts} parts, which cannot be`);
  }
  if (count !== into.length) throw new EncodingFault(`${count} differences stand where ${into.length} should`);
  if (count === 0) return;
  const copy = new Uint8Array(bytes); // so that reading beyond the page fails
  const reader = { view: new DataView(copy.buffer), offset: 0 };
  try {
    deltaBinaryUnpack(reader, into.length, into);
  } catch (cause) {
    throw new EncodingFault(`differences are damaged: ${(cause as Error).message}`, { cause });
  }
}
