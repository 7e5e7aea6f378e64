/**
 * The types of methods: each operation of the table without its first argument. They say which dtype the result has
 * where that follows from the dtype of the array.
 */
import type { DType } from "../data/dtype.js";
import type { MixedResultOf, RealOf, ResultOf, ResultRule, ValueKeeping } from "../data/typed.js";
import type { CallForm, Defined } from "../ops/definition.js";
import type * as documented from "../ops/documented.js";
import type { Operand } from "../ops/handle.js";
import type * as operations from "../ops/index.js";
import type { ArrayData, ArrayInput } from "../ops/literal.js";
import type { OwnDType, ReductionOptions } from "../ops/reduction.js";
import type { ChunkedArray } from "./chunked-array.js";

/** The operations whose first argument is not an array: these are functions only. */
export type FunctionsOnly = "concat" | "einsum" | "multiDot" | "stack";

type Table = typeof operations;
type Documented = typeof documented;
type ReducedAxes = number | readonly number[] | null;
type SameOperand<D extends DType> = ChunkedArray<D> | (ArrayData & { readonly dtype: D }) | ValueKeeping<D>;

// Methods of an object have parameters that TypeScript compares in both directions. So an array of float64 is also an
// array of an unknown dtype, although its `add` has a signature that only takes float64.
type BinaryMethod<D extends DType, R> = {
  call(y: SameOperand<D>): ChunkedArray<ResultOf<D, R>>;
  call(y: Operand<ChunkedArray>): ChunkedArray<MixedResultOf<R>>;
}["call"];

type ReductionMethod<D extends DType, R> = {
  call<E extends DType>(
    axis: ReducedAxes | undefined,
    options: ReductionOptions & { readonly dtype: E },
  ): ChunkedArray<R extends "realFloating" ? RealOf<E> : E>;
  call(axis?: ReducedAxes, options?: OwnDType): ChunkedArray<ResultOf<D, R>>;
  call(axis?: ReducedAxes, options?: ReductionOptions): ChunkedArray;
}["call"];

type AsTypeMethod<Rest extends readonly unknown[]> = Rest extends readonly [unknown, ...infer More]
  ? <E extends DType>(dtype: E, ...more: More) => ChunkedArray<E>
  : never;

interface WhereMethod {
  <E extends DType>(x: ChunkedArray<E>, y: ChunkedArray<E> | ValueKeeping<E>): ChunkedArray<E>;
  <E extends DType>(x: ValueKeeping<E>, y: ChunkedArray<E>): ChunkedArray<E>;
  (x: Operand<ChunkedArray>, y: Operand<ChunkedArray>): ChunkedArray;
}

type ClipMethod<D extends DType> = {
  call(low: SameOperand<D> | null, high: SameOperand<D> | null): ChunkedArray<D>;
  call(low: Operand<ChunkedArray> | null, high: Operand<ChunkedArray> | null): ChunkedArray;
}["call"];

type ProductMethod<D extends DType, More extends readonly unknown[]> = {
  call(y: ChunkedArray<D>, ...more: More): ChunkedArray<D>;
  call(y: ChunkedArray | ArrayInput, ...more: More): ChunkedArray;
}["call"];

/** What follows the first argument. */
type RestOf<F> = F extends (first: infer _First, ...rest: infer Rest) => unknown ? Rest : never;
type MoreOf<Rest> = Rest extends readonly [unknown, ...infer More] ? More : [];

type MethodOf<D extends DType, R, Form, Rest extends readonly unknown[]> = Form extends "binary"
  ? BinaryMethod<D, R>
  : Form extends "reduction"
    ? ReductionMethod<D, R>
    : Form extends "astype"
      ? AsTypeMethod<Rest>
      : Form extends "where"
        ? WhereMethod
        : Form extends "clip"
          ? ClipMethod<D>
          : Form extends "product"
            ? ProductMethod<D, MoreOf<Rest>>
            : (...rest: Rest) => ChunkedArray<ResultOf<D, R>>;

/** An operation as a method of arrays of a dtype. */
type Method<F, D extends DType> =
  F extends Defined<infer R extends ResultRule, infer Form extends CallForm>
    ? MethodOf<D, R, Form, RestOf<F>>
    : (...rest: RestOf<F>) => ChunkedArray;

/** The names of the operations that are methods; `var` has its own comment below. */
type MethodName = Exclude<keyof Table, FunctionsOnly | "var">;

/** All operations as methods; the key keeps the doc comment of each. */
export type Methods<D extends DType = DType> = {
  readonly [Name in keyof Documented as Name extends MethodName ? Name : never]: Method<Documented[Name], D>;
} & {
  /**
   * The variance over axes: the mean squared distance from the mean, in one stable pass. `ddof: 1` gives the sample
   * variance.
   */
  readonly var: Method<Table["var"], D>;
};
