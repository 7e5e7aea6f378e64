/**
 * How a Zarr array is cut into parts that can be read by themselves: chunks, or where chunks stand in files byte by byte,
 * stretches of them.
 *
 *     chunk of 4 rows, compressed       chunk of 4 rows, plain
 *     ┌──────────┐                      ┌──────────┐
 *     │          │ one part             │▒▒▒▒▒▒▒▒▒▒│ a part: rows that stand together
 *     │          │                      │░░░░░░░░░░│ another one
 *     └──────────┘                      └──────────┘
 *
 * Invariant: a part is a piece of one chunk, or whole chunks where an axis has more of them than can be listed.
 */
import { type Chunks, cut } from "../../data/chunks.js";
import { factsOf } from "../../data/dtype.js";
import { stridesOf } from "../../data/region.js";
import { type ArrayMetadata, isPlain } from "./metadata.js";

/** The bytes of a stretch of a plain chunk: mostly loops read it tile by tile, and then it costs only its plan. */
const stretchBytes = 2 ** 22;

/** More pieces along one axis would take longer to list than to read. */
const mostPieces = 2 ** 16;

/** The order of an array's elements once they are read: `"F"` where chunks hold them so. */
export function orderOf({ pipeline: { axes } }: Pick<ArrayMetadata, "pipeline">): "C" | "F" {
  const reversed = axes.every((axis, at) => axis === axes.length - 1 - at);
  return reversed && axes.length > 1 ? "F" : "C";
}

/** The parts of an array. */
export function gridOfParts(metadata: ArrayMetadata): Chunks {
  const { shape, chunk } = metadata;
  const pieces = isPlain(metadata) ? stretches(metadata) : chunk;
  return shape.map((length, axis) => cutAxis(length, chunk[axis]!, pieces[axis]!));
}

/** The shape of a stretch of about 4 MiB: the fastest axes whole, the next one cut. */
function stretches({ dtype, chunk, shape, pipeline }: ArrayMetadata): number[] {
  const sizes = [...chunk];
  let room = Math.max(1, Math.floor(stretchBytes / factsOf(dtype).bytes));
  for (const axis of pipeline.axes.toReversed()) {
    const length = Math.max(1, Math.min(chunk[axis]!, shape[axis]!));
    const pieces = Math.ceil(length / room);
    sizes[axis] = Math.ceil(length / pieces);
    room = pieces > 1 ? 1 : Math.max(1, Math.floor(room / length));
  }
  return sizes;
}

/** An axis cut at the borders of chunks, and inside of them into pieces. */
function cutAxis(length: number, chunk: number, piece: number): number[] {
  const chunks = Math.ceil(length / chunk);
  if (chunks > mostPieces) return cut(length, chunk * Math.ceil(chunks / mostPieces));
  const most = Math.max(1, Math.floor(mostPieces / Math.max(1, chunks)));
  const size = Math.max(piece, Math.ceil(Math.min(chunk, length) / most));
  if (length === 0) return [0];
  const sizes: number[] = [];
  for (let at = 0; at < length; at += chunk) {
    for (const part of cut(Math.min(chunk, length - at), size)) sizes.push(part);
  }
  return sizes;
}

/** How far a step along each axis moves in a chunk, or in another box packed in the chunk's order; in elements. */
export function strideInChunk({ pipeline }: Pick<ArrayMetadata, "pipeline">, shape: readonly number[]): number[] {
  const strides = stridesOf(pipeline.axes.map((axis) => shape[axis]!));
  return shape.map((_, axis) => strides[pipeline.axes.indexOf(axis)]!);
}
