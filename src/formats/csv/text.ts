/**
 * The text of a file as ASCII or UTF-8 with LF at the ends of lines, at places counted in bytes of that text: whatever
 * its compression, its encoding and its line ends are.
 *
 *     file ─ decompress ─ UTF-16 to UTF-8 ─ CR to LF ─▶ text
 *
 * A text that is kept in another way is only available from its beginning: it streams forward, text before the
 * requested place is skipped, and a request for an earlier place starts the stream again. The stream's buffers bound
 * the memory, whatever the text's size, so a small file that unpacks to a huge one costs time and not memory.
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
import type { Encoding } from "./encoding.js";

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
export function textWorkspace({ compression, characters }: Encoding): number {
  const bytes = { none: 0, gzip: 2 ** 21, zstd: 2 ** 27 + 2 ** 22 }[compression];
  return bytes + (characters === "utf8" ? 0 : 8 * streamBytes);
}

/** True if a text is only available from its beginning. */
export function isForward({ compression, characters }: Encoding): boolean {
  return compression !== "none" || characters !== "utf8";
}

/** Opens a file's text. */
export function openText(path: string, { compression, characters, lineEnd }: Encoding): Text {
  const bytes = compression === "none" ? new Plain(path) : new Unpacked(path, compression);
  const text = characters === "utf8" ? bytes : new Decoded(bytes, characters);
  return lineEnd === "LF" ? text : new LineEnds(text);
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
type Pieces = Pick<AsyncIterator<Uint8Array>, "next">;

/** A file that is read, and its decompressed text. */
function unpacked(
  path: string,
  compression: Exclude<Encoding["compression"], "none">,
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

/** A text that comes from its beginning on. */
abstract class Forward implements Text {
  abstract readonly version: string;
  abstract readonly size: number;
  abstract readonly bytesRead: number;
  #pieces: Pieces | undefined;
  /** The piece that is not used up, and its place in the text. */
  #piece: Uint8Array = new Uint8Array(0);
  #position = 0;

  /** The pieces of the text, from its beginning. */
  protected abstract start(): Pieces;

  /** Ends the pieces; the text may still start again. */
  protected abstract stop(): void;

  async read(into: Uint8Array, offset: number): Promise<number> {
    let pieces = this.#pieces;
    if (pieces === undefined || offset < this.#position) {
      this.stop();
      pieces = this.start();
      this.#pieces = pieces;
      this.#piece = new Uint8Array(0);
      this.#position = 0;
    }
    for (let done = 0; ; ) {
      const skip = Math.min(this.#piece.length, offset + done - this.#position);
      const part = this.#piece.subarray(skip, skip + into.length - done);
      into.set(part, done);
      done += part.length;
      this.#position += skip + part.length;
      this.#piece = this.#piece.subarray(skip + part.length);
      if (done === into.length) return done;
      const next = await pieces.next();
      if (next.done === true) return done;
      this.#piece = next.value;
    }
  }

  close(): void {
    this.stop();
    this.#pieces = undefined;
  }

  /** The bytes of text that were handed out. */
  protected get position(): number {
    return this.#position + this.#piece.length;
  }
}

class Unpacked extends Forward {
  readonly version: string;
  readonly size: number;
  readonly #path: string;
  readonly #compression: Exclude<Encoding["compression"], "none">;
  #file: ReadStream | undefined;
  #bytesBefore = 0;

  constructor(path: string, compression: Exclude<Encoding["compression"], "none">) {
    super();
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

  protected stop(): void {
    this.#bytesBefore = this.bytesRead;
    this.#file?.destroy();
    this.#file = undefined;
  }

  protected start(): Pieces {
    const { file, pieces } = unpacked(this.#path, this.#compression);
    this.#file = file;
    return { next: () => this.#next(pieces) };
  }

  async #next(pieces: Pieces): Promise<IteratorResult<Uint8Array>> {
    try {
      return await pieces.next();
    } catch (cause) {
      const { code, message } = cause as NodeJS.ErrnoException;
      const place = `after ${this.position} bytes of text`;
      this.close();
      const damage = cause instanceof ZstdFault || /^(Z_|ZSTD_|ERR_)/.test(code ?? "");
      if (!damage) throw failure(`read ${this.#path}`, this.#path, cause);
      const what = `the ${this.#compression} data is damaged or truncated (${message})`;
      throw new FormatError(`${this.#path}: ${what}, ${place}`, { path: this.#path }, { cause });
    }
  }
}

/** UTF-16 as UTF-8. */
class Decoded extends Forward {
  readonly #bytes: Text;
  readonly #bigEndian: boolean;

  constructor(bytes: Text, characters: "utf16le" | "utf16be") {
    super();
    this.#bytes = bytes;
    this.#bigEndian = characters === "utf16be";
  }

  get version(): string {
    return this.#bytes.version;
  }

  get size(): number {
    return this.#bytes.size;
  }

  get bytesRead(): number {
    return this.#bytes.bytesRead;
  }

  override close(): void {
    super.close();
    this.#bytes.close();
  }

  protected stop(): void {}

  protected async *start(): AsyncGenerator<Uint8Array, undefined> {
    // the decoder keeps a surrogate at the end of a piece, and drops the byte order mark
    const decoder = new TextDecoder("utf-16le");
    const piece = Buffer.alloc(streamBytes);
    for (let offset = 0, count = piece.length; count === piece.length; offset += count) {
      count = await this.#bytes.read(piece, offset);
      // an odd byte at the end is damage, which decodes to a character that no number has
      const bytes = piece.subarray(0, count);
      if (this.#bigEndian) bytes.subarray(0, count - (count % 2)).swap16();
      const text = decoder.decode(bytes, { stream: count === piece.length });
      if (text.length > 0) yield Buffer.from(text, "utf8");
    }
    return undefined;
  }
}

/** A text whose lines end with CR, with LF instead; CR LF ends a line and a blank one. */
class LineEnds implements Text {
  readonly #text: Text;

  constructor(text: Text) {
    this.#text = text;
  }

  get version(): string {
    return this.#text.version;
  }

  get size(): number {
    return this.#text.size;
  }

  get bytesRead(): number {
    return this.#text.bytesRead;
  }

  async read(into: Uint8Array, offset: number): Promise<number> {
    const count = await this.#text.read(into, offset);
    for (let i = 0; i < count; i++) if (into[i] === 0x0d) into[i] = 0x0a;
    return count;
  }

  close(): void {
    this.#text.close();
  }
}
