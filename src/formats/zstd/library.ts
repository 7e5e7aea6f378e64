/**
 * The library for Zstandard: Node's own if Node has it (from 22.15 on); else a native one from an optional package;
 * else one compiled to WebAssembly, which takes five times as long.
 *
 * Invariant: a library gets only whole frames that decode to hardly more than expected, because the compiled one has no
 * limit.
 */
import { createRequire } from "node:module";
import { pipeline, Readable, type Transform } from "node:stream";
import * as zlib from "node:zlib";
import { messageOf } from "../../data/causes.js";
import { ZstdFault } from "./frame.js";
import { loadCompiledZstd } from "./libraries.js";

/** Returns memory of at least this many bytes, which may be used again and again. */
export type MemorySource = (bytes: number) => Uint8Array;

/**
 * Decompresses one frame in pieces, as its own pieces arrive. A window of more than 128 MiB is refused. A truncated
 * frame may end without an error.
 */
export type Unfold = (frame: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>;

/** The functions of a library. */
export interface ZstdLibrary {
  /** Decompresses frames of about `most` bytes at most, into memory from `memory` if the library can. */
  decompress(bytes: Uint8Array, most: number, memory?: MemorySource): Uint8Array | Promise<Uint8Array>;
  /** Compresses into one frame that declares its size. */
  compress(bytes: Uint8Array, level: number): Uint8Array | Promise<Uint8Array>;
  /** The same synchronously, if the library can. */
  compressSync?(bytes: Uint8Array, level: number): Uint8Array;
  /** Decompresses in pieces, if the library can. */
  readonly unfold?: Unfold;
}

/** Those parts of node:zlib that Node 20 does not have. */
interface Zlib {
  zstdDecompressSync?(bytes: Uint8Array, options: { maxOutputLength: number; chunkSize: number }): Uint8Array;
  zstdCompressSync?(bytes: Uint8Array, options: { params: Record<number, number> }): Uint8Array;
  createZstdDecompress?(options: { chunkSize: number }): Transform;
}

/** The part of the package `zstd-napi` that is used. Each function returns how many bytes it wrote to `into`. */
interface Package {
  readonly DCtx: new () => {
    decompress(into: Uint8Array, frame: Uint8Array): number;
    decompressStream(into: Uint8Array, bytes: Uint8Array): [hint: number, produced: number, consumed: number];
  };
  readonly CCtx: new () => { compress(into: Uint8Array, content: Uint8Array, level: number): number };
  compressBound(bytes: number): number;
}

const ZSTD_c_compressionLevel = 100;
/** The bytes of a piece that comes out of a stream. */
const pieceBytes = 2 ** 18;

/** Node's own library. It collects its output in pieces: one that holds all saves their being joined. */
export function nodeZstd(): ZstdLibrary | undefined {
  const { zstdDecompressSync, zstdCompressSync, createZstdDecompress } = zlib as Zlib;
  if (!zstdDecompressSync || !zstdCompressSync || !createZstdDecompress) return undefined;
  const compress = (bytes: Uint8Array, level: number) =>
    zstdCompressSync(bytes, { params: { [ZSTD_c_compressionLevel]: level } });
  return {
    decompress: (bytes, most) =>
      zstdDecompressSync(bytes, { maxOutputLength: Math.max(1, most), chunkSize: Math.min(most + 64, 2 ** 26) }),
    compress,
    compressSync: compress,
    unfold(frame) {
      const decoder = createZstdDecompress({ chunkSize: pieceBytes });
      // errors reach the one who iterates; destroying one side destroys the other
      pipeline(Readable.from(frame), decoder, () => undefined);
      return decoder;
    },
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
    decompress(bytes, most, memory = Buffer.allocUnsafeSlow) {
      const into = memory(most);
      return into.subarray(0, decoder.decompress(into, bytes));
    },
    compress,
    compressSync: compress,
    async *unfold(frame) {
      const stream = new found.DCtx();
      const step = (into: Uint8Array, bytes: Uint8Array): [hint: number, produced: number, consumed: number] => {
        try {
          return stream.decompressStream(into, bytes);
        } catch (cause) {
          throw new ZstdFault(messageOf(cause), { cause });
        }
      };
      let into = Buffer.allocUnsafeSlow(pieceBytes);
      for await (const bytes of frame) {
        for (let [rest, full] = [bytes, true]; rest.length > 0 || full; ) {
          const [, produced, consumed] = step(into, rest);
          [rest, full] = [rest.subarray(consumed), produced === into.length];
          if (produced === 0) continue;
          yield into.subarray(0, produced);
          into = Buffer.allocUnsafeSlow(pieceBytes);
        }
      }
    },
  };
}

/** The library in WebAssembly, which is always there; loaded when it is used. */
export function compiledZstd(): ZstdLibrary {
  const codec = async (level?: number) => {
    const { default: Zstd } = await loadCompiledZstd();
    return new Zstd(level);
  };
  return {
    decompress: async (bytes) => (await codec()).decode(bytes),
    compress: async (bytes, level) => (await codec(level)).encode(bytes),
  };
}

let fastest: ZstdLibrary | undefined;

/** The fastest one that is here; it is loaded when it is first asked for. */
export function zstdLibrary(): ZstdLibrary {
  fastest ??= nodeZstd() ?? packagedZstd() ?? compiledZstd();
  return fastest;
}
