/**
 * The structure of Zstandard frames, checked before or while a decoder reads them. Some decoders take a truncated
 * frame for a whole one, ignore the frames after the first, wait for bytes that never come, or decode without a limit.
 *
 * ```
 * frame     magic 4 │ descriptor 1 │ window 0–1 │ dictionary 0–4 │ size 0–8 │ blocks … │ checksum 0 or 4
 * block     last 1 bit, kind 2 bits, size 21 bits │ content
 * skipped   magic 4 │ size 4 │ content
 * ```
 */

import { at } from "../../data/lists.js";
import { CodecFault } from "../codecs/fault.js";

/** The error for frames that are damaged, or do not hold the expected bytes. */
export class ZstdFault extends CodecFault {}

const LARGEST_BLOCK_BYTES = 2 ** 17;

/** One frame, whose bytes arrive piece by piece. */
export class ZstdFrame {
  /** The bytes that it decodes to, if it declares them. */
  declared: number | undefined;
  /** The most bytes that its blocks decode to. */
  bound = 0;
  /** Whether decoders skip it. */
  skipped = false;
  /** Whether its last byte has arrived. */
  ended = false;
  readonly #held = Buffer.alloc(18);
  #count = 0;
  #wanted = 5;
  /** The part of the frame that the held bytes belong to. */
  #stage: "begin" | "header" | "block" = "begin";
  /** Bytes to be skipped. */
  #over = 0;
  #last = false;
  #block = LARGEST_BLOCK_BYTES;
  #checksum = 0;

  /** Takes bytes from an index on; returns the index after those that belong to the frame. @throws ZstdFault */
  take(bytes: Uint8Array, from: number): number {
    let place = from;
    while (place < bytes.length && !this.ended) {
      if (this.#over > 0) {
        const step = Math.min(this.#over, bytes.length - place);
        this.#over -= step;
        place += step;
      } else {
        this.#held[this.#count++] = bytes[place++] ?? 0;
        if (this.#count < this.#wanted) continue;
        this.#interpret();
      }
      this.ended = this.#last && this.#over === 0;
    }
    return place;
  }

  #interpret(): void {
    const held = this.#held;
    const descriptor = held.readUInt8(4);
    const single = (descriptor & 32) !== 0;
    const window = single ? 0 : 1;
    const sizeBytes = at([single ? 1 : 0, 2, 4, 8], descriptor >> 6);
    const sizeAt = 5 + window + at([0, 1, 2, 4], descriptor & 3);
    if (this.#stage === "begin") {
      const magic = held.readUInt32LE(0);
      this.skipped = (magic & 0xfffffff0) >>> 0 === 0x184d2a50;
      if (!this.skipped && magic !== 0xfd2fb528) throw new ZstdFault("there is no Zstandard frame where one should be");
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
      const exponent = held.readUInt8(5) >> 3;
      const mantissa = held.readUInt8(5) & 7;
      const reach = single ? LARGEST_BLOCK_BYTES : 2 ** (10 + exponent) * (1 + mantissa / 8);
      this.#block = Math.min(LARGEST_BLOCK_BYTES, reach);
      this.#stage = "block";
      // the checksum is skipped after the last block
      this.#checksum = (descriptor & 4) === 0 ? 0 : 4;
    } else {
      const header = held.readUIntLE(0, 3);
      const [kind, size] = [(header >> 1) & 3, header >> 3];
      if (kind === 3) throw new ZstdFault("a Zstandard block is of an unknown kind");
      this.#last = (header & 1) === 1;
      this.bound += kind === 2 ? this.#block : size;
      this.#over = (kind === 1 ? 1 : size) + (this.#last ? this.#checksum : 0);
    }
    this.#count = 0;
    this.#wanted = 3;
  }
}
