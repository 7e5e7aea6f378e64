/**
 * The B-tree (version 1) that leads to the chunks of a dataset. Each entry of a node has a key, which is where the first
 * chunk below it begins in the dataset; on level 0 it tells also how that chunk is stored.
 *
 * Invariant: each step down is one level lower, so that no tree, a circle neither, takes more than 256 steps.
 */
import { addressAt, type Metadata, numberAt } from "./metadata.js";
import type { ChunkIndex, StoredChunk } from "./stored-chunk.js";

interface TreeNode {
  /** Bytes in memory. */
  readonly size: number;
  readonly offset: number;
  readonly level: number;
  readonly count: number;
  /** Where the first chunk below each entry begins: an index along each axis, in chunks. */
  readonly blocks: Float64Array;
  readonly bytes: Buffer;
}

const headBytes = 24;

/** Finds chunks by walking the tree. */
export class BTree implements ChunkIndex {
  readonly #metadata: Metadata;
  readonly #root: number;
  readonly #chunk: readonly number[];
  readonly #keyBytes: number;

  constructor(metadata: Metadata, root: number, chunk: readonly number[]) {
    this.#metadata = metadata;
    this.#root = root;
    this.#chunk = chunk;
    this.#keyBytes = 8 + 8 * (chunk.length + 1);
  }

  find(block: readonly number[]): StoredChunk | undefined {
    let node = this.#node(this.#root, undefined);
    for (;;) {
      const entry = lastUpTo(node, block);
      if (entry < 0) return undefined;
      const at = entry * (this.#keyBytes + 8);
      const address = addressAt(node.bytes, at + this.#keyBytes);
      const offset = node.offset + headBytes + at;
      if (address === undefined) throw this.#metadata.refuse("an entry of the B-tree of chunks leads nowhere", offset);
      if (node.level > 0) {
        node = this.#node(address, node.level - 1);
        continue;
      }
      if (compare(node, entry, block) !== 0) return undefined;
      const [bytes, mask] = [node.bytes.readUInt32LE(at), node.bytes.readUInt32LE(at + 4)];
      return { offset: this.#metadata.offsetOf(address), bytes, mask, toldAt: offset };
    }
  }

  #node(address: number, level: number | undefined): TreeNode {
    const node = this.#metadata.kept("B-tree", this.#metadata.offsetOf(address), (offset) => this.#read(offset));
    if (level === undefined || node.level === level) return node;
    throw this.#metadata.refuse(`a node of level ${node.level} stands where one of level ${level} should`, node.offset);
  }

  #read(offset: number): TreeNode {
    const what = "a node of the B-tree of chunks";
    const head = this.#metadata.bytes(offset, headBytes, what);
    if (head.toString("latin1", 0, 4) !== "TREE" || head[4] !== 1) {
      const found = JSON.stringify(head.toString("latin1", 0, 4));
      throw this.#metadata.refuse(`${what} should stand there, and it begins with ${found}, kind ${head[4]}`, offset);
    }
    const [level, count] = [head[5]!, head.readUInt16LE(6)];
    const entryBytes = this.#keyBytes + 8;
    const bytes = this.#metadata.bytes(offset + headBytes, count * entryBytes, what);
    const rank = this.#chunk.length;
    const blocks = new Float64Array(count * rank);
    const node = { size: bytes.length + blocks.byteLength, offset, level, count, blocks, bytes };
    for (let entry = 0; entry < count; entry++) {
      for (let axis = 0; axis < rank; axis++) {
        const block = numberAt(bytes, entry * entryBytes + 8 + 8 * axis) / this.#chunk[axis]!;
        blocks[entry * rank + axis] = block;
        if (Number.isInteger(block)) continue;
        throw this.#metadata.refuse("a chunk begins between two", offset + headBytes + entry * entryBytes);
      }
      if (entry === 0 || compare(node, entry - 1, [...blocks.subarray(entry * rank, (entry + 1) * rank)]) < 0) continue;
      throw this.#metadata.refuse("the chunks do not follow each other", offset + headBytes + entry * entryBytes);
    }
    return node;
  }
}

/** Below 0 where an entry stands before a block. */
function compare({ blocks }: TreeNode, entry: number, block: readonly number[]): number {
  const first = entry * block.length;
  for (let axis = 0; axis < block.length; axis++) {
    const difference = blocks[first + axis]! - block[axis]!;
    if (difference !== 0) return difference;
  }
  return 0;
}

/** The last entry that does not stand behind a block; -1 where all do. */
function lastUpTo(node: TreeNode, block: readonly number[]): number {
  let [low, high] = [-1, node.count - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (compare(node, middle, block) <= 0) low = middle;
    else high = middle - 1;
  }
  return low;
}
