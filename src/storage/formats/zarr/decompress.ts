/**
 * The codecs that turn bytes into bytes, backwards. zlib's formats go to node:zlib, which is faster than zarrita's streams
 * and stops at a limit; zstd, too, where this Node has it; the others go to zarrita.
 *
 * Invariant: nobody decompresses more than `most` bytes. node:zlib counts; for the others, the size that the compressed bytes
 * declare is looked at before they are touched.
 */
import * as zlib from "node:zlib";
import { registry } from "zarrita";
import type { Compressor } from "./codecs.js";
import { crc32c } from "./crc32c.js";
import type { Refuse } from "./elements.js";

/** Undoes one codec. The result may be a part of what it was given. */
export type Decompress = (bytes: Uint8Array, most: number, refuse: Refuse) => Uint8Array | Promise<Uint8Array>;

/** Looks at compressed bytes before they are touched. */
type Check = (...args: Parameters<Decompress>) => void;

type Inflate = (bytes: Uint8Array, options: { maxOutputLength: number; chunkSize: number }) => Uint8Array;

/** Absent before Node 22.15. */
const nativeZstd = (zlib as { readonly zstdDecompressSync?: Inflate }).zstdDecompressSync;

/** The bytes around which the output of one of node:zlib's calls is collected: most results fit into a single piece. */
const pieceOf = (most: number): number => Math.max(64, Math.min(most + 64, 2 ** 24));

const viaNode =
  (inflate: Inflate, check?: Check): Decompress =>
  (bytes, most, refuse) => {
    check?.(bytes, most, refuse);
    return inflate(bytes, { maxOutputLength: Math.max(1, most), chunkSize: pieceOf(most) });
  };

/** A codec of zarrita's, after a look at the size that the bytes declare. */
async function viaZarrita(name: string, check: Check): Promise<Decompress> {
  const entry = await registry.get(name)!();
  const codec = entry.fromConfig({}, undefined as never); // codecs of bytes do not look at the array
  return (bytes, most, refuse) => {
    check(bytes, most, refuse);
    return codec.decode(bytes);
  };
}

/** How a codec is undone. */
export async function decompressorOf({ codec, configuration }: Compressor): Promise<Decompress> {
  switch (codec) {
    case "gzip":
      return viaNode(zlib.gunzipSync);
    case "zlib":
      return viaNode(zlib.inflateSync);
    case "zstd":
      return nativeZstd === undefined ? viaZarrita("zstd", checkZstd) : viaNode(nativeZstd, checkZstd);
    case "blosc":
      return viaZarrita("blosc", checkBlosc);
    case "lz4":
      return viaZarrita("lz4", checkLz4);
    case "crc32c":
      return withoutChecksum;
    case "shuffle":
      return unshuffle(configuration.elementsize as number);
  }
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.length);

function checkDeclared(declared: number, most: number, refuse: Refuse): void {
  if (declared > most) throw refuse(`the compressed bytes declare ${declared} bytes; at most ${most} are expected`);
}

/** Blosc's header: versions, flags, the size of an element; the bytes before, in a block, and after compression. */
function checkBlosc(bytes: Uint8Array, most: number, refuse: Refuse): void {
  if (bytes.length < 16)
    throw refuse(`the compressed bytes are truncated: a Blosc header has 16, here are ${bytes.length}`);
  const view = viewOf(bytes);
  const [declared, block, compressed] = [view.getUint32(4, true), view.getUint32(8, true), view.getUint32(12, true)];
  checkDeclared(declared, most, refuse);
  if (compressed !== bytes.length) {
    throw refuse(`the Blosc header tells of ${compressed} compressed bytes, and there are ${bytes.length}`);
  }
  if (block > Math.max(declared, 2 ** 16)) {
    throw refuse(`the Blosc header tells of blocks of ${block} bytes in ${declared}`);
  }
}

/** numcodecs writes the size before LZ4's block. */
function checkLz4(bytes: Uint8Array, most: number, refuse: Refuse): void {
  if (bytes.length < 5) throw refuse(`the compressed bytes are truncated: only ${bytes.length} are there`);
  checkDeclared(viewOf(bytes).getUint32(0, true), most, refuse);
}

/** The largest block of a Zstandard frame, once it is decompressed. */
const zstdBlock = 2 ** 17;

/**
 * A Zstandard frame declares its size, or its blocks bound it. They are counted in any case: Node takes a frame that lacks
 * its end, and so its checksum, for a whole one.
 */
function checkZstd(bytes: Uint8Array, most: number, refuse: Refuse): void {
  const truncated = (): Error =>
    refuse(`the compressed bytes are truncated: the frame goes beyond its ${bytes.length}`);
  if (bytes.length < 6) throw truncated();
  const view = viewOf(bytes);
  if (view.getUint32(0, true) !== 0xfd2fb528) throw refuse("the compressed bytes do not begin as Zstandard");
  const flags = view.getUint8(4);
  const single = (flags & 32) !== 0;
  const sizeBytes = [single ? 1 : 0, 2, 4, 8][flags >>> 6]!;
  const sizeAt = 5 + (single ? 0 : 1) + [0, 1, 2, 4][flags & 3]!;
  let at = sizeAt + sizeBytes;
  if (at > bytes.length) throw truncated();
  if (sizeBytes > 0) checkDeclared(declaredAt(view, sizeAt, sizeBytes), most, refuse);
  let bound = 0;
  for (let last = false; !last; ) {
    if (at + 3 > bytes.length) throw truncated();
    const header = view.getUint16(at, true) | (view.getUint8(at + 2) << 16);
    const [kind, size] = [(header >>> 1) & 3, header >>> 3];
    last = (header & 1) !== 0;
    at += 3 + (kind === 1 ? 1 : size);
    bound += kind === 2 ? zstdBlock : size;
    // Blocks may hold less than they could; only what cannot be meant is refused.
    if (sizeBytes === 0 && bound > 16 * (most + zstdBlock))
      throw refuse(`the compressed bytes hold far more than the ${most} expected`);
  }
  const checksumBytes = (flags & 4) === 0 ? 0 : 4;
  if (at + checksumBytes > bytes.length) throw truncated();
}

function declaredAt(view: DataView, at: number, bytes: number): number {
  if (bytes === 1) return view.getUint8(at);
  if (bytes === 2) return view.getUint16(at, true) + 256;
  return bytes === 4 ? view.getUint32(at, true) : Number(view.getBigUint64(at, true));
}

function withoutChecksum(bytes: Uint8Array, _most: number, refuse: Refuse): Uint8Array {
  const end = bytes.length - 4;
  if (end < 0) throw refuse(`the bytes are truncated: a checksum has 4, here are ${bytes.length}`);
  const content = bytes.subarray(0, end);
  const [found, wanted] = [crc32c(content), viewOf(bytes).getUint32(end, true)];
  if (found === wanted) return content;
  throw refuse(`the checksum (CRC-32C) is ${found.toString(16)}, and should be ${wanted.toString(16)}`);
}

/** zarrita's shuffle would take the array's own element size for the one that it was told. */
async function unshuffle(elementsize: number): Promise<Decompress> {
  const entry = await registry.get("numcodecs.shuffle")!();
  const codec = entry.fromConfig({ elementsize }, undefined as never);
  return (bytes, _most, refuse) => {
    if (bytes.length % elementsize === 0) return codec.decode(bytes);
    throw refuse(`${bytes.length} shuffled bytes are no whole number of elements of ${elementsize}`);
  };
}
