/**
 * The text of a file, compressed or not, at places counted in bytes of text.
 *
 * Compressed text is only available from its beginning: it streams forward, text before the requested place is skipped,
 * and a request for an earlier place starts the stream again. The stream's buffers bound the memory, whatever the
 * text's size, so a small file that unpacks to a huge one costs time and not memory.
 */
import { createReadStream, type ReadStream } from "node:fs";
import { pipeline } from "node:stream";
import { createGunzip } from "node:zlib";
import { FormatError } from "../../data/errors.js";
import { failure } from "../../storage/stores/failure.js";
import { LocalFile } from "../../storage/stores/file.js";
import { ZstdFault } from "../zstd/frame.js";
import { zstdLibrary } from "../zstd/library.js";
import { unzstdStream } from "../zstd/stream.js";
import type { Compression } from "./options.js";

/** Text that can be read from any place. */
export interface Text {
  /** Changes when the file does. */
  readonly version: string;
  /** Bytes of the file. */
  readonly size: number;
  /** Bytes read from the file since it was opened. */
  readonly bytesRead: number;
  /** Fills memory from a place on, and returns the number of bytes: fewer only at the text's end. */
  read(into: Uint8Array, offset: number): number | Promise<number>;
  close(): void;
}

const streamBytes = 2 ** 18;

/** The most bytes of streams and decompressors: buffers of both, and zstd's window, which it limits to 128 MiB. */
export const textWorkspace: Readonly<Record<Compression, number>> = { none: 0, gzip: 2 ** 21, zstd: 2 ** 27 + 2 ** 22 };

/** How text is compressed, by its first bytes. */
export function compressionOf(first: Uint8Array): Compression {
  if (first[0] === 0x1f && first[1] === 0x8b) return "gzip";
  return Buffer.from(first.subarray(0, 4)).equals(Buffer.from([0x28, 0xb5, 0x2f, 0xfd])) ? "zstd" : "none";
}

/** Opens a file's text. */
export function openText(path: string, compression: Compression): Text {
  return compression === "none" ? new Plain(path) : new Unpacked(path, compression);
}

class Plain implements Text {
  readonly #file: LocalFile;

  constructor(path: string) {
    this.#file = LocalFile.open(path, "read");
  }

  get version(): string {
    return `${this.#file.size}-${this.#file.modified}`;
  }

  get size(): number {
    return this.#file.size;
  }

  get bytesRead(): number {
    return this.#file.bytesRead;
  }

  read(into: Uint8Array, offset: number): number {
    const count = Math.max(0, Math.min(into.length, this.size - offset));
    this.#file.readInto(into.subarray(0, count), offset);
    return count;
  }

  close(): void {
    this.#file.close();
  }
}

/** Bytes that come one piece after the other. */
type Pieces = AsyncIterator<Uint8Array>;

/** A file that is read, and its decompressed text. */
function unpacked(
  path: string,
  compression: Exclude<Compression, "none">,
): { readonly file: ReadStream; readonly pieces: Pieces } {
  const unfold = compression === "zstd" ? zstdLibrary().unfold : null;
  if (unfold === undefined) {
    const advice = "Zstandard needs Node 22.15 or later, or the package zstd-napi; neither is here";
    throw new FormatError(`${path}: ${advice}. Decompress it first, or use gzip`, { path });
  }
  const file = createReadStream(path, { highWaterMark: streamBytes });
  if (unfold !== null) return { file, pieces: unzstdStream(file, unfold) };
  const gunzip = createGunzip({ chunkSize: streamBytes });
  // errors reach the caller who iterates; destroying one side destroys the other
  pipeline(file, gunzip, () => undefined);
  return { file, pieces: gunzip[Symbol.asyncIterator]() };
}

class Unpacked implements Text {
  readonly version: string;
  readonly size: number;
  readonly #path: string;
  readonly #compression: Exclude<Compression, "none">;
  #file: ReadStream | undefined;
  #pieces: Pieces | undefined;
  /** The piece that is not used up, and its place in the text. */
  #piece: Uint8Array = new Uint8Array(0);
  #position = 0;
  #bytesBefore = 0;

  constructor(path: string, compression: Exclude<Compression, "none">) {
    const file = LocalFile.open(path, "read");
    this.version = `${file.size}-${file.modified}`;
    this.size = file.size;
    file.close();
    this.#path = path;
    this.#compression = compression;
  }

  get bytesRead(): number {
    return this.#bytesBefore + (this.#file?.bytesRead ?? 0);
  }

  async read(into: Uint8Array, offset: number): Promise<number> {
    let pieces = this.#pieces;
    if (pieces === undefined || offset < this.#position) pieces = this.#start();
    for (let done = 0; ; ) {
      const skip = Math.min(this.#piece.length, offset + done - this.#position);
      const part = this.#piece.subarray(skip, skip + into.length - done);
      into.set(part, done);
      done += part.length;
      this.#position += skip + part.length;
      this.#piece = this.#piece.subarray(skip + part.length);
      if (done === into.length || !(await this.#next(pieces))) return done;
    }
  }

  close(): void {
    this.#bytesBefore = this.bytesRead;
    this.#file?.destroy();
    this.#file = undefined;
    this.#pieces = undefined;
  }

  /** Starts the stream, from the beginning of the text. */
  #start(): Pieces {
    this.close();
    const { file, pieces } = unpacked(this.#path, this.#compression);
    this.#file = file;
    this.#pieces = pieces;
    this.#piece = new Uint8Array(0);
    this.#position = 0;
    return pieces;
  }

  /** Waits for the next piece; false if there is none. */
  async #next(pieces: Pieces): Promise<boolean> {
    try {
      const next = await pieces.next();
      if (next.done !== true) this.#piece = next.value;
      return next.done !== true;
    } catch (cause) {
      const { code, message } = cause as NodeJS.ErrnoException;
      this.close();
      const damage = cause instanceof ZstdFault || /^(Z_|ZSTD_|ERR_)/.test(code ?? "");
      if (!damage) throw failure(`read ${this.#path}`, this.#path, cause);
      const what = `the ${this.#compression} data is damaged or truncated (${message})`;
      const place = `after ${this.#position + this.#piece.length} bytes of text`;
      throw new FormatError(`${this.#path}: ${what}, ${place}`, { path: this.#path }, { cause });
    }
  }
}
