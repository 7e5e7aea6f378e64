/**
 * Decompresses what the LZMA library writes: .xz files, .lzma files, and raw filters, whose settings are elsewhere.
 *
 *     .xz      stream: header │ blocks: header, filtered and compressed bytes, checksum │ index │ footer
 *     .lzma    properties, size of the window, size of the content or 2^64 − 1 │ LZMA
 *     raw      LZMA or LZMA2 of filtered bytes
 *
 * Invariant: no more than the expected bytes are made. Checksums are compared where there are some.
 */
import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import { crc64 } from "./crc64.js";
import { CodecFault } from "./fault.js";
import { LzmaDecoder, type LzmaProperties, lzmaFault, propertiesOf } from "./lzma.js";
import { unlzma2 } from "./lzma2.js";

/** What was done to bytes: first differences from the byte `distance` before, one after the other; then compression. */
export interface LzmaChain {
  readonly distances: readonly number[];
  /** Of LZMA; absent with LZMA2, which brings its own. */
  readonly properties?: LzmaProperties;
}

const fault = (problem: string): CodecFault => new CodecFault(`xz data is damaged: ${problem}`);

/** The names of filters by their numbers in .xz files. */
export const filterNames: Readonly<Record<number, string>> = {
  3: "delta",
  4: "x86",
  5: "PowerPC",
  6: "IA-64",
  7: "ARM",
  8: "ARM-Thumb",
  9: "SPARC",
  10: "ARM64",
  11: "RISC-V",
  33: "LZMA2",
};

/** Decompresses raw filters. @throws CodecFault */
export function unlzmaRaw(bytes: Uint8Array, most: number, chain: LzmaChain): Uint8Array {
  const result = new Uint8Array(most);
  const decoder = new LzmaDecoder(result, bytes);
  undo(decoder, bytes, chain, result);
  return ended(decoder, bytes, result);
}

/** Undoes a chain from where the decoder is; its output ends up in `result`. */
function undo(decoder: LzmaDecoder, bytes: Uint8Array, { distances, properties }: LzmaChain, result: Uint8Array): void {
  const start = decoder.to;
  if (properties === undefined) unlzma2(decoder, bytes);
  else {
    begin(decoder, properties);
    decoder.decodeToMark();
    decoder.finish();
  }
  for (const distance of distances.toReversed()) {
    for (let at = start + distance; at < decoder.to; at++) {
      result[at] = (result[at] ?? 0) + (result[at - distance] ?? 0);
    }
  }
}

function begin(decoder: LzmaDecoder, properties: LzmaProperties): void {
  decoder.use(properties);
  decoder.reset();
  decoder.begin();
}

/** What was made of all bytes. */
function ended(decoder: LzmaDecoder, bytes: Uint8Array, result: Uint8Array): Uint8Array {
  if (decoder.at === bytes.length) return result.subarray(0, decoder.to);
  throw lzmaFault(`${bytes.length - decoder.at} bytes follow its end`);
}

/** Decompresses a .lzma file. @throws CodecFault */
export function unlzma(bytes: Uint8Array, most: number): Uint8Array {
  const properties = propertiesOf(bytes[0] ?? 255);
  if (bytes.length < 13 || properties === undefined) throw lzmaFault("it has no header");
  const size = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(5, true);
  const isKnown = size !== 2n ** 64n - 1n;
  if (isKnown && size > BigInt(most)) throw lzmaFault(`it holds ${size} bytes; at most ${most} are expected`);
  const result = new Uint8Array(most);
  const decoder = new LzmaDecoder(result, bytes);
  decoder.at = 13;
  begin(decoder, properties);
  if (!isKnown) decoder.decodeToMark();
  else if (decoder.decode(Number(size))) throw lzmaFault(`it ends before the ${size} bytes that it should hold`);
  decoder.finish();
  return ended(decoder, bytes, result);
}

/** The bytes of a checksum by its number: none, CRC-32, CRC-64, SHA-256. */
const checkBytes: Readonly<Record<number, number>> = { 0: 0, 1: 4, 4: 8, 10: 32 };

/** Decompresses the streams of an .xz file. @throws CodecFault */
export function unxz(bytes: Uint8Array, most: number): Uint8Array {
  const result = new Uint8Array(most);
  const decoder = new LzmaDecoder(result, bytes);
  do {
    stream(new XzReader(bytes, decoder), decoder, result);
    // zeros between streams
    while (decoder.at < bytes.length && bytes[decoder.at] === 0) decoder.at++;
  } while (decoder.at < bytes.length);
  return result.subarray(0, decoder.to);
}

/** Reads numbers where the decoder is. */
class XzReader {
  readonly #bytes: Buffer;
  readonly #decoder: LzmaDecoder;

  constructor(bytes: Uint8Array, decoder: LzmaDecoder) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#decoder = decoder;
  }

  get all(): Buffer {
    return this.#bytes;
  }

  take(count: number): Buffer {
    const from = this.#decoder.at;
    if (from + count > this.#bytes.length) throw fault("it is truncated");
    this.#decoder.at += count;
    return this.#bytes.subarray(from, from + count);
  }

  byte(): number {
    return this.take(1).readUInt8();
  }

  /** A number in 7 bits of each byte, the lowest first. */
  number(): number {
    let [value, scale] = [0, 1];
    for (let i = 0; i < 9; i++, scale *= 128) {
      const byte = this.byte();
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
    throw fault("a number has no end");
  }

  /** The CRC-32 of the bytes from a place up to here, which follows. */
  checked(from: number, what: string): void {
    const found = crc32(this.#bytes.subarray(from, this.#decoder.at));
    if (this.take(4).readUInt32LE() !== found) throw fault(`the checksum of its ${what} is wrong`);
  }

  /** Zeros up to a multiple of four bytes from a place. */
  pad(from: number): void {
    while ((this.#decoder.at - from) % 4 !== 0) if (this.byte() !== 0) throw fault("there is something in a gap");
  }
}

function stream(reader: XzReader, decoder: LzmaDecoder, result: Uint8Array): void {
  const start = decoder.at;
  if (reader.take(6).toString("latin1") !== "\xfd7zXZ\0") throw fault("it does not begin as it must");
  const kind = reader.take(2).readUInt16BE();
  reader.checked(start + 6, "header");
  const check = checkBytes[kind];
  if (check === undefined) throw fault(`its checksums are of the kind ${kind}`);
  const sizes: number[] = [];
  let size = reader.byte();
  for (; size !== 0; size = reader.byte()) {
    const from = decoder.at - 1;
    const before = decoder.to;
    block(reader, decoder, 4 * (size + 1), result);
    const end = decoder.at;
    reader.pad(from);
    const wanted = reader.take(check);
    const content = result.subarray(before, decoder.to);
    if (!wanted.equals(checksum(kind, content))) throw fault("the checksum of a block is wrong");
    sizes.push(end - from + check, decoder.to - before);
  }
  const index = decoder.at - 1;
  if (reader.number() !== sizes.length / 2 || sizes.some((length) => reader.number() !== length)) {
    throw fault("its index does not name the blocks that it has");
  }
  reader.pad(index);
  reader.checked(index, "index");
  const footer = reader.take(12);
  const length = 4 * (footer.readUInt32LE(4) + 1);
  const fine = footer.readUInt32LE() === crc32(footer.subarray(4, 10)) && footer.toString("latin1", 10) === "YZ";
  if (!fine || length !== decoder.at - 12 - index || footer.readUInt16BE(8) !== kind)
    throw fault("its footer is wrong");
}

/** A block without its checksum. @param length that of its header */
function block(reader: XzReader, decoder: LzmaDecoder, length: number, result: Uint8Array): void {
  const first = decoder.at;
  const end = first - 1 + length;
  if (end > reader.all.length) throw fault("it is truncated");
  decoder.at = end - 4;
  reader.checked(first - 1, "block's header");
  decoder.at = first;
  const flags = reader.byte();
  const compressed = flags & 64 ? reader.number() : undefined;
  const content = flags & 128 ? reader.number() : undefined;
  const distances: number[] = [];
  const last = flags & 3;
  for (let filter = 0; filter <= last; filter++) {
    const id = reader.number();
    const settings = reader.take(reader.number());
    if (id === 3 && settings.length === 1 && filter < last) distances.push(settings.readUInt8() + 1);
    else if (id !== 33 || filter < last) throw new CodecFault(`the filter ${filterNames[id] ?? id} is not read`);
  }
  while (decoder.at < end - 4) if (reader.byte() !== 0) throw fault("there is something in a gap");
  if (decoder.at !== end - 4) throw fault("the header of a block is longer than it says");
  decoder.at = end;
  const before = decoder.to;
  undo(decoder, reader.all, { distances }, result);
  const wrong =
    (compressed !== undefined && compressed !== decoder.at - end) ||
    (content !== undefined && content !== decoder.to - before);
  if (wrong) throw fault("a block has other sizes than it says");
}

function checksum(kind: number, bytes: Uint8Array): Buffer {
  const sum = Buffer.alloc(checkBytes[kind] ?? 0);
  if (kind === 1) sum.writeUInt32LE(crc32(bytes));
  else if (kind === 4) sum.writeBigUInt64LE(crc64(bytes));
  else if (kind === 10) createHash("sha256").update(bytes).digest().copy(sum);
  return sum;
}
