/**
 * Materialization: from a group's plan and a block to the plain data of a task. It is arithmetic on a few numbers, done
 * when the task is about to run, so that a graph of a million tasks holds no task objects.
 */

import { ByCounts } from "../data/by-counts.js";
import { blockAt, type Chunks, chunkAt, chunkBox, chunkInterval, gridOf } from "../data/chunks.js";
import { type DType, factsOf } from "../data/dtype.js";
import { decodedStrides } from "../data/encoded.js";
import { InternalError } from "../data/errors.js";
import { at } from "../data/lists.js";
import { float64At } from "../data/numbers.js";
import {
  type AxisView,
  type Box,
  countsOf,
  hull,
  type Interval,
  placeOf,
  sideOf,
  sizeOf,
  stridesOf,
  touchedBox,
  type View,
} from "../data/region.js";
import type { Expr } from "../expr/expr.js";
import type { Placed } from "../expr/op.js";
import { cutBox } from "./block-cuts.js";
import type { BoxIndex } from "./box-index.js";
import type { GroupPiece, PlannedRun } from "./group.js";
import type { ChunkLocation, EncodedBox, Gathered, Piece, PieceOperand, ProgramRun } from "./task.js";
import type { Leaf } from "./trace.js";

/** Says where the memory of a stored node's block is. */
export type LocateBlock = (expr: Expr, block: number) => ChunkLocation;

/** Where a leaf's elements are. */
export type LeafLocation =
  | { readonly kind: "counted"; readonly strides: readonly number[] }
  | { readonly kind: "file"; readonly file: number; readonly strides: readonly number[] }
  /** Parts that must be decoded, each by itself. */
  | { readonly kind: "encoded"; readonly array: number; readonly grid: Chunks; readonly order: "C" | "F" }
  /** Blocks of a stored node, in memory that each of them is given when its task starts. */
  | { readonly kind: "chunks"; readonly grid: Chunks; readonly dtypes: readonly DType[] }
  /** Blocks in memory where they stay. */
  | {
      readonly kind: "resident";
      readonly grid: Chunks;
      readonly dtypes: readonly DType[];
      readonly blocks: readonly ChunkLocation[];
    }
  /** Blocks one after the other in a scratch file; `starts` are their first elements. */
  | { readonly kind: "spilled"; readonly grid: Chunks; readonly file: number; readonly starts: Float64Array };

/** What the addresses of a block's elements follow from, besides its place. */
interface BlockLayout {
  /** The strides of its axes, and how far a step along each dimension of the piece moves. */
  readonly strides: readonly number[];
  readonly moves: readonly number[];
  /** Where its fields begin. */
  readonly fields: readonly number[];
}

/** A leaf of a group's piece, with its location. */
export interface LocatedLeaf extends Leaf {
  readonly location: LeafLocation;
  /** The grid of a leaf that consists of blocks. */
  readonly grid: Chunks | null;
  /** The layouts of its blocks. */
  readonly layouts: ByCounts<BlockLayout>;
}

/** A leaf with its location, for a piece with this number of dimensions. */
export function locatedLeaf({ expr, view }: Leaf, location: LeafLocation, dims: number): LocatedLeaf {
  const dtypes = "dtypes" in location ? location.dtypes : [];
  const layouts = new ByCounts((counts): BlockLayout => {
    const strides = stridesOf(counts);
    const moves = placeOf(view, strides, dims).strides;
    return { strides, moves, fields: fieldOffsets(dtypes, sizeOf(counts)).offsets };
  });
  return { expr, view, location, grid: "grid" in location ? location.grid : null, layouts };
}

/** A run of a group's piece, with the number of its program in the job. */
export interface ReadyRun extends PlannedRun {
  readonly number: number;
}

/** A group's piece with the locations of its leaves and the numbers of its programs. */
export interface ReadyPiece extends GroupPiece {
  readonly leaves: readonly LocatedLeaf[];
  readonly runs: readonly ReadyRun[];
}

/** Field addresses within a block: fields follow each other, each aligned to 16 bytes. */
export function fieldOffsets(dtypes: readonly DType[], elements: number): { offsets: number[]; bytes: number } {
  let bytes = 0;
  const offsets = dtypes.map((dtype) => {
    const offset = bytes;
    bytes += Math.ceil((elements * factsOf(dtype).bytes) / 16) * 16;
    return offset;
  });
  return { offsets, bytes };
}

/** A view counted from a box's first point, of an array that begins where `origin` does. */
function localView(view: View, box: Box, origin: Box | null): View {
  return view.map(({ dim, start, step }, axis) => {
    const index = dim < 0 ? start : start + step * sideOf(box, dim).start;
    return { dim, start: origin === null ? index : index - sideOf(origin, axis).start, step };
  });
}

/**
 * First element and strides of a view at a box's first point, for an array with these strides that begins where
 * `origin` does.
 */
function address(
  view: View,
  strides: readonly number[],
  box: Box,
  origin: Box | null,
): { first: number; strides: number[] } {
  return placeOf(localView(view, box, origin), strides, box.length);
}

/** The number of the block of a grid in which a view's first point lies, and the box that the block covers. */
function blockUnder(view: View, grid: Chunks, box: Box): { number: number; covers: Box } {
  let number = 0;
  const covers: Interval[] = [];
  for (const [axis, sizes] of grid.entries()) {
    const index = chunkAt(sizes, firstIndex(at(view, axis), box));
    number = number * sizes.length + index;
    covers.push(chunkInterval(sizes, index));
  }
  return { number, covers };
}

/** The index along an axis that a view has at a box's first point. */
function firstIndex({ dim, start, step }: AxisView, box: Box): number {
  return dim < 0 ? start : start + step * sideOf(box, dim).start;
}

/** A box to be decoded, which grows while views of the same part are found. */
interface Decoding {
  readonly array: number;
  readonly number: number;
  box: Box;
}

/**
 * What must be decoded for a piece, by part. Views of the same part share one box, so that nothing is decoded twice.
 */
function decodingsFor(leaves: readonly LocatedLeaf[], box: Box): ReadonlyMap<string, Decoding> {
  const decodings = new Map<string, Decoding>();
  for (const { view, location } of leaves) {
    if (location.kind !== "encoded") continue;
    const touched = touchedBox(view, box);
    const key = partKey(location.array, blockUnder(view, location.grid, box).number);
    const known = decodings.get(key);
    if (known === undefined) decodings.set(key, { array: location.array, number: decodings.size, box: touched });
    else known.box = hull(known.box, touched);
  }
  return decodings;
}

const partKey = (array: number, part: number): string => `${array},${part}`;

function operandOf(
  { expr, view, location, layouts }: LocatedLeaf,
  box: Box,
  decodings: ReadonlyMap<string, Decoding>,
  locate: LocateBlock,
): PieceOperand {
  if (location.kind === "counted") return { kind: "counted", ...address(view, location.strides, box, null) };
  if (location.kind === "file")
    return { kind: "file", file: location.file, ...address(view, location.strides, box, null) };
  const { number, covers } = blockUnder(view, location.grid, box);
  if (location.kind === "encoded") {
    const from = decodings.get(partKey(location.array, number));
    if (from === undefined) throw new InternalError(`internal error: nothing is decoded of part ${number}`);
    const within = localView(view, box, from.box);
    const place = placeOf(within, decodedStrides(location, from.box), box.length);
    return { kind: "decoded", box: from.number, view: within, ...place };
  }
  const { strides: blockStrides, moves, fields } = layouts.of(covers);
  let first = 0;
  for (const [axis, rule] of view.entries()) {
    first += (firstIndex(rule, box) - sideOf(covers, axis).start) * at(blockStrides, axis);
  }
  if (location.kind === "spilled") {
    return { kind: "file", file: location.file, first: float64At(location.starts, number) + first, strides: moves };
  }
  const { buffer, offset } = location.kind === "resident" ? at(location.blocks, number) : locate(expr, number);
  const offsets = fields.map((field) => offset + field);
  return { kind: "memory", buffer, offsets, dtypes: location.dtypes, first, strides: moves };
}

/** The pieces that fill a place; `places[m]` says how member m's output lies over the same box. */
export function materializePieces(
  pieces: BoxIndex<ReadyPiece>,
  box: Box,
  places: readonly Omit<Placed, "box">[],
  locate: LocateBlock,
): Piece[] {
  const result: Piece[] = [];
  for (const { item, common } of pieces.meeting(box)) {
    const { leaves } = item;
    const encoded = leaves.some(({ location }) => location.kind === "encoded"); // of few pieces
    for (const part of cutBox(common, leaves)) {
      const runs = item.runs.map(({ member, operands, number }): ProgramRun => {
        const { first, strides } = at(places, member);
        return { output: member, program: number, operands, first: firstWithin(first, strides, part, box), strides };
      });
      const decodings = encoded ? decodingsFor(leaves, part) : none;
      const operands = leaves.map((leaf) => operandOf(leaf, part, decodings, locate));
      const counts = countsOf(part);
      if (decodings.size === 0) result.push({ counts, operands, runs });
      else {
        const decoded = Array.from(decodings.values(), ({ array, box: own }): EncodedBox => ({ array, box: own }));
        result.push({ counts, decoded, operands, runs });
      }
    }
  }
  return result;
}

const none: ReadonlyMap<string, Decoding> = new Map();

/** Where a part of a box begins, if the box begins at `first`. */
function firstWithin(first: number, strides: readonly number[], part: Box, box: Box): number {
  if (part === box) return first;
  let place = first;
  for (const [dim, stride] of strides.entries()) {
    place += (sideOf(part, dim).start - sideOf(box, dim).start) * stride;
  }
  return place;
}

/** A block gathered from an array: a routine's input. */
export function materializeGather(pieces: BoxIndex<ReadyPiece>, box: Box, dtype: DType, locate: LocateBlock): Gathered {
  const shape = countsOf(box);
  return { dtype, shape, pieces: materializePieces(pieces, box, [{ first: 0, strides: stridesOf(shape) }], locate) };
}

/**
 * Where each block of a grid begins when they are written one after the other, in elements; the last entry is the
 * total.
 */
export function blockStarts(grid: Chunks): Float64Array {
  const counts = gridOf(grid);
  const starts = new Float64Array(sizeOf(counts) + 1);
  let start = 0;
  for (let number = 0; number < starts.length - 1; number++) {
    start += sizeOf(countsOf(chunkBox(grid, blockAt(counts, number))));
    starts[number + 1] = start;
  }
  return starts;
}
