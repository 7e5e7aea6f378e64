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
import type { Sharding } from "./pipeline.js";
import { absent, chunksPerShard, decodeIndex, entryOf, INDICES_KEPT, indexLength } from "./shard-index.js";
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
  /** The indices of shards in it that were read last, by where these begin and end. */
  readonly inner: Map<string, BigUint64Array>;
}

/** The index of the part of a size in which a point is. */
function indexIn(point: readonly number[], size: readonly number[]): number[] {
  return zip(point, size).map(([at, length]) => Math.floor(at / length));
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
    // where the chunk begins in the array, in elements
    const start = zip(chunk, this.#metadata.chunk).map(([index, length]) => index * length);
    const opened = await this.#open(chunkKey(keys, indexIn(start, sharding.shard)));
    if (opened === undefined) return undefined;
    let [level, index] = [sharding, opened.index];
    let around: Stretch = { file: opened.file, offset: 0, length: opened.file.size };
    for (;;) {
      const number = entryOf(level, chunksPerShard(level), indexIn(start, level.chunk));
      const [offset = absent, length = absent] = index.subarray(2 * number);
      if (offset === absent && length === absent) return undefined;
      if (offset + length > BigInt(around.length)) {
        const { path, size } = opened.file;
        const end = `${around.offset === 0 ? "file" : "shard"} ends at ${around.length}`;
        const problem = `${path}: its index has a chunk of ${length} bytes at ${offset}, and the ${end}`;
        throw new FormatError(problem, { path, offset: size });
      }
      around = { file: opened.file, offset: around.offset + Number(offset), length: Number(length) };
      if (level.inside === undefined) return around;
      level = level.inside;
      index = await this.#inner(opened, around, level);
    }
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
      const { sharding } = this.#metadata;
      const all = { file, offset: 0, length: file.size };
      const index = sharding === undefined ? new BigUint64Array(0) : await this.#index(all, sharding);
      const opened = { file, index, inner: new Map<string, BigUint64Array>() };
      this.#opened.set(key, opened);
      return opened;
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** The index of a shard in a shard. */
  async #inner({ inner }: Opened, shard: Stretch, sharding: Sharding): Promise<BigUint64Array> {
    // the first shard in a shard begins where that does, but is shorter
    const key = `${shard.offset} ${shard.length}`;
    const known = inner.get(key);
    if (known !== undefined) return known;
    const index = await this.#index(shard, sharding);
    inner.set(key, index);
    for (const old of inner.keys()) if (inner.size > INDICES_KEPT) inner.delete(old);
    return index;
  }

  async #index(shard: Stretch, sharding: Sharding): Promise<BigUint64Array> {
    const length = indexLength(sharding);
    const { path } = shard.file;
    if (shard.length < length) {
      const found = shard.offset === 0 ? "the file" : "the shard in it";
      const message = `${path} is truncated: its index has ${length} bytes, ${found} ${shard.length}`;
      throw new FormatError(message, { path, offset: shard.offset + shard.length });
    }
    const bytes = new Uint8Array(length);
    const offset = shard.offset + (sharding.location === "start" ? 0 : shard.length - length);
    await shard.file.read(bytes, offset);
    this.#indexBytes += length;
    const index = decodeIndex(sharding, bytes);
    if (index !== undefined) return index;
    throw new FormatError(`${path}: the checksum of its index is wrong`, { path, offset });
  }
}
