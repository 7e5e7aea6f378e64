/**
 * The table of contents of a zip archive, zip64 included. Everything it says is checked against the archive itself.
 *
 * ```
 * │ local header │ bytes │ local header │ bytes │ … │ central directory │ (zip64 end) │ end of the directory │
 * ```
 *
 * Invariant: an entry that is given has its bytes inside the file, before the directory, and shares none with another.
 */
import { FormatError } from "../../data/errors.js";
import type { LocalFile } from "../../storage/stores/file.js";

/** A file in a zip archive. */
export interface ZipEntry {
  readonly name: string;
  /** 0: as it is; 8: deflated. */
  readonly method: number;
  readonly encrypted: boolean;
  readonly crc: number;
  /** Bytes in the archive. */
  readonly stored: number;
  /** Bytes once they are decoded, as the archive claims. */
  readonly size: number;
  /** Where its local header stands. */
  readonly header: number;
  /** Where its bytes stand. */
  readonly data: number;
}

const end = { signature: 0x06054b50, bytes: 22, comment: 0xffff };
const end64 = { signature: 0x06064b50, bytes: 56, locator: 0x07064b50, locatorBytes: 20 };
const central = { signature: 0x02014b50, bytes: 46 };
const local = { signature: 0x04034b50, bytes: 30 };

/** The field of zip64 among the extra ones, and the number that says that a size stands there. */
const [zip64Field, inZip64] = [1, 0xffffffff];

/** A directory of more bytes, or a million entries, is no archive of arrays. */
const mostDirectoryBytes = 2 ** 26;

type Fail = (problem: string, offset: number) => FormatError;

/**
 * Reads the table of contents.
 *
 * @throws FormatError when it is damaged, spread over several files, or entries overlap, share a name, or have a name that
 * leads out of a folder; StorageError when the file cannot be read
 */
export function readZip(file: LocalFile): ZipEntry[] {
  const { path } = file;
  const fail: Fail = (problem, offset) => new FormatError(`${path}: ${problem}`, { path, offset });
  const directory = findDirectory(file, fail);
  const bytes = bytesAt(file, directory.start, directory.length, fail);
  const entries: ZipEntry[] = [];
  let at = 0;
  while (at < bytes.length) {
    const place = directory.start + at;
    if (at + central.bytes > bytes.length || bytes.readUInt32LE(at) !== central.signature) {
      throw fail("the directory of the zip archive is damaged", place);
    }
    const [nameBytes, extraBytes, noteBytes] = [28, 30, 32].map((field) => bytes.readUInt16LE(at + field)) as number[];
    const next = at + central.bytes + nameBytes! + extraBytes! + noteBytes!;
    if (next > bytes.length) throw fail("the directory of the zip archive is damaged", place);
    entries.push(entryFrom(file, bytes.subarray(at, next), place, directory.start, fail));
    at = next;
  }
  if (entries.length !== directory.count) {
    const message = `the zip archive has ${entries.length} entries; its end says ${directory.count}`;
    throw fail(message, directory.start + directory.length);
  }
  checkApart(entries, fail);
  return entries;
}

function bytesAt(file: LocalFile, offset: number, length: number, fail: Fail): Buffer {
  if (offset < 0 || offset + length > file.size) throw fail("the zip archive is truncated", file.size);
  const bytes = Buffer.alloc(length);
  file.readInto(bytes, offset);
  return bytes;
}

interface Directory {
  readonly start: number;
  readonly length: number;
  readonly count: number;
}

/** A number of 64 bits that must be one that can be counted. */
function long(bytes: Buffer, at: number): number {
  const value = bytes.readBigUInt64LE(at);
  return value > BigInt(Number.MAX_SAFE_INTEGER) ? Number.POSITIVE_INFINITY : Number(value);
}

function findDirectory(file: LocalFile, fail: Fail): Directory {
  const tailBytes = Math.min(file.size, end.bytes + end.comment);
  const tail = bytesAt(file, file.size - tailBytes, tailBytes, fail);
  let at = tailBytes - end.bytes;
  while (
    at >= 0 &&
    !(tail.readUInt32LE(at) === end.signature && at + end.bytes + tail.readUInt16LE(at + 20) === tailBytes)
  )
    at--;
  if (at < 0) throw fail("the end of the zip archive is missing; the file is no zip archive or truncated", file.size);
  const place = file.size - tailBytes + at;
  let [count, length, start] = [tail.readUInt16LE(at + 10), tail.readUInt32LE(at + 12), tail.readUInt32LE(at + 16)];
  let after = place;
  const disks = tail.readUInt16LE(at + 4) + tail.readUInt16LE(at + 6);
  const locator = place - end64.locatorBytes;
  const found = locator >= 0 ? bytesAt(file, locator, end64.locatorBytes, fail) : undefined;
  if (found?.readUInt32LE(0) === end64.locator) {
    after = long(found, 8);
    const large = after + end64.bytes <= locator ? bytesAt(file, after, end64.bytes, fail) : undefined;
    if (large?.readUInt32LE(0) !== end64.signature) throw fail("the zip64 end of the archive is damaged", locator);
    [count, length, start] = [long(large, 32), long(large, 40), long(large, 48)];
  } else if (disks !== 0) throw fail("the zip archive is spread over several files", place);
  if (start + length !== after) {
    throw fail(`the directory of the zip archive should end at byte ${after}, and ends at ${start + length}`, place);
  }
  if (length > mostDirectoryBytes) throw fail(`the directory of the zip archive has ${length} bytes`, place);
  return { start, length, count };
}

/** The sizes and the place that stand in the zip64 field, in the order in which they were left out elsewhere. */
function zip64From(extra: Buffer): number[] {
  for (let at = 0; at + 4 <= extra.length; ) {
    const [id, length] = [extra.readUInt16LE(at), extra.readUInt16LE(at + 2)];
    const data = extra.subarray(at + 4, at + 4 + length);
    if (id === zip64Field) return Array.from({ length: Math.floor(data.length / 8) }, (_, i) => long(data, 8 * i));
    at += 4 + length;
  }
  return [];
}

/** Numbers of 32 bits, those that did not fit taken from the zip64 field. */
function widened(values: readonly number[], extra: Buffer, fail: () => FormatError): number[] {
  const large = zip64From(extra);
  return values.map((value) => {
    if (value !== inZip64) return value;
    const next = large.shift();
    if (next === undefined) throw fail();
    return next;
  });
}

function entryFrom(file: LocalFile, bytes: Buffer, place: number, limit: number, fail: Fail): ZipEntry {
  const damaged = () => fail("an entry of the zip archive has damaged sizes", place);
  const flags = bytes.readUInt16LE(8);
  const nameEnd = central.bytes + bytes.readUInt16LE(28);
  const rawName = bytes.subarray(central.bytes, nameEnd);
  const name = rawName.toString((flags & 0x800) === 0 ? "latin1" : "utf8");
  const extra = bytes.subarray(nameEnd, nameEnd + bytes.readUInt16LE(30));
  const numbers = [bytes.readUInt32LE(24), bytes.readUInt32LE(20), bytes.readUInt32LE(42)];
  const [size, stored, header] = widened(numbers, extra, damaged) as [number, number, number];
  const parts = name.split(/[/\\]/);
  if (name === "" || name.includes("\0") || parts.includes("..") || parts[0] === "" || /^[a-z]:/i.test(name)) {
    throw fail(`the zip archive has an entry whose name leads out of it: ${JSON.stringify(name.slice(0, 80))}`, place);
  }
  const called = `the entry ${JSON.stringify(name.slice(0, 80))} of the zip archive`;
  if (header + local.bytes > limit) throw fail(`${called} stands outside of it`, place);
  const start = bytesAt(file, header, local.bytes, fail);
  if (start.readUInt32LE(0) !== local.signature) throw fail(`${called} has no local header`, header);
  const [localName, localExtra] = [start.readUInt16LE(26), start.readUInt16LE(28)];
  const data = header + local.bytes + localName + localExtra;
  if (data + stored > limit)
    throw fail(`${called} has ${stored} bytes from byte ${data} on, more than are there`, place);
  const after = bytesAt(file, header + local.bytes, localName + localExtra, fail);
  const method = bytes.readUInt16LE(10);
  const sizes = [start.readUInt32LE(22), start.readUInt32LE(18)];
  const wrong = () => fail(`${called} has a local header that differs from the directory`, header);
  if (!after.subarray(0, localName).equals(rawName) || start.readUInt16LE(8) !== method) throw wrong();
  // with this flag, sizes and checksum stand behind the bytes, and in the directory
  if ((start.readUInt16LE(6) & 8) === 0) {
    const [localSize, localStored] = widened(sizes, after.subarray(localName), wrong);
    if (localSize !== size || localStored !== stored || start.readUInt32LE(14) !== bytes.readUInt32LE(16))
      throw wrong();
  }
  return { name, method, encrypted: (flags & 1) !== 0, crc: bytes.readUInt32LE(16), stored, size, header, data };
}

/** Overlapping entries are how a small archive claims to hold the same bytes a thousand times. */
function checkApart(entries: readonly ZipEntry[], fail: Fail): void {
  const names = new Set<string>();
  let last: ZipEntry | undefined;
  for (const entry of entries.toSorted((a, b) => a.header - b.header)) {
    if (names.has(entry.name))
      throw fail(`the zip archive has two entries ${JSON.stringify(entry.name)}`, entry.header);
    names.add(entry.name);
    if (last !== undefined && last.data + last.stored > entry.header) {
      throw fail(`the entries ${last.name} and ${entry.name} of the zip archive overlap`, entry.header);
    }
    last = entry;
  }
}
