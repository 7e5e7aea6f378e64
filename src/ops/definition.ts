/**
 * The families: builders that turn one short definition into an operation, a function, a method, and an entry of the
 * table that the tests run over. Adding an operation is one `export const` with its doc comment in a file of this
 * folder.
 *
 *     elementwise   a scalar expression            (elementwise.ts and the files that use it)
 *     reduction     a monoid                       (reduction.ts)
 *     movement      views only                     (movement.ts)
 *     routine       a named kernel                 (products/contraction.ts)
 *     source        stored or counted elements     (sources.ts)
 *
 * This file has what the tests know about each.
 */
import type { DType } from "../data/dtype.js";
import type { ResultRule } from "../data/typed.js";
import type { Handle } from "./handle.js";

/** One call of an operation with the NumPy expression that gives the same: `x`, `y`, `z` are its arrays. */
export interface Example {
  /** The shapes of the arrays. */
  readonly shapes: readonly (readonly number[])[];
  /** The arguments before the first array. */
  readonly before?: readonly unknown[];
  /** The arguments after the first array; `{ array: i }` means the array with that number. */
  readonly args: readonly unknown[];
  readonly numpy: string;
  /** Default: float64. */
  readonly dtype?: DType;
  /** True where the first argument is the list of all arrays. */
  readonly list?: boolean;
}

/** What the tests know about an operation. */
export interface Definition {
  readonly family: "elementwise" | "reduction" | "movement" | "routine";
  readonly name: string;
  /** The number of array arguments. */
  readonly arity: number;
  /** True for the dtypes that it takes. */
  accepts(dtype: DType): boolean;
  /** The NumPy expression over `x`, `y`, `z` (and `axis` for reductions). */
  readonly numpy: string;
  /** The permitted distance from NumPy's result, in units in the last place; 0 means bit for bit. */
  readonly ulps: number;
  /** The range of the test values. */
  readonly domain: readonly [number, number];
  readonly examples: readonly Example[];
  /**
   * For a reduction that is not called `f(x, axis, options)`: a function that is, with the axis taken out of the
   * options.
   */
  readonly reduce?: (x: never, axis: number | readonly number[] | null, options: never) => Handle;
  /**
   * The size of the terms that are added, if that is not what the operation gives for the sizes of all elements: of a
   * reduction called `f(x, axis, options)`, of others as they are.
   */
  readonly sizes?: (x: never, ...args: never[]) => Handle;
}

/** How a function is called, as far as types must know. */
export type CallForm = "plain" | "binary" | "reduction" | "astype" | "where" | "clip" | "trace" | "product";

/** A function with its definition. */
export interface Defined<R extends ResultRule = ResultRule, Form extends CallForm = CallForm> {
  readonly definition: Definition;
  /** In types only: how it is called, where the result depends on more than the first array. */
  readonly form?: Form;
  /** In types only: how the dtype of the result follows from that of the first array. */
  readonly results?: R;
}
