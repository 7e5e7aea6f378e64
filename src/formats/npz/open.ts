/**
 * NumPy's .npz files: zip archives of .npy files. A member that was stored as it is stands in the archive just as in a
 * file of its own and is read directly; one that was deflated is decoded from its beginning on.
 */
import { chunkBox, cut } from "../../data/chunks.js";
import { factsOf } from "../../data/dtype.js";
import type { EncodedArray } from "../../data/encoded.js";
import { ArgumentError, FormatError } from "../../data/errors.js";
import { storedBytes } from "../../data/layout.js";
import { countsOf, sizeOf, stridesOf } from "../../data/region.js";
import { LocalFile } from "../../storage/stores/file.js";
import type { StoredArray } from "../format.js";
import { type NpySource, parseNpy } from "../npy/npy.js";
import { WrongFormatError } from "../wrong-format.js";
import { EntryStream, streamBytes } from "./inflate.js";
import type { NpzParams } from "./reader.js";
import { readZip, type ZipEntry } from "./zip.js";

/** The largest part of a deflated member; smaller ones are one part, as a part costs decoding all that stands before it. */
const mostPart = 2 ** 23;

/** A .npy header, with the most that NumPy's dictionary may have. */
const mostHeader = 2 ** 20 + 12;

/** No byte of a deflated stream stands for more. */
const mostRatio = 1032;

/** The options of opening a .npz file. */
export interface NpzOptions {
  /** The name of the array, with or without `.npy`. May be left out where the file holds exactly one. */
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
 * @throws StorageError when the file cannot be opened; FormatError when it is damaged or no zip archive
 */
export function list(path: string): NpzMember[] {
  return withFile(path, (file) =>
    arraysOf(file).map((entry) => ({
      name: nameOf(entry),
      stored: entry.stored,
      size: entry.size,
      compressed: entry.method !== 0,
    })),
  );
}

function withFile<T>(path: string, run: (file: LocalFile) => T): T {
  const file = LocalFile.open(path, "read");
  try {
    return run(file);
  } finally {
    file.close();
  }
}

function arraysOf(file: LocalFile): ZipEntry[] {
  const { path, size } = file;
  const first = Buffer.alloc(Math.min(16, size));
  file.readInto(first, 0);
  if (size === 0) throw new FormatError(`${path}: the file is empty`, { path, offset: 0 });
  if (first.toString("latin1", 0, 2) !== "PK") {
    throw new WrongFormatError(`${path}: this is not a .npz file`, { path, offset: 0 }, first);
  }
  return readZip(file).filter(({ name }) => name.endsWith(".npy"));
}

const nameOf = ({ name }: ZipEntry): string => name.slice(0, -".npy".length);

/**
 * Opens an array of a .npz file. Reads only the table of contents and the array's header. A member stored as it is is a
 * StridedFile; a deflated one must be decoded.
 *
 * @throws StorageError when the file cannot be opened
 * @throws FormatError when it is damaged, when there is no such member or more than one to choose from, when it is
 * encrypted or compressed by a method other than deflate, and for what .npy files are refused for
 */
export async function openNpz(path: string, options: NpzOptions = {}): Promise<StoredArray> {
  const { member } = options;
  if (member !== undefined && typeof member !== "string") {
    throw new ArgumentError(`${path}: member is the name of an array, not ${JSON.stringify(member)}`);
  }
  const file = LocalFile.open(path, "read");
  try {
    const entry = findMember(path, arraysOf(file), member);
    checkReadable(path, entry);
    const { size, modified } = file;
    if (entry.method === 0) {
      const source = sourceOf(path, entry, (bytes, at) => file.readInto(bytes, entry.data + at), true);
      const { offset, ...header } = parseNpy(source);
      return { kind: "strided", file: { path, size, modified, ...header, offset: entry.data + offset } };
    }
    const begin = Buffer.alloc(Math.min(entry.size, mostHeader));
    const stream = new EntryStream(file, entry);
    try {
      await stream.next(begin.length, begin);
    } finally {
      stream.close();
    }
    const header = parseNpy(
      sourceOf(path, entry, (bytes, at) => bytes.set(begin.subarray(at, at + bytes.length)), false),
    );
    return { kind: "encoded", array: encodedFrom(path, `${size}-${modified}`, entry, header) };
  } finally {
    file.close();
  }
}

function findMember(path: string, entries: readonly ZipEntry[], member: string | undefined): ZipEntry {
  const names = entries.slice(0, 20).map(nameOf).join(", ") + (entries.length > 20 ? ", …" : "");
  if (entries.length === 0) throw new FormatError(`${path}: the archive holds no array`, { path });
  if (member === undefined) {
    const [only] = entries;
    if (only !== undefined && entries.length === 1) return only;
    throw new FormatError(`${path}: the file holds ${entries.length} arrays; name one of them: ${names}`, { path });
  }
  const found = entries.find((entry) => nameOf(entry) === member) ?? entries.find(({ name }) => name === member);
  if (found !== undefined) return found;
  throw new FormatError(`${path}: there is no array ${JSON.stringify(member)}; arrays are ${names}`, { path });
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
  if (method === 0 && stored !== size) throw fail(`is stored as it is, but has ${stored} bytes and claims ${size}`);
  if (size > stored * mostRatio + mostRatio) {
    throw fail(`claims to hold ${size} bytes in ${stored}, more than deflate can pack into them`);
  }
}

function sourceOf(path: string, entry: ZipEntry, readInto: NpySource["readInto"], direct: boolean): NpySource {
  const label = `${path}: the member ${JSON.stringify(entry.name)}`;
  const place = (at: number) => (direct ? entry.data + at : entry.data);
  return { path, label, size: entry.size, place, readInto };
}

function encodedFrom(
  path: string,
  version: string,
  entry: ZipEntry,
  header: ReturnType<typeof parseNpy>,
): EncodedArray {
  const { dtype, shape, strides, offset, encoding } = header;
  const itemBytes = storedBytes(header);
  const order = stridesOf(shape).join() === strides.join() ? "C" : "F";
  // parts are stretches of the stream: cut along the slowest axis
  const slowest = order === "C" ? 0 : shape.length - 1;
  const row = sizeOf(shape.toSpliced(slowest, 1)) * itemBytes;
  const grid = shape.map((length, axis) => cut(length, axis === slowest ? Math.max(1, mostPart / row) : length));
  const part = sizeOf(
    countsOf(
      chunkBox(
        grid,
        shape.map(() => 0),
      ),
    ),
  );
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
    // the part that is kept, and once more as it is in the file where it must be widened
    workspace: part * (factsOf(dtype).bytes + (encoding.half ? itemBytes : 0)) + streamBytes,
    storedBytes: stored / Math.max(1, sizeOf(shape)),
    params,
  };
}
