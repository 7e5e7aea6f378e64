/**
 * The reduction family: a monoid folded over axes.
 *
 *     x ──fold──▶ states of stretches ──fold──▶ … ──fold──▶ result        one level for each factor of `FAN_IN` blocks
 *
 * The first level folds what each block of the input holds, later levels merge neighbouring states; the shape of the
 * tree depends on the chunks alone, so that any number of workers gives the same bits. While it is reduced, an axis of
 * the states has one entry per stretch; at the end it has length 1 and is dropped unless `keepdims`.
 */
import { normalizeAxes } from "../data/axes.js";
import { cut, startsOf } from "../data/chunks.js";
import { type DType, isComplex, toDType, toFloating } from "../data/dtype.js";
import { ArgumentError, DTypeError, ShapeError } from "../data/errors.js";
import { at, type NonEmpty, zip } from "../data/lists.js";
import { checkOptions } from "../data/options.js";
import { shown } from "../data/shown.js";
import type { DTypeOfData, RealOf, ResultOf, ResultRule } from "../data/typed.js";
import { type Expr, makeExpr } from "../expr/expr.js";
import type { Meta } from "../expr/meta.js";
import type { Monoid, Op } from "../expr/op.js";
import { inputFields } from "../program/scalar.js";
import type { Defined, Definition } from "./definition.js";
import type { Handle } from "./handle.js";
import { indicesAlong } from "./indices.js";
import type { ArrayInput } from "./literal.js";
import { squeezeAxes } from "./movement.js";
import { defined } from "./parameters.js";
import type { Given, Made, TypedHandle, WithDType } from "./typed-handle.js";

/** The number of states that are merged at a time, over all reduced axes. */
const FAN_IN = 16;

/** The options of a reduction. */
export interface ReductionOptions {
  /** Keep the reduced axes with length 1. Default: false. */
  readonly keepdims?: boolean;
  /** The dtype of the result, in which it is also computed; complex where the array is. For means floating. */
  readonly dtype?: DType;
  /** For var, std, nanvar and nanstd: the divisor is the number of elements minus this. Default: 0. */
  readonly ddof?: number;
}

/** Options that leave the dtype to the reduction. */
export type OwnDType = Omit<ReductionOptions, "dtype">;

/** What defines a reduction; `O` are its options besides `keepdims`. */
export interface ReductionRule<O = ReductionOptions> {
  readonly name: string;
  /** The monoid for elements of a dtype; throws for dtypes it does not take. */
  monoid(dtype: DType, options: O): Monoid;
  /**
   * True when the monoid's second argument is the element's index along the reduced axis (or in C order over all axes).
   */
  readonly indexed?: boolean;
  /** False if an empty axis cannot be reduced, as with min. Default: true. */
  readonly ofNothing?: boolean | ((options: O) => boolean);
  /** True if the result is always a floating number, so that `dtype` must be, too. */
  readonly floating?: boolean;
  /** The names of the options besides `keepdims`. */
  readonly options?: readonly (keyof O & string)[];
}

interface FoldParams<O> {
  readonly dtype: DType;
  readonly options: O;
  readonly axes: readonly number[];
  readonly bounds: readonly (readonly number[])[];
  readonly merging: boolean;
  readonly finish: number | null;
}

/** The operation of one level of the tree. */
function levelOp<O>(rule: ReductionRule<O>): Op<FoldParams<O>, NonEmpty<Meta>> {
  return {
    name: `${rule.name}.fold`,
    partOf: rule.name,
    shown: ({ finish }) => ({ params: "", ...(finish === null ? { name: `partial ${rule.name}` } : {}) }),
    infer([meta], { dtype, options, axes, bounds, finish }) {
      const monoid = rule.monoid(dtype, options);
      const blocks = new Map(zip(axes, bounds).map(([axis, starts]) => [axis, starts.length - 1]));
      const shape = meta.shape.map((length, axis) => blocks.get(axis) ?? length);
      const chunks = meta.chunks.map((sizes, axis) => {
        const count = blocks.get(axis);
        return count === undefined ? sizes : new Array<number>(count).fill(1);
      });
      if (finish === null) return { dtype: monoid.state[0], shape, chunks, fields: monoid.state };
      return { dtype: resultType(monoid, finish), shape, chunks };
    },
    work: {
      kind: "fold",
      plan: (_metas, { dtype, options, axes, bounds, merging, finish }) => ({
        monoid: rule.monoid(dtype, options),
        axes,
        bounds,
        merging,
        finish,
      }),
    },
  };
}

function resultType(monoid: Monoid, count: number): DType {
  return monoid.finish(inputFields(0, monoid.state), count).dtype;
}

/**
 * Where the stretches of the next level begin on each axis. Neighbours join so that about `FAN_IN` blocks are merged.
 */
function mergeBounds(shape: readonly number[], axes: readonly number[]): (readonly number[])[] {
  const growing = axes.filter((axis) => at(shape, axis) > 1).length;
  const fan = Math.max(2, Math.floor(FAN_IN ** (1 / Math.max(1, growing))));
  return axes.map((axis) => startsOf(cut(at(shape, axis), fan)));
}

function tree<O>(
  level: Op<FoldParams<O>, NonEmpty<Meta>>,
  inputs: NonEmpty<Expr>,
  axes: readonly number[],
  options: O,
  origin: Expr,
): Expr {
  const [{ meta }] = inputs;
  const { dtype } = meta;
  const count = axes.reduce((product, axis) => product * at(meta.shape, axis), 1);
  let bounds = axes.map((axis) => startsOf(at(meta.chunks, axis)));
  let nodes = inputs;
  for (let merging = false; ; merging = true) {
    const last = bounds.every((starts) => starts.length === 2);
    const node = makeExpr(level, nodes, { dtype, options, axes, bounds, merging, finish: last ? count : null }, origin);
    if (last) return node;
    nodes = [node];
    bounds = mergeBounds(node.meta.shape, axes);
  }
}

interface Params<O> {
  readonly axes: readonly number[];
  readonly keepdims: boolean;
  readonly options: O;
}

function reductionOp<O>(rule: ReductionRule<O>): Op<Params<O>, readonly [Meta]> {
  const level = levelOp(rule);
  return {
    name: rule.name,
    infer([meta], { axes, keepdims, options }): Meta {
      const { shape, chunks } = meta;
      const dtype = resultType(rule.monoid(meta.dtype, options), 1);
      const { ofNothing = true } = rule;
      if (
        !(typeof ofNothing === "function" ? ofNothing(options) : ofNothing) &&
        axes.some((axis) => shape[axis] === 0)
      ) {
        throw new ShapeError(`${rule.name}: cannot reduce an axis of length 0 (shape [${shape.join(", ")}])`);
      }
      const reduced = (axis: number): boolean => axes.includes(axis);
      if (keepdims) {
        return {
          dtype,
          shape: shape.map((length, axis) => (reduced(axis) ? 1 : length)),
          chunks: chunks.map((sizes, axis) => (reduced(axis) ? [1] : sizes)),
        };
      }
      return {
        dtype,
        shape: shape.filter((_, axis) => !reduced(axis)),
        chunks: chunks.filter((_, axis) => !reduced(axis)),
      };
    },
    work: {
      kind: "composite",
      expand([x], { axes, keepdims, options }, meta, origin) {
        const nodes: NonEmpty<Expr> = rule.indexed ? [x, indicesAlong(x.meta, axes, origin)] : [x];
        const result = tree(level, nodes, axes, options, origin);
        return keepdims || axes.length === 0 || meta.shape.length === result.meta.shape.length
          ? result
          : squeezeAxes(result, axes);
      },
    },
  };
}

/** One axis, several, or (null or nothing) all. */
export type Axes = number | readonly number[] | null | undefined;

/** A function that reduces an array over one axis, several, or (with null or nothing) all. */
export interface Reduction<R extends ResultRule = "same"> extends Defined<R, "reduction"> {
  <A extends TypedHandle, E extends DType>(
    x: A,
    axis: number | readonly number[] | null | undefined,
    options: ReductionOptions & { readonly dtype: E },
  ): WithDType<A, R extends "realFloating" ? RealOf<E> : E>;
  <A extends TypedHandle>(x: A, axis?: number | readonly number[] | null, options?: OwnDType): Given<A, R>;
  <A extends TypedHandle>(
    x: A,
    axis?: number | readonly number[] | null,
    options?: ReductionOptions,
  ): WithDType<A, DType>;
  <const T extends ArrayInput>(
    x: T,
    axis?: number | readonly number[] | null,
    options?: OwnDType,
  ): Made<ResultOf<DTypeOfData<T>, R>>;
  <A extends Handle>(x: A | ArrayInput, axis?: number | readonly number[] | null, options?: ReductionOptions): A;
}

/** The call of a reduction, however the user writes it; `options` are those that the monoid depends on. */
export function reducer<O>(
  rule: ReductionRule<O>,
): <A extends Handle>(x: A, axis: Axes, options: O, keepdims: boolean | undefined) => A {
  const op = reductionOp(rule);
  return (x, axis, options, keepdims = false) => {
    const axes = normalizeAxes(axis, x.expr.meta.shape.length, rule.name);
    if (typeof keepdims !== "boolean") {
      throw new ArgumentError(`${rule.name}: keepdims must be true or false; got ${shown(keepdims)}`);
    }
    return x.wrap(makeExpr(op, [x.expr], { axes, keepdims, options }));
  };
}

/** What most definitions of reductions have in common. */
export const usual = { family: "reduction", arity: 1, domain: [-5, 5], examples: [] } as const;

/** Defines a reduction by its monoid. */
export function reduction<R extends ResultRule>(
  rule: ReductionRule,
  definition: Pick<Definition, "accepts" | "numpy" | "ulps"> & Partial<Definition>,
): Reduction<R> {
  const call = reducer(rule);
  const known = ["keepdims", ...(rule.options ?? [])];
  const reduce = <A extends Handle>(x: A, axis?: Axes, options: ReductionOptions = {}): A => {
    checkOptions(options, known, rule.name);
    const { keepdims, ...own } = options;
    if (options?.dtype !== undefined && rule.options?.includes("dtype")) {
      const to = toDType(options.dtype, rule.name);
      if (rule.floating && toFloating(to) !== to)
        throw new DTypeError(
          `${rule.name}: is computed in floating point, not in ${to}; ` +
            "expected float32, float64, complex64 or complex128",
        );
      refuseLoss(x.expr.meta.dtype, to, rule.name);
    }
    return call(x, axis, own, keepdims);
  };
  return defined({ x: "array", axis: "value", options: "value" }, reduce, { ...usual, name: rule.name, ...definition });
}

/** Refuses to compute in a dtype that has no imaginary parts: the result of a variance would be wrong. */
function refuseLoss(from: DType, to: DType, name: string): void {
  if (!isComplex(from) || isComplex(to)) return;
  throw new DTypeError(`${name}: dtype ${to} has no imaginary parts, and the array is ${from}; take its real() first`);
}
