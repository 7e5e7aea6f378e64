/**
 * A chunk of Blosc2: a head of 32 bytes, and blocks that went through filters and a codec one by one.
 *
 *     head     version, flags, bytes of an element │ bytes, bytes of a block, bytes stored │ filters │ kind
 *     chunk    head │ where each block begins │ blocks
 *     block    streams: bytes (4), content. As a rule one for the first bytes of all elements, one for the second, …;
 *              0 bytes are zeros, and fewer than 0 one byte again and again
 *
 * A chunk whose elements are all the same has a head, which says so, and perhaps that element.
 *
 * Invariant: no more bytes result than are expected.
 */
import { inflateSync } from "node:zlib";
import { systemCodeOf } from "../../data/causes.js";
import { unshuffleBits } from "../codecs/bitshuffle.js";
import { CodecFault } from "../codecs/fault.js";
import { unshuffle } from "../codecs/shuffle.js";
import { unlz4Block } from "../tables/lz4.js";
import { unzstd } from "../zstd/frames.js";
import { unblosclz } from "./blosclz.js";

const headBytes = 32;

/** Flags: filters are those of Blosc2; all bytes are as they were; one stream for each block. */
const [EXTENDED, STORED, UNSPLIT] = [0b101, 0b10, 0b10000];
/** The codecs, by the highest three bits of the flags. */
const codecs = ["blosclz", "lz4", "snappy", "zlib", "zstd"] as const;
/** The filters that are undone; the last one only clears bits. */
const [NONE, SHUFFLE, BITSHUFFLE, DELTA, TRUNCATE] = [0, 1, 2, 3, 4];
/** What all elements are: the kinds of chunks without blocks. */
const [ZEROS, NANS, REPEATED, UNSET] = [1, 2, 3, 4];
/** The flag of a chunk that was compressed with a dictionary. */
const DICTIONARY = 1;

interface Head {
  readonly flags: number;
  readonly elementBytes: number;
  readonly bytes: number;
  readonly block: number;
  readonly filters: readonly { readonly filter: number; readonly setting: number }[];
  readonly kind: number;
}

function headOf(bytes: Uint8Array, most: number): Head {
  if (bytes.length < headBytes) throw new CodecFault(`a Blosc2 chunk has ${bytes.length} bytes, fewer than its head`);
  const view = viewOf(bytes);
  const stored = view.getUint32(12, true);
  const [flags, elementBytes, kinds] = [view.getUint8(2), view.getUint8(3), view.getUint8(31)];
  const [declared, block] = [view.getUint32(4, true), view.getUint32(8, true)];
  if (declared > most) throw new CodecFault(`a Blosc2 chunk declares ${declared} bytes; at most ${most} are expected`);
  if (stored < headBytes || stored > bytes.length || elementBytes === 0 || (block === 0 && declared > 0)) {
    throw new CodecFault(`the head of a Blosc2 chunk of ${bytes.length} bytes makes no sense`);
  }
  if ((flags & EXTENDED) !== EXTENDED) throw new CodecFault("a Blosc2 chunk has the head of Blosc 1");
  if ((kinds & DICTIONARY) !== 0) throw new CodecFault("it was compressed with a dictionary, which is not read");
  const filters = Array.from({ length: 6 }, (_, i) => {
    return { filter: view.getUint8(16 + i), setting: view.getUint8(24 + i) };
  });
  return { flags, elementBytes, bytes: declared, block, filters, kind: (kinds >> 4) & 7 };
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.length);

/** Decompresses a chunk. @throws CodecFault */
export async function unblosc2Chunk(bytes: Uint8Array, most: number): Promise<Uint8Array> {
  const head = headOf(bytes, most);
  const result = new Uint8Array(head.bytes);
  if (head.kind !== 0) return alike(head.kind, result, head.elementBytes, bytes.subarray(headBytes));
  if ((head.flags & STORED) !== 0) {
    if (bytes.length < headBytes + head.bytes) throw new CodecFault("a Blosc2 chunk is truncated");
    result.set(bytes.subarray(headBytes, headBytes + head.bytes));
    return result;
  }
  const view = viewOf(bytes);
  for (let number = 0, at = 0; at < head.bytes; number++, at += head.block) {
    const place = headBytes + 4 * number;
    if (place + 4 > bytes.length) throw new CodecFault("a Blosc2 chunk is truncated");
    const length = Math.min(head.block, head.bytes - at);
    const block = await blockAt(bytes, view.getUint32(place, true), length, head);
    result.set(unfiltered(block, head, at === 0 ? undefined : result), at);
  }
  return result;
}

/**
 * Fills memory with elements that are all the same.
 *
 * @param kind what they are, by Blosc2's number
 * @param element begins with the element, if the number says that it follows
 */
export function alike(kind: number, into: Uint8Array, elementBytes: number, element?: Uint8Array): Uint8Array {
  if (kind === ZEROS || kind === UNSET) return into;
  const found =
    kind === REPEATED ? element?.subarray(0, elementBytes) : kind === NANS ? nanOf(elementBytes) : undefined;
  if (found?.length !== elementBytes) throw new CodecFault(`a Blosc2 chunk of equal elements of the kind ${kind}`);
  for (let at = 0; at + elementBytes <= into.length; at += elementBytes) into.set(found, at);
  return into;
}

/** The NaN that Blosc2 means, with the lowest byte first. */
function nanOf(elementBytes: number): Uint8Array {
  const bytes = new Uint8Array(elementBytes);
  if (elementBytes === 4) viewOf(bytes).setFloat32(0, Number.NaN, true);
  else if (elementBytes === 8) viewOf(bytes).setFloat64(0, Number.NaN, true);
  else throw new CodecFault(`a Blosc2 chunk holds NaNs of ${elementBytes} bytes`);
  return bytes;
}

/** Decompresses the streams of a block. */
async function blockAt(bytes: Uint8Array, begin: number, length: number, head: Head): Promise<Uint8Array> {
  const isWhole = length === head.block;
  const streams = (head.flags & UNSPLIT) === 0 && isWhole ? head.elementBytes : 1;
  const size = length / streams;
  if (!Number.isInteger(size)) throw new CodecFault(`a Blosc2 block of ${length} bytes has ${streams} streams`);
  const block = new Uint8Array(length);
  const view = viewOf(bytes);
  let at = begin;
  for (let to = 0; to < length; to += size) {
    if (at + 4 > bytes.length) throw new CodecFault("a Blosc2 block begins after the end");
    const stored = view.getInt32(at, true);
    at += 4;
    if (stored < 0) {
      if (stored < -255 || ((bytes[at] ?? 0) & 1) === 0) throw new CodecFault("a run of Blosc2 is not known");
      block.fill(-stored, to, to + size);
      at += 1;
      continue;
    }
    if (at + stored > bytes.length) throw new CodecFault("a Blosc2 block reaches beyond the end");
    const stream = bytes.subarray(at, at + stored);
    at += stored;
    if (stored === size) block.set(stream, to);
    else if (stored > 0) block.set(await decompressed(stream, size, head.flags >> 5), to);
  }
  return block;
}

async function decompressed(stream: Uint8Array, length: number, number: number): Promise<Uint8Array> {
  const codec = codecs[number];
  switch (codec) {
    case "blosclz":
      return unblosclz(stream, length);
    case "lz4":
      return unlz4Block(stream, length);
    case "zlib":
      return inflated(stream, length);
    case "zstd":
      return unzstd(stream, length, { least: length });
    default:
      throw new CodecFault(`Blosc2 used the codec ${codec ?? number}; read are blosclz, lz4, zlib and zstd`);
  }
}

function inflated(stream: Uint8Array, length: number): Uint8Array {
  try {
    const found = inflateSync(stream, { maxOutputLength: length });
    if (found.length === length) return found;
  } catch (cause) {
    const code = systemCodeOf(cause);
    if (code !== "ERR_BUFFER_TOO_LARGE" && code?.startsWith("Z_") !== true) throw cause;
    throw new CodecFault("a Blosc2 block cannot be inflated", { cause });
  }
  throw new CodecFault(`a Blosc2 block does not inflate to ${length} bytes`);
}

/**
 * Undoes the filters of a block, in the other order.
 *
 * @param first the chunk, which begins with the first block; undefined for that block itself
 */
function unfiltered(block: Uint8Array, { filters, elementBytes }: Head, first: Uint8Array | undefined): Uint8Array {
  let bytes = block;
  for (const { filter, setting } of filters.toReversed()) {
    const size = filter === SHUFFLE && setting > 0 ? setting : elementBytes;
    if (filter === NONE || filter === TRUNCATE) continue;
    if (filter === SHUFFLE) bytes = unshuffle(bytes, size, new Uint8Array(bytes.length));
    else if (filter === BITSHUFFLE) bytes = withoutBitshuffle(bytes, elementBytes);
    else if (filter === DELTA) addDifferences(bytes, elementBytes, first);
    else throw new CodecFault(`Blosc2 used the filter ${filter}; undone are shuffle, bitshuffle and delta`);
  }
  return bytes;
}

/** The elements after the last eight are not shuffled. */
function withoutBitshuffle(bytes: Uint8Array, elementBytes: number): Uint8Array {
  const count = Math.floor(bytes.length / elementBytes / 8) * 8;
  const into = Uint8Array.from(bytes);
  unshuffleBits(bytes, count, elementBytes, into, 0);
  return into;
}

/** Elements are bits that differ from those of the first block, and there from the element before. */
function addDifferences(bytes: Uint8Array, elementBytes: number, first: Uint8Array | undefined): void {
  const unit = elementBytes % 8 === 0 ? 8 : elementBytes === 4 || elementBytes === 2 ? elementBytes : 1;
  const end = bytes.length - (bytes.length % unit);
  if (first === undefined) for (let at = unit; at < end; at++) bytes[at] = (bytes[at] ?? 0) ^ (bytes[at - unit] ?? 0);
  else for (let at = 0; at < end; at++) bytes[at] = (bytes[at] ?? 0) ^ (first[at] ?? 0);
}
