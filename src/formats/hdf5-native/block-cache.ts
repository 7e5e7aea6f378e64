/**
 * Blocks of metadata that were read and understood, kept up to a limit: the next chunk is often found through the
 * same.
 */

/** Blocks are kept up to this many bytes; the last one is always kept. */
const KEPT_BYTES = 2 ** 20;

/** The blocks of one dataset, by the kind and the offset of each. */
export class BlockCache<Block extends { readonly size: number }> {
  /** The block that was not used for the longest time is first. */
  readonly #blocks = new Map<string, Block>();
  #total = 0;

  /** A block that is kept, or else the one that `read` returns. */
  get(kind: string, offset: number, read: (offset: number) => Block): Block {
    const key = `${kind} ${offset}`;
    const known = this.#blocks.get(key);
    if (known !== undefined) {
      this.#blocks.delete(key);
      this.#blocks.set(key, known);
      return known;
    }
    const block = read(offset);
    this.#blocks.set(key, block);
    this.#total += block.size;
    for (const [old, { size }] of this.#blocks) {
      if (this.#total <= KEPT_BYTES || old === key) break;
      this.#blocks.delete(old);
      this.#total -= size;
    }
    return block;
  }
}
