/** The time that a tile of a piece takes, where the piece's rule for mapping or reading needs it. */
import type { ReadingRule } from "./reading-rule.js";
import type { Resources } from "./resources.js";
import type { Windows } from "./windows.js";

/** Measures the tiles of a piece, one after the other. */
export class TileTimer {
  readonly #rule: ReadingRule;
  readonly #resources: Resources;
  readonly #windows: Windows;
  #isTrying = false;
  #began = 0;
  #mapped = 0;
  #moves = 0;
  #movedMs = 0;

  constructor(rule: ReadingRule, resources: Resources, windows: Windows) {
    this.#rule = rule;
    this.#resources = resources;
    this.#windows = windows;
  }

  /** Begins a tile. Returns whether it is to be mapped. */
  begin(): boolean {
    this.#isTrying = this.#rule.isTrying;
    if (!this.#isTrying) return this.#rule.way === "mapped";
    const { moves, milliseconds } = this.#windows.moving;
    [this.#moves, this.#movedMs] = [moves, milliseconds];
    this.#mapped = this.#resources.bytesMapped;
    this.#began = performance.now();
    return this.#rule.way === "mapped";
  }

  /** Ends a tile of so many points. */
  end(points: number): void {
    if (!this.#isTrying) {
      this.#rule.skip();
      return;
    }
    const took = performance.now() - this.#began;
    const { moves, milliseconds, one } = this.#windows.moving;
    this.#rule.took(
      {
        way: this.#resources.bytesMapped > this.#mapped ? "mapped" : "read",
        points,
        milliseconds: took - (milliseconds - this.#movedMs),
        moves: moves - this.#moves,
      },
      one,
    );
  }
}
