/**
 * Zstandard frames, looked at before a library touches them.
 *
 * Invariant: hardly more memory is taken than what is expected, whatever a frame claims or unfolds to; and no frame is taken
 * for a whole one that lacks its end, and so its checksum, which Node's library does not mind.
 */

import { ZstdFault, ZstdFrame } from "./frame.js";
import { loadCompressors } from "./libraries.js";
import { type MemorySource, zstdLibrary } from "./library.js";

/** More than a frame of no certain size may unfold to by the count of its blocks before it is decoded more cautiously. */
const slack = 2 ** 20;

/** What frames say of themselves. */
interface Unfolded {
  readonly size: number;
  readonly exact: boolean;
  /** Where frames with content begin and end. */
  readonly frames: readonly (readonly [begin: number, end: number])[];
}

/** The bytes that frames unfold to: exactly, where every frame tells, otherwise the most that their blocks can hold. */
function unfolded(bytes: Uint8Array): Unfolded {
  let [size, exact] = [0, true];
  const frames: [number, number][] = [];
  for (let at = 0; at < bytes.length; ) {
    const frame = new ZstdFrame();
    const end = frame.take(bytes, at);
    if (!frame.ended) throw new ZstdFault(`a Zstandard frame is truncated at byte ${bytes.length} of it`);
    if (!frame.skipped) {
      frames.push([at, end]);
      exact &&= frame.declared !== undefined;
      size += frame.declared ?? frame.bound;
    }
    at = end;
  }
  return { size, exact, frames };
}

/** What frames hold. Not every library goes on behind the first one. */
async function decompressed(
  bytes: Uint8Array,
  { frames }: Unfolded,
  most: number,
  room?: MemorySource,
): Promise<Uint8Array> {
  const [only] = frames;
  if (frames.length === 1) return zstdLibrary().decompress(bytes.subarray(...only!), most, room);
  const parts: Uint8Array[] = [];
  for (const [begin, end] of frames) parts.push(await zstdLibrary().decompress(bytes.subarray(begin, end), most));
  return Buffer.concat(parts);
}

interface Options {
  readonly least?: number;
  readonly room?: MemorySource;
}

/**
 * Undoes Zstandard compression.
 *
 * @param most the bytes that may come out at the most; `least` may be as many
 * @param room gives memory for them, which is not needed for anything else until they are not needed any more
 * @throws ZstdFault where the frames are damaged or hold another number of bytes
 */
export async function unzstd(bytes: Uint8Array, most: number, options: Options = {}): Promise<Uint8Array> {
  const { least = 0, room } = options;
  const found = unfolded(bytes);
  const expected = least === most ? `${most} are expected` : `at most ${most} are expected`;
  // Blocks may hold less than they could; only what cannot be meant is refused.
  if (found.size < least || found.size > (found.exact ? most : 16 * (most + slack))) {
    throw new ZstdFault(`Zstandard frames hold ${found.size} bytes; ${expected}`);
  }
  let result: Uint8Array;
  try {
    if (found.size === 0) result = new Uint8Array(0);
    else if (found.size <= 2 * most + slack) result = await decompressed(bytes, found, most, room);
    else result = (await loadCompressors()).decompressZstd(bytes, new Uint8Array(most));
  } catch (cause) {
    throw new ZstdFault(`Zstandard frames are damaged: ${(cause as Error).message}`, { cause });
  }
  if (result.length < least || result.length > most) {
    throw new ZstdFault(`Zstandard frames hold ${result.length} bytes; ${expected}`);
  }
  return result;
}
