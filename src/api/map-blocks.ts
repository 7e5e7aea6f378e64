/** A user's function, applied to each block. */
import { type Chunks, type ChunksLike, gridOf, normalizeChunks, sameChunks } from "../data/chunks.js";
import { type DType, factsOf, type TypedArray, toDType } from "../data/dtype.js";
import { ArgumentError, ChunksError } from "../data/errors.js";
import { checkOptions } from "../data/options.js";
import { type Expr, makeExpr } from "../expr/expr.js";
import { userOp } from "../ops/user.js";
import { shipFunction } from "./capture.js";

/** A block as a function given to `mapBlocks` sees it. */
export interface FunctionBlock {
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** The elements in C order; complex numbers as interleaved pairs. */
  readonly data: TypedArray;
}

/** What a function of `mapBlocks` learns about the block that it makes. */
export interface FunctionPlace {
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** The index of the block, one number per axis. */
  readonly index: readonly number[];
  /** The index of its first element. */
  readonly start: readonly number[];
}

/**
 * A function of a block: gives the new block's elements in C order, as a typed array, an array of numbers, or `{ data
 * }`; may be asynchronous. It must not use variables from outside itself.
 */
export type BlockFunction = (
  block: FunctionBlock,
  place: FunctionPlace,
) => ArrayLike<number | bigint | boolean> | { readonly data: ArrayLike<number | bigint> } | Promise<unknown>;

/** The options of `mapBlocks`. */
export interface MapBlocksOptions {
  /**
   * The dtype of the result. Default: the array's own. For an integer dtype, numbers that the function gives are
   * converted as by `astype`: towards zero, NaN to 0, out of range to the nearest end of it; bigints and elements of
   * integer arrays wrap around.
   */
  readonly dtype?: DType;
  /** The chunks of the result, as many along each axis as the array has. Default: the array's own. */
  readonly chunks?: ChunksLike;
}

/** Applies a user's function to each block of an expression. */
export function mapBlocksExpr(
  expr: Expr,
  f: BlockFunction | { readonly module: string; readonly name: string },
  options: MapBlocksOptions,
): Expr {
  checkOptions(options, ["dtype", "chunks"], "mapBlocks");
  const { meta } = expr;
  const dtype = options.dtype === undefined ? meta.dtype : toDType(options.dtype, "mapBlocks");
  const source = shipFunction(f, "mapBlocks");
  const { shape, chunks } = resultGrid(meta.chunks, meta.shape, options.chunks, factsOf(dtype).bytes);
  return makeExpr(userOp, [expr], { function: source, form: "blocks", dtype, shape, chunks });
}

const isExplicit = (like: ChunksLike): like is Chunks =>
  Array.isArray(like) && like.every((entry) => Array.isArray(entry));

/** The grid of the result: explicit sizes may change the shape, everything else keeps it. */
function resultGrid(
  own: Chunks,
  shape: readonly number[],
  like: ChunksLike | undefined,
  bytes: number,
): { shape: readonly number[]; chunks: Chunks } {
  if (like === undefined) return { shape, chunks: own };
  const target = isExplicit(like) ? like.map((sizes) => sizes.reduce((a, b) => a + b, 0)) : shape;
  if (target.length !== shape.length)
    throw new ArgumentError(`mapBlocks: got chunks for ${target.length} axes; the array has ${shape.length}`);
  const chunks = normalizeChunks(like, target, bytes, "mapBlocks");
  const [grid, given] = [gridOf(own), gridOf(chunks)];
  if (grid.some((count, axis) => count !== given[axis])) {
    throw new ChunksError(
      `mapBlocks: the array has ${grid.join("×")} chunks and the result would have ${given.join("×")}; ` +
        "give as many, one for each",
    );
  }
  return { shape: target, chunks: sameChunks(own, chunks) ? own : chunks };
}
