/**
 * Where the bytes of a chunk are: in a file of their own, or in a shard, whose index says where.
 *
 * Invariant: of a shard, only the index and the ranges of the chunks that are needed are read. Files and indices stay
 * open for the last few shards only.
 */
import type { EncodedArray } from "../../data/encoded.js";
import { FormatError } from "../../data/errors.js";
import { zip } from "../../data/lists.js";
import type { RangeReadable, ReadableStore } from "../../storage/stores/capabilities.js";
import { keyBelow } from "../../storage/stores/capabilities.js";
import { type ArrayMetadata, chunkKey, indexBytes, type ZarrParams } from "./metadata.js";
import { absent, chunksPerShard, decodeIndex, entryOf } from "./shard-index.js";
import { readableStoreAt } from "./store.js";

/** A stretch of a file. */
export interface Stretch {
  readonly file: RangeReadable;
  readonly offset: number;
  readonly length: number;
}

/** An open file, and the index of the chunks in it; without sharding, the index is empty. */
interface Opened {
  readonly file: RangeReadable;
  readonly index: BigUint64Array;
}

/** How many files stay open: as many as have indices of 4 MiB together. */
export function shardsKept(metadata: ArrayMetadata): number {
  const bytes = indexBytes(metadata);
  return bytes === 0 ? 2 : Math.max(1, Math.min(16, Math.floor(2 ** 22 / bytes)));
}

/** The chunks of an array. */
export class ChunkSources {
  /** Bytes read for indices since the last call of {@link ChunkSources.takeIndexBytes}. */
  #indexBytes = 0;
  readonly #store: ReadableStore;
  readonly #name: string;
  readonly #metadata: ArrayMetadata;
  readonly #kept: number;
  /** The one that was used last is the last one. */
  readonly #opened = new Map<string, Opened>();

  constructor({ path, params }: EncodedArray) {
    const { name, metadata } = params as ZarrParams;
    this.#store = readableStoreAt(path);
    this.#name = name;
    this.#metadata = metadata;
    this.#kept = shardsKept(metadata);
  }

  /**
   * The bytes of the chunk with an index; undefined if it was never written.
   *
   * @throws FormatError if a shard's index is damaged; StorageError
   */
  async find(chunk: readonly number[]): Promise<Stretch | undefined> {
    const { keys, sharding } = this.#metadata;
    if (sharding === undefined) {
      const opened = await this.#open(chunkKey(keys, chunk));
      return opened === undefined ? undefined : { file: opened.file, offset: 0, length: opened.file.size };
    }
    const per = chunksPerShard(sharding, this.#metadata.chunk);
    const shard = zip(chunk, per).map(([index, count]) => Math.floor(index / count));
    const opened = await this.#open(chunkKey(keys, shard));
    if (opened === undefined) return undefined;
    const { file, index } = opened;
    const [offset = absent, length = absent] = index.subarray(2 * entryOf(sharding, per, chunk));
    if (offset === absent && length === absent) return undefined;
    const stretch = { file, offset: Number(offset), length: Number(length) };
    if (offset + length <= BigInt(file.size)) return stretch;
    const { path, size } = file;
    const problem = `${path}: its index has a chunk of ${length} bytes at ${offset}, and the file ends at ${size}`;
    throw new FormatError(problem, { path, offset: size });
  }

  /** The bytes that were read for indices since the last call. */
  takeIndexBytes(): number {
    const bytes = this.#indexBytes;
    this.#indexBytes = 0;
    return bytes;
  }

  async close(): Promise<void> {
    const opened = [...this.#opened.values()];
    this.#opened.clear();
    for (const { file } of opened) await file.close();
  }

  async #open(key: string): Promise<Opened | undefined> {
    const known = this.#opened.get(key);
    if (known !== undefined) {
      this.#opened.delete(key);
      this.#opened.set(key, known);
      return known;
    }
    const [oldest] = this.#opened;
    if (oldest !== undefined && this.#opened.size >= this.#kept) {
      const [key, { file }] = oldest;
      this.#opened.delete(key);
      await file.close();
    }
    const file = await this.#store.open(keyBelow(this.#name, key));
    if (file === undefined) return undefined;
    try {
      const opened = { file, index: await this.#index(file) };
      this.#opened.set(key, opened);
      return opened;
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  async #index(file: RangeReadable): Promise<BigUint64Array> {
    const { sharding } = this.#metadata;
    if (sharding === undefined) return new BigUint64Array(0);
    const length = indexBytes(this.#metadata);
    const { path, size } = file;
    if (size < length) {
      throw new FormatError(`${path} is truncated: its index has ${length} bytes, the file ${size}`, {
        path,
        offset: size,
      });
    }
    const bytes = new Uint8Array(length);
    const offset = sharding.location === "start" ? 0 : size - length;
    await file.read(bytes, offset);
    this.#indexBytes += length;
    const index = decodeIndex(sharding, bytes);
    if (index !== undefined) return index;
    throw new FormatError(`${path}: the checksum of its index is wrong`, { path, offset });
  }
}
