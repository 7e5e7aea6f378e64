/**
 * Decompresses Zstandard piece by piece, in bounded memory, whatever it decodes to.
 *
 * Invariant: a decoder gets one frame at a time, and a frame without its end is refused: decoders ignore the frames
 * after the first, or do not report that one is truncated.
 */
import { ZstdFault, ZstdFrame } from "./frame.js";
import type { Unfold } from "./library.js";

/**
 * Decompresses frames; `unfold` is a library's function for one frame.
 *
 * @throws ZstdFault, or an error whose code begins with ZSTD_, if the frames are damaged or truncated; and what the
 * source throws
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
