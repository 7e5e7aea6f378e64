/**
 * LZ4 blocks and frames. A library makes blocks. Reading is done here, because no library decodes frames and keeps to
 * the size that is expected (docs/design/0022).
 *
 *     frame    magic │ flags, sizes, checksum of both │ blocks: length, content (, checksum) │ 0 (, checksum of all)
 *     block    sequences: token, literals, distance back, length of the copy; the last has literals only
 *
 * Invariant: the result has exactly the expected size, or there is an error; checksums are checked if there are any.
 */
import { CodecFault } from "../codecs/fault.js";
import { loadLz4 } from "./libraries.js";

/** LZ4 data that is damaged, or does not have the expected size. */
export class Lz4Fault extends CodecFault {}

const MAGIC = 0x184d2204;
/** A nibble or a byte of this value means that a length goes on in the next byte. */
const NIBBLE_GOES_ON = 15;
const BYTE_GOES_ON = 255;
/** The shortest copy. */
const LEAST_COPY_BYTES = 4;
/** Stretches that are longer than this are moved by a call instead of a loop. */
const LONG_LITERALS_BYTES = 16;
const LONG_COPY_BYTES = 32;
/** The length of a block in a frame: the highest bit says that the block is not compressed. */
const LENGTH_MASK = 0x7fffffff;
/** The most bytes of a block of a frame that is written: the greatest size that the format has. */
const BLOCK_BYTES = 2 ** 22;

const fault = (problem: string): Lz4Fault => new Lz4Fault(`LZ4 data is damaged: ${problem}`);

/** Reads the tokens, lengths and distances of one block. */
class BlockReader {
  at = 0;
  readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  byte(problem: string): number {
    const value = this.bytes[this.at++];
    if (value === undefined) throw fault(problem);
    return value;
  }

  /** A length that begins in a nibble of a token. */
  length(nibble: number): number {
    let total = nibble;
    if (nibble < NIBBLE_GOES_ON) return total;
    for (let more = BYTE_GOES_ON; more === BYTE_GOES_ON; total += more) more = this.byte("a length has no end");
    return total;
  }
}

/**
 * Decodes a block into `into` from `start` on; returns where it ends. Copies may reach back to bytes before `start`.
 */
function decodeBlock(block: Uint8Array, into: Uint8Array, start: number): number {
  const reader = new BlockReader(block);
  for (let to = start; ; ) {
    const token = reader.byte("a block ends too early");
    const literals = reader.length(token >> 4);
    const from = reader.at;
    if (from + literals > block.length) throw fault("literals reach beyond their block");
    if (to + literals > into.length) throw fault(`it has more than the expected ${into.length} bytes`);
    if (literals > LONG_LITERALS_BYTES) into.set(block.subarray(from, from + literals), to);
    else for (let i = 0; i < literals; i++) into[to + i] = block[from + i] ?? 0;
    reader.at += literals;
    to += literals;
    if (reader.at === block.length) return to;
    const distance =
      reader.byte("a block ends inside a distance") + 256 * reader.byte("a block ends inside a distance");
    if (distance === 0 || distance > to) throw fault("a copy reaches back before the beginning");
    const length = LEAST_COPY_BYTES + reader.length(token & 15);
    if (to + length > into.length) throw fault(`it has more than the expected ${into.length} bytes`);
    if (distance >= length && length > LONG_COPY_BYTES) into.copyWithin(to, to - distance, to - distance + length);
    else for (let i = to; i < to + length; i++) into[i] = into[i - distance] ?? 0;
    to += length;
  }
}

/** Decompresses one block to exactly `size` bytes. */
export function unlz4Block(block: Uint8Array, size: number): Uint8Array<ArrayBuffer> {
  const result = new Uint8Array(size);
  const end = decodeBlock(block, result, 0);
  if (end !== size) throw fault(`it has ${end} bytes; expected ${size}`);
  return result;
}

/** The header of a frame: which checksums it has, and where its blocks begin. */
interface FrameHeader {
  readonly blockChecksums: boolean;
  readonly contentChecksum: boolean;
  readonly end: number;
}

function headerOf(frame: Uint8Array, view: DataView, size: number): FrameHeader {
  if (frame.length < 4 || view.getUint32(0, true) !== MAGIC) throw fault("it is not a frame");
  if (frame.length < 7) throw fault("a frame is truncated in its header");
  const flags = view.getUint8(4);
  if (flags >> 6 !== 1) throw fault("a frame has an unknown version");
  if (flags & 1) throw fault("it needs a dictionary, which the formats that are read here do not hold");
  let end = 6;
  if (flags & 8) {
    if (end + 9 > frame.length) throw fault("a frame is truncated in its header");
    const claimed = view.getBigUint64(end, true);
    if (claimed !== BigInt(size)) throw fault(`a frame claims ${claimed} bytes; expected ${size}`);
    end += 8;
  }
  if (frame[end] !== ((xxh32(frame.subarray(4, end)) >>> 8) & 255)) throw fault("the checksum of a header differs");
  return { blockChecksums: (flags & 16) !== 0, contentChecksum: (flags & 4) !== 0, end: end + 1 };
}

/** Decompresses a frame to exactly `size` bytes. */
export function unlz4(frame: Uint8Array, size: number): Uint8Array<ArrayBuffer> {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.length);
  const word = (at: number): number => {
    if (at + 4 > frame.length) throw fault(`a frame is truncated at byte ${frame.length} of it`);
    return view.getUint32(at, true);
  };
  const header = headerOf(frame, view, size);
  const result = new Uint8Array(size);
  let [at, end] = [header.end, 0];
  for (;;) {
    const length = word(at);
    at += 4;
    if (length === 0) break;
    const block = frame.subarray(at, at + (length & LENGTH_MASK));
    at += length & LENGTH_MASK;
    if (at > frame.length) throw fault("a block reaches beyond its frame");
    if (header.blockChecksums) {
      if (word(at) !== xxh32(block)) throw fault("the checksum of a block differs");
      at += 4;
    }
    if (length <= LENGTH_MASK) end = decodeBlock(block, result, end);
    else {
      if (end + block.length > size) throw fault(`it has more than the expected ${size} bytes`);
      result.set(block, end);
      end += block.length;
    }
  }
  if (end !== size) throw fault(`it has ${end} bytes; expected ${size}`);
  if (header.contentChecksum && word(at) !== xxh32(result)) throw fault("the checksum of a frame differs");
  return result;
}

/** Compresses to one frame of blocks that do not refer to each other. */
export async function lz4(bytes: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  const { default: Lz4 } = await loadLz4();
  const codec = new Lz4();
  const descriptor = Uint8Array.of(0x60, 0x70);
  const parts: Uint8Array[] = [wordBytes(MAGIC), descriptor, Uint8Array.of((xxh32(descriptor) >>> 8) & 255)];
  for (let from = 0; from < bytes.length; from += BLOCK_BYTES) {
    const plain = bytes.subarray(from, from + BLOCK_BYTES);
    const block = (await codec.encode(plain)).subarray(4); // without the length that numcodecs puts before it
    const [content, flag] = block.length < plain.length ? [block, 0] : [plain, 0x80000000];
    parts.push(wordBytes((content.length | flag) >>> 0), content);
  }
  parts.push(wordBytes(0));
  const result = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    result.set(part, at);
    at += part.length;
  }
  return result;
}

function wordBytes(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
}

const primes = [0x9e3779b1, 0x85ebca77, 0xc2b2ae3d, 0x27d4eb2f, 0x165667b1] as const;
const turn = (value: number, bits: number): number => (value << bits) | (value >>> (32 - bits));

/** The checksum of LZ4 frames (xxHash, 32 bits, seed 0). */
function xxh32(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const [p1, p2, p3, p4, p5] = primes;
  let at = 0;
  let hash = p5 | 0;
  if (bytes.length >= 16) {
    let [a, b, c, d] = [(p1 + p2) | 0, p2 | 0, 0, -p1 | 0];
    const round = (sum: number, place: number): number =>
      Math.imul(turn((sum + Math.imul(view.getInt32(place, true), p2)) | 0, 13), p1);
    for (; at + 16 <= bytes.length; at += 16) {
      [a, b, c, d] = [round(a, at), round(b, at + 4), round(c, at + 8), round(d, at + 12)];
    }
    hash = (turn(a, 1) + turn(b, 7) + turn(c, 12) + turn(d, 18)) | 0;
  }
  hash = (hash + bytes.length) | 0;
  for (; at + 4 <= bytes.length; at += 4) {
    hash = Math.imul(turn((hash + Math.imul(view.getInt32(at, true), p3)) | 0, 17), p4);
  }
  for (; at < bytes.length; at++) hash = Math.imul(turn((hash + Math.imul(view.getUint8(at), p5)) | 0, 11), p1);
  hash = Math.imul(hash ^ (hash >>> 15), p2);
  hash = Math.imul(hash ^ (hash >>> 13), p3);
  return (hash ^ (hash >>> 16)) >>> 0;
}
