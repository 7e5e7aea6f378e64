/**
 * The structure of Zstandard frames, walked over before or while a decoder is given them: decoders take a frame that is cut
 * for a whole one, forget those that follow the first, wait for bytes that never come, or unfold without a bound.
 *
 * ```
 * frame     magic 4 │ descriptor 1 │ window 0–1 │ dictionary 0–4 │ size 0–8 │ blocks … │ checksum 0 or 4
 * block     last 1 bit, kind 2 bits, size 21 bits │ content
 * skipped   magic 4 │ size 4 │ content
 * ```
 */

/** Frames that are damaged, or do not hold what they must. */
export class ZstdFault extends Error {}

const largestBlock = 2 ** 17;

/** One frame, whose bytes are given piece by piece. */
export class ZstdFrame {
  /** The bytes that it unfolds to, where it tells. */
  declared: number | undefined;
  /** The most that its blocks unfold to. */
  bound = 0;
  /** Whether it holds nothing that a decoder looks at. */
  skipped = false;
  /** Whether its last byte was given. */
  ended = false;
  readonly #held = Buffer.alloc(18);
  #count = 0;
  #wanted = 5;
  /** What the bytes that are held will be. */
  #stage: "begin" | "header" | "block" = "begin";
  /** Bytes to be passed over. */
  #over = 0;
  #last = false;
  #block = largestBlock;
  #checksum = 0;

  /** Takes bytes from a place on; gives the place behind those that belong to the frame. @throws ZstdFault */
  take(bytes: Uint8Array, from: number): number {
    let at = from;
    while (at < bytes.length && !this.ended) {
      if (this.#over > 0) {
        const step = Math.min(this.#over, bytes.length - at);
        this.#over -= step;
        at += step;
      } else {
        this.#held[this.#count++] = bytes[at++]!;
        if (this.#count < this.#wanted) continue;
        this.#interpret();
      }
      this.ended = this.#last && this.#over === 0;
    }
    return at;
  }

  #interpret(): void {
    const held = this.#held;
    const descriptor = held[4]!;
    const single = (descriptor & 32) !== 0;
    const window = single ? 0 : 1;
    const sizeBytes = [single ? 1 : 0, 2, 4, 8][descriptor >> 6]!;
    const sizeAt = 5 + window + [0, 1, 2, 4][descriptor & 3]!;
    if (this.#stage === "begin") {
      const magic = held.readUInt32LE(0);
      this.skipped = (magic & 0xfffffff0) >>> 0 === 0x184d2a50;
      if (!this.skipped && magic !== 0xfd2fb528) throw new ZstdFault("no Zstandard frame stands where one should");
      this.#stage = "header";
      this.#wanted = this.skipped ? 8 : sizeAt + sizeBytes;
      if (this.#count < this.#wanted) return;
    }
    if (this.#stage === "header") {
      if (this.skipped) {
        this.#over = held.readUInt32LE(4);
        this.#last = true;
        return;
      }
      if (sizeBytes === 8) this.declared = Number(held.readBigUInt64LE(sizeAt));
      else if (sizeBytes > 0) this.declared = held.readUIntLE(sizeAt, sizeBytes) + (sizeBytes === 2 ? 256 : 0);
      const reach = single ? largestBlock : 2 ** (10 + (held[5]! >> 3)) * (1 + (held[5]! & 7) / 8);
      this.#block = Math.min(largestBlock, reach);
      this.#stage = "block";
      // the checksum is passed over behind the last block
      this.#checksum = (descriptor & 4) === 0 ? 0 : 4;
    } else {
      const header = held.readUIntLE(0, 3);
      const [kind, size] = [(header >> 1) & 3, header >> 3];
      if (kind === 3) throw new ZstdFault("a Zstandard block is of no known kind");
      this.#last = (header & 1) === 1;
      this.bound += kind === 2 ? this.#block : size;
      this.#over = (kind === 1 ? 1 : size) + (this.#last ? this.#checksum : 0);
    }
    this.#count = 0;
    this.#wanted = 3;
  }
}
