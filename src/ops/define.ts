/**
 * The families: builders that turn one short definition into an operation, a function, a method, and an entry of the table
 * that the tests run over. Adding an operation is one `export const` with its doc comment in a file of this folder.
 *
 *     elementwise   a scalar expression            (elementwise.ts and the files that use it)
 *     reduction     a monoid                       (reduction.ts)
 *     movement      views only                     (movement.ts)
 *     routine       a named kernel                 (matmul.ts)
 *     source        stands somewhere               (sources.ts)
 *
 * A function takes any {@link Handle} and gives one of the same class, so this layer knows nothing of `ChunkedArray`.
 */
import type { DType, Element } from "../data/dtype.js";
import { ArgumentError, AxisError, DTypeError } from "../data/errors.js";
import type { Expr } from "../expr/expr.js";

/** Something that stands for an expression: what users hold. */
export interface Handle {
  readonly expr: Expr;
  /** A handle of the same class for another expression. */
  wrap(expr: Expr): this;
}

/** An array or a JavaScript value, which takes the array's dtype where it fits. */
export type Operand<A extends Handle> = A | Element;

/** One call of an operation with the NumPy expression that gives the same: `x`, `y`, `z` are its arrays. */
export interface Example {
  /** The shapes of the arrays. */
  readonly shapes: readonly (readonly number[])[];
  /** What comes before the first array in the call. */
  readonly before?: readonly unknown[];
  /** What follows the first array in the call; `{ array: i }` stands for the array of that number. */
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
  /** How far from NumPy's result it may be, in units in the last place; 0: bit for bit. */
  readonly ulps: number;
  /** Where test values lie. */
  readonly domain: readonly [number, number];
  readonly examples: readonly Example[];
  /** For a reduction that is not called `f(x, axis, options)`: a function that is, with the axis taken out of the options. */
  readonly reduce?: (x: never, axis: number | readonly number[] | null, options: never) => Handle;
  /**
   * The size of the terms that are added, if that is not what the operation gives for the sizes of all elements: of a
   * reduction called `f(x, axis, options)`, of others as they are.
   */
  readonly sizes?: (x: never, ...args: never[]) => Handle;
}

/** A function with its definition. */
export interface Defined {
  readonly definition: Definition;
}

/** True for what users hold. */
export function isHandle(value: unknown): value is Handle {
  return typeof value === "object" && value !== null && "expr" in value && "wrap" in value;
}

/** The first handle among arguments, whose class the result has. */
export function handleAmong<A extends Handle>(args: readonly unknown[], operation: string): A {
  for (const arg of args) if (isHandle(arg)) return arg as A;
  const given = args.map((arg) => (typeof arg === "object" ? JSON.stringify(arg) : String(arg))).join(", ");
  throw new ArgumentError(
    `${operation}: none of the arguments (${given}) is a chunked array; make one with fromArray()`,
  );
}

/** Checks one axis; negative ones count from the end. */
export function normalizeAxis(axis: unknown, ndim: number, operation: string): number {
  if (!Number.isInteger(axis) || (axis as number) < -ndim || (axis as number) >= ndim) {
    const range = ndim === 0 ? "an array of no axes takes none" : `right are −${ndim} to ${ndim - 1}`;
    if (typeof axis !== "number")
      throw new AxisError(`${operation}: an axis is a whole number, not ${JSON.stringify(axis)}`);
    throw new AxisError(`${operation}: axis ${axis} is out of range for an array of ${ndim} axes; ${range}`);
  }
  return (axis as number) < 0 ? (axis as number) + ndim : (axis as number);
}

/** Checks an axis or a list of axes; null and undefined mean all. Sorted. */
export function normalizeAxes(axis: unknown, ndim: number, operation: string): number[] {
  if (axis === null || axis === undefined) return Array.from({ length: ndim }, (_, i) => i);
  const axes = (Array.isArray(axis) ? axis : [axis]).map((one) => normalizeAxis(one, ndim, operation));
  const twice = axes.find((one, i) => axes.indexOf(one) !== i);
  if (twice !== undefined) throw new AxisError(`${operation}: axis ${twice} is named twice`);
  return axes.sort((a, b) => a - b);
}

/** The error for a dtype that an operation does not take. */
export function refuseDType(operation: string, dtype: DType, right: string): never {
  throw new DTypeError(`${operation}: not defined for ${dtype}; right are ${right}`);
}
