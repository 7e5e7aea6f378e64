/**
 * Mapped or read: which way is faster for the tiles of a kind of piece, found out on the tiles themselves.
 *
 *     tile    0 … 15 │ 16 … 31 │ 32 … 47 │ 48 … 63 │ 64 …                    1023 │ 1024 …
 *             mapped │ read    │ mapped  │ read    │ the way that took less       │ the next trial
 *
 * Which one it is depends on the processor, and on the sizes of the pieces in which the page cache holds a file, which
 * may change in its middle: docs/design/0038 has cases of both. Results are the same bits either way.
 *
 * The time of a way is the median of its tiles, so that no interruption decides. Opening and closing a
 * window takes longer than most tiles but happens for few of them, so it is counted apart.
 */
import { at } from "../data/lists.js";

/** A way from a file to a loop. */
export type Way = "mapped" | "read";

/** A tile that was computed. */
export interface TimedTile {
  readonly way: Way;
  readonly points: number;
  /** Without the moves of windows. */
  readonly milliseconds: number;
  /** How many windows were opened for it. */
  readonly moves: number;
}

/** The tiles between the beginnings of two trials, those of a trial, and those of a trial that go one way in a row. */
const PERIOD = 1024;
const TRIAL = 64;
const ROW = 16;
/** The tiles that come before the first trial: kernels are being compiled. */
const UNTIMED = 2;
/** The fewest tiles of a way that say something about it. */
const FEWEST = 8;

/** Decides for the tiles of one kind of piece on one thread; see the head of this file. */
export class ReadingRule {
  #tiles = -UNTIMED;
  #chosen: Way = "mapped";
  #mapped: TimedTile[] = [];
  #read: TimedTile[] = [];

  /** The way of the next tile. */
  get way(): Way {
    const phase = this.#tiles % PERIOD;
    if (phase >= TRIAL) return this.#chosen;
    return Math.floor(phase / ROW) % 2 === 0 ? "mapped" : "read";
  }

  /** Whether the next tile is part of a trial. The time of any other need not be taken. */
  get isTrying(): boolean {
    const phase = this.#tiles % PERIOD;
    return phase >= 0 && phase < TRIAL;
  }

  /** Takes note of a tile that is part of no trial. */
  skip(): void {
    this.#tiles++;
  }

  /** Takes note of a tile; `moveMs` is what opening and closing a window takes, in milliseconds. */
  took(tile: TimedTile, moveMs: number): void {
    const phase = this.#tiles++ % PERIOD;
    if (phase < 0 || phase >= TRIAL) return;
    (tile.way === "mapped" ? this.#mapped : this.#read).push(tile);
    if (phase < TRIAL - 1) return;
    // tiles that were to be mapped may have been read, because they were not in memory
    if (this.#mapped.length >= FEWEST && this.#read.length >= FEWEST) {
      this.#chosen = timeOf(this.#mapped, moveMs) < timeOf(this.#read, moveMs) ? "mapped" : "read";
    }
    [this.#mapped, this.#read] = [[], []];
  }
}

/** The time for each point, in milliseconds. */
function timeOf(tiles: readonly TimedTile[], moveMs: number): number {
  const times = tiles.map(({ milliseconds, points }) => milliseconds / points).sort((a, b) => a - b);
  const points = tiles.reduce((sum, tile) => sum + tile.points, 0);
  const moves = tiles.reduce((sum, tile) => sum + tile.moves, 0);
  return at(times, Math.floor(times.length / 2)) + (moves * moveMs) / points;
}
