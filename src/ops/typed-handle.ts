/**
 * Handles whose type says the dtype of their elements, and the types of results. Functions have a signature for them
 * above the one for any {@link Handle}, which the library's own code uses and which knows nothing of dtypes.
 */
import type { DType } from "../data/dtype.js";
import type { ComplexOf, FloatingOf, RealOf, ResultOf, ResultRule, ValueKeeping } from "../data/typed.js";
import type { Handle, Operand } from "./handle.js";
import type { ArrayData } from "./literal.js";

/** The handles of one class, one for each dtype: `handle` is the one for `this["dtype"]`. */
export interface HandleFamily {
  readonly dtype: DType;
  readonly handle: Handle;
}

/** The class of handles that are made of data alone; the layer that has the class says so here. */
// biome-ignore lint/suspicious/noEmptyInterface: it is merged with that declaration
export interface MadeHandles {}

/** A handle that a function makes of data in memory, by the dtype that it gives. */
export type Made<D extends DType = DType> = MadeHandles extends { readonly family: infer F extends HandleFamily }
  ? (F & { readonly dtype: D })["handle"]
  : Handle;

/** A handle that a function makes of data in memory, of a dtype that its type does not say. */
export type MadeArray = Made;

/** A handle whose type says the dtype of its elements. */
export interface TypedHandle<D extends DType = DType> extends Handle {
  readonly dtype: D;
  /** In types only: the handles of this class. */
  readonly family?: HandleFamily | undefined;
}

/** The handle of the same class for another dtype. */
export type WithDType<A extends TypedHandle, D extends DType> =
  NonNullable<A["family"]> extends infer F extends HandleFamily ? (F & { readonly dtype: D })["handle"] : A;

/** What a function of one array gives by a rule. */
export type Given<A extends TypedHandle, Rule extends ResultRule> = WithDType<A, ResultOf<A["dtype"], Rule>>;

/** A handle of the floating dtype in which the array is computed, of its real part, and of its complex numbers. */
export type Floated<A extends TypedHandle> = WithDType<A, FloatingOf<A["dtype"]>>;
export type RealFloated<A extends TypedHandle> = WithDType<A, RealOf<FloatingOf<A["dtype"]>>>;
export type FloatedOrReal<A extends TypedHandle> = WithDType<
  A,
  FloatingOf<A["dtype"]> | RealOf<FloatingOf<A["dtype"]>>
>;
export type Complexed<A extends TypedHandle> = WithDType<A, ComplexOf<A["dtype"]>>;

type IsUnion<D, Each = D> = D extends unknown ? ([Each] extends [D] ? false : true) : never;

/** The common dtype of arrays, where all have one. */
export type CommonOf<D extends DType> = true extends IsUnion<D> ? DType : D;

/** What keeps the dtype of an array: an array of that dtype, or a value that it takes. */
export type SameOperand<A extends TypedHandle> =
  | TypedHandle<A["dtype"]>
  | (ArrayData & { readonly dtype: A["dtype"] })
  | ValueKeeping<A["dtype"]>;

/** Any operand beside a typed handle. */
export type AnyOperand = Operand<TypedHandle>;
