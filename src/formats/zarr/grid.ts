/**
 * How a Zarr array is cut into parts that can be read by themselves: chunks, or, if chunks are in files byte by byte,
 * stretches of them.
 *
 *     chunk of 4 rows, compressed       chunk of 4 rows, plain
 *     ┌──────────┐                      ┌──────────┐
 *     │          │ one part             │▒▒▒▒▒▒▒▒▒▒│ a part: rows next to each other
 *     │          │                      │░░░░░░░░░░│ another one
 *     └──────────┘                      └──────────┘
 *
 * Invariant: a part is a piece of one chunk, or whole chunks if an axis has more of them than can be listed.
 */
import { type Chunks, cut } from "../../data/chunks.js";
import { factsOf } from "../../data/dtype.js";
import { at } from "../../data/lists.js";
import { stridesOf } from "../../data/region.js";
import { type ArrayMetadata, isPlain } from "./metadata.js";

/** The bytes of a stretch of a plain chunk. Mostly loops read it tile by tile, and then it costs only its plan. */
const STRETCH_BYTES = 2 ** 22;

/** More pieces along one axis would take longer to list than to read. */
const MOST_PIECES = 2 ** 16;

/** The order of an array's elements once they are read: `"F"` if chunks hold them so. */
export function orderOf({ pipeline: { axes } }: Pick<ArrayMetadata, "pipeline">): "C" | "F" {
  const reversed = axes.every((axis, place) => axis === axes.length - 1 - place);
  return reversed && axes.length > 1 ? "F" : "C";
}

/** The parts of an array. */
export function gridOfParts(metadata: ArrayMetadata): Chunks {
  const { shape, chunk } = metadata;
  const pieces = isPlain(metadata) ? stretches(metadata) : chunk;
  return shape.map((length, axis) => cutAxis(length, at(chunk, axis), at(pieces, axis)));
}

/** The shape of a stretch of about 4 MiB: the fastest axes whole, the next one cut. */
function stretches({ dtype, chunk, shape, pipeline }: ArrayMetadata): number[] {
  const sizes = [...chunk];
  let elementsLeft = Math.max(1, Math.floor(STRETCH_BYTES / factsOf(dtype).bytes));
  for (const axis of pipeline.axes.toReversed()) {
    const length = Math.max(1, Math.min(at(chunk, axis), at(shape, axis)));
    const pieces = Math.ceil(length / elementsLeft);
    sizes[axis] = Math.ceil(length / pieces);
    elementsLeft = pieces > 1 ? 1 : Math.max(1, Math.floor(elementsLeft / length));
  }
  return sizes;
}

/** An axis cut at the borders of chunks, and inside of them into pieces. */
function cutAxis(length: number, chunk: number, piece: number): number[] {
  const chunks = Math.ceil(length / chunk);
  if (chunks > MOST_PIECES) return cut(length, chunk * Math.ceil(chunks / MOST_PIECES));
  const most = Math.max(1, Math.floor(MOST_PIECES / Math.max(1, chunks)));
  const size = Math.max(piece, Math.ceil(Math.min(chunk, length) / most));
  if (length === 0) return [0];
  const sizes: number[] = [];
  for (let start = 0; start < length; start += chunk) {
    for (const part of cut(Math.min(chunk, length - start), size)) sizes.push(part);
  }
  return sizes;
}

/** How far a step along each axis moves in a chunk, or in another box packed in the chunk's order; in elements. */
export function strideInChunk({ pipeline }: Pick<ArrayMetadata, "pipeline">, shape: readonly number[]): number[] {
  const strides = stridesOf(pipeline.axes.map((axis) => at(shape, axis)));
  return shape.map((_, axis) => at(strides, pipeline.axes.indexOf(axis)));
}
