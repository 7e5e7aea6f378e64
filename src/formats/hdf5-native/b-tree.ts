/**
 * The B-tree (version 1) that leads to the chunks of a dataset. The key of an entry says where the first chunk below it
 * begins in the dataset; on level 0, an entry also says how that chunk is stored.
 *
 * Invariant: each step down is one level lower, so that no tree, not even a circle, takes more than 256 steps.
 */
import { firstWhere } from "../../data/search.js";
import { BlockCache } from "./block-cache.js";
import { addressAt, type Metadata, numberAt } from "./metadata.js";
import type { ChunkIndex, StoredChunk } from "./stored-chunk.js";

/** An entry of a node. */
interface NodeEntry {
  /** Where the first chunk below it begins: an index along each axis, in chunks. */
  readonly block: readonly number[];
  /** Where the entry is in the file. */
  readonly offset: number;
  /** Undefined where nothing was stored. */
  readonly address: number | undefined;
  /** Of a chunk, its stored bytes and the filters that it did not go through. */
  readonly bytes: number;
  readonly mask: number;
}

interface TreeNode {
  /** Bytes in memory. */
  readonly size: number;
  readonly offset: number;
  readonly level: number;
  readonly entries: readonly NodeEntry[];
}

const headBytes = 24;

/** What an entry takes in memory beside its index, about. */
const entryMemory = 100;

/** Finds chunks by walking the tree. */
export class BTree implements ChunkIndex {
  readonly #metadata: Metadata;
  readonly #root: number;
  readonly #chunk: readonly number[];
  readonly #nodes = new BlockCache<TreeNode>();

  constructor(metadata: Metadata, root: number, chunk: readonly number[]) {
    this.#metadata = metadata;
    this.#root = root;
    this.#chunk = chunk;
  }

  find(block: readonly number[]): StoredChunk | undefined {
    let node = this.#node(this.#root, undefined);
    for (;;) {
      const entry = node.entries[firstWhere(node.entries, (other) => compare(other.block, block) > 0) - 1];
      if (entry === undefined) return undefined;
      const { address, offset: toldAt, bytes, mask } = entry;
      if (address === undefined) throw this.#metadata.refuse("an entry of the B-tree of chunks leads nowhere", toldAt);
      if (node.level === 0) {
        const isWanted = compare(entry.block, block) === 0;
        return isWanted ? { offset: this.#metadata.offsetOf(address), bytes, mask, toldAt } : undefined;
      }
      node = this.#node(address, node.level - 1);
    }
  }

  #node(address: number, level: number | undefined): TreeNode {
    const node = this.#nodes.get("node", this.#metadata.offsetOf(address), (offset) => this.#read(offset));
    if (level === undefined || node.level === level) return node;
    throw this.#metadata.refuse(`a node of level ${node.level} is where one of level ${level} should be`, node.offset);
  }

  #read(offset: number): TreeNode {
    const what = "a node of the B-tree of chunks";
    const head = this.#metadata.bytes(offset, headBytes, what);
    const [signature, kind] = [head.toString("latin1", 0, 4), head.readUInt8(4)];
    if (signature !== "TREE" || kind !== 1) {
      const found = JSON.stringify(signature);
      throw this.#metadata.refuse(`${what} should be there, and it begins with ${found}, kind ${kind}`, offset);
    }
    const [level, count] = [head.readUInt8(5), head.readUInt16LE(6)];
    const keyBytes = 8 + 8 * (this.#chunk.length + 1);
    const bytes = this.#metadata.bytes(offset + headBytes, count * (keyBytes + 8), what);
    const entries: NodeEntry[] = [];
    for (let at = 0; at < bytes.length; at += keyBytes + 8) {
      const entry = this.#entry(bytes, at, keyBytes, offset + headBytes + at);
      const before = entries.at(-1);
      if (before !== undefined && compare(before.block, entry.block) >= 0) {
        throw this.#metadata.refuse("the chunks do not follow each other", entry.offset);
      }
      entries.push(entry);
    }
    const size = bytes.length + entries.length * (entryMemory + 8 * this.#chunk.length);
    return { size, offset, level, entries };
  }

  #entry(bytes: Buffer, at: number, keyBytes: number, offset: number): NodeEntry {
    const block = this.#chunk.map((length, axis) => numberAt(bytes, at + 8 + 8 * axis) / length);
    if (!block.every(Number.isInteger)) throw this.#metadata.refuse("a chunk begins inside another one", offset);
    return {
      block,
      offset,
      address: addressAt(bytes, at + keyBytes),
      bytes: bytes.readUInt32LE(at),
      mask: bytes.readUInt32LE(at + 4),
    };
  }
}

/** Below 0 if the first block comes before the second in C order. */
function compare(first: readonly number[], second: readonly number[]): number {
  for (const [axis, index] of first.entries()) {
    const difference = index - (second[axis] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
