/**
 * Reading a zip archive, which a wheel is: the directory at its end, then only the members that are wanted, each streamed
 * to its file.
 *
 *     member header  name  deflated bytes │ … │ directory: name, method, sizes, offset │ end record
 *
 * Archives beyond 4 GB (zip64) and encrypted ones are refused. The archive's hash was checked before, so its members are
 * only held to their sizes. Invariant: nothing is written outside the target folder.
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
  readonly packed: number;
  readonly size: number;
  readonly offset: number;
}

const endSignature = 0x06054b50;
const entrySignature = 0x02014b50;
const memberSignature = 0x04034b50;
const endBytes = 22;
/** The longest comment after the end record. */
const longestComment = 65_535;

async function read(file: FileHandle, offset: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, offset);
  return buffer.subarray(0, bytesRead);
}

async function directory(file: FileHandle, path: string): Promise<Buffer> {
  const { size } = await file.stat();
  const from = Math.max(0, size - endBytes - longestComment);
  const tail = await read(file, from, size - from);
  for (let at = tail.length - endBytes; at >= 0; at--) {
    if (tail.readUInt32LE(at) !== endSignature) continue;
    const [length, offset] = [tail.readUInt32LE(at + 12), tail.readUInt32LE(at + 16)];
    if (offset + length <= from + at) return read(file, offset, length);
  }
  throw new FormatError(`${path}: no zip archive, or one that is cut off or larger than 4 GB`, { path });
}

function membersOf(entries: Buffer, path: string): Member[] {
  const members: Member[] = [];
  for (let at = 0; at + 46 <= entries.length; ) {
    if (entries.readUInt32LE(at) !== entrySignature)
      throw new FormatError(`${path}: a damaged zip directory`, { path });
    const [flags, method] = [entries.readUInt16LE(at + 8), entries.readUInt16LE(at + 10)];
    const [packed, size, offset] = [20, 24, 42].map((field) => entries.readUInt32LE(at + field)) as [
      number,
      number,
      number,
    ];
    const [name, extra, comment] = [28, 30, 32].map((field) => entries.readUInt16LE(at + field)) as [
      number,
      number,
      number,
    ];
    const text = entries.toString("utf8", at + 46, at + 46 + name);
    if ((flags & 1) !== 0 || (method !== 0 && method !== 8)) {
      throw new FormatError(`${path}: ${text} is encrypted or packed in another way than by deflate`, { path });
    }
    members.push({ name: text, deflated: method === 8, packed, size, offset });
    at += 46 + name + extra + comment;
  }
  return members;
}

async function extractMember(file: FileHandle, path: string, member: Member, target: string): Promise<void> {
  const header = await read(file, member.offset, 30);
  if (header.length < 30 || header.readUInt32LE(0) !== memberSignature) {
    throw new FormatError(`${path}: ${member.name} does not begin where the directory says`, { path });
  }
  mkdirSync(dirname(target), { recursive: true });
  const start = member.offset + 30 + header.readUInt16LE(26) + header.readUInt16LE(28);
  const out = createWriteStream(target);
  if (member.packed === 0) out.end();
  const packed = createReadStream(path, { start, end: start + member.packed - 1, highWaterMark: 2 ** 20 });
  if (member.packed === 0) packed.destroy();
  else if (member.deflated) await pipeline(packed, createInflateRaw({ chunkSize: 2 ** 20 }), out);
  else await pipeline(packed, out);
  if (member.packed > 0 && out.bytesWritten !== member.size) {
    throw new FormatError(`${path}: ${member.name} has ${out.bytesWritten} bytes instead of ${member.size}`, { path });
  }
}

/**
 * Extracts the members for which `targetOf` gives a path inside the folder; the others stay packed. Gives how many were
 * extracted.
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
      if (target.split(/[\\/]/).includes("..")) throw new FormatError(`${path}: ${member.name} leads out`, { path });
      await extractMember(file, path, member, join(folder, target));
      count++;
    }
    return count;
  } finally {
    await file.close();
  }
}
