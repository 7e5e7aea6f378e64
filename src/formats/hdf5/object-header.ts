/**
 * The header of a dataset, read from the file itself. It shows where the elements of a contiguous dataset are, so that
 * they can be read without the library; how chunks are found; whether a float is one of IEEE 754; and whether elements
 * are in other files. The library has opened the dataset before, so its header is known to be sound.
 *
 * Invariant: the result is undefined, never a guess, if something is not understood; the library then reads the
 * elements.
 */
import type { SyncReadable } from "../../storage/stores/capabilities.js";
import { type ChunkLayout, chunkLayoutFrom, fillFrom } from "./chunk-layout.js";
import { type StoredType, storedTypeFrom } from "./datatype-message.js";
import { type ExternalStretch, externalFrom } from "./external.js";
import { type StoredMapping, virtualFrom } from "./virtual-layout.js";

/** The header messages that are looked at, by their numbers in the format's specification. */
const [DATATYPE, OLD_FILL, FILL, EXTERNAL_FILES, LAYOUT, CONTINUATION] = [3, 4, 5, 7, 8, 16];

/** A message that refers to another object; the other kind is in a heap. */
const NAMED = 2;

/** The kinds of layouts without chunks: the elements are in the header itself, or in one stretch. */
const [COMPACT, CONTIGUOUS] = [0, 1];

const signature = "\x89HDF\r\n\x1a\n";

/** A header of a dataset, with all its attributes, has far less. */
const mostBytes = 2 ** 24;

/** Where the HDF5 part of a file begins: at byte 0, or after a block of the user's, of 512, 1024, … bytes. */
export function findSuperblock(file: SyncReadable): number | undefined {
  const bytes = Buffer.alloc(signature.length);
  for (let at = 0; at + bytes.length <= file.size; at = at === 0 ? 512 : at * 2) {
    file.readInto(bytes, at);
    if (bytes.toString("latin1") === signature) return at;
  }
  return undefined;
}

/** True where addresses and lengths have 8 bytes and count from the superblock, as they do but in exotic files. */
function isPlain(file: SyncReadable, base: number): boolean {
  const bytes = Buffer.alloc(40);
  if (base + bytes.length > file.size) return false;
  file.readInto(bytes, base);
  const version = bytes.readUInt8(8);
  if (version > 3) return false;
  const [sizes, address] = version < 2 ? [13, version === 0 ? 24 : 28] : [9, 12];
  return bytes[sizes] === 8 && bytes[sizes + 1] === 8 && bytes.readBigUInt64LE(address) === BigInt(base);
}

interface Message {
  readonly type: number;
  /** True if the message only refers to another object that has the content. */
  readonly shared: boolean;
  readonly data: Buffer;
  /** Where the data are in the file. */
  readonly at: number;
}

interface Block {
  readonly at: number;
  readonly length: number;
}

/** The messages of the object header at an address; undefined where the header is of a kind that is not known. */
function messagesAt(file: SyncReadable, base: number, address: number): Message[] | undefined {
  const read = (at: number, length: number): Buffer | undefined => {
    if (at < 0 || length < 0 || at + length > file.size || length > mostBytes) return undefined;
    const bytes = Buffer.alloc(length);
    file.readInto(bytes, at);
    return bytes;
  };
  const start = read(base + address, 64) ?? read(base + address, 16);
  if (start === undefined) return undefined;
  const modern = start.toString("latin1", 0, 4) === "OHDR";
  if (modern ? start[4] !== 2 : start[0] !== 1) return undefined;
  const flags = modern ? start.readUInt8(5) : 0;
  const blocks: Block[] = [modern ? modernBlock(start, flags, base + address) : oldBlock(start, base + address)];
  const messages: Message[] = [];
  let total = 0;
  // a list may grow while it is iterated: continuations are appended
  for (const { at, length } of blocks) {
    const bytes = read(at, length);
    total += length;
    if (bytes === undefined || total > mostBytes) return undefined;
    for (const message of modern ? modernMessages(bytes, at, (flags & 4) !== 0) : oldMessages(bytes, at)) {
      messages.push(message);
      if (message.type !== CONTINUATION || message.data.length < 16) continue;
      const next = Number(message.data.readBigUInt64LE(0)) + base;
      const size = Number(message.data.readBigUInt64LE(8));
      // a later block of a modern header has a signature before its messages, and a checksum after them
      blocks.push(modern ? { at: next + 4, length: size - 8 } : { at: next, length: size });
    }
  }
  return messages;
}

function oldBlock(start: Buffer, at: number): Block {
  return { at: at + 16, length: start.readUInt32LE(8) };
}

function modernBlock(start: Buffer, flags: number, at: number): Block {
  const sizeAt = 6 + ((flags & 0x20) === 0 ? 0 : 16) + ((flags & 0x10) === 0 ? 0 : 4);
  const sizeBytes = 1 << (flags & 3);
  const length = sizeBytes === 8 ? Number(start.readBigUInt64LE(sizeAt)) : start.readUIntLE(sizeAt, sizeBytes);
  return { at: at + sizeAt + sizeBytes, length };
}

function* oldMessages(bytes: Buffer, start: number): Generator<Message> {
  for (let at = 0; at + 8 <= bytes.length; ) {
    const length = bytes.readUInt16LE(at + 2);
    const data = bytes.subarray(at + 8, at + 8 + length);
    const shared = (bytes.readUInt8(at + 4) & 2) !== 0;
    yield { type: bytes.readUInt16LE(at), shared, data, at: start + at + 8 };
    at += 8 + length;
  }
}

function* modernMessages(bytes: Buffer, start: number, ordered: boolean): Generator<Message> {
  const before = ordered ? 6 : 4;
  for (let at = 0; at + before <= bytes.length; ) {
    const length = bytes.readUInt16LE(at + 1);
    const data = bytes.subarray(at + before, at + before + length);
    const shared = (bytes.readUInt8(at + 3) & 2) !== 0;
    yield { type: bytes.readUInt8(at), shared, data, at: start + at + before };
    at += before + length;
  }
}

/** The facts in the header of a dataset that the library does not report. */
export interface DatasetHeader {
  /**
   * Where the elements are in the file, and how many bytes they have; only of datasets that are not in chunks. Without
   * an offset, none was ever written.
   */
  readonly contiguous?: { readonly offset?: number; readonly bytes: number };
  /** Where the HDF5 part of the file begins, from which addresses count. */
  readonly base: number;
  /** The chunks; only of chunked datasets. */
  readonly chunked?: ChunkLayout;
  /** What is taken from where; only of virtual datasets. */
  readonly virtual?: readonly StoredMapping[];
  /** The bytes of the fill value; none where it is zeros. */
  readonly fill?: readonly number[];
  /** The stretches of other files in which the elements are. */
  readonly external?: readonly ExternalStretch[];
  /** What the library does not report of the type. */
  readonly type?: StoredType;
}

/**
 * Reads the header of the dataset at an address, as object references give it; undefined if it is of an unknown
 * kind.
 */
export function readDatasetHeader(file: SyncReadable, address: bigint): DatasetHeader | undefined {
  const base = findSuperblock(file);
  if (base === undefined || !isPlain(file, base) || address >= BigInt(file.size)) return undefined;
  const messages = messagesAt(file, base, Number(address));
  if (messages === undefined) return undefined;
  const find = (type: number) => messages.find((message) => message.type === type);
  const [layout, datatype, fillMessage, oldFill] = [LAYOUT, DATATYPE, FILL, OLD_FILL].map(find);
  const contiguous = layout === undefined ? undefined : contiguousFrom(layout, base, file.size);
  const type = datatype === undefined ? undefined : typeFrom(file, base, datatype);
  const chunked = layout === undefined || layout.shared ? undefined : chunkLayoutFrom(layout.data);
  const virtual = layout === undefined || layout.shared ? undefined : virtualFrom(file, base, layout.data);
  const external = find(EXTERNAL_FILES);
  const value = fillMessage ?? oldFill;
  const fill = value === undefined ? [] : value.shared ? undefined : fillFrom(value.data, value === oldFill);
  return {
    base,
    ...(contiguous === undefined ? {} : { contiguous }),
    ...(chunked === undefined ? {} : { chunked }),
    ...(virtual === undefined ? {} : { virtual }),
    ...(fill === undefined ? {} : { fill }),
    ...(external === undefined ? {} : { external: external.shared ? [] : externalFrom(file, base, external.data) }),
    ...(type === undefined ? {} : { type }),
  };
}

function contiguousFrom({ data, shared, at }: Message, base: number, size: number): DatasetHeader["contiguous"] {
  const [version, kind] = data;
  if (shared || (version !== 3 && version !== 4) || data.length < 4) return undefined;
  if (kind === COMPACT) return { offset: at + 4, bytes: data.readUInt16LE(2) };
  if (kind !== CONTIGUOUS || data.length < 18) return undefined;
  const [address, bytes] = [data.readBigUInt64LE(2), data.readBigUInt64LE(10)];
  if (bytes > BigInt(Number.MAX_SAFE_INTEGER)) return undefined;
  if (address === 2n ** 64n - 1n) return { bytes: Number(bytes) };
  if (BigInt(base) + address + bytes > BigInt(size)) return undefined; // not there yet: all elements are the fill value
  return { offset: base + Number(address), bytes: Number(bytes) };
}

/** The type in a message; of one that refers to a named type, the type in the header of that. */
function typeFrom(file: SyncReadable, base: number, { data, shared }: Message): StoredType | undefined {
  if (!shared) return storedTypeFrom(data);
  const [version = 0, kind] = data;
  const at = version === 1 ? 8 : 2;
  if (version < 1 || version > 3 || (version === 3 && kind !== NAMED) || data.length < at + 8) return undefined;
  const address = data.readBigUInt64LE(at);
  if (address >= BigInt(file.size)) return undefined;
  const found = messagesAt(file, base, Number(address))?.find(({ type }) => type === DATATYPE);
  return found === undefined || found.shared ? undefined : storedTypeFrom(found.data);
}
