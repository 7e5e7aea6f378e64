/**
 * Decompresses Zstandard frames, which are checked before a library reads them.
 *
 * Invariant: hardly more memory is taken than expected, whatever a frame declares or decodes to. A frame without its
 * end, and so without its checksum, is refused; Node's library would accept it.
 */

import { messageOf } from "../../data/causes.js";
import { ZstdFault, ZstdFrame } from "./frame.js";
import { loadCompressors } from "./libraries.js";
import { type MemorySource, zstdLibrary } from "./library.js";

/** A frame of unknown size that may exceed the expected bytes by more than this is decoded with a stricter library. */
const slack = 2 ** 20;

/** What frames declare. */
interface Unfolded {
  readonly size: number;
  readonly exact: boolean;
  /** Where the frames with content begin and end. */
  readonly frames: readonly (readonly [begin: number, end: number])[];
}

/**
 * The bytes that frames decode to: exactly if every frame declares them, otherwise the most that their blocks can
 * hold.
 */
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

/** The content of frames. Not every library continues after the first one. */
async function decompressed(
  bytes: Uint8Array,
  { frames }: Unfolded,
  most: number,
  memory?: MemorySource,
): Promise<Uint8Array> {
  const [only, ...others] = frames;
  if (only !== undefined && others.length === 0) return zstdLibrary().decompress(bytes.subarray(...only), most, memory);
  const parts: Uint8Array[] = [];
  for (const [begin, end] of frames) parts.push(await zstdLibrary().decompress(bytes.subarray(begin, end), most));
  return Buffer.concat(parts);
}

interface Options {
  readonly least?: number;
  readonly memory?: MemorySource;
}

/**
 * Undoes Zstandard compression.
 *
 * @param most the most bytes that may result; `least` is the fewest, and may be equal
 * @param memory gives memory for them, which is not needed for anything else until they are not needed any more
 * @throws ZstdFault if the frames are damaged or hold another number of bytes
 */
export async function unzstd(bytes: Uint8Array, most: number, options: Options = {}): Promise<Uint8Array> {
  const { least = 0, memory } = options;
  const found = unfolded(bytes);
  const expected = least === most ? `${most} are expected` : `at most ${most} are expected`;
  // blocks may hold less than they could; only what cannot be right is refused
  if (found.size < least || found.size > (found.exact ? most : 16 * (most + slack))) {
    throw new ZstdFault(`Zstandard frames hold ${found.size} bytes; ${expected}`);
  }
  let result: Uint8Array;
  try {
    if (found.size === 0) result = new Uint8Array(0);
    else if (found.size <= 2 * most + slack) result = await decompressed(bytes, found, most, memory);
    else result = (await loadCompressors()).decompressZstd(bytes, new Uint8Array(most));
  } catch (cause) {
    throw new ZstdFault(`Zstandard frames are damaged: ${messageOf(cause)}`, { cause });
  }
  if (result.length < least || result.length > most) {
    throw new ZstdFault(`Zstandard frames hold ${result.length} bytes; ${expected}`);
  }
  return result;
}
