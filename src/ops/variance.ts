/**
 * Variances: their monoid, for all elements or for those that are not missing, and the mean of a tile, around which
 * central moments are folded too.
 *
 * Invariant: the variance of equal elements is 0, however large they are.
 */
import { type DType, factsOf, toFloating } from "../data/dtype.js";
import { ArgumentError } from "../data/errors.js";
import { shown } from "../data/shown.js";
import type { Monoid, ResultOf, Sweep } from "../expr/op.js";
import * as s from "../program/scalar.js";
import { allKinds, mustBe } from "./dtypes.js";
import { wide } from "./monoids.js";
import type { ReductionOptions } from "./reduction.js";

/** The square of a number; of a complex one the square of its modulus. */
function squaredModulus(x: s.Scalar): s.Scalar {
  if (factsOf(x.dtype).kind !== "complex") return s.mul(x, x);
  const [re, im] = [s.part("re", x), s.part("im", x)];
  return s.add(s.mul(re, re), s.mul(im, im));
}

/** The square of the distance from a center; of complex numbers the square of its modulus. */
const squaredDistance = (x: s.Scalar, center: s.Scalar): s.Scalar => squaredModulus(s.sub(x, center));

/**
 * Chooses a field of two merged states by their counts: where one is the state of nothing, the field of the other. The
 * formula would multiply its count, 0, by a distance that may be infinite.
 */
export function chooseField(
  n: s.Scalar,
  otherN: s.Scalar,
): (mine: s.Scalar, other: s.Scalar, merged: s.Scalar) => s.Scalar {
  const isZero = (count: s.Scalar): s.Scalar => s.compare("eq", count, s.constant(0, count.dtype));
  return (mine, other, merged) => s.select(isZero(n), other, s.select(isZero(otherN), mine, merged));
}

/**
 * A sum of squares with what is added to it; once infinite it stays so. Distances between means that have overflowed
 * are NaN, but a NaN of the data is in a state's own sum of squares.
 */
export function grownSquares(squares: s.Scalar, more: s.Scalar): s.Scalar {
  return s.select(
    s.compare("eq", squares, s.constant(Number.POSITIVE_INFINITY, squares.dtype)),
    squares,
    s.add(squares, more),
  );
}

/** True for a number that is finite in all its parts. */
export const isLimited = (x: s.Scalar): s.Scalar =>
  s
    .realParts(x)
    .map((part) => s.compare("lt", s.unary("abs", part), s.constant(Number.POSITIVE_INFINITY, part.dtype)))
    .reduce(s.and);

/** Which elements of a tile count, where some do not. */
export interface Counting {
  /** What an element contributes to a sum if it counts; 0 if it does not. */
  kept(x: s.Scalar, contribution: s.Scalar): s.Scalar;
  /** The number of elements that count. */
  readonly counted: Sweep;
  /** One of the elements that count. */
  readonly anyOf: Sweep;
}

/** The sum of what elements contribute, of those that count. */
const sumOf = (dtype: DType, counting: Counting | null, lift: Sweep["lift"]): Sweep => ({
  dtype,
  zero: s.toElement(0, dtype),
  lift: (x, resultOf, count) => counting?.kept(x, lift(x, resultOf, count)) ?? lift(x, resultOf, count),
  merge: s.add,
});

/** The number of elements that count, 1 where there are none: as a divisor, and without a division by 0. */
const divisor = (counting: Counting | null, resultOf: ResultOf, all: s.Scalar): s.Scalar =>
  counting === null ? all : s.binary("max", resultOf(counting.counted), s.constant(1, "float64"));

/**
 * The mean of a tile by the distances from one of its elements, the result of the sweep `pivot`: of equal elements,
 * however large, it is that element, which a sum would round or lose to infinity. Where the distances overflow, it is
 * the sum over the count.
 */
export function meanOfTile(
  dtype: DType,
  pivot: Sweep,
  counting: Counting | null = null,
): { readonly passes: readonly (readonly Sweep[])[]; readonly center: Sweep } {
  const value = (x: s.Scalar): s.Scalar => s.cast(x, dtype);
  const sum = sumOf(dtype, counting, value);
  const shifted = sumOf(dtype, counting, (x, resultOf) => s.sub(value(x), resultOf(pivot)));
  const center: Sweep = {
    dtype,
    zero: s.toElement(0, dtype),
    lift(_, resultOf, all) {
      const count = s.cast(divisor(counting, resultOf, all), dtype);
      const near = s.add(resultOf(pivot), s.div(resultOf(shifted), count));
      return s.select(isLimited(resultOf(shifted)), near, s.div(resultOf(sum), count));
    },
  };
  return { passes: [[pivot], [shifted, sum, ...(counting === null ? [] : [counting.counted])], [center]], center };
}

/**
 * How many times as large as the sum of squares around the mean may be what is subtracted to get it: it multiplies the
 * errors of the two sums, which grow with the tile. In a tile of normal numbers it is about as large.
 */
const MOST_CANCELLATION = 16;

type VarianceMonoid = Monoid<readonly [count: DType, mean: DType, squares: DType]>;

/**
 * The ways to the state of a tile. It is passed once, for the distances d from its first element and their squares:
 * Σ d² − (Σ d)² / n, so that `1e8 + noise` keeps the digits of the noise. Where the first element lies so far out that
 * digits would cancel, or a square overflows, the tile is passed again: its mean first, then the distances from it.
 */
function varianceOfTile(dtype: DType, counting: Counting | null): NonNullable<VarianceMonoid["block"]> {
  const { part } = factsOf(dtype);
  const value = (x: s.Scalar): s.Scalar => s.cast(x, dtype);
  const first: Sweep = {
    dtype,
    zero: s.toElement(0, dtype),
    lift: (x) => counting?.kept(x, value(x)) ?? value(x),
  };
  const shifted = sumOf(dtype, counting, (x, resultOf) => s.sub(value(x), resultOf(first)));
  const squaresAround = (middle: Sweep): Sweep =>
    sumOf(part, counting, (x, resultOf) => squaredDistance(value(x), resultOf(middle)));
  const shiftedSquares = squaresAround(first);
  const around = (resultOf: ResultOf, all: s.Scalar): { mean: s.Scalar; squares: s.Scalar; lost: s.Scalar } => {
    const count = divisor(counting, resultOf, all);
    const shift = s.div(resultOf(shifted), s.cast(count, dtype));
    const lost = s.mul(squaredModulus(shift), s.cast(count, part));
    return {
      mean: s.add(resultOf(first), shift),
      squares: grownSquares(resultOf(shiftedSquares), s.unary("neg", lost)),
      lost,
    };
  };
  const { passes, center } = meanOfTile(dtype, counting?.anyOf ?? first, counting);
  const squares = squaresAround(center);
  const countOf = (resultOf: ResultOf, all: s.Scalar): s.Scalar =>
    counting === null ? all : resultOf(counting.counted);
  return {
    passes: [[first], [shifted, shiftedSquares, ...(counting === null ? [] : [counting.counted])]],
    state(resultOf, all) {
      const { mean, squares } = around(resultOf, all);
      return [countOf(resultOf, all), mean, squares];
    },
    careful: {
      doubt(resultOf, all) {
        const { lost, squares } = around(resultOf, all);
        const cancels = s.compare("gt", lost, s.mul(s.constant(MOST_CANCELLATION, part), squares));
        return s.or(cancels, s.compare("eq", squares, s.constant(Number.POSITIVE_INFINITY, part)));
      },
      passes: [...passes, [squares]],
      state: (resultOf, all) => [countOf(resultOf, all), resultOf(center), resultOf(squares)],
    },
  };
}

/**
 * The count, the mean and the sum of squared distances from the mean, merged by the formula of Chan, Golub and LeVeque
 * ("Updating formulae and a pairwise algorithm for computing sample variances", 1979).
 */
export function varianceMonoid(
  name: string,
  dtype: DType,
  options: ReductionOptions,
  last: (x: s.Scalar) => s.Scalar,
  counting: Counting | null = null,
): VarianceMonoid {
  mustBe(allKinds, dtype, name);
  const { ddof = 0 } = options;
  if (typeof ddof !== "number" || !Number.isFinite(ddof))
    throw new ArgumentError(`${name}: ddof must be a finite number; got ${shown(ddof)}`);
  const floating = wide(toFloating(options.dtype ?? dtype));
  const { part } = factsOf(floating);
  const result = factsOf(toFloating(options.dtype ?? dtype)).part;
  return {
    state: ["float64", floating, part],
    zero: [0, s.toElement(0, floating), 0],
    lift(x) {
      const value = s.cast(x, floating);
      const kept = (field: s.Scalar): s.Scalar => counting?.kept(x, field) ?? field;
      const squares = squaredDistance(value, value); // NaN for an infinity
      return [kept(s.constant(1, "float64")), kept(value), kept(squares)];
    },
    merge([n, mean, m2], [otherN, otherMean, otherM2]) {
      const choose = chooseField(n, otherN);
      const total = s.add(n, otherN);
      const weight = s.div(otherN, total);
      const delta = s.sub(otherMean, mean);
      const square = squaredDistance(otherMean, mean);
      const between = s.mul(s.mul(square, s.cast(n, part)), s.cast(weight, part));
      return [
        total,
        choose(mean, otherMean, s.add(mean, s.mul(delta, s.cast(weight, floating)))),
        choose(m2, otherM2, grownSquares(s.add(m2, otherM2), between)),
      ];
    },
    finish: ([, , m2], count) => s.cast(last(s.div(m2, s.constant(Math.max(0, count - ddof), part))), result),
    block: varianceOfTile(floating, counting),
  };
}
