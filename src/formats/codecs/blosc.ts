/**
 * Blosc, decoded by its library in WebAssembly, which has no limit.
 *
 * Invariant: what the header declares is checked first, so that hardly more than the expected bytes are made.
 */
import { CodecFault } from "./fault.js";
import { loadBlosc } from "./libraries.js";

/** Blosc's header: versions, flags, the size of an element; the bytes before, in a block, and after compression. */
const headerBytes = 16;

/** Checks a header against the bytes that follow and those that are expected. @throws CodecFault */
export function checkBlosc(bytes: Uint8Array, most: number): void {
  if (bytes.length < headerBytes) {
    throw new CodecFault(`the compressed bytes are truncated: a Blosc header has 16, and there are ${bytes.length}`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const [declared, block, compressed] = [view.getUint32(4, true), view.getUint32(8, true), view.getUint32(12, true)];
  if (declared > most) {
    throw new CodecFault(`the compressed bytes declare ${declared} bytes; at most ${most} are expected`);
  }
  if (compressed !== bytes.length) {
    throw new CodecFault(`the Blosc header declares ${compressed} compressed bytes, and there are ${bytes.length}`);
  }
  if (block > Math.max(declared, 2 ** 16)) {
    throw new CodecFault(`the Blosc header declares blocks of ${block} bytes in ${declared}`);
  }
}

/** Decompresses a buffer of Blosc 1. @throws CodecFault */
export async function unblosc(bytes: Uint8Array, most: number): Promise<Uint8Array> {
  checkBlosc(bytes, most);
  const library = await loadBlosc();
  try {
    return await library.decode(bytes);
  } catch (cause) {
    // it throws numbers, which say nothing
    throw new CodecFault("Blosc data is damaged", { cause });
  }
}

/**
 * The most bytes of a chunk of Blosc2, stored or not, whose blocks are filled up: those of 300 × 400 may have twice as
 * many.
 */
export const mostFilled = (bytes: number): number => 4 * bytes + 2 ** 20;
