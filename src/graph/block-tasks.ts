/**
 * Which task makes each block of a grid. A grid may have thousands of millions of blocks of which few are needed, so a
 * large one has pages only where there are tasks.
 */
const PAGE_BLOCKS = 2 ** 12;
/** Grids of up to this many blocks are one page. */
const LARGEST_PAGE_BLOCKS = 2 ** 20;

/** Block → task; see the head of this file. */
export class BlockTasks {
  readonly #pages = new Map<number, Int32Array>();
  readonly #only: Int32Array | undefined;

  /** No block has a task yet. */
  constructor(blocks: number) {
    this.#only = blocks <= LARGEST_PAGE_BLOCKS ? new Int32Array(blocks).fill(-1) : undefined;
  }

  /** The task of a block, or −1. */
  get(block: number): number {
    if (this.#only !== undefined) return this.#only[block] ?? -1;
    return this.#pages.get(Math.floor(block / PAGE_BLOCKS))?.[block % PAGE_BLOCKS] ?? -1;
  }

  /** Gives a block a task. */
  set(block: number, task: number): void {
    if (this.#only !== undefined) {
      this.#only[block] = task;
      return;
    }
    const number = Math.floor(block / PAGE_BLOCKS);
    let page = this.#pages.get(number);
    if (page === undefined) {
      page = new Int32Array(PAGE_BLOCKS).fill(-1);
      this.#pages.set(number, page);
    }
    page[block % PAGE_BLOCKS] = task;
  }
}
