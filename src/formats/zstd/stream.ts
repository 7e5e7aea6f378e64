/**
 * Zstandard that comes in pieces and goes in pieces, in bounded memory, whatever it unfolds to.
 *
 * Invariant: a decoder is given one frame at a time, and none is taken for a whole one that lacks its end: decoders forget
 * the frames that follow the first, or say nothing where one is cut.
 */
import { ZstdFault, ZstdFrame } from "./frame.js";
import type { Unfold } from "./library.js";

/**
 * Undoes Zstandard compression; `unfold` is what a library does with a frame.
 *
 * @throws ZstdFault, or an error whose code begins with ZSTD_, where the frames are damaged or cut; what the source throws
 */
export async function* unzstdStream(source: AsyncIterable<Uint8Array>, unfold: Unfold): AsyncGenerator<Uint8Array> {
  const pieces = source[Symbol.asyncIterator]();
  let [piece, at, more]: [Uint8Array, number, boolean] = [new Uint8Array(0), 0, true];
  /** Whether there are more bytes. */
  const hasMore = async (): Promise<boolean> => {
    while (more && at === piece.length) {
      const next = await pieces.next();
      more = next.done !== true;
      if (next.done !== true) [piece, at] = [next.value, 0];
    }
    return more;
  };
  async function* frame(): AsyncGenerator<Uint8Array> {
    const walk = new ZstdFrame();
    while (!walk.ended) {
      if (!(await hasMore())) throw new ZstdFault("a Zstandard frame is truncated");
      const end = walk.take(piece, at);
      yield piece.subarray(at, end);
      at = end;
    }
  }
  while (await hasMore()) yield* unfold(frame());
}
