/**
 * NumPy's .npz files: zip archives of .npy files. An uncompressed member is read in place, like a file of its own; a
 * deflated one is decoded from its beginning.
 */
import { chunkBox, cut } from "../../data/chunks.js";
import { factsOf } from "../../data/dtype.js";
import type { EncodedArray } from "../../data/encoded.js";
import { ArgumentError, FormatError, StorageError } from "../../data/errors.js";
import { storedBytes } from "../../data/layout.js";
import { countsOf, sizeOf, stridesOf } from "../../data/region.js";
import { shown } from "../../data/shown.js";
import type { RangeReadable, SyncReadable } from "../../storage/stores/capabilities.js";
import { openBytes } from "../../storage/stores/local-store.js";
import type { StoredArray } from "../format.js";
import { type NpyHeader, type NpySource, parseNpy } from "../npy/npy.js";
import { timeAttributes } from "../times.js";
import { WrongFormatError } from "../wrong-format.js";
import { readZip, type ZipEntry } from "../zip/directory.js";
import { EntryStream, STREAM_BYTES } from "./inflate.js";
import type { NpzParams } from "./reader.js";

/**
 * The largest part of a deflated member. Smaller members are one part: a part costs decoding all that comes before it.
 */
const MOST_PART_BYTES = 2 ** 23;

/** A .npy header, with the longest dictionary that is read. */
const MOST_HEADER_BYTES = 2 ** 20 + 12;

/** The most bytes that one byte of a deflated stream can become. */
const MOST_RATIO = 1032;

/** The options of opening a .npz file. */
export interface NpzOptions {
  /** The name of the array, with or without `.npy`. May be left out if the file holds exactly one. */
  readonly member?: string;
}

/** An array of a .npz file. */
export interface NpzMember {
  readonly name: string;
  /** Bytes in the archive, and once they are decoded. */
  readonly stored: number;
  readonly size: number;
  readonly compressed: boolean;
}

/**
 * Lists the arrays of a .npz file by their names. Reads only the archive's table of contents.
 *
 * @throws StorageError if the file cannot be opened; FormatError if it is damaged or not a zip archive
 */
export async function list(path: string): Promise<NpzMember[]> {
  const file = await openBytes(path);
  try {
    return (await arraysOf(file)).map((entry) => ({
      name: nameOf(entry),
      stored: entry.stored,
      size: entry.size,
      compressed: entry.method !== 0,
    }));
  } finally {
    await file.close();
  }
}

async function arraysOf(file: RangeReadable): Promise<ZipEntry[]> {
  const { path, size } = file;
  const first = Buffer.alloc(Math.min(16, size));
  await file.read(first, 0);
  if (size === 0) throw new FormatError(`${path}: the file is empty`, { path, offset: 0 });
  if (first.toString("latin1", 0, 2) !== "PK") {
    throw new WrongFormatError(`${path}: this is not a .npz file`, { path, offset: 0 }, first);
  }
  return (await readZip(file)).filter(({ name }) => name.endsWith(".npy"));
}

const nameOf = ({ name }: ZipEntry): string => name.slice(0, -".npy".length);

/**
 * Opens an array of a .npz file. Reads only the table of contents and the array's header. An uncompressed member is a
 * StridedFile; a deflated one must be decoded.
 *
 * @throws StorageError if the file cannot be opened
 * @throws FormatError if it is damaged, if there is no such member or more than one to choose from, if it is encrypted
 * or compressed by a method other than deflate, and for everything that .npy files are refused for
 */
export async function openNpz(path: string, options: NpzOptions = {}): Promise<StoredArray> {
  const { member } = options;
  if (member !== undefined && typeof member !== "string") {
    throw new ArgumentError(`${path}: member is the name of an array, not ${shown(member)}`);
  }
  const file = await openBytes(path);
  try {
    const entry = findMember(path, await arraysOf(file), member);
    checkReadable(path, entry);
    const { time, ...header } = await headerOf(file, entry);
    // loops read the elements of an uncompressed member in place
    if (entry.method !== 0) return { kind: "encoded", array: encodedFrom(path, file.version, entry, header) };
    const { size, modified } = inPlace(file);
    return { kind: "strided", file: { path, size, modified, ...header, offset: entry.data + header.offset } };
  } finally {
    await file.close();
  }
}

/** What an archive says of an array beside its elements: of times, what they count; nothing of the archive itself. */
export async function attributes(path: string, member?: string): Promise<Readonly<Record<string, string>>> {
  const file = await openBytes(path);
  try {
    const entries = await arraysOf(file);
    if (member === undefined && entries.length !== 1) return {};
    const entry = findMember(path, entries, member);
    checkReadable(path, entry);
    return timeAttributes((await headerOf(file, entry)).time);
  } finally {
    await file.close();
  }
}

/** The header of a member; the offset is that in the member. */
function headerOf(file: RangeReadable, entry: ZipEntry): NpyHeader | Promise<NpyHeader> {
  if (entry.method !== 0) return deflatedHeader(file, entry);
  const sync = inPlace(file);
  return parseNpy({
    ...labelOf(file.path, entry),
    place: (at) => entry.data + at,
    readInto: (bytes, at) => sync.readInto(bytes, entry.data + at),
  });
}

/** The file for reading in place. */
function inPlace({ path, sync }: RangeReadable): SyncReadable {
  if (sync !== undefined) return sync;
  throw new StorageError(`${path}: an uncompressed member can be read from a local file only`, { path });
}

async function deflatedHeader(file: RangeReadable, entry: ZipEntry): Promise<NpyHeader> {
  const begin = Buffer.alloc(Math.min(entry.size, MOST_HEADER_BYTES));
  const stream = new EntryStream(file, entry);
  try {
    await stream.next(begin.length, begin);
  } finally {
    stream.close();
  }
  return parseNpy({
    ...labelOf(file.path, entry),
    place: () => entry.data,
    readInto: (bytes, at) => bytes.set(begin.subarray(at, at + bytes.length)),
  });
}

function labelOf(path: string, { name, size }: ZipEntry): Pick<NpySource, "path" | "label" | "size"> {
  return { path, label: `${path}: the member ${JSON.stringify(name)}`, size };
}

function findMember(path: string, entries: readonly ZipEntry[], member: string | undefined): ZipEntry {
  const names = entries.slice(0, 20).map(nameOf).join(", ") + (entries.length > 20 ? ", …" : "");
  const [only, ...others] = entries;
  if (only === undefined) throw new FormatError(`${path}: the archive holds no array`, { path });
  if (member === undefined) {
    if (others.length === 0) return only;
    throw new FormatError(`${path}: the file holds ${entries.length} arrays; name one of them: ${names}`, { path });
  }
  const found = entries.find((entry) => nameOf(entry) === member) ?? entries.find(({ name }) => name === member);
  if (found !== undefined) return found;
  throw new FormatError(`${path}: there is no array ${shown(member)}; arrays are ${names}`, { path });
}

const methods: Readonly<Record<number, string>> = {
  9: "deflate64",
  12: "bzip2",
  14: "LZMA",
  93: "Zstandard",
  95: "xz",
};

function checkReadable(path: string, { name, method, encrypted, stored, size, header }: ZipEntry): void {
  const fail = (problem: string) => {
    return new FormatError(`${path}: the member ${JSON.stringify(name)} ${problem}`, { path, offset: header });
  };
  if (encrypted) throw fail("is encrypted");
  if (method !== 0 && method !== 8) {
    throw fail(`is compressed by ${methods[method] ?? `the method ${method}`}; deflate is read`);
  }
  if (method === 0 && stored !== size) throw fail(`is uncompressed, but has ${stored} bytes and claims ${size}`);
  if (size > stored * MOST_RATIO + MOST_RATIO) {
    throw fail(`claims to hold ${size} bytes in ${stored}, more than deflate can pack into them`);
  }
}

function encodedFrom(path: string, version: string, entry: ZipEntry, header: NpyHeader): EncodedArray {
  const { dtype, shape, strides, offset, encoding } = header;
  const itemBytes = storedBytes(header);
  const order = stridesOf(shape).join() === strides.join() ? "C" : "F";
  // parts are stretches of the stream, so they are cut along the slowest axis
  const slowest = order === "C" ? 0 : shape.length - 1;
  const row = sizeOf(shape.toSpliced(slowest, 1)) * itemBytes;
  const grid = shape.map((length, axis) => cut(length, axis === slowest ? Math.max(1, MOST_PART_BYTES / row) : length));
  const origin = shape.map(() => 0);
  const part = sizeOf(countsOf(chunkBox(grid, origin)));
  const { name, crc, stored, size, data } = entry;
  const params: NpzParams = { entry: { name, crc, stored, size, data }, offset, itemBytes, encoding };
  return {
    format: "npz",
    path,
    version,
    dtype,
    shape,
    grid,
    order,
    // the part that is kept, and once more as it is in the file if it must be widened
    workspace: part * (factsOf(dtype).bytes + (encoding.half ? itemBytes : 0)) + STREAM_BYTES,
    storedBytes: stored / Math.max(1, sizeOf(shape)),
    params,
  };
}
