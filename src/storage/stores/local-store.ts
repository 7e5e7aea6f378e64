/**
 * The local file system as a store: a key is the path of a file below a folder. Paths of the user become stores and
 * bytes only here, so stores in a network will be distinguished here, too.
 *
 * Invariant: no key leads out of the folder. Names of files that are still being written are never listed.
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { systemCodeOf } from "../../data/causes.js";
import { ArgumentError, StorageError } from "../../data/errors.js";
import type { ListableStore, RangeReadable, ReadableStore } from "./capabilities.js";
import { failure } from "./failure.js";
import { LocalFile } from "./file.js";

const isTemporary = (name: string): boolean => name.startsWith(".chunkwise-") && name.endsWith(".tmp");

/** The system's codes for a path with nothing there, or with something that holds no bytes. */
const absent: readonly (string | undefined)[] = ["ENOENT", "ENOTDIR", "EISDIR"];

/** The store at a path. The folder need not exist. */
export function storeAt(path: string): ReadableStore & ListableStore {
  return new LocalStore(path);
}

/**
 * Opens the bytes at a path for reading.
 *
 * @throws StorageError if there is no file, or it may not be read
 */
export async function openBytes(path: string): Promise<RangeReadable> {
  return new LocalBytes(LocalFile.open(path, "read"));
}

class LocalBytes implements RangeReadable {
  readonly path: string;
  readonly size: number;
  readonly version: string;
  readonly sync: LocalFile;

  constructor(file: LocalFile) {
    this.path = file.path;
    this.size = file.size;
    this.version = file.version;
    this.sync = file;
  }

  async read(into: Uint8Array, offset: number): Promise<void> {
    this.sync.readInto(into, offset);
  }

  async close(): Promise<void> {
    this.sync.close();
  }
}

class LocalStore implements ReadableStore, ListableStore {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  async open(key: string): Promise<RangeReadable | undefined> {
    checkKey(key, "open");
    try {
      return await openBytes(join(this.path, key));
    } catch (error) {
      if (error instanceof StorageError && absent.includes(error.systemCode)) return undefined;
      throw error;
    }
  }

  async list(key: string): Promise<string[]> {
    if (key !== "") checkKey(key, "list");
    const path = join(this.path, key);
    try {
      return readdirSync(path)
        .filter((name) => !isTemporary(name))
        .sort();
    } catch (cause) {
      if (absent.includes(systemCodeOf(cause))) return [];
      throw failure(`list ${path}`, path, cause);
    }
  }
}

function checkKey(key: string, action: string): void {
  const isOutside = key.split("/").some((part) => part === "" || part === "." || part === "..");
  if (!isOutside && !/[\0\\]/.test(key)) return;
  const expected = "parts separated by /, none of them empty, . or .., without null characters and backslashes";
  throw new ArgumentError(`cannot ${action} the key ${JSON.stringify(key)}: expected ${expected}`);
}
