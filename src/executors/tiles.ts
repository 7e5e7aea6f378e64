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
 * Invariant: the tiles of a piece depend on the piece alone, never on the worker, so that results are the same everywhere.
 */
import { type DType, factsOf } from "../data/dtype.js";
import { storedBytes } from "../data/layout.js";
import { type Job, type Output, type Piece, TILE_BYTES } from "../graph/task.js";

/** The order of a piece's dimensions, outermost first, and the counts of a full tile in that order. */
export interface Tiling {
  readonly order: readonly number[];
  readonly counts: readonly number[];
}

function strideOrder(piece: Piece): readonly number[] {
  const { operands, runs, counts } = piece;
  const covers = (strides: readonly number[]): number =>
    strides.reduce((sum, stride, dim) => sum + (stride !== 0 && counts[dim]! > 1 ? 1 : 0), 0);
  let best: readonly number[] | null = null;
  let score = -1;
  for (const { kind, strides } of operands) {
    if (kind === "counted") continue;
    const value = covers(strides) + (kind === "file" ? 100 : 0);
    if (value > score) [best, score] = [strides, value];
  }
  const out = runs[0]?.strides ?? [];
  const key = (dim: number): readonly [number, number] => [Math.abs(best?.[dim] ?? 0), Math.abs(out[dim] ?? 0)];
  return counts.map((_, dim) => dim).sort((a, b) => key(b)[0] - key(a)[0] || key(b)[1] - key(a)[1] || a - b);
}

/** How many points of a piece fill a tile: the widest of what is loaded for a point, or stored. States of folds stay. */
export function tilePoints(
  { operands, runs, decoded = [] }: Piece,
  outputs: readonly (Pick<Output, "dtypes"> & Partial<Output>)[],
  { files, arrays }: Pick<Job, "files" | "arrays">,
): number {
  let widest = 1;
  const widen = (dtypes: readonly DType[]): void => {
    for (const dtype of dtypes) widest = Math.max(widest, factsOf(dtype).bytes);
  };
  for (const operand of operands) {
    if (operand.kind === "file") widest = Math.max(widest, storedBytes(files[operand.file]!));
    else if (operand.kind === "memory") widen(operand.dtypes);
    else if (operand.kind === "decoded") widen([arrays[decoded[operand.box]!.array]!.dtype]);
  }
  for (const { output } of runs) if ((outputs[output]!.fold ?? null) === null) widen(outputs[output]!.dtypes);
  return TILE_BYTES / widest;
}

/** Cuts a piece into tiles of at most so many points. */
export function tilesOf(piece: Piece, points: number): Tiling {
  const order = strideOrder(piece);
  let room = Math.max(1, Math.floor(points));
  const counts = new Array<number>(order.length);
  for (let i = order.length - 1; i >= 0; i--) {
    const count = piece.counts[order[i]!]!;
    const parts = Math.ceil(count / room);
    counts[i] = Math.ceil(count / Math.max(1, parts)); // near-equal parts
    room = Math.max(1, Math.floor(room / counts[i]!));
  }
  return { order, counts };
}

/** Calls back with the origin and the counts of each tile (in the tiling's order of dimensions), in memory order. */
export function forEachTile(
  full: readonly number[],
  tile: readonly number[],
  visit: (origin: readonly number[], counts: readonly number[]) => void,
): void {
  const rank = full.length;
  const origin = new Array<number>(rank).fill(0);
  const counts = full.map((count, dim) => Math.min(count, tile[dim]!));
  for (;;) {
    visit(origin, counts);
    let dim = rank - 1;
    for (; dim >= 0; dim--) {
      origin[dim]! += tile[dim]!;
      if (origin[dim]! < full[dim]!) {
        counts[dim] = Math.min(tile[dim]!, full[dim]! - origin[dim]!);
        break;
      }
      origin[dim] = 0;
      counts[dim] = Math.min(tile[dim]!, full[dim]!);
    }
    if (dim < 0) return;
  }
}
