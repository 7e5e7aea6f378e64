/**
 * Comparisons; the result is bool.
 *
 * Integers are compared as the numbers that they are: int64 with uint64, which have no common integer dtype, and with
 * values beyond the range of the dtype.
 */
import { type DType, type Element, factsOf, holds, isInteger } from "../data/dtype.js";
import * as s from "../program/scalar.js";
import { allKinds, realKinds } from "./dtypes.js";
import { type Argument, type Binary, binary, commonType, type ElementwiseOptions } from "./elementwise.js";
import { isHandle } from "./handle.js";

type Comparison = (typeof s.comparisons)[number];

const isWhole = (value: Element): value is number | bigint =>
  typeof value === "bigint" || (typeof value === "number" && Number.isInteger(value));

/** The dtypes in which an array of integers and a whole number are compared. */
function besideValue(dtype: DType, value: number | bigint): readonly [array: DType, value: DType] {
  if (holds(dtype, value)) return [dtype, dtype];
  if (dtype !== "uint64" && holds("int64", value)) return ["int64", "int64"];
  const wide = factsOf(dtype).kind === "uint" ? "uint64" : "int64";
  return [wide, holds("uint64", value) ? "uint64" : "int64"];
}

/** The dtypes in which two arguments are compared. */
function comparedTypes(args: readonly Argument[]): readonly [DType, DType] {
  const [a, b] = args as readonly [Argument, Argument];
  const common = commonType(args);
  if (typeof a === "string" && typeof b === "string") {
    // all other pairs of integers have a common dtype that is one
    if (common !== "float64" || !isInteger(a) || !isInteger(b)) return [common, common];
    return a === "uint64" ? ["uint64", "int64"] : ["int64", "uint64"];
  }
  if (!isInteger(common)) return [common, common];
  const value = [a, b].find((arg) => typeof arg === "object");
  if (typeof value !== "object" || !isWhole(value.value)) return [common, common];
  const [array, other] = besideValue(common, value.value);
  return typeof a === "string" ? [array, other] : [other, array];
}

const mirrored: Readonly<Record<Comparison, Comparison>> = {
  eq: "eq",
  ne: "ne",
  lt: "gt",
  le: "ge",
  gt: "lt",
  ge: "le",
};

/** The comparison of two numbers, of which one may be int64 and the other uint64. */
function compared(op: Comparison, a: s.Scalar, b: s.Scalar): s.Scalar {
  if (a.dtype === b.dtype) return s.compare(op, a, b);
  if (a.dtype === "uint64") return compared(mirrored[op], b, a);
  const isNegative = s.compare("lt", a, s.constant(0, a.dtype));
  const unsigned = s.compare(op, s.cast(a, "uint64"), b);
  const isTrueBelow = op === "lt" || op === "le" || op === "ne";
  return isTrueBelow ? s.or(isNegative, unsigned) : s.and(s.unary("not", isNegative), unsigned);
}

/** A whole number beyond 64 bits beside integers: as far out as an infinity. */
function limited(value: unknown, other: unknown): unknown {
  if (!isHandle(other) || (typeof value !== "number" && typeof value !== "bigint") || !isWhole(value)) return value;
  const { dtype } = other.expr.meta;
  if ((!isInteger(dtype) && dtype !== "bool") || holds("int64", value) || holds("uint64", value)) return value;
  return value > 0 ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
}

const comparison = (name: string, op: Comparison, options: ElementwiseOptions): Binary<"bool"> =>
  binary(name, { ...options, types: comparedTypes, adapt: limited }, (x, y) => compared(op, x, y));

/**
 * True where both are equal.
 *
 * Accepts all dtypes. Both shapes broadcast.
 * @example x.equal(y)
 */
export const equal: Binary<"bool"> = comparison("equal", "eq", { kinds: allKinds });

/**
 * True where they differ; NaN differs from everything.
 *
 * Accepts all dtypes. Both shapes broadcast.
 * @example x.notEqual(y)
 */
export const notEqual: Binary<"bool"> = comparison("notEqual", "ne", { kinds: allKinds, numpy: "np.not_equal(x, y)" });

/**
 * True where the first is smaller.
 *
 * Accepts bools, integers and floats (others throw a DTypeError). Both shapes broadcast.
 * @example x.less(y)
 */
export const less: Binary<"bool"> = comparison("less", "lt", { kinds: realKinds });

/**
 * True where the first is smaller or equal.
 *
 * Accepts bools, integers and floats (others throw a DTypeError). Both shapes broadcast.
 * @example x.lessEqual(y)
 */
export const lessEqual: Binary<"bool"> = comparison("lessEqual", "le", {
  kinds: realKinds,
  numpy: "np.less_equal(x, y)",
});

/**
 * True where the first is larger.
 *
 * Accepts bools, integers and floats (others throw a DTypeError). Both shapes broadcast.
 * @example x.greater(y)
 */
export const greater: Binary<"bool"> = comparison("greater", "gt", { kinds: realKinds });

/**
 * True where the first is larger or equal.
 *
 * Accepts bools, integers and floats (others throw a DTypeError). Both shapes broadcast.
 * @example x.greaterEqual(y)
 */
export const greaterEqual: Binary<"bool"> = comparison("greaterEqual", "ge", {
  kinds: realKinds,
  numpy: "np.greater_equal(x, y)",
});
