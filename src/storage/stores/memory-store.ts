/**
 * A {@link Store} in memory: for tests, and for what need not outlive the process.
 *
 * Invariant: bytes are copied on their way in and out; nobody else holds what is kept.
 */
import { ArgumentError, FormatError, StorageError } from "../../data/errors.js";
import { below, checkKey } from "./key.js";
import type { RandomAccess, Store } from "./store.js";

/** A store that lives in this thread's memory. */
export class MemoryStore implements Store {
  readonly path: string;
  readonly #entries = new Map<string, { readonly bytes: Uint8Array; readonly version: string }>();
  #writes = 0;

  constructor(path = "memory") {
    this.path = path;
  }

  async open(key: string): Promise<RandomAccess | undefined> {
    checkKey(key, "open");
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    const { bytes, version } = entry;
    const path = `${this.path}/${key}`;
    const read = async (into: Uint8Array, offset: number): Promise<void> => {
      if (!Number.isSafeInteger(offset) || offset < 0) {
        throw new ArgumentError(`${path}: the offset must be a whole number from 0 to 2^53 - 1, and is ${offset}`);
      }
      if (offset + into.length > bytes.length) {
        const wanted = `bytes ${offset} to ${offset + into.length} were to be read`;
        const place = { path, offset: Math.max(offset, bytes.length) };
        throw new FormatError(`${path} is truncated: it ends at byte ${bytes.length}, and ${wanted}`, place);
      }
      into.set(bytes.subarray(offset, offset + into.length));
    };
    return { path, size: bytes.length, version, read, close: async () => {} };
  }

  async get(key: string, most: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
    checkKey(key, "read");
    const bytes = this.#entries.get(key)?.bytes;
    if (bytes !== undefined && bytes.length > most) {
      const path = `${this.path}/${key}`;
      throw new FormatError(`${path} has ${bytes.length} bytes; at most ${most} are expected`, { path, offset: most });
    }
    return bytes === undefined ? undefined : new Uint8Array(bytes);
  }

  async write(key: string, bytes: Uint8Array): Promise<void> {
    checkKey(key, "write");
    this.#writes++;
    this.#entries.set(key, { bytes: new Uint8Array(bytes), version: `${bytes.length}-${this.#writes}` });
  }

  async rename(from: string, to: string): Promise<void> {
    checkKey(from, "rename");
    checkKey(to, "rename to");
    if (from === to || to.startsWith(`${from}/`) || from.startsWith(`${to}/`)) {
      throw new ArgumentError(`cannot rename the key ${from} to ${to}: one holds the other`);
    }
    const moved = this.#below(from);
    if (moved.length === 0) throw new StorageError(`cannot rename ${this.path}/${from}: nothing stands there`, this);
    for (const key of this.#below(to)) this.#entries.delete(key);
    for (const key of moved) {
      this.#entries.set(to + key.slice(from.length), this.#entries.get(key)!);
      this.#entries.delete(key);
    }
  }

  async list(key: string): Promise<string[]> {
    if (key !== "") checkKey(key, "list");
    const prefix = below(key, "");
    const start = prefix === "" ? "" : `${prefix}/`;
    const names = [...this.#entries.keys()].filter((name) => name.startsWith(start));
    return [...new Set(names.map((name) => name.slice(start.length).split("/")[0]!))].sort();
  }

  async delete(key: string): Promise<void> {
    checkKey(key, "delete");
    for (const name of this.#below(key)) this.#entries.delete(name);
  }

  /** A key and all keys below it. */
  #below(key: string): string[] {
    return [...this.#entries.keys()].filter((name) => name === key || name.startsWith(`${key}/`));
  }
}
