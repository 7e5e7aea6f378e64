/**
 * Reads the table of contents of a zip archive, zip64 included, and checks everything in it against the archive
 * itself. Why there is a reader of our own: docs/design/0021-zip-reader.md.
 *
 * ```
 * │ local header │ bytes │ local header │ bytes │ … │ central directory │ (zip64 end) │ end of the directory │
 * ```
 *
 * Invariant: an entry that is returned has its bytes inside the file, before the directory, and shares none with
 * another.
 */
import { FormatError } from "../../data/errors.js";
import type { RangeReadable } from "../../storage/stores/capabilities.js";

/** A file in a zip archive. */
export interface ZipEntry {
  readonly name: string;
  /** 0: uncompressed; 8: deflated. */
  readonly method: number;
  readonly encrypted: boolean;
  readonly crc: number;
  /** Bytes in the archive. */
  readonly stored: number;
  /** Bytes once they are decoded, as the archive says. */
  readonly size: number;
  /** Where its local header is. */
  readonly header: number;
  /** Where its bytes are. */
  readonly data: number;
}

const end = { signature: 0x06054b50, bytes: 22, comment: 0xffff };
const end64 = { signature: 0x06064b50, bytes: 56, locator: 0x07064b50, locatorBytes: 20 };
const central = { signature: 0x02014b50, bytes: 46 };
const local = { signature: 0x04034b50, bytes: 30 };

/** The field of zip64 among the extra ones, and the number that says that a size is in it. */
const [zip64Field, inZip64] = [1, 0xffffffff];

/** An archive of arrays has a smaller directory; this would be a million entries. */
const MOST_DIRECTORY_BYTES = 2 ** 26;

/** The extra fields of a local header are rarely longer: NumPy's have 20 bytes. */
const USUAL_EXTRA_BYTES = 64;

type Fail = (problem: string, offset: number) => FormatError;

/**
 * Reads the table of contents.
 *
 * @throws FormatError if it is damaged, spread over several files, or entries overlap, share a name, or have a name
 * that leads out of a folder; StorageError if the file cannot be read
 */
export async function readZip(file: RangeReadable): Promise<ZipEntry[]> {
  const { path } = file;
  const fail: Fail = (problem, offset) => new FormatError(`${path}: ${problem}`, { path, offset });
  const directory = await findDirectory(file, fail);
  const bytes = await bytesAt(file, directory.start, directory.length, fail);
  const entries: ZipEntry[] = [];
  let at = 0;
  while (at < bytes.length) {
    const place = directory.start + at;
    if (at + central.bytes > bytes.length || bytes.readUInt32LE(at) !== central.signature) {
      throw fail("the directory of the zip archive is damaged", place);
    }
    const [nameBytes, extraBytes] = [bytes.readUInt16LE(at + 28), bytes.readUInt16LE(at + 30)];
    const noteBytes = bytes.readUInt16LE(at + 32);
    const next = at + central.bytes + nameBytes + extraBytes + noteBytes;
    if (next > bytes.length) throw fail("the directory of the zip archive is damaged", place);
    const entry = directoryEntryFrom(bytes.subarray(at, next), place, fail);
    entries.push(await withData(file, entry, place, directory.start, fail));
    at = next;
  }
  if (entries.length !== directory.count) {
    const message = `the zip archive has ${entries.length} entries; its end says ${directory.count}`;
    throw fail(message, directory.start + directory.length);
  }
  checkApart(entries, fail);
  return entries;
}

async function bytesAt(file: RangeReadable, offset: number, length: number, fail: Fail): Promise<Buffer> {
  if (offset < 0 || offset + length > file.size) throw fail("the zip archive is truncated", file.size);
  const bytes = Buffer.alloc(length);
  await file.read(bytes, offset);
  return bytes;
}

interface Directory {
  readonly start: number;
  readonly length: number;
  readonly count: number;
}

/** A number of 64 bits; infinity if it is too large to be exact. */
function long(bytes: Buffer, at: number): number {
  const value = bytes.readBigUInt64LE(at);
  return value > BigInt(Number.MAX_SAFE_INTEGER) ? Number.POSITIVE_INFINITY : Number(value);
}

async function findDirectory(file: RangeReadable, fail: Fail): Promise<Directory> {
  const tailBytes = Math.min(file.size, end.bytes + end.comment);
  const tail = await bytesAt(file, file.size - tailBytes, tailBytes, fail);
  let at = tailBytes - end.bytes;
  while (
    at >= 0 &&
    !(tail.readUInt32LE(at) === end.signature && at + end.bytes + tail.readUInt16LE(at + 20) === tailBytes)
  )
    at--;
  if (at < 0)
    throw fail("the end of the zip archive is missing; the file is not a zip archive, or truncated", file.size);
  const place = file.size - tailBytes + at;
  let [count, length, start] = [tail.readUInt16LE(at + 10), tail.readUInt32LE(at + 12), tail.readUInt32LE(at + 16)];
  let after = place;
  const disks = tail.readUInt16LE(at + 4) + tail.readUInt16LE(at + 6);
  const locator = place - end64.locatorBytes;
  const found = locator >= 0 ? await bytesAt(file, locator, end64.locatorBytes, fail) : undefined;
  if (found?.readUInt32LE(0) === end64.locator) {
    after = long(found, 8);
    const large = after + end64.bytes <= locator ? await bytesAt(file, after, end64.bytes, fail) : undefined;
    if (large?.readUInt32LE(0) !== end64.signature) throw fail("the zip64 end of the archive is damaged", locator);
    [count, length, start] = [long(large, 32), long(large, 40), long(large, 48)];
  } else if (disks !== 0) throw fail("the zip archive is spread over several files", place);
  if (start + length !== after) {
    throw fail(`the directory of the zip archive should end at byte ${after}, and ends at ${start + length}`, place);
  }
  if (length > MOST_DIRECTORY_BYTES) throw fail(`the directory of the zip archive has ${length} bytes`, place);
  return { start, length, count };
}

/** The sizes and the offset in the zip64 field, in the order in which they did not fit elsewhere. */
function zip64From(extra: Buffer): number[] {
  for (let at = 0; at + 4 <= extra.length; ) {
    const [id, length] = [extra.readUInt16LE(at), extra.readUInt16LE(at + 2)];
    const data = extra.subarray(at + 4, at + 4 + length);
    if (id === zip64Field) return Array.from({ length: Math.floor(data.length / 8) }, (_, i) => long(data, 8 * i));
    at += 4 + length;
  }
  return [];
}

/** A number of 32 bits, or if it did not fit, the next number of the zip64 field, which is removed there. */
function widened(value: number, large: number[], fail: () => FormatError): number {
  if (value !== inZip64) return value;
  const next = large.shift();
  if (next === undefined) throw fail();
  return next;
}

/** An entry as the directory describes it. */
interface DirectoryEntry extends Omit<ZipEntry, "data"> {
  readonly rawName: Buffer;
}

function directoryEntryFrom(bytes: Buffer, place: number, fail: Fail): DirectoryEntry {
  const damaged = () => fail("an entry of the zip archive has damaged sizes", place);
  const flags = bytes.readUInt16LE(8);
  const nameEnd = central.bytes + bytes.readUInt16LE(28);
  const rawName = bytes.subarray(central.bytes, nameEnd);
  const name = rawName.toString((flags & 0x800) === 0 ? "latin1" : "utf8");
  const large = zip64From(bytes.subarray(nameEnd, nameEnd + bytes.readUInt16LE(30)));
  const size = widened(bytes.readUInt32LE(24), large, damaged);
  const stored = widened(bytes.readUInt32LE(20), large, damaged);
  const header = widened(bytes.readUInt32LE(42), large, damaged);
  const parts = name.split(/[/\\]/);
  if (name === "" || name.includes("\0") || parts.includes("..") || parts[0] === "" || /^[a-z]:/i.test(name)) {
    throw fail(`the zip archive has an entry whose name leads out of it: ${JSON.stringify(name.slice(0, 80))}`, place);
  }
  const [method, crc] = [bytes.readUInt16LE(10), bytes.readUInt32LE(16)];
  return { name, rawName, method, encrypted: (flags & 1) !== 0, crc, stored, size, header };
}

/** Finds the bytes of an entry through its local header, which must agree with the directory. */
async function withData(
  file: RangeReadable,
  { rawName, ...entry }: DirectoryEntry,
  place: number,
  limit: number,
  fail: Fail,
): Promise<ZipEntry> {
  const { name, method, crc, stored, size, header } = entry;
  const called = `the entry ${JSON.stringify(name.slice(0, 80))} of the zip archive`;
  if (header + local.bytes > limit) throw fail(`${called} is outside of it`, place);
  // one read for each member: mostly the names are the same and the extra fields are short
  const guess = Math.min(local.bytes + rawName.length + USUAL_EXTRA_BYTES, limit - header);
  const start = await bytesAt(file, header, guess, fail);
  if (start.readUInt32LE(0) !== local.signature) throw fail(`${called} has no local header`, header);
  const [nameBytes, extraBytes] = [start.readUInt16LE(26), start.readUInt16LE(28)];
  const headerBytes = local.bytes + nameBytes + extraBytes;
  const data = header + headerBytes;
  if (data + stored > limit) {
    throw fail(`${called} has ${stored} bytes from byte ${data} on, more than there are`, place);
  }
  const whole = headerBytes <= start.length ? start : await bytesAt(file, header, headerBytes, fail);
  const extraAt = local.bytes + nameBytes;
  const [localName, extra] = [whole.subarray(local.bytes, extraAt), whole.subarray(extraAt, headerBytes)];
  const wrong = () => fail(`${called} has a local header that differs from the directory`, header);
  if (!localName.equals(rawName) || start.readUInt16LE(8) !== method) throw wrong();
  // with this flag, sizes and checksum come after the bytes, and are in the directory
  if ((start.readUInt16LE(6) & 8) === 0) {
    const large = zip64From(extra);
    const sameSize = widened(start.readUInt32LE(22), large, wrong) === size;
    const sameStored = widened(start.readUInt32LE(18), large, wrong) === stored;
    if (!sameSize || !sameStored || start.readUInt32LE(14) !== crc) throw wrong();
  }
  return { ...entry, data };
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
