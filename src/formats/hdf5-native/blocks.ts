/**
 * Filters that cut a chunk into blocks with a head of their own: LZ4 and bitshuffle. Their numbers have the most
 * significant byte first.
 *
 *     LZ4                      bytes (8), bytes of a block (4) │ bytes (4), block │ …
 *     bitshuffle, compressed   the same; its blocks are shuffled bits
 *     bitshuffle               shuffled blocks, without any head
 *
 * Invariant: no more bytes result than are expected.
 */
import { unshuffleBits } from "../codecs/bitshuffle.js";
import { CodecFault } from "../codecs/fault.js";
import { unlz4Block } from "../tables/lz4.js";
import { unzstd } from "../zstd/frames.js";
import type { BitshuffleFilter } from "./params.js";

const headBytes = 12;

interface Head {
  readonly bytes: number;
  readonly block: number;
}

function headOf(stored: Uint8Array, most: number): Head {
  if (stored.length < headBytes) throw new CodecFault(`it has ${stored.length} bytes, fewer than its head`);
  const view = viewOf(stored);
  const [bytes, block] = [Number(view.getBigUint64(0)), view.getUint32(8)];
  if (bytes > most) throw new CodecFault(`it declares ${bytes} bytes; at most ${most} are expected`);
  if (block === 0 && bytes > 0) throw new CodecFault("it declares blocks without any bytes");
  return { bytes, block };
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.length);

/** The compressed blocks that follow a head, and where each belongs; returns where they end. */
class Blocks {
  at = headBytes;
  readonly #stored: Uint8Array;

  constructor(stored: Uint8Array) {
    this.#stored = stored;
  }

  next(): Uint8Array {
    const begin = this.at + 4;
    if (begin > this.#stored.length) throw new CodecFault("it is truncated");
    const end = begin + viewOf(this.#stored).getUint32(this.at);
    if (end > this.#stored.length) throw new CodecFault("a block reaches beyond its end");
    this.at = end;
    return this.#stored.subarray(begin, end);
  }
}

/** Undoes LZ4 as HDF5 frames it: a block that could not be compressed is as it was. */
export function unlz4Blocks(stored: Uint8Array, most: number): Uint8Array {
  const { bytes, block } = headOf(stored, most);
  const result = new Uint8Array(bytes);
  const blocks = new Blocks(stored);
  for (let to = 0; to < bytes; to += block) {
    const length = Math.min(block, bytes - to);
    const found = blocks.next();
    result.set(found.length === length ? found : unlz4Block(found, length), to);
  }
  return result;
}

/** The elements of a block where the filter was not told how many. */
function usualLength(elementBytes: number): number {
  const length = Math.floor(8192 / elementBytes);
  return Math.max(128, length - (length % 8));
}

/** Undoes bitshuffle. The elements after the last eight are not shuffled. */
export async function unbitshuffle(stored: Uint8Array, filter: BitshuffleFilter, most: number): Promise<Uint8Array> {
  const { elementBytes, codec } = filter;
  const head = codec === "none" ? undefined : headOf(stored, most);
  const bytes = head?.bytes ?? stored.length;
  const length = head === undefined ? filter.blockLength || usualLength(elementBytes) : head.block / elementBytes;
  if (bytes > most || !Number.isInteger(length) || length % 8 !== 0 || length === 0) {
    throw new CodecFault(`it has ${bytes} bytes in blocks of ${length} elements`);
  }
  const result = new Uint8Array(bytes);
  const count = Math.floor(bytes / elementBytes);
  const shuffled = count - (count % 8);
  const blocks = new Blocks(stored);
  for (let first = 0; first < shuffled; first += length) {
    const elements = Math.min(length, shuffled - first);
    const [at, size] = [first * elementBytes, elements * elementBytes];
    let block: Uint8Array;
    if (codec === "none") block = stored.subarray(at, at + size);
    else if (codec === "lz4") block = unlz4Block(blocks.next(), size);
    else block = await unzstd(blocks.next(), size, { least: size });
    unshuffleBits(block, elements, elementBytes, result, at);
  }
  const at = shuffled * elementBytes;
  const rest = head === undefined ? stored.subarray(at) : stored.subarray(blocks.at);
  if (rest.length !== bytes - at)
    throw new CodecFault(`${rest.length} bytes follow its blocks; expected ${bytes - at}`);
  result.set(rest, at);
  return result;
}
