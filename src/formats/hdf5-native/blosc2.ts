/**
 * Blosc2 as HDF5 has it: a frame that holds one chunk, which may be cut into blocks along several axes.
 *
 *     frame     head │ chunk │ where the chunk begins, as a chunk │ trailer
 *     head      numbers at fixed places in the notation of MessagePack, the highest byte first; perhaps "b2nd"
 *     b2nd      shape, shape of the chunk, shape of a block: blocks follow each other in C order, each of them in C
 *               order, and those that reach beyond the chunk are filled up
 *
 * Invariant: no more bytes result than are expected, and no more than {@link mostFilled} of blocks that are filled up.
 */
import { blockAt, chunkBox, countChunks, cut, gridOf } from "../../data/chunks.js";
import { copyBox } from "../../data/copy.js";
import { zip } from "../../data/lists.js";
import { cornerOf, countsOf, firstOf, sizeOf, stridesOf } from "../../data/region.js";
import { mostFilled } from "../codecs/blosc.js";
import { CodecFault } from "../codecs/fault.js";
import { alike, unblosc2Chunk } from "./blosc2-chunk.js";

/** The places of numbers in the head. */
const [HEAD_BYTES_AT, BYTES_AT, STORED_BYTES_AT] = [11, 30, 39];
const [ELEMENT_BYTES_AT, CHUNK_BYTES_AT, METADATA_AT] = [48, 58, 87];

/** The name of what says how a chunk is cut, with its mark. */
const NAME = Buffer.from("\xa4b2nd", "latin1");

/** The axes that Blosc2 has at most. */
const MOST_AXES = 16;

/** A chunk of several axes. */
interface Cut {
  readonly chunk: readonly number[];
  readonly block: readonly number[];
}

/** Decompresses a frame. @throws CodecFault */
export async function unblosc2(bytes: Uint8Array, most: number): Promise<Uint8Array> {
  const frame = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  try {
    return await unframed(frame, most);
  } catch (error) {
    if (error instanceof RangeError) throw new CodecFault("a Blosc2 frame is truncated", { cause: error });
    throw error;
  }
}

async function unframed(frame: Buffer, most: number): Promise<Uint8Array> {
  if (frame.toString("latin1", 2, 9) !== "b2frame") throw new CodecFault("it is not a frame of Blosc2");
  const [bytes, chunkBytes] = [Number(frame.readBigInt64BE(BYTES_AT)), frame.readUInt32BE(CHUNK_BYTES_AT)];
  if (bytes > chunkBytes) throw new CodecFault(`a Blosc2 frame has several chunks of ${chunkBytes} bytes; one is read`);
  const item = frame.readUInt32BE(ELEMENT_BYTES_AT);
  const cut = cutOf(frame);
  if (cut === undefined) return chunkOf(frame, Math.min(bytes, most), item);
  const { chunk, block } = cut;
  if (sizeOf(chunk) * item > most) throw new CodecFault(`a Blosc2 frame declares (${chunk.join(", ")}) elements`);
  const padded = zip(chunk, block).map(([length, part]) => Math.ceil(length / part) * part);
  if (sizeOf(padded) * item > mostFilled(most))
    throw new CodecFault(`blocks of (${block.join(", ")}) are far too large`);
  return joined(await chunkOf(frame, sizeOf(padded) * item, item), cut, item);
}

/** The content of the only chunk. */
async function chunkOf(frame: Buffer, bytes: number, item: number): Promise<Uint8Array> {
  const begin = frame.readUInt32BE(HEAD_BYTES_AT);
  const stored = Number(frame.readBigInt64BE(STORED_BYTES_AT));
  // where it begins, in a chunk of its own; or, with the highest bit, of which kind all elements are
  const place = viewOf(await unblosc2Chunk(frame.subarray(begin + stored), 8)).getBigInt64(0, true);
  const kind = Number((place >> 56n) & 127n);
  if (place < 0) return alike(kind, new Uint8Array(bytes), item);
  const found = await unblosc2Chunk(frame.subarray(begin + Number(place)), bytes);
  if (found.length === bytes) return found;
  throw new CodecFault(`a Blosc2 chunk has ${found.length} bytes, and should have ${bytes}`);
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.length);

/** How a chunk is cut along several axes; undefined where it is not. */
function cutOf(frame: Buffer): Cut | undefined {
  const name = frame.subarray(0, frame.readUInt32BE(HEAD_BYTES_AT)).indexOf(NAME, METADATA_AT);
  if (name < 0) return undefined;
  // after the name, where the entry is: the length (5 bytes), a list's mark, a version, the number of axes
  const at = frame.readUInt32BE(name + NAME.length + 1) + 5;
  const rank = frame.readUInt8(at + 2);
  if (rank < 1 || rank > MOST_AXES) throw new CodecFault(`a Blosc2 frame has ${rank} axes`);
  // three lists, each after its mark, of numbers after theirs: the shape in 8 bytes, the others in 4
  const chunks = at + 3 + 1 + 9 * rank;
  const numbers = (list: number) => Array.from({ length: rank }, (_, axis) => frame.readUInt32BE(list + 2 + 5 * axis));
  const [chunk, block] = [numbers(chunks), numbers(chunks + 1 + 5 * rank)];
  if (!zip(chunk, block).every(([length, part]) => part > 0 && part <= length)) {
    throw new CodecFault(`a Blosc2 frame has chunks of (${chunk.join(", ")}) in blocks of (${block.join(", ")})`);
  }
  return { chunk, block };
}

/** Puts blocks together. */
function joined(bytes: Uint8Array, { chunk, block }: Cut, item: number): Uint8Array {
  const result = new Uint8Array(sizeOf(chunk) * item);
  const grid = zip(chunk, block).map(([length, part]) => cut(length, part));
  const [strides, inside] = [stridesOf(chunk), stridesOf(block)];
  for (let number = 0; number < countChunks(grid); number++) {
    const box = chunkBox(grid, blockAt(gridOf(grid), number));
    const from = { memory: bytes.buffer, offset: bytes.byteOffset + number * sizeOf(block) * item, strides: inside };
    const to = { memory: result.buffer, offset: firstOf(0, strides, cornerOf(box)) * item, strides };
    copyBox(item, countsOf(box), from, to);
  }
  return result;
}
