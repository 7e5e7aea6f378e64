/**
 * Bytes to bytes: the steps that compress an encoded chunk. Zarrita's registry has the encoders of zstd, blosc, lz4 and
 * shuffle; it has none for gzip, zlib and crc32c: the first two are Node's own, the last stands beside this file.
 *
 * Invariant: a step gives memory of its own, or the bytes it was given.
 */
import * as zlib from "node:zlib";
import { registry } from "zarrita";
import { ArgumentError, StorageError } from "../../../data/errors.js";
import { crc32c } from "./crc32c.js";
import type { ByteCodec } from "./written-layout.js";

/** Encodes the bytes of a chunk. */
export type Encode = (bytes: Uint8Array<ArrayBuffer>) => Uint8Array | Promise<Uint8Array>;

/**
 * The most bytes that the WebAssembly encoders take: they copy a chunk into a memory of at most 2 GiB, where the result
 * stands as well, and are broken for good once it is exhausted.
 */
export const mostEncoded = 2 ** 29;

/** zstd of Node itself, from 22.15 on: several times as fast as the WebAssembly. */
type NativeZstd = (bytes: Uint8Array, options: { params: Record<number, number> }) => Buffer;
const { zstdCompressSync: nativeZstd } = zlib as { readonly zstdCompressSync?: NativeZstd };
const ZSTD_c_compressionLevel = 100;

/** The encoder of a step; its library is loaded now. */
export async function encoderOf(step: ByteCodec): Promise<Encode> {
  switch (step.name) {
    case "gzip":
      return (bytes) => zlib.gzipSync(bytes, { level: step.level });
    case "zlib":
      return (bytes) => zlib.deflateSync(bytes, { level: step.level });
    case "crc32c":
      return (bytes) => {
        const result = Buffer.allocUnsafe(bytes.length + 4);
        result.set(bytes);
        result.writeUInt32LE(crc32c(bytes), bytes.length);
        return result;
      };
    case "zstd": {
      // Level 0 means the library's own default, which is 3.
      const level = step.level === 0 ? 3 : step.level;
      if (nativeZstd === undefined) return library("zstd", { level });
      return (bytes) => nativeZstd(bytes, { params: { [ZSTD_c_compressionLevel]: level } });
    }
    case "shuffle":
      return library("numcodecs.shuffle", { elementsize: step.elementsize });
    case "lz4":
      return library("lz4", { acceleration: Math.max(1, step.acceleration) });
    case "blosc":
      // The library does not know -1, and takes elements to have one byte, so that shuffling bytes changes nothing.
      return library("blosc", { ...step, shuffle: step.shuffle === -1 ? 1 : step.shuffle });
  }
}

async function library(name: string, configuration: object): Promise<Encode> {
  const entry = await registry.get(name)?.();
  if (entry === undefined) throw new ArgumentError(`this build of zarrita has no codec ${name}`);
  const codec = entry.fromConfig(configuration, undefined as never);
  return async (bytes) => {
    try {
      return (await codec.encode(bytes)) as Uint8Array;
    } catch (cause) {
      throw new StorageError(`the codec ${name} failed with a chunk of ${bytes.length} bytes`, {}, { cause });
    }
  };
}
