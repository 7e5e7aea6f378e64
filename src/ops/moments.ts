/**
 * Central moments, and quantities derived from them: moment, skew, kurtosis.
 *
 * The state is the count, the mean and the sums of powers M2…Mp of the distances from the mean, merged by the pairwise
 * formulas of P. Pébay, "Formulas for robust, one-pass parallel computation of covariances and arbitrary-order
 * statistical moments", Sandia report SAND2008-6212 (2008). A tile is swept several times while it is in the cache: its
 * mean, then the powers of the distances from it; the rounding error left in the first power corrects the
 * others, since an error of the mean affects them in the first order.
 */
import { type DType, toFloating } from "../data/dtype.js";
import { ArgumentError } from "../data/errors.js";
import { at } from "../data/lists.js";
import { checkOptions } from "../data/options.js";
import { shown } from "../data/shown.js";
import type { Each, Monoid, Sweep } from "../expr/op.js";
import * as s from "../program/scalar.js";
import { abs, add, divide, pow, subtract } from "./arithmetic.js";
import type { Defined } from "./definition.js";
import { accepts, mustBe, realKinds } from "./dtypes.js";
import type { Handle } from "./handle.js";
import type { ArrayInput } from "./literal.js";
import { fold } from "./monoids.js";
import { defined } from "./parameters.js";
import { type Axes, type Reduction, reducer, reduction, usual } from "./reduction.js";
import { mean, std } from "./reductions.js";
import type { Given, MadeArray, TypedHandle } from "./typed-handle.js";
import { chooseField, grownSquares, isLimited, meanOfTile } from "./variance.js";

/** The highest order of {@link moment}. */
const HIGHEST_ORDER = 4;

const number = (value: number): s.Scalar => s.constant(value, "float64");
const product = (...factors: readonly s.Scalar[]): s.Scalar => factors.reduce(s.mul);
const total = (...terms: readonly s.Scalar[]): s.Scalar => terms.reduce(s.add);
const power = (x: s.Scalar, exponent: number): s.Scalar => product(...new Array<s.Scalar>(exponent).fill(x));

/** The dtypes of [n, mean, M2, …, Mp]. */
type StateTypes = readonly [count: DType, mean: DType, ...sums: DType[]];

const isHuge = (x: s.Scalar): s.Scalar => s.compare("eq", x, number(Number.POSITIVE_INFINITY));

/** The sum of two numbers; the first alone where the second has overflowed on its way. */
const addFinite = (x: s.Scalar, more: s.Scalar): s.Scalar => s.select(isLimited(more), s.add(x, more), x);

/** M4, which is at least M2² / n: so where that is infinite M4 is, whatever its terms have become. */
function withinM2(m4: s.Scalar, own: s.Scalar, m2: s.Scalar, count: s.Scalar): s.Scalar {
  const overflows = s.and(isHuge(s.mul(m2, s.div(m2, count))), s.unary("not", s.isNan(own)));
  return s.select(overflows, number(Number.POSITIVE_INFINITY), m4);
}

/** [n, mean, M2, …, Mp] of two parts combined: p, q are their shares of all elements, δ the distance of their means. */
function mergeStates(
  [n, mean, m2, m3, m4]: Each<StateTypes, s.Scalar>,
  [otherN, otherMean, other2, other3, other4]: Each<StateTypes, s.Scalar>,
): Each<StateTypes, s.Scalar> {
  const choose = chooseField(n, otherN);
  const all = s.add(n, otherN);
  const [p, q] = [s.div(n, all), s.div(otherN, all)];
  const delta = s.sub(otherMean, mean);
  const apart = product(power(delta, 2), n, q);
  const merged: s.Scalar[] = [];
  if (m2 && other2) merged.push(choose(m2, other2, grownSquares(s.add(m2, other2), apart)));
  if (m2 && other2 && m3 && other3) {
    const skewed = product(number(3), delta, s.sub(s.mul(p, other2), s.mul(q, m2)));
    merged.push(choose(m3, other3, total(m3, other3, product(apart, delta, s.sub(p, q)), skewed)));
    if (m4 && other4) {
      const spread = total(product(p, p, other2), product(q, q, m2));
      const terms = [
        product(apart, power(delta, 2), total(s.mul(p, p), s.unary("neg", s.mul(p, q)), s.mul(q, q))),
        product(number(6), power(delta, 2), spread),
        product(number(4), delta, s.sub(s.mul(p, other3), s.mul(q, m3))),
      ];
      const own = s.add(m4, other4);
      merged.push(choose(m4, other4, withinM2(total(own, ...terms), own, at(merged, 0), all)));
    }
  }
  return [all, choose(mean, otherMean, s.add(mean, s.mul(delta, q))), ...merged];
}

/** The sums of powers around the mean, from those around a center that differs from it by `error`. */
function corrected(count: s.Scalar, error: s.Scalar, [s2, s3, s4]: readonly s.Scalar[]): s.Scalar[] {
  if (s2 === undefined) return [];
  const result = [addFinite(s2, product(number(-1), count, power(error, 2)))];
  if (s3) result.push(addFinite(s3, s.add(product(number(-3), error, s2), product(number(2), count, power(error, 3)))));
  if (s3 && s4)
    result.push(
      addFinite(
        s4,
        total(
          product(number(-4), error, s3),
          product(number(6), power(error, 2), s2),
          product(number(-3), count, power(error, 4)),
        ),
      ),
    );
  return result;
}

/** The monoid of the powers 2 to `order`; `last` gives the result from the mean and the moments M2/n, …, Mp/n. */
function powersMonoid(
  dtype: DType,
  order: number,
  last: (mean: s.Scalar, moments: readonly s.Scalar[]) => s.Scalar,
): Monoid<StateTypes> {
  const wide = (x: s.Scalar): s.Scalar => s.cast(x, "float64");
  const higher = Array.from({ length: order - 1 }, (_, i) => i + 2);
  const pivot: Sweep = { dtype: "float64", zero: 0, lift: wide };
  const { passes, center } = meanOfTile("float64", pivot);
  const distances = (exponent: number): Sweep => ({
    dtype: "float64",
    zero: 0,
    lift: (x, resultOf) => power(s.sub(wide(x), resultOf(center)), exponent),
    merge: s.add,
  });
  const [first, others] = [distances(1), higher.map(distances)];
  return {
    state: ["float64", "float64", ...higher.map((): DType => "float64")],
    zero: [0, 0, ...higher.map(() => 0)],
    lift(x) {
      const nothing = s.sub(wide(x), wide(x)); // NaN for an infinity
      return [number(1), wide(x), ...higher.map(() => nothing)];
    },
    merge: mergeStates,
    finish([n, mean, ...sums]) {
      const moments = sums.map((sum) => s.div(sum, n));
      return s.cast(last(mean, moments), toFloating(dtype));
    },
    block: {
      passes: [...passes, [first, ...others]],
      state(resultOf, count) {
        const error = s.div(resultOf(first), count);
        return [count, addFinite(resultOf(center), error), ...corrected(count, error, others.map(resultOf))];
      },
    },
  };
}

/** The moment of order 0, which is 1, or 1, which is the mean minus itself: NaN where an element is not finite. */
function plainMoment(dtype: DType, order: number): Monoid {
  const lift = (x: s.Scalar): s.Scalar => (order === 0 ? number(1) : s.cast(x, "float64"));
  const last = (sum: s.Scalar, count: number): s.Scalar => {
    const mean = s.div(sum, number(count));
    return s.cast(order === 0 ? mean : s.sub(mean, mean), toFloating(dtype));
  };
  return fold("float64", 0, lift, s.add, last);
}

const reduceMoment = reducer<{ readonly order: number }>({
  name: "moment",
  monoid(dtype, { order }) {
    mustBe(realKinds, dtype, "moment");
    return order < 2 ? plainMoment(dtype, order) : powersMonoid(dtype, order, (_, moments) => at(moments, -1));
  },
});

/** The options that the tests pass to the three reductions of this file. */
interface TestOptions {
  readonly order?: number;
  readonly keepdims?: boolean;
}

/** The mean absolute value of the terms of a central moment, against which its rounding errors are measured. */
function termSizes(x: Handle, axis: Axes, order: number, keepdims: boolean): Handle {
  const distances = abs(subtract(x, mean(x, axis, { keepdims: true })));
  return mean(pow(distances, order), axis, { keepdims });
}

const standardSizes = (x: Handle, axis: Axes, order: number, keepdims: boolean): Handle =>
  divide(termSizes(x, axis, order, keepdims), pow(std(x, axis, { keepdims }), order));

/** The options of {@link moment}. */
export interface MomentOptions {
  /** One axis, several, or (the default) all. */
  readonly axis?: Axes;
  /** Keep the reduced axes with length 1. Default: false. */
  readonly keepdims?: boolean;
}

/** The type of {@link moment}. */
export interface Moment extends Defined<"floating", "plain"> {
  <A extends TypedHandle>(x: A, order: number, options?: MomentOptions): Given<A, "floating">;
  (x: ArrayInput, order: number, options?: MomentOptions): MadeArray;
  <A extends Handle>(x: A | ArrayInput, order: number, options?: MomentOptions): A;
}

function centralMoment<A extends Handle>(x: A, order: number, options: MomentOptions = {}): A {
  if (!Number.isInteger(order) || order < 0 || order > HIGHEST_ORDER) {
    throw new ArgumentError(`moment: the order must be a whole number from 0 to ${HIGHEST_ORDER}; got ${shown(order)}`);
  }
  checkOptions(options, ["axis", "keepdims"], "moment");
  return reduceMoment(x, options.axis, { order }, options.keepdims);
}

/**
 * The central moment of an order from 0 to 4: the mean of that power of the distances from the mean, as in
 * `scipy.stats.moment`. Order 2 is the variance; order 0 is 1, and order 1 is 0 or, where an element is not finite,
 * NaN.
 *
 * Accepts real dtypes; integers and bools give float64, float32 stays and accumulates in float64. The moment of an
 * empty array is NaN. Another order is an ArgumentError, a wrong axis an AxisError, a complex array a DTypeError.
 *
 * Stable, in one pass: `1e8 + noise` keeps the digits of the noise. Memory: `order + 1` numbers for each element of the
 * result and stretch of blocks.
 * @example x.moment(3, { axis: 0 })
 */
export const moment: Moment = defined({ x: "array", order: "value", options: "value" }, centralMoment, {
  ...usual,
  name: "moment",
  accepts: accepts(realKinds),
  numpy: "moment(x, axis=axis, keepdims=keepdims)",
  sizes: (x: Handle, axis: Axes, { order = HIGHEST_ORDER, keepdims = false }: TestOptions) =>
    termSizes(x, axis, order, keepdims),
  ulps: 64,
  reduce: (x: Handle, axis: Axes, { order = HIGHEST_ORDER, ...options }: TestOptions) =>
    centralMoment(x, order, { ...options, axis }),
});

/** NaN where all elements are equal up to rounding, since the quotient would be that of two rounding errors. */
function unlessConstant(mean: s.Scalar, variance: s.Scalar, quotient: s.Scalar): s.Scalar {
  const rounding = s.mul(mean, number(1e-15));
  return s.select(s.compare("le", variance, s.mul(rounding, rounding)), number(Number.NaN), quotient);
}

/**
 * Skewness over axes: the third central moment divided by the variance to the power of 3/2, as in `scipy.stats.skew`.
 *
 * Accepts real dtypes, as {@link moment}; NaN for an empty array and where all elements are equal. Stable, in one pass;
 * memory: four numbers for each element of the result and stretch of blocks.
 * @example x.skew(0)
 */
export const skew: Reduction<"floating"> = reduction(
  {
    name: "skew",
    monoid(dtype) {
      mustBe(realKinds, dtype, "skew");
      return powersMonoid(dtype, 3, (mean, moments) => {
        const [m2, m3] = [at(moments, 0), at(moments, 1)];
        return unlessConstant(mean, m2, s.div(m3, s.mul(m2, s.unary("sqrt", m2))));
      });
    },
  },
  {
    accepts: accepts(realKinds),
    numpy: "skew(x, axis=axis, keepdims=keepdims)",
    sizes: (x: Handle, axis: Axes, { keepdims = false }: TestOptions) => standardSizes(x, axis, 3, keepdims),
    ulps: 64,
  },
);

/**
 * Excess kurtosis over axes: the fourth central moment divided by the square of the variance, minus 3 (0 for a normal
 * distribution), as in `scipy.stats.kurtosis`.
 *
 * Accepts real dtypes, as {@link moment}; NaN for an empty array and where all elements are equal. Stable, in one pass;
 * memory: five numbers for each element of the result and stretch of blocks.
 * @example x.kurtosis(0)
 */
export const kurtosis: Reduction<"floating"> = reduction(
  {
    name: "kurtosis",
    monoid(dtype) {
      mustBe(realKinds, dtype, "kurtosis");
      return powersMonoid(dtype, 4, (mean, moments) => {
        const [m2, m4] = [at(moments, 0), at(moments, 2)];
        return unlessConstant(mean, m2, s.sub(s.div(m4, s.mul(m2, m2)), number(3)));
      });
    },
  },
  {
    accepts: accepts(realKinds),
    numpy: "kurtosis(x, axis=axis, keepdims=keepdims)",
    sizes: (x: Handle, axis: Axes, { keepdims = false }: TestOptions) => add(standardSizes(x, axis, 4, keepdims), 3),
    ulps: 64,
  },
);
