/**
 * A deflated entry of a zip archive as a stream of bytes that is read forward, with as little memory as one step takes.
 *
 * Invariant: the last byte is returned only after the length and the checksum of the whole entry were checked.
 */

import { Readable } from "node:stream";
import { crc32, createInflateRaw, type InflateRaw } from "node:zlib";
import { messageOf, systemCodeOf } from "../../data/causes.js";
import { FormatError } from "../../data/errors.js";
import type { RangeReadable } from "../../storage/stores/capabilities.js";
import type { ZipEntry } from "../zip/directory.js";

/** Bytes that are read from the file, and that are decoded, in one step. */
const [READ_BYTES, DECODED_BYTES] = [2 ** 18, 2 ** 18];

/** The memory of a stream: steps that wait to be decoded or returned, and the window. */
export const STREAM_BYTES: number = 4 * (READ_BYTES + DECODED_BYTES);

/** The facts about an entry that its stream needs. */
export type Deflated = Pick<ZipEntry, "name" | "crc" | "stored" | "size" | "data">;

/** An entry that is being decoded, from its first byte on. */
export class EntryStream {
  /** How many decoded bytes were returned. */
  position = 0;
  /** How many stored bytes were read. */
  bytesRead = 0;
  readonly #file: RangeReadable;
  readonly #entry: Deflated;
  readonly #inflate: InflateRaw;
  readonly #steps: AsyncIterator<unknown>;
  #rest: Buffer = Buffer.alloc(0);
  #crc = 0;

  constructor(file: RangeReadable, entry: Deflated) {
    this.#file = file;
    this.#entry = entry;
    this.#inflate = createInflateRaw({ chunkSize: DECODED_BYTES });
    const source = Readable.from(this.#pieces(), { objectMode: false, highWaterMark: READ_BYTES });
    source.on("error", (error) => this.#inflate.destroy(error));
    this.#inflate.on("close", () => source.destroy());
    this.#steps = source.pipe(this.#inflate)[Symbol.asyncIterator]();
  }

  /**
   * Reads the next bytes; skips them if there is no memory for them.
   *
   * @throws FormatError if the entry is damaged; StorageError if the file cannot be read
   */
  async next(length: number, into?: Uint8Array): Promise<void> {
    for (let done = 0; done < length; ) {
      if (this.#rest.length === 0) this.#rest = await this.#step();
      if (this.#rest.length === 0) throw this.#fail(`ends after ${this.position} of ${this.#entry.size} bytes`);
      const piece = this.#rest.subarray(0, length - done);
      into?.set(piece, done);
      this.#rest = this.#rest.subarray(piece.length);
      this.position += piece.length;
      done += piece.length;
    }
    if (this.position === this.#entry.size) await this.#finish();
  }

  async #finish(): Promise<void> {
    const more = this.#rest.length > 0 ? this.#rest : await this.#step();
    if (more.length > 0) throw this.#fail(`has more than the ${this.#entry.size} bytes that the archive claims`);
    if (this.#crc !== this.#entry.crc) throw this.#fail("has a wrong checksum (CRC-32)");
    if (this.#inflate.bytesWritten !== this.#entry.stored) throw this.#fail("has bytes after its end");
  }

  /** The stored bytes, piece by piece. */
  async *#pieces(): AsyncGenerator<Buffer> {
    const { data, stored } = this.#entry;
    for (let at = 0; at < stored; at += READ_BYTES) {
      const bytes = Buffer.alloc(Math.min(READ_BYTES, stored - at));
      await this.#file.read(bytes, data + at);
      this.bytesRead += bytes.length;
      yield bytes;
    }
  }

  async #step(): Promise<Buffer> {
    let step: IteratorResult<unknown>;
    try {
      step = await this.#steps.next();
    } catch (cause) {
      if (!/^Z_|^ERR_/.test(systemCodeOf(cause) ?? "")) throw cause;
      throw this.#fail(`cannot be decoded: ${messageOf(cause)}`, cause);
    }
    if (!Buffer.isBuffer(step.value)) return Buffer.alloc(0);
    this.#crc = crc32(step.value, this.#crc);
    return step.value;
  }

  #fail(problem: string, cause?: unknown): FormatError {
    const { path } = this.#file;
    const place = { path, offset: this.#entry.data };
    return new FormatError(`${path}: the member ${JSON.stringify(this.#entry.name)} ${problem}`, place, { cause });
  }

  /** Releases the decoder. */
  close(): void {
    this.#inflate.destroy();
  }
}
