/** A user's function, applied to each block of an array, or to the corresponding blocks of several. */
import { takesOnly } from "../data/arguments.js";
import { normalizeAxes } from "../data/axes.js";
import { type Chunks, sameChunks } from "../data/chunks.js";
import { type DType, toDType } from "../data/dtype.js";
import { ArgumentError, AxisError, ChunksError, ShapeError } from "../data/errors.js";
import { at, isList } from "../data/lists.js";
import { checkOptions } from "../data/options.js";
import { isShape } from "../data/shape.js";
import { shown } from "../data/shown.js";
import type { DTypeOfData, TypedArrayOf } from "../data/typed.js";
import { type Expr, makeExpr } from "../expr/expr.js";
import type { Handle } from "../ops/handle.js";
import { rechunkExpr } from "../ops/rechunk.js";
import type { Made, TypedHandle, WithDType } from "../ops/typed-handle.js";
import { DROPPED, userOp } from "../ops/user.js";
import { type ModuleFunction, type Shippable, shipFunction } from "./capture.js";
import { type AnyArray, handlesOf } from "./compute.js";

/** A block as a function given to `mapBlocks` sees it. */
export interface FunctionBlock<D extends DType = DType> {
  readonly dtype: D;
  readonly shape: readonly number[];
  /** The elements in C order; complex numbers as interleaved pairs. */
  readonly data: TypedArrayOf<D>;
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

/** What a block function gives: the new block's elements in C order. */
export type FunctionResult =
  | ArrayLike<number | bigint | boolean>
  | { readonly data: ArrayLike<number | bigint> }
  | Promise<unknown>;

/**
 * A function of a block: gives the new block's elements in C order, as a typed array, an array of numbers, or `{ data
 * }`; may be asynchronous. It must not use variables from outside itself.
 */
export type BlockFunction<D extends DType = DType> = (block: FunctionBlock<D>, place: FunctionPlace) => FunctionResult;

/** A function of the corresponding blocks of several arrays, and of the place of the block that it makes. */
export type BlocksFunction<Dtypes extends readonly DType[]> = (
  ...args: [...{ [Position in keyof Dtypes]: FunctionBlock<Dtypes[Position]> }, FunctionPlace]
) => FunctionResult;

/** The options of `mapBlocks`. */
export interface MapBlocksOptions<D extends DType = DType> {
  /**
   * The dtype of the result. Default: that of the first array. For an integer dtype, numbers that the function gives
   * are converted as by `astype`: towards zero, NaN to 0, out of range to the nearest end of it; bigints and elements
   * of integer arrays wrap around.
   */
  readonly dtype?: D;
  /**
   * The sizes of the blocks that the function gives, if they differ from those of the arrays: for each axis of the
   * result one size, which all blocks have, or a list with the size of each block; a number alone is the size along
   * every axis.
   */
  readonly chunks?: number | readonly (number | readonly number[])[];
  /** The axes of the arrays that the result does not have; the function sees them whole. */
  readonly dropAxis?: number | readonly number[];
  /** The axes of the result that the arrays do not have; the function gives one element along each. */
  readonly newAxis?: number | readonly number[];
}

/** The common grid of arrays whose axes are aligned at the end: of each axis the sizes, where it has several blocks. */
function commonGrid(exprs: readonly Expr[]): Chunks {
  const ndim = Math.max(...exprs.map(({ meta }) => meta.shape.length));
  return Array.from({ length: ndim }, (_, axis) => {
    const all = exprs.flatMap(({ meta: { chunks } }, array) => {
      const own = axis - ndim + chunks.length;
      return own < 0 ? [] : [{ array, sizes: at(chunks, own) }];
    });
    const longest = all.reduce((most, one) => (one.sizes.length > most.sizes.length ? one : most));
    const other = all.find(({ sizes }) => sizes.length !== 1 && sizes.length !== longest.sizes.length);
    if (other !== undefined) {
      const [low, high] = [other, longest].sort((a, b) => a.array - b.array);
      throw new ChunksError(
        `mapBlocks: along axis ${axis - ndim} array ${low?.array} has ${low?.sizes.length} blocks and array ` +
          `${high?.array} has ${high?.sizes.length}; expected the same number or one; rechunk() them`,
      );
    }
    return longest.sizes;
  });
}

/** Arrays of one length along an axis get the same blocks there. */
function aligned(exprs: readonly Expr[]): readonly Expr[] {
  const finest = new Map<string, readonly number[]>();
  const keyOf = (fromEnd: number, length: number): string => `${fromEnd} ${length}`;
  for (const { meta } of exprs) {
    for (const [axis, sizes] of meta.chunks.entries()) {
      const key = keyOf(meta.shape.length - axis, at(meta.shape, axis));
      if ((finest.get(key)?.length ?? 0) < sizes.length) finest.set(key, sizes);
    }
  }
  return exprs.map((expr) => {
    const { shape, chunks } = expr.meta;
    const wanted = chunks.map((sizes, axis) => finest.get(keyOf(shape.length - axis, at(shape, axis))) ?? sizes);
    return sameChunks(wanted, chunks) ? expr : rechunkExpr(expr, wanted);
  });
}

/** Where each axis of the common grid goes, and which axes of the result are new. */
function axesOfResult(ndim: number, { dropAxis, newAxis }: MapBlocksOptions): { axes: number[]; added: number[] } {
  for (const [name, axis] of Object.entries({ dropAxis, newAxis }))
    if (axis === null) throw new AxisError(`mapBlocks: ${name} must be an axis or a list of axes; got null`);
  const dropped = dropAxis === undefined ? [] : normalizeAxes(dropAxis, ndim, "mapBlocks: dropAxis");
  const given = isList(newAxis) ? newAxis.length : newAxis === undefined ? 0 : 1;
  const added =
    newAxis === undefined ? [] : normalizeAxes(newAxis, ndim - dropped.length + given, "mapBlocks: newAxis");
  let next = 0;
  const axes = Array.from({ length: ndim }, (_, axis) => {
    if (dropped.includes(axis)) return DROPPED;
    while (added.includes(next)) next++;
    return next++;
  });
  return { axes, added };
}

/** The sizes of the blocks of the result; `own` are those that it has by the arrays. */
function resultChunks(like: MapBlocksOptions["chunks"], own: Chunks): Chunks {
  if (like === undefined) return own;
  if (typeof like !== "number" && !isList(like))
    throw new ArgumentError(`mapBlocks: chunks are the sizes of the result's blocks; got ${shown(like)}`);
  const entries = typeof like === "number" ? own.map(() => like) : like;
  if (entries.length !== own.length) {
    throw new ArgumentError(
      `mapBlocks: got chunks for ${entries.length} axes, and the result has ${own.length}; give one entry for each ` +
        "axis of the result, and say by dropAxis and newAxis which axes it does not share with the arrays",
    );
  }
  return entries.map((entry, axis) => {
    const count = at(own, axis).length;
    const sizes = typeof entry === "number" ? new Array<number>(count).fill(entry) : entry;
    if (!isList(sizes) || !isShape(sizes)) {
      throw new ChunksError(
        `mapBlocks: chunks of axis ${axis} are ${shown(entry)}; expected one size, or one for each block`,
      );
    }
    if (sizes.length !== count) {
      throw new ChunksError(
        `mapBlocks: chunks give ${sizes.length} sizes for axis ${axis}, and the result has ${count} blocks there, as ` +
          "the arrays do; give one size for each block, or one number for all",
      );
    }
    return sizes;
  });
}

/** Applies a user's function to the corresponding blocks of expressions. */
export function mapBlocksExpr(inputs: readonly Expr[], f: Shippable, options: MapBlocksOptions): Expr {
  checkOptions(options, ["dtype", "chunks", "dropAxis", "newAxis"], "mapBlocks");
  const [first] = inputs;
  if (first === undefined) throw new ArgumentError("mapBlocks: takes at least one array");
  const dtype = options.dtype === undefined ? first.meta.dtype : toDType(options.dtype, "mapBlocks");
  const source = shipFunction(f, "mapBlocks");
  const exprs = inputs.length > 1 ? aligned(inputs) : inputs;
  const grid = commonGrid(exprs);
  const { axes, added } = axesOfResult(grid.length, options);
  const ndim = axes.filter((axis) => axis !== DROPPED).length + added.length;
  const own = Array.from({ length: ndim }, (_, axis) => (added.includes(axis) ? [1] : at(grid, axes.indexOf(axis))));
  const chunks = resultChunks(options.chunks, own);
  const shape = chunks.map((sizes) => sizes.reduce((sum, size) => sum + size, 0));
  if (!shape.every(Number.isSafeInteger)) throw new ShapeError(`mapBlocks: the result has the shape ${shown(shape)}`);
  return makeExpr(userOp, exprs, { function: source, form: "blocks", dtype, shape, chunks, axes });
}

type DTypesOf<Arrays extends readonly AnyArray[]> = { [Position in keyof Arrays]: DTypeOfData<Arrays[Position]> };

/** An array of the class of the first one, or of the class that is made of arrays in memory. */
type OfFirst<First extends AnyArray, D extends DType> = First extends TypedHandle ? WithDType<First, D> : Made<D>;

/**
 * Applies a function to the corresponding blocks of several arrays, in workers. It gets a block of each array and the
 * place of the block that it makes; see the method `mapBlocks` for what it gives and may use.
 *
 * The axes of the arrays are aligned at the end, as in broadcasting. Along each axis the arrays have the same number of
 * blocks, or one, which belongs to all blocks of the others; arrays of the same length get the same chunks.
 *
 * Throws a ChunksError where the numbers of blocks differ, a CaptureError for a function that uses variables from
 * outside itself.
 * @example mapBlocks((first, second) => first.data.map((v, i) => v * (second.data[i] ?? 0)), [x, y])
 * @example mapBlocks((a, b, place) => [a.data.length, b.data.length, ...place.index], [x, y], { chunks: 2 })
 */
export const mapBlocks = takesOnly(
  "mapBlocks",
  ["f", "arrays", "options"],
  <const Arrays extends readonly [AnyArray, ...AnyArray[]], D extends DType = DTypeOfData<Arrays[0]>>(
    f: BlocksFunction<DTypesOf<Arrays>> | ModuleFunction,
    arrays: Arrays,
    options: MapBlocksOptions<D> = {},
  ): OfFirst<Arrays[0], D> => {
    const handles = handlesOf(arrays, "mapBlocks");
    const expr = mapBlocksExpr(
      handles.map((handle) => handle.expr),
      f,
      options,
    );
    const result: Handle = at(handles, 0).wrap(expr);
    return result as OfFirst<Arrays[0], D>; // the handle of the same class for an expression of that dtype
  },
);
