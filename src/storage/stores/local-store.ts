/**
 * A {@link Store} in a folder of the local file system: a key is the path of a file below it.
 *
 * Invariant: a file appears under its key by a rename from a temporary name beside it, so that a reader never finds a part;
 * a failed write leaves nothing behind. Names of temporary files are never listed.
 */
import { randomUUID } from "node:crypto";
import { closeSync, lstatSync, mkdirSync, openSync, readdirSync, renameSync, rmSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import { ArgumentError, FormatError, StorageError } from "../../data/errors.js";
import { failure } from "./failure.js";
import { checkKey } from "./key.js";
import { openLocalBytes } from "./local-bytes.js";
import type { RandomAccess, Store } from "./store.js";

const temporary = (): string => `.chunkwise-${randomUUID()}.tmp`;
const isTemporary = (name: string): boolean => name.startsWith(".chunkwise-") && name.endsWith(".tmp");

/** Nothing stands there, or something that holds no bytes. */
const absent: readonly (string | undefined)[] = ["ENOENT", "ENOTDIR", "EISDIR"];

/** A folder as a store; it need not exist before something is written. */
export class LocalStore implements Store {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  async open(key: string): Promise<RandomAccess | undefined> {
    checkKey(key, "open");
    try {
      return openLocalBytes(join(this.path, key));
    } catch (error) {
      if (error instanceof StorageError && absent.includes(error.systemCode)) return undefined;
      throw error;
    }
  }

  async get(key: string, most: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const source = await this.open(key);
    if (source === undefined) return undefined;
    const { path, size } = source;
    try {
      if (size > most) {
        throw new FormatError(`${path} has ${size} bytes; at most ${most} are expected`, { path, offset: most });
      }
      const bytes = new Uint8Array(size);
      await source.read(bytes, 0);
      return bytes;
    } finally {
      await source.close();
    }
  }

  async write(key: string, bytes: Uint8Array): Promise<void> {
    checkKey(key, "write");
    const path = join(this.path, key);
    const folder = dirname(path);
    const draft = join(folder, temporary());
    try {
      mkdirSync(folder, { recursive: true });
    } catch (cause) {
      throw failure(`make the folder ${folder}`, path, cause);
    }
    try {
      writeAll(draft, bytes);
      renameSync(draft, path);
    } catch (cause) {
      rmSync(draft, { force: true });
      throw failure(`write ${path}`, path, cause);
    }
  }

  async rename(from: string, to: string): Promise<void> {
    checkKey(from, "rename");
    checkKey(to, "rename to");
    if (from === to || to.startsWith(`${from}/`) || from.startsWith(`${to}/`)) {
      throw new ArgumentError(`cannot rename the key ${from} to ${to}: one holds the other`);
    }
    const [source, target] = [join(this.path, from), join(this.path, to)];
    try {
      lstatSync(source);
      mkdirSync(dirname(target), { recursive: true });
      // A folder takes no other folder's place in one step: the former one goes out of the way first.
      const former = join(dirname(target), temporary());
      const stood = lstatSync(target, { throwIfNoEntry: false }) !== undefined;
      if (stood) renameSync(target, former);
      try {
        renameSync(source, target);
      } catch (cause) {
        if (stood) renameSync(former, target);
        throw cause;
      }
      if (stood) rmSync(former, { recursive: true, force: true });
    } catch (cause) {
      throw failure(`rename ${source} to ${target}`, source, cause);
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
      if (absent.includes((cause as NodeJS.ErrnoException).code)) return [];
      throw failure(`list ${path}`, path, cause);
    }
  }

  async delete(key: string): Promise<void> {
    checkKey(key, "delete");
    const path = join(this.path, key);
    try {
      rmSync(path, { recursive: true, force: true });
    } catch (cause) {
      if (absent.includes((cause as NodeJS.ErrnoException).code)) return;
      throw failure(`delete ${path}`, path, cause);
    }
  }
}

/** Writes a new file; a system call may take fewer bytes than it was given. */
function writeAll(path: string, bytes: Uint8Array): void {
  const handle = openSync(path, "wx");
  try {
    for (let done = 0; done < bytes.length; ) {
      done += writeSync(handle, bytes, done, Math.min(bytes.length - done, 2 ** 30), done);
    }
  } finally {
    closeSync(handle);
  }
}
