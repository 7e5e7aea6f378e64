/**
 * Materialization: from a group's plan and a block to the plain data of a task. Only arithmetic on a few numbers, done when the
 * task is about to run, so that a graph of a million tasks holds no task objects.
 */
import { blockAt, type Chunks, chunkAt, chunkBox, startsOf } from "../data/chunks.js";
import { type DType, factsOf } from "../data/dtype.js";
import { decodedStrides } from "../data/encoded.js";
import { type Box, countsOf, hull, placeOf, reach, sizeOf, stridesOf, type View } from "../data/region.js";
import type { Placed } from "../expr/op.js";
import type { BoxIndex } from "./box-index.js";
import type { GroupPiece } from "./group.js";
import { cutBox } from "./places.js";
import type { EncodedBox, Gathered, Piece, PieceOperand, ProgramRun } from "./task.js";

/** Where a block in memory lies: a shared buffer and a byte address. */
export interface ChunkLocation {
  readonly buffer: number;
  readonly offset: number;
}

/** Where a leaf's elements stand. */
export type LeafLocation =
  | { readonly kind: "counted"; readonly strides: readonly number[] }
  | { readonly kind: "file"; readonly file: number; readonly strides: readonly number[] }
  /** Parts that must be decoded, each by itself. */
  | { readonly kind: "encoded"; readonly array: number; readonly grid: Chunks; readonly order: "C" | "F" }
  /** Blocks in shared memory. */
  | {
      readonly kind: "blocks";
      readonly grid: Chunks;
      readonly dtypes: readonly DType[];
      at(block: number): ChunkLocation;
    }
  /** Blocks one after the other in a scratch file; `starts` are their first elements. */
  | { readonly kind: "spilled"; readonly grid: Chunks; readonly file: number; readonly starts: Float64Array };

/** A leaf of a group's piece, with its place. */
export interface LocatedLeaf {
  readonly view: View;
  readonly location: LeafLocation;
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
    const at = dim < 0 ? start : start + step * box[dim]!.start;
    return { dim, start: at - (origin?.[axis]?.start ?? 0), step };
  });
}

/** First element and strides of a view at a box's first point, for an array with these strides that begins where `origin` does. */
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
  const block = view.map(({ dim, start, step }, axis) => {
    const at = chunkAt(grid[axis]!, dim < 0 ? start : start + step * box[dim]!.start);
    number = number * grid[axis]!.length + at;
    return at;
  });
  return { number, covers: chunkBox(grid, block) };
}

/** The box of an encoded array that a view touches over a box of points, which all lie in one part. */
function touchedBox(view: View, box: Box): Box {
  return view.map((axis) => {
    const [low, high] = reach(axis, box);
    return { start: low, stop: high + 1 };
  });
}

/**
 * What must be decoded for a piece. Views of the same part share one box, so that nothing is decoded twice; `of` gives the
 * number of each leaf's box.
 */
function decodedFor(leaves: readonly LocatedLeaf[], box: Box): { boxes: EncodedBox[]; of: readonly number[] } {
  const boxes: EncodedBox[] = [];
  if (!leaves.some(({ location }) => location.kind === "encoded")) return { boxes, of: [] }; // nearly all pieces
  const numbers = new Map<string, number>();
  const of = leaves.map(({ view, location }) => {
    if (location.kind !== "encoded") return -1;
    const touched = touchedBox(view, box);
    const key = `${location.array},${blockUnder(view, location.grid, box).number}`;
    const number = numbers.get(key) ?? boxes.push({ array: location.array, box: touched }) - 1;
    numbers.set(key, number);
    boxes[number] = { array: location.array, box: hull(boxes[number]!.box, touched) };
    return number;
  });
  return { boxes, of };
}

function operandOf(
  { view, location }: LocatedLeaf,
  box: Box,
  boxes: readonly EncodedBox[],
  decoded?: number,
): PieceOperand {
  if (location.kind === "encoded") {
    const from = boxes[decoded!]!.box;
    const within = localView(view, box, from);
    const at = placeOf(within, decodedStrides(location, from), box.length);
    return { kind: "decoded", box: decoded!, view: within, ...at };
  }
  if (location.kind === "counted") return { kind: "counted", ...address(view, location.strides, box, null) };
  if (location.kind === "file")
    return { kind: "file", file: location.file, ...address(view, location.strides, box, null) };
  const { number, covers } = blockUnder(view, location.grid, box);
  const counts = countsOf(covers);
  const at = address(view, stridesOf(counts), box, covers);
  if (location.kind === "spilled")
    return { kind: "file", file: location.file, first: location.starts[number]! + at.first, strides: at.strides };
  const { buffer, offset } = location.at(number);
  const { offsets } = fieldOffsets(location.dtypes, sizeOf(counts));
  return { kind: "memory", buffer, offsets: offsets.map((field) => offset + field), dtypes: location.dtypes, ...at };
}

/** A group's piece with the places of its leaves and the numbers of its programs. */
export interface ReadyPiece {
  readonly box: Box;
  readonly plan: GroupPiece;
  readonly leaves: readonly LocatedLeaf[];
  /** The number in the job of each run's program. */
  readonly programs: readonly number[];
}

/** The grid of a leaf that stands in blocks. */
export const blockGridOf = (place: LeafLocation): Chunks | null => ("grid" in place ? place.grid : null);

/** The pieces that fill a place; `places[m]` says how member m's output lies over the same box. */
export function materializePieces(pieces: BoxIndex<ReadyPiece>, places: readonly Placed[]): Piece[] {
  const { box } = places[0]!;
  const result: Piece[] = [];
  for (const { item, common } of pieces.meeting(box)) {
    const { plan, leaves, programs } = item;
    const grids = leaves.map(({ view, location }) => ({ view, grid: blockGridOf(location) }));
    for (const part of cutBox(common, grids)) {
      const runs = plan.runs.map(({ member, operands }, i): ProgramRun => {
        const { first, strides } = places[member]!;
        let at = first;
        for (let dim = 0; dim < strides.length; dim++) at += (part[dim]!.start - box[dim]!.start) * strides[dim]!;
        return { output: member, program: programs[i]!, operands, first: at, strides };
      });
      const { boxes, of } = decodedFor(leaves, part);
      const operands = leaves.map((leaf, i) => operandOf(leaf, part, boxes, of[i]));
      const counts = countsOf(part);
      result.push(boxes.length === 0 ? { counts, operands, runs } : { counts, decoded: boxes, operands, runs });
    }
  }
  return result;
}

/** A block gathered from an array: a routine's input. */
export function materializeGather(pieces: BoxIndex<ReadyPiece>, box: Box, dtype: DType): Gathered {
  const shape = countsOf(box);
  return { dtype, shape, pieces: materializePieces(pieces, [{ box, first: 0, strides: stridesOf(shape) }]) };
}

/** Where each block of a grid begins when they are written one after the other, in elements; the last entry is the total. */
export function blockStarts(grid: Chunks): Float64Array {
  const counts = grid.map((sizes) => sizes.length);
  const starts = new Float64Array(sizeOf(counts) + 1);
  for (let number = 0; number < starts.length - 1; number++) {
    let size = 1;
    blockAt(counts, number).forEach((block, axis) => {
      const bounds = startsOf(grid[axis]!);
      size *= bounds[block + 1]! - bounds[block]!;
    });
    starts[number + 1] = starts[number]! + size;
  }
  return starts;
}
