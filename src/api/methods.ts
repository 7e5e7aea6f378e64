/**
 * The types of methods: each operation of the table without its first argument. They say which dtype the result has
 * where that follows from the dtype of the array.
 */
import type { DType } from "../data/dtype.js";
import type { MixedResultOf, RealOf, ResultOf, ResultRule, ValueKeeping } from "../data/typed.js";
import type { CallForm, Defined } from "../ops/definition.js";
import type { DiagonalOptions, TraceOptions } from "../ops/diagonal.js";
import type * as documented from "../ops/documented.js";
import type { Operand } from "../ops/handle.js";
import type * as operations from "../ops/index.js";
import type { ArrayData, ArrayInput } from "../ops/literal.js";
import type { OwnDType, ReductionOptions } from "../ops/reduction.js";
import type { HandleFamily } from "../ops/typed-handle.js";

/** The operations whose first argument is not an array: these are functions only. */
export type FunctionsOnly = "concat" | "einsum" | "multiDot" | "stack";

/** The array of a dtype. */
type Of<F extends HandleFamily, D extends DType = DType> = (F & { readonly dtype: D })["handle"];

type Table = typeof operations;
type Documented = typeof documented;
type ReducedAxes = number | readonly number[] | null;
type SameOperand<F extends HandleFamily, D extends DType> =
  | Of<F, D>
  | (ArrayData & { readonly dtype: D })
  | ValueKeeping<D>;

// Methods of an object have parameters that TypeScript compares in both directions. So an array of float64 is also an
// array of an unknown dtype, although its `add` has a signature that only takes float64.
type BinaryMethod<F extends HandleFamily, D extends DType, R> = {
  call(y: SameOperand<F, D>): Of<F, ResultOf<D, R>>;
  call(y: Operand<Of<F>>): Of<F, MixedResultOf<R>>;
}["call"];

type ReductionMethod<F extends HandleFamily, D extends DType, R> = {
  call<E extends DType>(
    axis: ReducedAxes | undefined,
    options: ReductionOptions & { readonly dtype: E },
  ): Of<F, R extends "realFloating" ? RealOf<E> : E>;
  call(axis?: ReducedAxes, options?: OwnDType): Of<F, ResultOf<D, R>>;
  call(axis?: ReducedAxes, options?: ReductionOptions): Of<F>;
}["call"];

type AsTypeMethod<F extends HandleFamily, Rest extends readonly unknown[]> = Rest extends readonly [
  unknown,
  ...infer More,
]
  ? <E extends DType>(dtype: E, ...more: More) => Of<F, E>
  : never;

interface WhereMethod<F extends HandleFamily> {
  <E extends DType>(x: Of<F, E>, y: Of<F, E> | ValueKeeping<E>): Of<F, E>;
  <E extends DType>(x: ValueKeeping<E>, y: Of<F, E>): Of<F, E>;
  (x: Operand<Of<F>>, y: Operand<Of<F>>): Of<F>;
}

type ClipMethod<F extends HandleFamily, D extends DType> = {
  call(low?: SameOperand<F, D> | null, high?: SameOperand<F, D> | null): Of<F, D>;
  call(low?: Operand<Of<F>> | null, high?: Operand<Of<F>> | null): Of<F>;
}["call"];

type TraceMethod<F extends HandleFamily, D extends DType> = {
  call<E extends DType>(options: DiagonalOptions & { readonly dtype: E }): Of<F, E>;
  call(options?: DiagonalOptions & { readonly dtype?: undefined }): Of<F, ResultOf<D, "sum">>;
  call(options?: TraceOptions): Of<F>;
}["call"];

type ProductMethod<F extends HandleFamily, D extends DType, More extends readonly unknown[]> = {
  call(y: Of<F, D>, ...more: More): Of<F, D>;
  call(y: Of<F> | ArrayInput, ...more: More): Of<F>;
}["call"];

/** What follows the first argument. */
type RestOf<F> = F extends (first: infer _First, ...rest: infer Rest) => unknown ? Rest : never;
type MoreOf<Rest> = Rest extends readonly [unknown, ...infer More] ? More : [];

type MethodOf<F extends HandleFamily, D extends DType, R, Form, Rest extends readonly unknown[]> = Form extends "binary"
  ? BinaryMethod<F, D, R>
  : Form extends "reduction"
    ? ReductionMethod<F, D, R>
    : Form extends "astype"
      ? AsTypeMethod<F, Rest>
      : Form extends "where"
        ? WhereMethod<F>
        : Form extends "clip"
          ? ClipMethod<F, D>
          : Form extends "trace"
            ? TraceMethod<F, D>
            : Form extends "product"
              ? ProductMethod<F, D, MoreOf<Rest>>
              : (...rest: Rest) => Of<F, ResultOf<D, R>>;

/** An operation as a method of arrays of a dtype. */
type Method<F extends HandleFamily, Operation, D extends DType> =
  Operation extends Defined<infer R extends ResultRule, infer Form extends CallForm>
    ? MethodOf<F, D, R, Form, RestOf<Operation>>
    : (...rest: RestOf<Operation>) => Of<F>;

/** The names of the operations that are methods; `var` has its own comment below. */
type MethodName = Exclude<keyof Table, FunctionsOnly | "var">;

/** All operations as methods; the key keeps the doc comment of each. */
export type Methods<F extends HandleFamily, D extends DType = DType> = {
  readonly [Name in keyof Documented as Name extends MethodName ? Name : never]: Method<F, Documented[Name], D>;
} & {
  /**
   * The variance over axes: the mean squared distance from the mean, in one stable pass. `ddof: 1` gives the sample
   * variance.
   */
  readonly var: Method<F, Table["var"], D>;
};
