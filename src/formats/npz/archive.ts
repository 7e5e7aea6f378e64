/**
 * Writes .npz files as np.savez does: members uncompressed, each at a place that is known before anything is computed,
 * so that workers write their elements straight into the archive. The checksums come last, in one pass over the file.
 */
import { setImmediate } from "node:timers/promises";
import { crc32 } from "node:zlib";
import { factsOf } from "../../data/dtype.js";
import { ArgumentError } from "../../data/errors.js";
import type { StridedFile } from "../../data/layout.js";
import { zip } from "../../data/lists.js";
import { sizeOf, stridesOf } from "../../data/region.js";
import type { SyncReadable, SyncWritable } from "../../storage/stores/capabilities.js";
import { Replacement } from "../../storage/stores/replacement.js";
import { type NpyArray, npyHeader } from "../npy/npy.js";

/** A member at its place in the archive. */
export interface PlacedMember {
  /** Its name in the archive, which ends with `.npy`. */
  readonly name: string;
  /** The header of the .npy file. */
  readonly header: Uint8Array;
  /** Where the member's local header is in the archive, its .npy file, and the elements of that. */
  readonly local: number;
  readonly start: number;
  readonly elements: number;
  /** Bytes of the .npy file. */
  readonly size: number;
}

/** Where everything is in an archive that is written. */
export interface NpzLayout {
  readonly members: readonly PlacedMember[];
  /** Where the directory begins. */
  readonly directory: number;
  /** The size of the whole archive. */
  readonly size: number;
}

/** The content of a .npz file: the arrays by their names. */
export interface NpzContent {
  readonly members: Readonly<Record<string, NpyArray>>;
}

const [localBytes, centralBytes, zip64Bytes, padField] = [30, 46, 20, 0xd935];
const [end64Bytes, locatorBytes, endBytes] = [56, 20, 22];
/** The directory's field of zip64 holds both sizes and the place. */
const centralZip64 = 28;
/** Elements begin at a multiple of this, as in a .npy file. */
const alignment = 64;
const [utf8Names, version, firstOfJanuary1980] = [0x800, 45, 0x21];

/**
 * Plans an archive: each member at its place, elements at multiples of 64 bytes.
 *
 * @throws ArgumentError for names that cannot be in an archive; ShapeError for shapes that .npy does not take
 */
export function npzLayout({ members }: NpzContent): NpzLayout {
  const placed: PlacedMember[] = [];
  let at = 0;
  let directoryBytes = 0;
  for (const [key, array] of Object.entries(members)) {
    const parts = key.split(/[/\\]/);
    if (key === "" || key.includes("\0") || parts.some((part) => part === "" || part === "." || part === "..")) {
      throw new ArgumentError(`.npz: ${JSON.stringify(key)} cannot be the name of an array in an archive`);
    }
    const name = `${key}.npy`;
    const nameBytes = Buffer.byteLength(name);
    if (nameBytes > 2 ** 15) throw new ArgumentError(`.npz: a name has ${nameBytes} bytes; at most 32768 fit`);
    const header = npyHeader(array);
    // the smallest field of padding has 4 bytes
    const before = at + localBytes + nameBytes + zip64Bytes + 4;
    const start = Math.ceil(before / alignment) * alignment;
    const elements = start + header.length;
    const size = header.length + sizeOf(array.shape) * factsOf(array.dtype).bytes;
    placed.push({ name, header, local: at, start, elements, size });
    at = start + size;
    directoryBytes += centralBytes + nameBytes + centralZip64;
  }
  return { members: placed, directory: at, size: at + directoryBytes + endingBytes(placed.length) };
}

function localHeader({ name, local, start, size }: PlacedMember, crc: number): Buffer {
  const bytes = Buffer.alloc(start - local);
  const nameBytes = Buffer.byteLength(name);
  bytes.write("PK\x03\x04", "latin1");
  bytes.writeUInt16LE(version, 4);
  bytes.writeUInt16LE(utf8Names, 6);
  bytes.writeUInt16LE(firstOfJanuary1980, 12);
  bytes.writeUInt32LE(crc, 14);
  bytes.writeUInt32LE(0xffffffff, 18);
  bytes.writeUInt32LE(0xffffffff, 22);
  bytes.writeUInt16LE(nameBytes, 26);
  bytes.writeUInt16LE(bytes.length - localBytes - nameBytes, 28);
  bytes.write(name, localBytes);
  const extra = localBytes + nameBytes;
  bytes.writeUInt16LE(1, extra);
  bytes.writeUInt16LE(zip64Bytes - 4, extra + 2);
  bytes.writeBigUInt64LE(BigInt(size), extra + 4);
  bytes.writeBigUInt64LE(BigInt(size), extra + 12);
  bytes.writeUInt16LE(padField, extra + zip64Bytes);
  bytes.writeUInt16LE(bytes.length - extra - zip64Bytes - 4, extra + zip64Bytes + 2);
  return bytes;
}

function directoryEntry({ name, local, size }: PlacedMember, crc: number): Buffer {
  const nameBytes = Buffer.byteLength(name);
  const bytes = Buffer.alloc(centralBytes + nameBytes + centralZip64);
  bytes.write("PK\x01\x02", "latin1");
  bytes.writeUInt16LE(version, 4);
  bytes.writeUInt16LE(version, 6);
  bytes.writeUInt16LE(utf8Names, 8);
  bytes.writeUInt16LE(firstOfJanuary1980, 14);
  bytes.writeUInt32LE(crc, 16);
  for (const field of [20, 24, 42]) bytes.writeUInt32LE(0xffffffff, field);
  bytes.writeUInt16LE(nameBytes, 28);
  bytes.writeUInt16LE(centralZip64, 30);
  bytes.write(name, centralBytes);
  const extra = centralBytes + nameBytes;
  bytes.writeUInt16LE(1, extra);
  bytes.writeUInt16LE(centralZip64 - 4, extra + 2);
  for (const [i, value] of [size, size, local].entries()) bytes.writeBigUInt64LE(BigInt(value), extra + 4 + 8 * i);
  return bytes;
}

/** An archive without entries begins with its end, by which NumPy knows it; it has no zip64 end before it. */
function endingBytes(count: number): number {
  return count === 0 ? endBytes : end64Bytes + locatorBytes + endBytes;
}

function archiveEnd({ members, directory, size }: NpzLayout): Buffer {
  const bytes = Buffer.alloc(endingBytes(members.length));
  bytes.write("PK\x05\x06", bytes.length - endBytes, "latin1");
  if (members.length === 0) return bytes;
  const place = size - bytes.length;
  const count = BigInt(members.length);
  bytes.write("PK\x06\x06", "latin1");
  bytes.writeBigUInt64LE(BigInt(end64Bytes - 12), 4);
  bytes.writeUInt16LE(version, 12);
  bytes.writeUInt16LE(version, 14);
  for (const [i, value] of [count, count, BigInt(place - directory), BigInt(directory)].entries()) {
    bytes.writeBigUInt64LE(value, 24 + 8 * i);
  }
  bytes.write("PK\x06\x07", end64Bytes, "latin1");
  bytes.writeBigUInt64LE(BigInt(place), end64Bytes + 8);
  bytes.writeUInt32LE(1, end64Bytes + 16);
  // all numbers of the old end are in that of zip64
  bytes.fill(0xff, bytes.length - endBytes + 8, bytes.length - 2);
  return bytes;
}

/** Bytes of one step of the pass over the members. Other work may run between two steps. */
const STEP_BYTES = 2 ** 22;

/** Writes all of an archive but the elements, which must be there: the checksums are made from the file. */
async function finishNpz(file: SyncReadable & SyncWritable, layout: NpzLayout): Promise<void> {
  const buffer = Buffer.alloc(STEP_BYTES);
  const entries: Buffer[] = [];
  for (const member of layout.members) {
    file.write(member.header, member.start);
    let crc = 0;
    for (let at = 0; at < member.size; at += STEP_BYTES) {
      const step = buffer.subarray(0, Math.min(STEP_BYTES, member.size - at));
      file.readInto(step, member.start + at);
      crc = crc32(step, crc);
      await setImmediate();
    }
    file.write(localHeader(member, crc), member.local);
    entries.push(directoryEntry(member, crc));
  }
  file.write(Buffer.concat([...entries, archiveEnd(layout)]), layout.directory);
}

/** A .npz file being written. */
export interface NpzDestination {
  /** Where workers write the elements of each array, by its name; all of them must be written. */
  readonly members: Readonly<Record<string, StridedFile>>;
  /** The path until the commit. */
  readonly temporary: string;
  /** Writes headers and checksums, and gives the finished file its name. */
  commit(exclusive?: boolean): Promise<void>;
  /** Removes what was written, after a failure. */
  discard(): Promise<void>;
}

/**
 * Begins a .npz file, uncompressed, under a temporary name.
 *
 * @throws StorageError if it cannot be made; ArgumentError for names that cannot be in an archive
 */
export function createNpz(path: string, content: NpzContent): NpzDestination {
  const layout = npzLayout(content);
  const replacement = Replacement.create(path, layout.size);
  const files = zip(Object.entries(content.members), layout.members).map(
    ([[key, { dtype, shape, order = "C" }], placed]) => {
      const strides = order === "C" ? stridesOf(shape) : stridesOf(shape.toReversed()).reverse();
      const place = { path: replacement.path, offset: placed.elements, size: layout.size, modified: 0 };
      return [key, { ...place, dtype, encoding: { otherEndian: false, half: false }, shape, strides }] as const;
    },
  );
  return {
    members: Object.fromEntries(files),
    temporary: replacement.path,
    async commit(exclusive) {
      await replacement.edit((file) => finishNpz(file, layout));
      replacement.commit(exclusive);
    },
    async discard() {
      replacement.discard();
    },
  };
}
