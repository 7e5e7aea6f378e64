/**
 * The monoids that several reductions share: sums, products, variances, extremes and their positions.
 *
 * Invariant: floats are summed in float64 and integers in 64 bits, regardless of the dtype of the result.
 */
import { type DType, type Element, factsOf, limitsOf, toFloating } from "../data/dtype.js";
import { ArgumentError } from "../data/errors.js";
import { shown } from "../data/shown.js";
import type { Monoid, ResultOf, Sweep } from "../expr/op.js";
import * as s from "../program/scalar.js";
import { allKinds, mustBe, realKinds } from "./dtypes.js";
import type { ReductionOptions } from "./reduction.js";

/** The dtype of sums and products: integers widen to 64 bits so that small ones do not wrap around. */
function sumType(dtype: DType): DType {
  const { kind } = factsOf(dtype);
  if (kind === "bool" || kind === "int") return "int64";
  return kind === "uint" ? "uint64" : dtype;
}

/** The dtype in which sums accumulate: float32 in float64, complex64 in complex128. */
export function wide(dtype: DType): DType {
  return dtype === "float32" ? "float64" : dtype === "complex64" ? "complex128" : dtype;
}

/** A monoid with a state of one number. */
export const fold = (
  dtype: DType,
  zero: Element,
  lift: (x: s.Scalar) => s.Scalar,
  merge: (a: s.Scalar, b: s.Scalar) => s.Scalar,
  finish: (state: s.Scalar, count: number) => s.Scalar,
): Monoid<readonly [DType]> => ({
  state: [dtype],
  zero: [s.toElement(zero, dtype)],
  lift: (x) => [lift(x)],
  merge: ([a], [b]) => [merge(a, b)],
  finish: ([state], count) => finish(state, count),
});

/** Sums; `lift` changes an element first. */
export function sumMonoid(dtype: DType, options: ReductionOptions, lift = (x: s.Scalar): s.Scalar => x): Monoid {
  const result = options.dtype ?? sumType(dtype);
  const state = wide(result);
  return {
    ...fold(
      state,
      0,
      (x) => s.cast(lift(x), state),
      s.add,
      (sum) => s.cast(sum, result),
    ),
    ...rounded(result),
  };
}

/** What a monoid says of sums whose result is float32. */
export const rounded = (result: DType): Pick<Monoid, "roundedTo"> =>
  result === "float32" ? { roundedTo: "float32" } : {};

/** Products; `lift` changes an element first. */
export function productMonoid(dtype: DType, options: ReductionOptions, lift = (x: s.Scalar): s.Scalar => x): Monoid {
  const result = options.dtype ?? sumType(dtype);
  const state = wide(result);
  return fold(
    state,
    1,
    (x) => s.cast(lift(x), state),
    s.mul,
    (product) => s.cast(product, result),
  );
}

/** The square of a number; of a complex one the square of its modulus. */
function squaredModulus(x: s.Scalar): s.Scalar {
  if (factsOf(x.dtype).kind !== "complex") return s.mul(x, x);
  const [re, im] = [s.part("re", x), s.part("im", x)];
  return s.add(s.mul(re, re), s.mul(im, im));
}

/** The square of the distance from a center; of complex numbers the square of its modulus. */
export const squaredDistance = (x: s.Scalar, center: s.Scalar): s.Scalar => squaredModulus(s.sub(x, center));

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

/**
 * How many times as large as the sum of squares around the mean may be what is subtracted to get it: it multiplies the
 * errors of the two sums, which grow with the tile. In a tile of normal numbers it is about as large.
 */
const MOST_CANCELLATION = 16;

/**
 * The count, the mean and the sum of squared distances from the mean, merged by the formula of Chan, Golub and LeVeque
 * ("Updating formulae and a pairwise algorithm for computing sample variances", 1979). A tile is passed once, for the
 * distances d from its first element and their squares: Σ d² − (Σ d)² / n, so that `1e8 + noise` keeps the digits of
 * the noise. Where the first element lies so far out that digits would cancel, or a square overflows, the tile is
 * passed twice: its mean first, then the distances from it.
 */
export function varianceMonoid(
  name: string,
  dtype: DType,
  options: ReductionOptions,
  last: (x: s.Scalar) => s.Scalar,
): Monoid<readonly [count: DType, mean: DType, squares: DType]> {
  mustBe(allKinds, dtype, name);
  const { ddof = 0 } = options;
  if (typeof ddof !== "number" || !Number.isFinite(ddof))
    throw new ArgumentError(`${name}: ddof must be a finite number; got ${shown(ddof)}`);
  const floating = wide(toFloating(options.dtype ?? dtype));
  const { part } = factsOf(floating);
  const result = factsOf(toFloating(options.dtype ?? dtype)).part;
  const sum: Sweep = {
    dtype: floating,
    zero: s.toElement(0, floating),
    lift: (x) => s.cast(x, floating),
    merge: s.add,
  };
  const center = (resultOf: ResultOf, count: s.Scalar): s.Scalar => s.div(resultOf(sum), s.cast(count, floating));
  const squares: Sweep = {
    dtype: part,
    zero: 0,
    lift: (x, resultOf, count) => squaredDistance(s.cast(x, floating), center(resultOf, count)),
    merge: s.add,
  };
  const pivot: Sweep = { dtype: floating, zero: s.toElement(0, floating), lift: (x) => s.cast(x, floating) };
  const shifted: Sweep = { ...sum, lift: (x, resultOf) => s.sub(s.cast(x, floating), resultOf(pivot)) };
  const shiftedSquares: Sweep = {
    ...squares,
    lift: (x, resultOf) => squaredDistance(s.cast(x, floating), resultOf(pivot)),
  };
  const around = (resultOf: ResultOf, count: s.Scalar): { mean: s.Scalar; squares: s.Scalar; lost: s.Scalar } => {
    const shift = s.div(resultOf(shifted), s.cast(count, floating));
    const lost = s.mul(squaredModulus(shift), s.cast(count, part));
    return {
      mean: s.add(resultOf(pivot), shift),
      squares: grownSquares(resultOf(shiftedSquares), s.unary("neg", lost)),
      lost,
    };
  };
  return {
    state: ["float64", floating, part],
    zero: [0, s.toElement(0, floating), 0],
    lift(x) {
      const value = s.cast(x, floating);
      return [s.constant(1, "float64"), value, squaredDistance(value, value)]; // NaN for an infinity
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
    block: {
      passes: [[pivot], [shifted, shiftedSquares]],
      state(resultOf, count) {
        const { mean, squares } = around(resultOf, count);
        return [count, mean, squares];
      },
      careful: {
        doubt(resultOf, count) {
          const { lost, squares } = around(resultOf, count);
          const cancels = s.compare("gt", lost, s.mul(s.constant(MOST_CANCELLATION, part), squares));
          return s.or(cancels, s.compare("eq", squares, s.constant(Number.POSITIVE_INFINITY, part)));
        },
        passes: [[sum], [squares]],
        state: (resultOf, count) => [count, center(resultOf, count), resultOf(squares)],
      },
    },
  };
}

/** The largest or smallest value of a dtype. */
export function extreme(dtype: DType, which: "lowest" | "highest"): Element {
  const { kind, big } = factsOf(dtype);
  if (kind === "bool") return which === "highest";
  if (kind === "float") return which === "highest" ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
  const value = limitsOf(dtype)[which === "highest" ? 1 : 0];
  return big ? value : Number(value);
}

/** The smallest or largest element. */
export function extremeMonoid(name: string, op: "min" | "max", dtype: DType): Monoid<readonly [DType]> {
  mustBe(realKinds, dtype, name);
  const pick = (a: s.Scalar, b: s.Scalar): s.Scalar =>
    dtype === "bool" ? s.binary(op === "min" ? "and" : "or", a, b) : s.binary(op, a, b);
  return fold(
    dtype,
    extreme(dtype, op === "min" ? "highest" : "lowest"),
    (x) => x,
    pick,
    (best) => best,
  );
}

/** Value and index of the best element; the first of equals wins, and the first NaN before all numbers. */
export function positionMonoid(
  name: string,
  better: "lt" | "gt",
  dtype: DType,
): Monoid<readonly [value: DType, index: DType]> {
  mustBe(realKinds, dtype, name);
  const value = dtype === "bool" ? "uint8" : dtype;
  return {
    state: [value, "float64"],
    zero: [extreme(value, better === "lt" ? "highest" : "lowest"), s.NO_INDEX],
    lift: (x, index) => [s.cast(x, value), index],
    merge([a, i], [b, j]) {
      const earlier = s.compare("lt", j, i);
      let second = s.or(s.compare(better, b, a), s.and(s.compare("eq", a, b), earlier));
      if (factsOf(value).kind === "float") {
        const [nanA, nanB] = [s.isNan(a), s.isNan(b)];
        second = s.select(nanB, s.or(s.unary("not", nanA), earlier), second);
      }
      return [s.select(second, b, a), s.select(second, j, i)];
    },
    finish: ([, index]) => s.cast(index, "int64"),
  };
}
