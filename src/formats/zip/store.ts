/**
 * A zip archive as a store: a key is the name of an entry. Entries that are stored as they are can be read at any
 * offset, in place; those that are deflated are inflated as a whole when they are opened.
 *
 * Invariant: an entry inflates to exactly the bytes that the directory says, with its checksum.
 */
import { crc32, inflateRawSync } from "node:zlib";
import { messageOf } from "../../data/causes.js";
import { FormatError } from "../../data/errors.js";
import type { ListableStore, RangeReadable, ReadableStore, SyncReadable } from "../../storage/stores/capabilities.js";
import { LocalFile } from "../../storage/stores/file.js";
import { openBytes } from "../../storage/stores/local-store.js";
import { readZip, type ZipEntry } from "./directory.js";

const [STORED, DEFLATED] = [0, 8];

/** Directories of archives that were read last, by path and version: each reader of chunks opens its store again. */
const known = new Map<string, Promise<ReadonlyMap<string, ZipEntry>>>();
const MOST_KNOWN = 4;

/** The entries of an archive by their names. */
async function directoryOf(path: string): Promise<{ entries: ReadonlyMap<string, ZipEntry>; version: string }> {
  const file = await openBytes(path);
  try {
    const key = `${file.version} ${path}`;
    let entries = known.get(key);
    if (entries === undefined) {
      entries = readZip(file).then((list) => new Map(list.map((entry) => [entry.name, entry])));
      known.set(key, entries);
      for (const old of known.keys()) if (known.size > MOST_KNOWN) known.delete(old);
      entries.catch(() => known.delete(key)); // it is told to who awaits it
    }
    return { entries: await entries, version: file.version };
  } finally {
    await file.close();
  }
}

/** The store in an archive at a path. Nothing is read until it is used. */
export class ZipStore implements ReadableStore, ListableStore {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  async open(key: string): Promise<RangeReadable | undefined> {
    const { entries, version } = await directoryOf(this.path);
    const entry = entries.get(key);
    if (entry === undefined) return undefined;
    const name = `${this.path}/${key}`;
    const refuse = (problem: string, cause?: unknown): FormatError =>
      new FormatError(`${name}: ${problem}`, { path: name, offset: entry.data }, cause === undefined ? {} : { cause });
    if (entry.encrypted) throw refuse("the entry of the zip archive is encrypted");
    if (entry.method === STORED) return new StoredEntry(LocalFile.open(this.path, "read"), name, version, entry);
    if (entry.method !== DEFLATED) throw refuse(`the entry of the zip archive has the method ${entry.method}`);
    const file = LocalFile.open(this.path, "read");
    try {
      const packed = Buffer.alloc(entry.stored);
      file.readInto(packed, entry.data);
      return new InflatedEntry(name, version, inflated(packed, entry, refuse));
    } finally {
      file.close();
    }
  }

  async list(key: string): Promise<string[]> {
    const { entries } = await directoryOf(this.path);
    const prefix = key === "" ? "" : `${key}/`;
    const names = new Set<string>();
    for (const name of entries.keys()) {
      const [next = ""] = name.startsWith(prefix) ? name.slice(prefix.length).split("/", 1) : [];
      if (next !== "") names.add(next);
    }
    return [...names].sort();
  }
}

function inflated(
  packed: Uint8Array,
  { size, crc }: ZipEntry,
  refuse: (problem: string, cause?: unknown) => FormatError,
): Buffer {
  let bytes: Buffer;
  try {
    bytes = inflateRawSync(packed, { maxOutputLength: Math.max(1, size) });
  } catch (cause) {
    throw refuse(`the entry of the zip archive cannot be inflated: ${messageOf(cause)}`, cause);
  }
  if (bytes.length === size && crc32(bytes) === crc) return bytes;
  throw refuse(`the entry of the zip archive should have ${size} bytes with the checksum ${crc}`);
}

/** An entry that is in the archive as it is. */
class StoredEntry implements RangeReadable {
  readonly path: string;
  readonly size: number;
  readonly version: string;
  readonly sync: SyncReadable;
  readonly #file: LocalFile;

  constructor(file: LocalFile, path: string, version: string, { data, size }: ZipEntry) {
    this.#file = file;
    this.path = path;
    this.size = size;
    this.version = version;
    const { modified } = file;
    this.sync = {
      path,
      size,
      modified,
      readInto: (bytes, offset) => {
        if (offset + bytes.length <= size) file.readInto(bytes, data + offset);
        else throw tooShort(path, size, offset + bytes.length);
      },
    };
  }

  async read(into: Uint8Array, offset: number): Promise<void> {
    this.sync.readInto(into, offset);
  }

  async close(): Promise<void> {
    this.#file.close();
  }
}

/** An entry in memory. */
class InflatedEntry implements RangeReadable {
  readonly path: string;
  readonly size: number;
  readonly version: string;
  readonly #bytes: Uint8Array;

  constructor(path: string, version: string, bytes: Uint8Array) {
    this.path = path;
    this.size = bytes.length;
    this.version = version;
    this.#bytes = bytes;
  }

  async read(into: Uint8Array, offset: number): Promise<void> {
    const end = offset + into.length;
    if (end > this.size) throw tooShort(this.path, this.size, end);
    into.set(this.#bytes.subarray(offset, end));
  }

  async close(): Promise<void> {}
}

function tooShort(path: string, size: number, end: number): FormatError {
  const message = `${path} is truncated: it ends at byte ${size}, and bytes up to ${end} were to be read`;
  return new FormatError(message, { path, offset: size });
}
