/**
 * The monoids that several reductions share: sums, products, extremes and their positions.
 *
 * Invariant: floats are summed in float64 and integers in 64 bits, regardless of the dtype of the result.
 */
import { type DType, type Element, factsOf, limitsOf } from "../data/dtype.js";
import type { Monoid } from "../expr/op.js";
import * as s from "../program/scalar.js";
import { mustBe, realKinds } from "./dtypes.js";
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
