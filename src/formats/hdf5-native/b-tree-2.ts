/**
 * The B-tree of version 2, which newer files use for datasets that may grow along several axes. Its records, which are
 * in all nodes, describe a chunk each, and are in the order of the chunks.
 *
 *     BTHD ─▶ BTIN │ records │ children … ─▶ BTIN … ─▶ BTLF │ records
 *
 * Invariant: each step down is one level lower.
 */
import { at } from "../../data/lists.js";
import { addressAt, type Metadata, numberAt } from "./metadata.js";
import type { ChunkIndex, StoredChunk } from "./stored-chunk.js";

const [headBytes, prefixBytes, checksumBytes] = [38, 6, 4];

/** The kinds of trees: chunks without filters, and with filters. */
const [PLAIN, FILTERED] = [10, 11];

/** A node, as its parent tells. */
interface Child {
  readonly address: number;
  readonly records: number;
}

/** How many bytes a number up to a limit takes. */
const bytesFor = (limit: number): number => Math.floor(Math.log2(Math.max(1, limit)) / 8) + 1;

/** Finds chunks by walking the tree. */
export class BTree2 implements ChunkIndex {
  readonly #metadata: Metadata;
  readonly #chunks: { readonly bytes: number; readonly filtered: boolean; readonly rank: number };
  readonly #nodeBytes: number;
  readonly #recordBytes: number;
  readonly #depth: number;
  readonly #root: Child | undefined;
  /** The bytes of a child's number of records, and, by its level, of the number of all records below it. */
  readonly #countBytes: number;
  readonly #totalBytes: readonly number[];

  constructor(
    metadata: Metadata,
    address: number,
    chunks: { readonly bytes: number; readonly filtered: boolean; readonly rank: number },
  ) {
    this.#metadata = metadata;
    this.#chunks = chunks;
    const offset = metadata.offsetOf(address);
    const head = metadata.signed("BTHD", offset, headBytes, "the head of the tree of chunks");
    this.#nodeBytes = head.readUInt32LE(6);
    this.#recordBytes = head.readUInt16LE(10);
    this.#depth = head.readUInt16LE(12);
    const kind = head.readUInt8(5);
    const right = chunks.filtered
      ? this.#sizeBytes > 0 && this.#sizeBytes <= 8
      : this.#recordBytes === 8 + 8 * chunks.rank;
    const most = [Math.floor((this.#nodeBytes - prefixBytes - checksumBytes) / this.#recordBytes)];
    if (kind !== (chunks.filtered ? FILTERED : PLAIN) || !right || !(at(most, 0) > 0) || this.#depth > 32) {
      const found = `kind ${kind}, ${this.#recordBytes} bytes for a record, ${this.#nodeBytes} for a node`;
      throw metadata.refuse(`the head of the tree of chunks makes no sense: ${found}`, offset);
    }
    this.#countBytes = bytesFor(at(most, 0));
    const totals = [at(most, 0)];
    const totalBytes = [0];
    for (let level = 1; level < this.#depth; level++) {
      const pointer = 8 + this.#countBytes + at(totalBytes, level - 1);
      const room = this.#nodeBytes - prefixBytes - checksumBytes - pointer;
      const records = Math.floor(room / (this.#recordBytes + pointer));
      totals.push((records + 1) * at(totals, level - 1) + records);
      totalBytes.push(bytesFor(at(totals, level)));
    }
    this.#totalBytes = totalBytes;
    const root = addressAt(head, 16);
    this.#root = root === undefined ? undefined : { address: root, records: head.readUInt16LE(24) };
  }

  /** The bytes of the size of a filtered chunk. */
  get #sizeBytes(): number {
    return this.#recordBytes - 12 - 8 * this.#chunks.rank;
  }

  find(block: readonly number[]): StoredChunk | undefined {
    let child = this.#root;
    for (let level = this.#depth; child !== undefined; level--) {
      const { bytes, offset } = this.#node(child, level);
      // the first record that is not before the block
      let [low, high] = [0, child.records];
      while (low < high) {
        const middle = (low + high) >> 1;
        const order = this.#compare(bytes, middle, block);
        if (order === 0) return this.#chunkAt(bytes, middle, offset);
        if (order < 0) low = middle + 1;
        else high = middle;
      }
      if (level === 0) return undefined;
      child = this.#childAt(bytes, low, child.records, level);
    }
    return undefined;
  }

  #node({ address, records }: Child, level: number): { readonly bytes: Buffer; readonly offset: number } {
    const offset = this.#metadata.offsetOf(address);
    const children = level === 0 ? 0 : (records + 1) * this.#pointerBytes(level);
    const length = prefixBytes + records * this.#recordBytes + children + checksumBytes;
    if (length > this.#nodeBytes) {
      throw this.#metadata.refuse(`a node of the tree of chunks would have ${records} records`, offset);
    }
    const signature = level === 0 ? "BTLF" : "BTIN";
    const bytes = this.#metadata.signedPiece(
      signature,
      offset,
      length,
      `a node of level ${level} of the tree of chunks`,
    );
    return { bytes, offset };
  }

  #pointerBytes(level: number): number {
    return 8 + this.#countBytes + at(this.#totalBytes, level - 1);
  }

  #childAt(bytes: Buffer, place: number, records: number, level: number): Child {
    const from = prefixBytes + records * this.#recordBytes + place * this.#pointerBytes(level);
    const address = addressAt(bytes, from);
    if (address === undefined) throw this.#metadata.refuse("a child of the tree of chunks leads nowhere", from);
    return { address, records: bytes.readUIntLE(from + 8, Math.min(6, this.#countBytes)) };
  }

  /** Below 0 if a record's chunk comes before a block in C order. */
  #compare(bytes: Buffer, record: number, block: readonly number[]): number {
    const first = prefixBytes + (record + 1) * this.#recordBytes - 8 * this.#chunks.rank;
    for (const [axis, index] of block.entries()) {
      const difference = numberAt(bytes, first + 8 * axis) - index;
      if (difference !== 0) return difference;
    }
    return 0;
  }

  #chunkAt(bytes: Buffer, record: number, offset: number): StoredChunk | undefined {
    const from = prefixBytes + record * this.#recordBytes;
    const address = addressAt(bytes, from);
    if (address === undefined) return undefined;
    const place = { offset: this.#metadata.offsetOf(address), toldAt: offset + from };
    if (!this.#chunks.filtered) return { ...place, bytes: this.#chunks.bytes, mask: 0 };
    const size = Buffer.alloc(8);
    bytes.copy(size, 0, from + 8, from + 8 + this.#sizeBytes);
    return { ...place, bytes: numberAt(size, 0), mask: bytes.readUInt32LE(from + 8 + this.#sizeBytes) };
  }
}
