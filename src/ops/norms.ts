/**
 * Vector norms: sums of powers of absolute values, and the largest and smallest absolute value, over axes.
 *
 *     ord  2 (default)   0            1      Infinity   −Infinity   any other p
 *          √Σ|x|²        how many ≠ 0  Σ|x|   max |x|    min |x|     (Σ|x|^p)^(1/p)
 *
 * Squares of float64 overflow from 1e154 on. So that the norm itself does not, elements beyond 2^450 are scaled by
 * 2^-600 before they are squared, into a sum of their own, in the same pass. Both sums have room for 2^100 elements.
 */
import { type DType, factsOf, toFloating } from "../data/dtype.js";
import { ArgumentError } from "../data/errors.js";
import { checkOptions } from "../data/options.js";
import { shown } from "../data/shown.js";
import type { Monoid } from "../expr/op.js";
import * as s from "../program/scalar.js";
import type { Defined } from "./definition.js";
import { accepts, allKinds } from "./dtypes.js";
import type { Handle } from "./handle.js";
import type { ArrayInput } from "./literal.js";
import { fold, wide } from "./monoids.js";
import { defined } from "./parameters.js";
import { type Axes, reducer, usual } from "./reduction.js";
import type { Given, MadeArray, TypedHandle } from "./typed-handle.js";

/** The options of {@link vectorNorm}. */
export interface VectorNormOptions {
  /** One axis, several, or (the default) all: the norm of all elements. */
  readonly axis?: Axes;
  /** The order: any number, Infinity or -Infinity. Default: 2. */
  readonly ord?: number;
  /** Keep the reduced axes with length 1. Default: false. */
  readonly keepdims?: boolean;
}

const HUGE = 2 ** 450;
const SCALE = 2 ** 600;
const number = (value: number): s.Scalar => s.constant(value, "float64");

const squares = (x: s.Scalar, scale = 1): s.Scalar =>
  s
    .realParts(x)
    .map((part) => s.mul(part, number(scale)))
    .map((part) => s.mul(part, part))
    .reduce(s.add);

/** Two sums of squares: of ordinary elements, and of huge ones, scaled; see the head of this file. */
function safeMonoid(wider: DType): Monoid<readonly [usual: DType, huge: DType]> {
  return {
    state: ["float64", "float64"],
    zero: [0, 0],
    lift(element) {
      const x = s.cast(element, wider);
      const huge = s
        .realParts(x)
        .map((part) => s.compare("gt", s.unary("abs", part), number(HUGE)))
        .reduce(s.or);
      return [s.select(huge, number(0), squares(x)), s.select(huge, squares(x, 1 / SCALE), number(0))];
    },
    merge: ([a, b], [c, d]) => [s.add(a, c), s.add(b, d)],
    finish([usualSum, hugeSum]) {
      // twice, since 2^-1200 is not a float64
      const scaled = s.mul(s.mul(usualSum, number(1 / SCALE)), number(1 / SCALE));
      const safe = s.mul(s.unary("sqrt", s.add(hugeSum, scaled)), number(SCALE));
      return s.select(s.compare("ne", hugeSum, number(0)), safe, s.unary("sqrt", usualSum));
    },
  };
}

/** The norm in float64; rounded to the dtype of the result by {@link normMonoid}. */
function wideMonoid(dtype: DType, ord: number): Monoid {
  const wider = wide(toFloating(dtype));
  const size = (x: s.Scalar): s.Scalar => s.unary("abs", s.cast(x, wider));
  const sum = (lift: (x: s.Scalar) => s.Scalar, last = (total: s.Scalar): s.Scalar => total): Monoid =>
    fold("float64", 0, lift, s.add, last);
  if (ord === 2) {
    const mayOverflow = dtype === "float64" || dtype === "complex128";
    return mayOverflow
      ? safeMonoid(wider)
      : sum(
          (x) => squares(s.cast(x, wider)),
          (total) => s.unary("sqrt", total),
        );
  }
  if (ord === 0) return sum((x) => s.cast(s.cast(x, "bool"), "float64"));
  if (ord === 1) return sum(size);
  if (Math.abs(ord) === Number.POSITIVE_INFINITY) {
    const [op, worst] = ord > 0 ? (["max", 0] as const) : (["min", Number.POSITIVE_INFINITY] as const);
    return fold(
      "float64",
      worst,
      size,
      (a, b) => s.binary(op, a, b),
      (best) => best,
    );
  }
  return sum(
    (x) => s.binary("pow", size(x), number(ord)),
    (total) => s.binary("pow", total, number(1 / ord)),
  );
}

function normMonoid(dtype: DType, ord: number): Monoid {
  const monoid = wideMonoid(dtype, ord);
  const result = factsOf(toFloating(dtype)).part;
  return { ...monoid, finish: (state, count) => s.cast(monoid.finish(state, count), result) };
}

const reduce = reducer<{ readonly ord?: number }>({
  name: "vectorNorm",
  ofNothing: ({ ord }) => ord !== Number.NEGATIVE_INFINITY,
  monoid: (dtype, { ord = 2 }) => normMonoid(dtype, ord),
});

/** The type of {@link vectorNorm}. */
export interface VectorNorm extends Defined<"realFloating", "plain"> {
  <A extends TypedHandle>(x: A, options?: VectorNormOptions): Given<A, "realFloating">;
  (x: ArrayInput, options?: VectorNormOptions): MadeArray;
  <A extends Handle>(x: A | ArrayInput, options?: VectorNormOptions): A;
}

function norm<A extends Handle>(x: A, options: VectorNormOptions = {}): A {
  checkOptions(options, ["axis", "ord", "keepdims"], "vectorNorm");
  const { axis, keepdims, ...rest } = options;
  if (rest.ord !== undefined && (typeof rest.ord !== "number" || Number.isNaN(rest.ord))) {
    throw new ArgumentError(`vectorNorm: ord must be a number, Infinity or -Infinity; got ${shown(rest.ord)}`);
  }
  return reduce(x, axis, rest, keepdims);
}

/**
 * The norm of vectors along axes: of order 2 (the default) the square root of the sum of squares, of 1 the sum of
 * absolute values, of 0 the number of elements that are not zero, of Infinity and -Infinity the largest and smallest
 * absolute value, of any other p `(Σ|x|^p)^(1/p)`. The Array API's `linalg.vector_norm`.
 *
 * Accepts all dtypes: of float32 and complex64 the norm is float32, of all others float64; it accumulates in float64.
 * The reduced axes are dropped, unless `keepdims`. A wrong axis is an AxisError, an `ord` that is not a number an
 * ArgumentError; for an empty array, the order -Infinity is a ShapeError.
 *
 * Order 2 is Infinity only where the norm itself is beyond the largest number, where NumPy's overflows from 1e154 on;
 * absolute values below 1e-154 lose digits when they are squared, as in NumPy. Other powers overflow where |x|^p does.
 * One pass; memory: one number (of order 2 for float64 and complex128 two) for each element of the result and stretch
 * of blocks.
 * @example x.vectorNorm({ axis: 1, ord: 1 })
 */
export const vectorNorm: VectorNorm = defined({ x: "array", options: "value" }, norm, {
  ...usual,
  name: "vectorNorm",
  accepts: accepts(allKinds),
  numpy: "np.linalg.vector_norm(x, axis=axis, keepdims=keepdims)",
  ulps: 64,
  reduce: (x: Handle, axis: Axes, options: VectorNormOptions) => norm(x, { ...options, axis }),
});
