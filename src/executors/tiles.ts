/**
 * Tiles: how a piece is cut so that what a loop touches stays in the cache, and in which order.
 *
 *     dimensions ordered by the strides of the operand that matters most (a file before memory), slowest first
 *     ┌──────────────┐
 *     │ tile 0       │  a tile is a stretch of whole inner dimensions and part of one outer dimension:
 *     ├──────────────┤  with a contiguous operand, one contiguous stretch of the file
 *     │ tile 1       │
 *     └──────────────┘
 *
 * Invariant: the tiles of a piece depend on the piece alone, never on the worker, so that results are the same
 * everywhere.
 */
import { type DType, factsOf } from "../data/dtype.js";
import { storedBytes } from "../data/layout.js";
import { at, sameEntries } from "../data/lists.js";
import { type Job, type Output, type Piece, TILE_BYTES } from "../graph/task.js";

/** The order of a piece's dimensions, outermost first, and the counts of a full tile in that order. */
export interface Tiling {
  readonly order: readonly number[];
  readonly counts: readonly number[];
}

/** The dimensions of a piece by the strides of the operand that covers most of them, a file before anything else. */
function strideOrder({ operands, runs, counts }: Piece): readonly number[] {
  const covers = (strides: readonly number[]): number =>
    strides.reduce((sum, stride, dim) => sum + (stride !== 0 && at(counts, dim) > 1 ? 1 : 0), 0);
  let best: readonly number[] = [];
  let score = -1;
  for (const { kind, strides } of operands) {
    if (kind === "counted") continue;
    const value = covers(strides) + (kind === "file" ? 100 : 0);
    if (value > score) [best, score] = [strides, value];
  }
  const out = runs[0]?.strides ?? [];
  // without an operand, or a run, all dimensions are alike
  const stride = (strides: readonly number[], dim: number): number => Math.abs(strides[dim] ?? 0);
  const compare = (a: number, b: number): number =>
    stride(best, b) - stride(best, a) || stride(out, b) - stride(out, a) || a - b;
  return counts.map((_, dim) => dim).sort(compare);
}

/**
 * How many points of a piece fill a tile: those of the widest element that is loaded for a point, or stored for it.
 * States of folds do not count.
 */
export function pointsPerTile(
  { operands, runs, decoded = [] }: Piece,
  outputs: readonly Pick<Output, "dtypes" | "fold">[],
  { files, arrays }: Pick<Job, "files" | "arrays">,
): number {
  let widest = 1;
  const widen = (dtypes: readonly DType[]): void => {
    for (const dtype of dtypes) widest = Math.max(widest, factsOf(dtype).bytes);
  };
  for (const operand of operands) {
    if (operand.kind === "file") widest = Math.max(widest, storedBytes(at(files, operand.file)));
    else if (operand.kind === "memory") widen(operand.dtypes);
    else if (operand.kind === "decoded") widen([at(arrays, at(decoded, operand.box).array).dtype]);
  }
  for (const { output } of runs) {
    const { fold, dtypes } = at(outputs, output);
    if (fold === null) widen(dtypes);
  }
  return TILE_BYTES / widest;
}

/** Cuts a piece into tiles of at most this many points. */
export function tilesOf(piece: Piece, points: number): Tiling {
  const order = strideOrder(piece);
  const counts = order.map((dim) => at(piece.counts, dim));
  let left = Math.max(1, Math.floor(points));
  for (let i = counts.length - 1; i >= 0; i--) {
    const count = at(counts, i);
    const parts = Math.ceil(count / left);
    const side = Math.ceil(count / Math.max(1, parts)); // near-equal parts
    counts[i] = side;
    left = Math.max(1, Math.floor(left / side));
  }
  return { order, counts };
}

/** A tiling, and everything about a piece that follows its order of dimensions. */
export interface TiledPiece extends Tiling {
  /** The counts of the whole piece, and the strides of its operands and of its runs. */
  readonly full: readonly number[];
  readonly operands: readonly (readonly number[])[];
  readonly runs: readonly (readonly number[])[];
}

/** Puts a piece in the order of a tiling. */
export function inOrder({ counts, operands, runs }: Piece, { order, counts: tile }: Tiling): TiledPiece {
  const sorted = (list: readonly number[]): number[] => order.map((dim) => at(list, dim));
  return {
    order,
    counts: tile,
    full: sorted(counts),
    operands: operands.map(({ strides }) => sorted(strides)),
    runs: runs.map(({ strides }) => sorted(strides)),
  };
}

/** The outputs of runs, as far as the tiles of a piece depend on them. */
type Stored = Pick<Output, "dtypes" | "fold">;

/**
 * The tiling of the last piece: most pieces of a task, and of the tasks after it, differ in their places only.
 *
 * Pieces that read files are tiled anew each time. They are larger, and how a box is found in a file may change.
 */
export class LastTiling {
  #last: { readonly piece: Piece; readonly outputs: readonly Stored[]; readonly tiled: TiledPiece } | undefined;

  /** The tiles of a piece; `work` finds them. */
  of(piece: Piece, outputs: readonly Stored[], work: () => TiledPiece): TiledPiece {
    if (this.#last !== undefined && isAlike(piece, this.#last.piece) && areAlike(piece, outputs, this.#last.outputs)) {
      return this.#last.tiled;
    }
    const tiled = work();
    const inMemory = piece.operands.every(({ kind }) => kind === "memory" || kind === "counted");
    this.#last = inMemory ? { piece, outputs, tiled } : undefined;
    return tiled;
  }
}

/** Whether two pieces differ at most in where they begin. */
function isAlike({ counts, operands, runs }: Piece, other: Piece): boolean {
  if (!sameEntries(counts, other.counts)) return false;
  if (operands.length !== other.operands.length || runs.length !== other.runs.length) return false;
  for (const [number, operand] of operands.entries()) {
    const like = at(other.operands, number);
    if (operand.kind !== like.kind || !sameEntries(operand.strides, like.strides)) return false;
    if (operand.kind === "memory" && like.kind === "memory" && !sameEntries(operand.dtypes, like.dtypes)) return false;
  }
  for (const [number, { output, strides }] of runs.entries()) {
    const like = at(other.runs, number);
    if (output !== like.output || !sameEntries(strides, like.strides)) return false;
  }
  return true;
}

/** Whether the runs of a piece store the same numbers in these outputs as in others. */
function areAlike({ runs }: Piece, outputs: readonly Stored[], others: readonly Stored[]): boolean {
  for (const { output } of runs) {
    const [mine, like] = [at(outputs, output), at(others, output)];
    if ((mine.fold === null) !== (like.fold === null) || !sameEntries(mine.dtypes, like.dtypes)) return false;
  }
  return true;
}

/** Calls back with the origin and the counts of each tile (in the tiling's order of dimensions), in memory order. */
export function forEachTile(
  full: readonly number[],
  tile: readonly number[],
  visit: (origin: readonly number[], counts: readonly number[]) => void,
): void {
  if (sameEntries(full, tile)) {
    const origin = full.map(() => 0);
    visit(origin, full);
    return;
  }
  const sides = full.map((count, dim) => ({ count, step: at(tile, dim) }));
  const origin = sides.map(() => 0);
  const counts = sides.map(({ count, step }) => Math.min(count, step));
  do visit(origin, counts);
  while (advance(sides, origin, counts));
}

/** Moves on to the next tile; false after the last one. */
function advance(
  sides: readonly { readonly count: number; readonly step: number }[],
  origin: number[],
  counts: number[],
): boolean {
  for (let dim = sides.length - 1; dim >= 0; dim--) {
    const { count, step } = at(sides, dim);
    const next = at(origin, dim) + step;
    const isInside = next < count;
    const start = isInside ? next : 0;
    origin[dim] = start;
    counts[dim] = Math.min(step, count - start);
    if (isInside) return true;
  }
  return false;
}
