/**
 * The results of tiles on their way to an output that loops cannot reach: each is computed in scratch memory and put
 * to its place. Where that is a file, several tiles that follow each other are put at once:
 *
 *     scratch memory   [ tile 0 │ tile 1 │ tile 2 │ tile 3 ]  ─ one write ─▶  file
 *
 * The system caches a file in pieces as large as those in which it is written, and mapping it later costs a page fault
 * for each of these (docs/design/0038).
 *
 * Invariant: the same tiles are computed in the same order however many are put at once.
 */
import { type DType, factsOf } from "../data/dtype.js";
import { at } from "../data/lists.js";
import { firstOf, sizeOf, stridesOf } from "../data/region.js";
import type { Output } from "../graph/task.js";
import type { Fields } from "./loop-call.js";
import type { Result } from "./result-writer.js";
import type { Scratch } from "./scratch.js";

/** What takes the results. */
export interface Taker extends Pick<Output, "dtypes"> {
  /** The most tiles that it takes at once. */
  readonly tilesAtOnce: number;
  /** Takes part of the output's block: `first` and `strides` say where it belongs, in elements of the block. */
  put(result: Result, first: number, strides: readonly number[]): void;
}

/** Where in the output's block a piece belongs, in elements; strides follow the tiling's order of dimensions. */
interface Place {
  readonly first: number;
  readonly strides: readonly number[];
}

/** Collects the results of the tiles of one run. */
export class TileResults {
  readonly #taker: Taker;
  readonly #place: Place;
  readonly #scratch: Scratch;
  readonly #fields: readonly { readonly dtype: DType; readonly address: number }[];
  /** The dimension along which tiles that are collected follow each other. */
  readonly #along: number;
  /** How many of its indices a tile has, and for how many there is memory. */
  readonly #side: number;
  readonly #room: number;
  /** The elements for each index of that dimension. */
  readonly #rowElements: number;
  /** What is collected, as one tile. */
  #origin: readonly number[] = [];
  #counts: number[] = [];
  #rows = 0;

  /** Takes scratch memory for tiles of at most these counts, of a piece with the counts `full`. */
  constructor(taker: Taker, place: Place, full: readonly number[], tile: readonly number[], scratch: Scratch) {
    this.#taker = taker;
    this.#place = place;
    this.#scratch = scratch;
    this.#along = Math.max(0, splitDim(full, tile));
    const [side = 1, length = 1] = [tile[this.#along], full[this.#along]];
    this.#side = side;
    // tiles that are cut along two dimensions do not follow each other in memory
    const most = sizeOf(tile.slice(0, this.#along)) === 1 ? taker.tilesAtOnce : 1;
    this.#room = Math.min(length, most * side);
    this.#rowElements = sizeOf(tile.slice(this.#along + 1));
    const elements = (sizeOf(tile) / side) * this.#room;
    this.#fields = taker.dtypes.map((dtype) => ({ dtype, address: scratch.take(elements * factsOf(dtype).bytes) }));
  }

  /** Where a loop writes the results of the next tile. */
  next(origin: readonly number[], counts: readonly number[]): Fields {
    if (!this.#follows(origin, counts)) {
      this.flush();
      this.#origin = [...origin];
      this.#counts = [...counts];
    }
    const before = this.#rows * this.#rowElements;
    this.#rows += counts[this.#along] ?? 1;
    if (counts.length > 0) this.#counts[this.#along] = this.#rows;
    const strides = stridesOf(this.#counts);
    return this.#fields.map(({ dtype, address }) => {
      return { dtype, offset: address + before * factsOf(dtype).bytes, strides };
    });
  }

  /** Puts what is collected if there is no memory for another tile. */
  flushIfFull(): void {
    if (this.#rows + this.#side > this.#room) this.flush();
  }

  /** Puts what is collected. */
  flush(): void {
    if (this.#rows === 0) return;
    this.#rows = 0;
    const counts = this.#counts;
    const addresses = this.#fields.map(({ address }) => address);
    const { first, strides } = this.#place;
    const result = { memory: this.#scratch.memory, counts, addresses, strides: stridesOf(counts) };
    this.#taker.put(result, firstOf(first, strides, this.#origin), strides);
  }

  /** Whether a tile continues what is collected, and there is memory for it. */
  #follows(origin: readonly number[], counts: readonly number[]): boolean {
    const along = this.#along;
    if (this.#rows === 0 || this.#rows + (counts[along] ?? 1) > this.#room) return false;
    return counts.every((count, dim) => {
      const isAlong = dim === along;
      return (
        at(origin, dim) === at(this.#origin, dim) + (isAlong ? this.#rows : 0) &&
        (isAlong || count === at(this.#counts, dim))
      );
    });
  }
}

/** The last dimension along which tiles cut a piece: those after it are whole. Negative if there is none. */
function splitDim(full: readonly number[], tile: readonly number[]): number {
  return full.findLastIndex((count, dim) => at(tile, dim) < count);
}
