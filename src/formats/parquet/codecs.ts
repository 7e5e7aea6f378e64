/**
 * Compression of pages. What Node has itself is used; Snappy is the library's WebAssembly.
 *
 * Invariant: exactly the bytes that a page's header tells come out, or an error.
 */
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import type { CompressionCodec } from "hyparquet";
import { unlz4Block } from "../tables/lz4.js";
import { unzstd } from "../zstd/frames.js";
import { loadCompressors } from "./libraries.js";

/** Undoes the compression of a page; `size` is what must come out. */
export async function decompress(codec: CompressionCodec, bytes: Uint8Array, size: number): Promise<Uint8Array> {
  const result = await undo(codec, bytes, size);
  if (result.length === size) return result;
  throw new Error(`it holds ${result.length} bytes; its header tells of ${size}`);
}

async function undo(codec: CompressionCodec, bytes: Uint8Array, size: number): Promise<Uint8Array> {
  switch (codec) {
    case "UNCOMPRESSED":
      return bytes;
    case "SNAPPY":
      return size === 0 ? new Uint8Array(0) : (await loadCompressors()).compressors.SNAPPY!(bytes, size);
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

/** LZ4 as Hadoop frames it: blocks with both lengths before them, the most significant byte first; or a block without. */
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
