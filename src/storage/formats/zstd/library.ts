/**
 * The library of Zstandard that is used: Node's own where Node has it (from 22.15 on); else a native one, which an optional
 * package brings; else one compiled to WebAssembly, which takes five times as long.
 *
 * Invariant: a library is given whole frames only, and such as unfold to little more than was expected: the compiled one
 * knows no limit.
 */
import { createRequire } from "node:module";
import * as zlib from "node:zlib";
import Compiled from "numcodecs/zstd";

/** Memory of at least so many bytes, which may be used again and again. */
export type Room = (bytes: number) => Uint8Array;

/** What a library does with the bytes of frames. */
export interface ZstdLibrary {
  /** What the frames hold: about `most` bytes at the most; in the memory that `room` gives for so many, if the library can. */
  decompress(bytes: Uint8Array, most: number, room?: Room): Uint8Array | Promise<Uint8Array>;
  /** One frame that tells its size. */
  compress(bytes: Uint8Array, level: number): Uint8Array | Promise<Uint8Array>;
  /** The same at once, where the library can. */
  compressSync?(bytes: Uint8Array, level: number): Uint8Array;
}

/** Those parts of node:zlib that Node 20 does not have. */
interface Zlib {
  zstdDecompressSync?(bytes: Uint8Array, options: { maxOutputLength: number; chunkSize: number }): Uint8Array;
  zstdCompressSync?(bytes: Uint8Array, options: { params: Record<number, number> }): Uint8Array;
}

/** What is used of the package `zstd-napi`. Sizes are those of what is in `into` then. */
interface Package {
  readonly DCtx: new () => { decompress(into: Uint8Array, frame: Uint8Array): number };
  readonly CCtx: new () => { compress(into: Uint8Array, content: Uint8Array, level: number): number };
  compressBound(bytes: number): number;
}

const ZSTD_c_compressionLevel = 100;

/** Node's own library. It collects its output in pieces: one that holds all saves their being joined. */
export function nodeZstd(): ZstdLibrary | undefined {
  const { zstdDecompressSync, zstdCompressSync } = zlib as Zlib;
  if (zstdDecompressSync === undefined || zstdCompressSync === undefined) return undefined;
  const compress = (bytes: Uint8Array, level: number) =>
    zstdCompressSync(bytes, { params: { [ZSTD_c_compressionLevel]: level } });
  return {
    decompress: (bytes, most) =>
      zstdDecompressSync(bytes, { maxOutputLength: Math.max(1, most), chunkSize: Math.min(most + 64, 2 ** 26) }),
    compress,
    compressSync: compress,
  };
}

/** The native library of the optional package; undefined where it is not installed. */
export function packagedZstd(): ZstdLibrary | undefined {
  let found: Package;
  try {
    found = createRequire(import.meta.url)("zstd-napi/binding") as Package;
  } catch {
    return undefined;
  }
  const [decoder, encoder] = [new found.DCtx(), new found.CCtx()];
  const compress = (bytes: Uint8Array, level: number): Uint8Array => {
    const into = Buffer.allocUnsafeSlow(found.compressBound(bytes.length));
    return Buffer.from(into.subarray(0, encoder.compress(into, bytes, level)));
  };
  return {
    decompress(bytes, most, room = Buffer.allocUnsafeSlow) {
      const into = room(most);
      return into.subarray(0, decoder.decompress(into, bytes));
    },
    compress,
    compressSync: compress,
  };
}

/** The library in WebAssembly, which is always there. */
export function compiledZstd(): ZstdLibrary {
  const decoder = new Compiled();
  return {
    decompress: (bytes) => decoder.decode(bytes),
    compress: (bytes, level) => new Compiled(level).encode(bytes),
  };
}

let fastest: ZstdLibrary | undefined;

/** The fastest one that is here; it is loaded when it is first asked for. */
export function zstdLibrary(): ZstdLibrary {
  fastest ??= nodeZstd() ?? packagedZstd() ?? compiledZstd();
  return fastest;
}
