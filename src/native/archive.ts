/**
 * Reading a zip archive, the form of a wheel: the directory at its end, then only the members that are needed, each
 * streamed to its file.
 *
 *     member header  name  deflated bytes │ … │ directory: name, method, sizes, offset │ end record
 *
 * Archives beyond 4 GB (zip64) and encrypted ones are refused. The archive's hash was checked before, so of its members
 * only the sizes are checked. Invariant: nothing is written outside the target folder.
 */
import { createReadStream, createWriteStream, mkdirSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createInflateRaw } from "node:zlib";
import { FormatError } from "../data/errors.js";

/** A file in an archive. */
interface Member {
  readonly name: string;
  readonly deflated: boolean;
  /** Its bytes in the archive. */
  readonly packed: number;
  /** Its bytes once it is extracted. */
  readonly size: number;
  /** Where its header begins in the archive. */
  readonly offset: number;
}

const END_SIGNATURE = 0x06054b50;
const ENTRY_SIGNATURE = 0x02014b50;
const MEMBER_SIGNATURE = 0x04034b50;
/** The fixed parts of the end record, of an entry of the directory, and of a member's header. */
const END_BYTES = 22;
const ENTRY_BYTES = 46;
const HEADER_BYTES = 30;
/** The longest comment after the end record. */
const LONGEST_COMMENT_BYTES = 65_535;
/** The bytes that are read and inflated at a time. */
const STREAM_BYTES = 2 ** 20;

const STORED = 0;
const DEFLATED = 8;

async function read(file: FileHandle, offset: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, offset);
  return buffer.subarray(0, bytesRead);
}

async function directory(file: FileHandle, path: string): Promise<Buffer> {
  const { size } = await file.stat();
  const from = Math.max(0, size - END_BYTES - LONGEST_COMMENT_BYTES);
  const tail = await read(file, from, size - from);
  for (let at = tail.length - END_BYTES; at >= 0; at--) {
    if (tail.readUInt32LE(at) !== END_SIGNATURE) continue;
    const [length, offset] = [tail.readUInt32LE(at + 12), tail.readUInt32LE(at + 16)];
    if (offset + length <= from + at) return read(file, offset, length);
  }
  throw new FormatError(`${path}: not a zip archive, or one that is truncated or larger than 4 GB`, { path });
}

function membersOf(entries: Buffer, path: string): Member[] {
  const members: Member[] = [];
  for (let at = 0; at + ENTRY_BYTES <= entries.length; ) {
    if (entries.readUInt32LE(at) !== ENTRY_SIGNATURE) {
      throw new FormatError(`${path}: the directory of the zip archive is damaged`, { path });
    }
    const [flags, method] = [entries.readUInt16LE(at + 8), entries.readUInt16LE(at + 10)];
    const [packed, size] = [entries.readUInt32LE(at + 20), entries.readUInt32LE(at + 24)];
    const [nameBytes, extraBytes] = [entries.readUInt16LE(at + 28), entries.readUInt16LE(at + 30)];
    const [commentBytes, offset] = [entries.readUInt16LE(at + 32), entries.readUInt32LE(at + 42)];
    const name = entries.toString("utf8", at + ENTRY_BYTES, at + ENTRY_BYTES + nameBytes);
    if ((flags & 1) !== 0 || (method !== STORED && method !== DEFLATED)) {
      throw new FormatError(`${path}: ${name} is encrypted, or not packed by deflate`, { path });
    }
    members.push({ name, deflated: method === DEFLATED, packed, size, offset });
    at += ENTRY_BYTES + nameBytes + extraBytes + commentBytes;
  }
  return members;
}

async function extractMember(file: FileHandle, path: string, member: Member, target: string): Promise<void> {
  const header = await read(file, member.offset, HEADER_BYTES);
  if (header.length < HEADER_BYTES || header.readUInt32LE(0) !== MEMBER_SIGNATURE) {
    throw new FormatError(`${path}: ${member.name} does not begin where the directory says`, { path });
  }
  mkdirSync(dirname(target), { recursive: true });
  const start = member.offset + HEADER_BYTES + header.readUInt16LE(26) + header.readUInt16LE(28);
  const out = createWriteStream(target);
  if (member.packed === 0) out.end();
  const packed = createReadStream(path, { start, end: start + member.packed - 1, highWaterMark: STREAM_BYTES });
  if (member.packed === 0) packed.destroy();
  else if (member.deflated) await pipeline(packed, createInflateRaw({ chunkSize: STREAM_BYTES }), out);
  else await pipeline(packed, out);
  if (member.packed > 0 && out.bytesWritten !== member.size) {
    throw new FormatError(`${path}: ${member.name} has ${out.bytesWritten} bytes instead of ${member.size}`, { path });
  }
}

/**
 * Extracts the members for which `targetOf` returns a path inside the folder; the others stay packed. Returns how many
 * were extracted.
 */
export async function extract(
  path: string,
  folder: string,
  targetOf: (name: string) => string | undefined,
): Promise<number> {
  const file = await open(path);
  try {
    let count = 0;
    for (const member of membersOf(await directory(file, path), path)) {
      const target = targetOf(member.name);
      if (target === undefined || member.name.endsWith("/")) continue;
      if (target.split(/[\\/]/).includes(".."))
        throw new FormatError(`${path}: ${member.name} would be written outside the folder`, { path });
      await extractMember(file, path, member, join(folder, target));
      count++;
    }
    return count;
  } finally {
    await file.close();
  }
}
