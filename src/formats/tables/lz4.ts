/**
 * LZ4 blocks and frames. No package that is kept up decodes frames whose blocks refer to earlier blocks, which is what Arrow
 * files hold; and those that decode blocks do not tell when one ends early.
 *
 *     frame    magic │ flags, sizes, checksum of both │ blocks: length, content (, checksum) │ 0 (, checksum of all)
 *     block    sequences: token, literals, distance back, length of the copy; the last has literals only
 *
 * Invariant: exactly the expected bytes come out, or a fault; checksums are checked where there are any.
 */
import { loadLz4 } from "./libraries.js";

/** LZ4 data that is damaged, or is not of the size that it must be. */
export class Lz4Fault extends Error {}

const magic = 0x184d2204;
const fault = (problem: string): Lz4Fault => new Lz4Fault(`LZ4 data is damaged: ${problem}`);

/** Decodes a block into `into` from `at` on; gives where it ends. Copies may reach back to what stands before `at`. */
function decodeBlock(block: Uint8Array, into: Uint8Array, at: number): number {
  let from = 0;
  const longer = (length: number): number => {
    let total = length;
    for (let more = 255; more === 255; total += more) {
      if (from >= block.length) throw fault("a length has no end");
      more = block[from++]!;
    }
    return total;
  };
  for (let to = at; ; ) {
    if (from >= block.length) throw fault("a block ends too early");
    const token = block[from++]!;
    const literals = token >> 4 === 15 ? longer(15) : token >> 4;
    if (from + literals > block.length) throw fault("literals reach beyond their block");
    if (to + literals > into.length) throw fault(`it holds more than the ${into.length} bytes expected`);
    if (literals > 16) into.set(block.subarray(from, from + literals), to);
    else for (let i = 0; i < literals; i++) into[to + i] = block[from + i]!;
    from += literals;
    to += literals;
    if (from === block.length) return to;
    if (from + 2 > block.length) throw fault("a block ends inside a distance");
    const distance = block[from]! | (block[from + 1]! << 8);
    from += 2;
    if (distance === 0 || distance > to) throw fault("a copy reaches back before the beginning");
    const length = 4 + ((token & 15) === 15 ? longer(15) : token & 15);
    if (to + length > into.length) throw fault(`it holds more than the ${into.length} bytes expected`);
    if (distance >= length && length > 32) into.copyWithin(to, to - distance, to - distance + length);
    else for (let i = 0; i < length; i++) into[to + i] = into[to - distance + i]!;
    to += length;
  }
}

/** Undoes the compression of one block; `size` is what must come out. */
export function unlz4Block(block: Uint8Array, size: number): Uint8Array<ArrayBuffer> {
  const result = new Uint8Array(size);
  const end = decodeBlock(block, result, 0);
  if (end !== size) throw fault(`it holds ${end} bytes; ${size} are expected`);
  return result;
}

/** Undoes the compression of a frame; `size` is what must come out. */
export function unlz4(frame: Uint8Array, size: number): Uint8Array<ArrayBuffer> {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.length);
  const word = (at: number): number => {
    if (at + 4 > frame.length) throw fault(`a frame is truncated at byte ${frame.length} of it`);
    return view.getUint32(at, true);
  };
  if (word(0) !== magic) throw fault("no frame stands where one should");
  const flags = frame[4]!;
  if (flags >> 6 !== 1 || frame.length < 7) throw fault("a frame is of no known version");
  if (flags & 1) throw fault("it needs a dictionary, which Arrow has no place for");
  let at = 6;
  if (flags & 8) {
    if (at + 8 > frame.length) throw fault("a frame is truncated in its header");
    const told = view.getBigUint64(at, true);
    if (told !== BigInt(size)) throw fault(`a frame tells of ${told} bytes; ${size} are expected`);
    at += 8;
  }
  if (frame[at] !== ((xxh32(frame.subarray(4, at)) >>> 8) & 255)) throw fault("the checksum of a header differs");
  at += 1;
  const result = new Uint8Array(size);
  let end = 0;
  for (;;) {
    const length = word(at);
    at += 4;
    if (length === 0) break;
    const block = frame.subarray(at, at + (length & 0x7fffffff));
    at += length & 0x7fffffff;
    if (at > frame.length) throw fault("a block reaches beyond its frame");
    if (flags & 16) {
      if (word(at) !== xxh32(block)) throw fault("the checksum of a block differs");
      at += 4;
    }
    if (length >>> 31 === 0) end = decodeBlock(block, result, end);
    else {
      if (end + block.length > size) throw fault(`it holds more than the ${size} bytes expected`);
      result.set(block, end);
      end += block.length;
    }
  }
  if (end !== size) throw fault(`it holds ${end} bytes; ${size} are expected`);
  if (flags & 4 && word(at) !== xxh32(result)) throw fault("the checksum of a frame differs");
  return result;
}

/** The most bytes of a block of a frame that is written: the greatest size that the format has. */
const blockBytes = 2 ** 22;

/** Compresses to one frame of blocks that stand for themselves. */
export async function lz4(bytes: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  const { default: Lz4 } = await loadLz4();
  const codec = new Lz4();
  const descriptor = Uint8Array.of(0x60, 0x70);
  const parts: Uint8Array[] = [words(magic), descriptor, Uint8Array.of((xxh32(descriptor) >>> 8) & 255)];
  for (let from = 0; from < bytes.length; from += blockBytes) {
    const plain = bytes.subarray(from, from + blockBytes);
    const block = (await codec.encode(plain)).subarray(4); // without the length that numcodecs puts before it
    const [content, flag] = block.length < plain.length ? [block, 0] : [plain, 0x80000000];
    parts.push(words((content.length | flag) >>> 0), content);
  }
  parts.push(words(0));
  const result = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    result.set(part, at);
    at += part.length;
  }
  return result;
}

function words(value: number): Uint8Array {
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
  for (; at < bytes.length; at++) hash = Math.imul(turn((hash + Math.imul(bytes[at]!, p5)) | 0, 11), p1);
  hash = Math.imul(hash ^ (hash >>> 15), p2);
  hash = Math.imul(hash ^ (hash >>> 13), p3);
  return (hash ^ (hash >>> 16)) >>> 0;
}
