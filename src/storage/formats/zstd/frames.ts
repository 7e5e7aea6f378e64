/**
 * Zstandard frames, looked at before a library touches them.
 *
 * Invariant: hardly more memory is taken than what is expected, whatever a frame claims or unfolds to; and no frame is taken
 * for a whole one that lacks its end, and so its checksum, which Node's library does not mind.
 */
import { decompressZstd } from "hyparquet-compressors";
import { zstdLibrary } from "./library.js";

/** More than a frame of no certain size may unfold to by the count of its blocks before it is decoded more cautiously. */
const slack = 2 ** 20;

/** A frame that is damaged, or is not of the size that it must be. */
export class ZstdFault extends Error {}

/** What frames say of themselves. */
interface Unfolded {
  readonly size: number;
  readonly exact: boolean;
  /** Where frames with content begin and end. */
  readonly frames: readonly (readonly [begin: number, end: number])[];
}

/**
 * The bytes that frames unfold to: exactly, where every frame tells, otherwise the most that their blocks can hold.
 *
 * ```
 * frame    magic 4 │ descriptor 1 │ window 0–1 │ dictionary 0–4 │ size 0–8 │ blocks … │ checksum 0 or 4
 * block    last 1 bit, kind 2 bits, size 21 bits │ content
 * ```
 */
function unfolded(bytes: Uint8Array): Unfolded {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let [at, size, exact] = [0, 0, true];
  const frames: [number, number][] = [];
  const need = (count: number): void => {
    if (at + count > bytes.length) throw new ZstdFault(`a Zstandard frame is truncated at byte ${bytes.length} of it`);
  };
  while (at < bytes.length) {
    need(4);
    const magic = view.getUint32(at, true);
    if ((magic & 0xfffffff0) >>> 0 === 0x184d2a50) {
      need(8);
      at += 8 + view.getUint32(at + 4, true);
      need(0);
      continue;
    }
    if (magic !== 0xfd2fb528) throw new ZstdFault("no Zstandard frame stands where one should");
    need(5);
    const begin = at;
    const descriptor = bytes[at + 4]!;
    const single = (descriptor & 32) !== 0;
    const sizeBytes = [single ? 1 : 0, 2, 4, 8][descriptor >> 6]!;
    at += 5;
    let window = 2 ** 17;
    if (!single) {
      need(1);
      window = 2 ** (10 + (bytes[at]! >> 3)) * (1 + (bytes[at]! & 7) / 8);
      at += 1;
    }
    at += [0, 1, 2, 4][descriptor & 3]!;
    need(sizeBytes);
    let content: number | undefined;
    if (sizeBytes === 1) content = bytes[at]!;
    else if (sizeBytes === 2) content = view.getUint16(at, true) + 256;
    else if (sizeBytes === 4) content = view.getUint32(at, true);
    else if (sizeBytes === 8) content = Number(view.getBigUint64(at, true));
    at += sizeBytes;
    let most = 0;
    for (let last = false; !last; ) {
      need(3);
      const header = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16);
      last = (header & 1) === 1;
      const kind = (header >> 1) & 3;
      const count = header >> 3;
      if (kind === 3) throw new ZstdFault("a Zstandard block is of no known kind");
      most += kind === 2 ? Math.min(window, 2 ** 17) : count;
      at += 3 + (kind === 1 ? 1 : count);
      need(0);
    }
    at += descriptor & 4 ? 4 : 0;
    need(0);
    frames.push([begin, at]);
    exact &&= content !== undefined;
    size += content ?? most;
  }
  return { size, exact, frames };
}

/** What frames hold. Not every library goes on behind the first one. */
async function decompressed(bytes: Uint8Array, { frames }: Unfolded, most: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for (const [begin, end] of frames) parts.push(await zstdLibrary().decompress(bytes.subarray(begin, end), most));
  return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
}

/**
 * Undoes Zstandard compression.
 *
 * @param most the bytes that may come out at the most; `least` may be as many
 * @throws ZstdFault where the frames are damaged or hold another number of bytes
 */
export async function unzstd(bytes: Uint8Array, most: number, { least = 0 } = {}): Promise<Uint8Array> {
  const found = unfolded(bytes);
  const expected = least === most ? `${most} are expected` : `at most ${most} are expected`;
  // Blocks may hold less than they could; only what cannot be meant is refused.
  if (found.size < least || found.size > (found.exact ? most : 16 * (most + slack))) {
    throw new ZstdFault(`Zstandard frames hold ${found.size} bytes; ${expected}`);
  }
  let result: Uint8Array;
  try {
    if (found.size === 0) result = new Uint8Array(0);
    else if (found.size <= 2 * most + slack) result = await decompressed(bytes, found, most);
    else result = decompressZstd(bytes, new Uint8Array(most));
  } catch (cause) {
    throw new ZstdFault(`Zstandard frames are damaged: ${(cause as Error).message}`, { cause });
  }
  if (result.length < least || result.length > most) {
    throw new ZstdFault(`Zstandard frames hold ${result.length} bytes; ${expected}`);
  }
  return result;
}
