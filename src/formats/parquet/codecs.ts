/**
 * Decompression of pages: by Node itself if it can, Snappy by a library's WebAssembly.
 *
 * Invariant: the result has exactly the size that the page's header claims, or there is an error.
 */
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import type { CompressionCodec } from "hyparquet";
import { unlz4Block } from "../tables/lz4.js";
import { unzstd } from "../zstd/frames.js";
import { loadCompressors } from "./libraries.js";

/** Decompresses a page; `size` is the size of the result. */
export async function decompress(codec: CompressionCodec, bytes: Uint8Array, size: number): Promise<Uint8Array> {
  const result = await decompressed(codec, bytes, size);
  if (result.length === size) return result;
  throw new Error(`it holds ${result.length} bytes; its header claims ${size}`);
}

async function decompressed(codec: CompressionCodec, bytes: Uint8Array, size: number): Promise<Uint8Array> {
  switch (codec) {
    case "UNCOMPRESSED":
      return bytes;
    case "SNAPPY":
      return size === 0 ? new Uint8Array(0) : unsnappy(bytes, size);
    case "ZSTD":
      return unzstd(bytes, size, { least: size });
    case "GZIP":
      return size === 0 ? new Uint8Array(0) : gunzipSync(bytes, { maxOutputLength: size });
    case "BROTLI":
      return size === 0 ? new Uint8Array(0) : brotliDecompressSync(bytes, { maxOutputLength: size });
    case "LZ4_RAW":
      return unlz4Block(bytes, size);
    case "LZ4":
      return unhadoop(bytes, size);
    default:
      throw new Error(`the codec ${codec} is not read`);
  }
}

async function unsnappy(bytes: Uint8Array, size: number): Promise<Uint8Array> {
  const { SNAPPY } = (await loadCompressors()).compressors;
  if (SNAPPY === undefined) throw new Error("the library does not read Snappy");
  return SNAPPY(bytes, size);
}

/** LZ4 as Hadoop frames it: blocks after both of their lengths, the most significant byte first; or a bare block. */
function unhadoop(bytes: Uint8Array, size: number): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const blocks: [plain: number, packed: Uint8Array][] = [];
  let [at, total] = [0, 0];
  while (at + 8 <= bytes.length) {
    const [plain, packed] = [view.getUint32(at), view.getUint32(at + 4)];
    at += 8 + packed;
    total += plain;
    if (at > bytes.length || total > size) break;
    blocks.push([plain, bytes.subarray(at - packed, at)]);
  }
  if (at !== bytes.length || total !== size) return unlz4Block(bytes, size);
  const result = new Uint8Array(size);
  let to = 0;
  for (const [plain, packed] of blocks) {
    result.set(unlz4Block(packed, plain), to);
    to += plain;
  }
  return result;
}
