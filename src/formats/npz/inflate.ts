/**
 * A deflated entry of a zip archive as a stream of bytes that is read forward, with as little memory as one step takes.
 *
 * Invariant: who reads the last byte has had the length and the checksum of the whole entry checked.
 */

import { Readable } from "node:stream";
import { crc32, createInflateRaw, type InflateRaw } from "node:zlib";
import { FormatError } from "../../data/errors.js";
import type { LocalFile } from "../../storage/stores/file.js";
import type { ZipEntry } from "./zip.js";

/** Bytes that are read from the file, and decoded, in one step. */
const [readBytes, stepBytes] = [2 ** 18, 2 ** 18];

/** What a stream takes: steps that wait to be decoded or read, and the window. */
export const streamBytes: number = 4 * (readBytes + stepBytes);

/** What the stream of an entry needs to know of it. */
export type Deflated = Pick<ZipEntry, "name" | "crc" | "stored" | "size" | "data">;

/** An entry that is being decoded, from its first byte on. */
export class EntryStream {
  /** How many bytes were given. */
  position = 0;
  readonly #file: LocalFile;
  readonly #entry: Deflated;
  readonly #inflate: InflateRaw;
  readonly #steps: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);
  #crc = 0;

  constructor(file: LocalFile, entry: Deflated) {
    this.#file = file;
    this.#entry = entry;
    this.#inflate = createInflateRaw({ chunkSize: stepBytes });
    const source = Readable.from(pieces(file, entry), { objectMode: false, highWaterMark: readBytes });
    source.on("error", (error) => this.#inflate.destroy(error));
    this.#inflate.on("close", () => source.destroy());
    this.#steps = source.pipe(this.#inflate)[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  }

  /**
   * Gives the next bytes; passes over them where no memory is given.
   *
   * @throws FormatError when the entry is damaged; StorageError when the file cannot be read
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

  async #step(): Promise<Buffer> {
    let step: IteratorResult<Buffer>;
    try {
      step = await this.#steps.next();
    } catch (cause) {
      if (!/^Z_|^ERR_/.test((cause as NodeJS.ErrnoException).code ?? "")) throw cause;
      throw this.#fail(`cannot be decoded: ${(cause as Error).message}`, cause);
    }
    if (step.done) return Buffer.alloc(0);
    this.#crc = crc32(step.value, this.#crc);
    return step.value;
  }

  #fail(problem: string, cause?: unknown): FormatError {
    const { path } = this.#file;
    const place = { path, offset: this.#entry.data };
    return new FormatError(`${path}: the member ${JSON.stringify(this.#entry.name)} ${problem}`, place, { cause });
  }

  /** Lets go of the decoder. */
  close(): void {
    this.#inflate.destroy();
  }
}

function* pieces(file: LocalFile, { data, stored }: Deflated): Generator<Buffer> {
  for (let at = 0; at < stored; at += readBytes) {
    const bytes = Buffer.alloc(Math.min(readBytes, stored - at));
    file.readInto(bytes, data + at);
    yield bytes;
  }
}
