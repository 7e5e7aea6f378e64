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
import { at } from "../data/lists.js";
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

/** Calls back with the origin and the counts of each tile (in the tiling's order of dimensions), in memory order. */
export function forEachTile(
  full: readonly number[],
  tile: readonly number[],
  visit: (origin: readonly number[], counts: readonly number[]) => void,
): void {
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
