/**
 * The questions that an operation answers about itself. The rest of the library asks these and never looks at its name.
 *
 *   infer   what comes out                                    (when the user writes the expression)
 *   work    how a block of it is made, as one of six kinds:
 *
 *     source     elements that exist already: in a file, in memory, counted, constant
 *     map        each element from elements of the inputs, read through affine views; stored only on request
 *     fold       states of stretches of the input, folded by a monoid
 *     assemble   the same elements under another shape: boxes of the input put into place
 *     routine    a named kernel or a user's function on whole blocks
 *     composite  an expression of other operations
 */
import type { Chunks } from "../data/chunks.js";
import type { DType, Element } from "../data/dtype.js";
import type { EncodedArray } from "../data/encoded.js";
import type { StridedFile } from "../data/layout.js";
import type { NonEmpty } from "../data/lists.js";
import type { BlockMemory } from "../data/memory.js";
import type { Box, View } from "../data/region.js";
import type { RoutineSpec } from "../program/routines/spec.js";
import type { Fields, Scalar } from "../program/scalar.js";
import type { CallTrace } from "./call-trace.js";
import type { Meta } from "./meta.js";

/** What an operation knows about its inputs: a tuple where their number is fixed, such as `[Meta, Meta]`. */
export type Inputs = readonly Meta[];

/** A `T` for each entry of a tuple: `Each<[Meta, Meta], Expr>` is `readonly [Expr, Expr]`. */
export type Each<Tuple extends readonly unknown[], T> = { readonly [Index in keyof Tuple]: T };

/** A node of an expression: an operation, its inputs, its parameters, and what is known of the result. */
export interface Expr {
  readonly op: Op;
  readonly inputs: readonly Expr[];
  /** What is known of the inputs: one list for as long as the node lives. */
  readonly metas: readonly Meta[];
  readonly params: unknown;
  readonly meta: Meta;
  /** A name made from the content: operation, parameters and inputs. */
  readonly key: string;
  /** The stack of the user's call that made the node. */
  readonly trace: CallTrace;
  /** The same node over other inputs; itself when they are the same. */
  over(inputs: readonly Expr[]): Expr;
}

/** Blocks kept in shared memory, each C-contiguous. */
export interface ResidentArray {
  /** A name that no other resident array has. */
  readonly id: string;
  readonly grid: Chunks;
  readonly memories: readonly BlockMemory[];
  /** The memory in which each block of the grid lies, and its first byte there. */
  readonly blocks: readonly { readonly buffer: number; readonly offset: number }[];
}

/** Where the elements of a source are. */
export type Source =
  | { readonly kind: "file"; readonly file: StridedFile }
  /** In a file or a folder whose parts must be decoded. */
  | { readonly kind: "encoded"; readonly array: EncodedArray }
  | { readonly kind: "memory"; readonly array: ResidentArray }
  /** Element i, counted in C order, is the number i. */
  | { readonly kind: "counted" }
  | { readonly kind: "constant"; readonly value: Element };

/**
 * Part of a map: where each input is touched in this box of points. A movement of several inputs touches one of them,
 * and has too many parts to list the others in each.
 */
export type Part<I extends Inputs = Inputs> =
  | { readonly box: Box; readonly views: Each<I, View> }
  | { readonly box: Box; readonly input: number; readonly view: View };

/** One number for each element of the result, from a pass over a tile. */
export interface Sweep {
  readonly dtype: DType;
  readonly zero: Element;
  /**
   * What an element contributes, given the results of earlier passes over the same tile and the number of its elements.
   */
  lift(element: Scalar, resultOf: ResultOf, count: Scalar): Scalar;
  /** Absent where the contribution of the tile's first element is all that is wanted: a pass of its own. */
  merge?(a: Scalar, b: Scalar): Scalar;
}

/** The result of a sweep that is over. */
export type ResultOf = (sweep: Sweep) => Scalar;

/** A way to the state of a tile. */
export interface TileWay<S extends NonEmpty<DType> = NonEmpty<DType>> {
  /** The passes over the tile, and what each yields. */
  readonly passes: readonly (readonly Sweep[])[];
  /** The state from the results of the sweeps. */
  state(resultOf: ResultOf, count: Scalar): Each<S, Scalar>;
}

/**
 * A reduction as a monoid: `zero` is neutral, `merge` is associative and commutative (up to rounding). A state has one
 * number per field; the type parameter says how many.
 */
export interface Monoid<S extends NonEmpty<DType> = NonEmpty<DType>> {
  readonly state: S;
  readonly zero: Each<S, Element>;
  /** The state of a single element. `index` is its position where the reduction asks for that, and 0 elsewhere. */
  lift(element: Scalar, index: Scalar): Each<S, Scalar>;
  merge(a: Each<S, Scalar>, b: Each<S, Scalar>): Each<S, Scalar>;
  /** The dtype to which a sum in the first field is rounded in the end: see `LoopResult`. */
  readonly roundedTo?: "float32";
  /** The result, given how many elements were folded. */
  finish(state: Each<S, Scalar>, count: number): Scalar;
  /**
   * A better way to the state of many elements at once. `careful` is a slower one, for tiles of which the results of
   * the sweeps are in `doubt`.
   */
  readonly block?: TileWay<S> & {
    readonly careful?: TileWay<S> & { doubt(resultOf: ResultOf, count: Scalar): Scalar };
  };
}

/** What a fold does with its input. */
export interface FoldPlan {
  readonly monoid: Monoid;
  readonly axes: readonly number[];
  /** For each of `axes`, where the stretches begin, and the axis's length: block j folds [bounds[j], bounds[j+1]). */
  readonly bounds: readonly (readonly number[])[];
  /** True when the inputs are states already, to be merged. */
  readonly merging: boolean;
  /** The number of elements that the finished states cover, when this fold finishes them; null when it gives states. */
  readonly finish: number | null;
}

/** A box of the input that has its place in a block of the output: strides in elements, one per axis of the input. */
export interface Placed {
  readonly box: Box;
  readonly first: number;
  readonly strides: readonly number[];
}

/** An operation that makes only a box of its result: its parameters, and the box of the input that it reads. */
export interface Narrowed<P> {
  readonly params: P;
  readonly reads: Box;
}

/** A block of the output, by its index and by the elements it covers. */
export interface BlockPlace {
  readonly block: readonly number[];
  readonly box: Box;
}

/** The cost of a routine: floating-point operations, and the number of calls that they come in. */
export interface RoutineCost {
  readonly flops: number;
  readonly calls: number;
}

/** How a block is made; see the head of this file. */
export type Work<P, I extends Inputs = Inputs> =
  | {
      readonly kind: "source";
      source(params: P): Source;
      /** Of a source in memory: the same over another array, whose blocks have the same sizes. */
      over?(params: P, array: ResidentArray): P;
    }
  | {
      readonly kind: "map";
      /**
       * Which inputs are touched where, for a view of the output over a box of points; one part where the box is empty.
       */
      reads(inputs: I, params: P, view: View, box: Box, output: Meta): readonly Part<I>[];
      /**
       * The fields of the output element from the fields of the inputs' elements, all of which every part touches.
       * Absent for a movement: a part touches one input, and the element is taken as it is.
       */
      value?(args: Each<I, Fields>, inputs: I, params: P, output: Meta): Fields;
    }
  | { readonly kind: "fold"; plan(inputs: I, params: P): FoldPlan }
  | {
      readonly kind: "assemble";
      place(input: Meta, params: P, place: BlockPlace): readonly Placed[];
      /** How to make no more than a box of the result; null where that takes longer than the blocks that it touches. */
      narrow?(input: Meta, params: P, output: Meta, box: Box): Narrowed<P> | null;
    }
  | {
      readonly kind: "routine";
      routine(params: P): RoutineSpec;
      /** For each step, the box of each input that the block needs. */
      steps(inputs: I, params: P, place: BlockPlace, output: Meta): readonly Each<I, Box>[];
      /**
       * The rows of the block that belong to each output of the kernel, where it has several. They lie below each
       * other.
       */
      rows?(inputs: I, params: P, place: BlockPlace, output: Meta): readonly number[];
      /** True where blocks of one shape have steps of the same shapes, wherever they lie. */
      readonly uniform?: boolean;
      /** The cost of all blocks, where it is considerable. */
      cost?(inputs: I, params: P, output: Meta): RoutineCost;
      /** The bytes that the kernel needs besides its blocks, where they are many. */
      scratch?(inputs: I, params: P): number;
    }
  /** `origin` is the node itself: what it becomes keeps its place in the user's program. */
  | { readonly kind: "composite"; expand(inputs: Each<I, Expr>, params: P, output: Meta, origin: Expr): Expr };

/** The words for a node in a plan. */
export interface Shown {
  readonly name?: string;
  /** Its parameters; empty where they say nothing to users. */
  readonly params?: string;
}

/**
 * An operation with parameters `P` over inputs `I`. An operation of two arrays is an `Op<P, readonly [Meta, Meta]>` and
 * can take its inputs apart without asking whether they are there; `makeExpr` sees to it that they are. One of any
 * number of arrays is an `Op<P>`, which is also what the rest of the library handles.
 */
export interface Op<P = unknown, I extends Inputs = Inputs> {
  /** The name that users see; of a {@link partOf part}, a name that no other operation has. */
  readonly name: string;
  /** The operation that the user wrote, where this is a part of it: errors name that one. */
  readonly partOf?: string;
  /** How plans show it, where that is not its name and its parameters as plain data. */
  shown?(params: P): Shown;
  /**
   * The dtype, shape and chunks of the result; throws a typed error that names the operation when the inputs do not
   * fit.
   */
  infer(inputs: I, params: P): Meta;
  readonly work: Work<P, I>;
}
