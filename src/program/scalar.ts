/**
 * Scalar expressions: what is computed for one element, as plain data.
 *
 * Every elementwise operation, and the inside of every reduction, is written with the few primitives of this file; the
 * backends know only these. Invariant: a scalar is built well-typed (both sides of `add` have one dtype; `cast` is
 * always explicit), so a backend never converts by itself.
 */
import { type DType, type Element, factsOf, isComplex, isComplexNumber } from "../data/dtype.js";
import { DTypeError } from "../data/errors.js";
import { mapNonEmpty, type NonEmpty } from "../data/lists.js";

/** Primitives of one argument whose result has the argument's dtype. */
export const unaryPrimitives = [
  "neg", "abs", "not", "sqrt", "cbrt", "floor", "ceil", "trunc", "round",
  "exp", "exp2", "expm1", "log", "log2", "log10", "log1p",
  "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh",
] as const; // biome-ignore format: a table

/** Primitives of two arguments of one dtype whose result has that dtype. */
export const binaryPrimitives = [
  "add", "sub", "mul", "div", "floordiv", "mod", "pow", "min", "max", "atan2", "hypot",
  "and", "or", "xor", "shl", "shr",
] as const; // biome-ignore format: a table

/** Primitives of two arguments of one dtype whose result is bool. */
export const comparisons = ["eq", "ne", "lt", "le", "gt", "ge"] as const;

/**
 * Primitives that do not fit the three groups: `select(bool, a, a)`, `guard(bool, a, a)`, `fma(a, a, a)`, `cast(a)`,
 * `bits(float)`, `fromBits(integer)`, `complex(re, im)`, `re(z)`, `im(z)`.
 */
export const otherPrimitives = ["select", "guard", "fma", "cast", "bits", "fromBits", "complex", "re", "im"] as const;

/** Primitives that give the int64 of an index in a float64; there is none in {@link NO_INDEX}, which is an error. */
export const indexPrimitives = ["nanargmin", "nanargmax"] as const;

/** The name of a primitive that gives an index. */
export type IndexPrimitive = (typeof indexPrimitives)[number];

/** The name of a primitive. */
export type Primitive =
  | (typeof unaryPrimitives)[number]
  | (typeof binaryPrimitives)[number]
  | (typeof comparisons)[number]
  | (typeof otherPrimitives)[number]
  | IndexPrimitive;

/** A constant. */
export interface Constant {
  readonly op: "const";
  readonly dtype: DType;
  readonly value: Element;
}

/**
 * The current element of an operand; `field` counts the arrays that make up one stored state (0 for ordinary arrays).
 */
export interface Input {
  readonly op: "input";
  readonly dtype: DType;
  readonly operand: number;
  readonly field: number;
}

/** A primitive applied to arguments. */
export interface Call {
  readonly op: Primitive;
  readonly dtype: DType;
  readonly args: readonly Scalar[];
}

/** A scalar expression. */
export type Scalar = Constant | Input | Call;

function mustAgree(op: string, a: Scalar, b: Scalar): void {
  if (a.dtype !== b.dtype) throw new DTypeError(`${op}: a scalar program mixes ${a.dtype} and ${b.dtype}`);
}

/** The value as an element of a dtype: whole where the dtype is, a BigInt where it is big. */
export function toElement(value: Element, dtype: DType): Element {
  const { kind, big, bytes } = factsOf(dtype);
  if (kind === "complex") return isComplexNumber(value) ? value : { re: Number(value), im: 0 };
  if (isComplexNumber(value))
    throw new DTypeError(`the complex value ${value.re}+${value.im}i does not fit into ${dtype}`);
  if (kind === "bool") return Boolean(value);
  if (kind === "float") return dtype === "float32" ? Math.fround(Number(value)) : Number(value);
  if (big) {
    const whole =
      typeof value === "bigint" ? value : BigInt(Number.isFinite(Number(value)) ? Math.trunc(Number(value)) : 0);
    return kind === "int" ? BigInt.asIntN(64, whole) : BigInt.asUintN(64, whole);
  }
  const wide = BigInt.asIntN(
    64,
    typeof value === "bigint" ? value : BigInt(Number.isFinite(Number(value)) ? Math.trunc(Number(value)) : 0),
  );
  return Number(kind === "int" ? BigInt.asIntN(8 * bytes, wide) : BigInt.asUintN(8 * bytes, wide));
}

/** A constant of a dtype. */
export function constant(value: Element, dtype: DType): Constant {
  return { op: "const", dtype, value: toElement(value, dtype) };
}

/** The current element of an operand. */
export function input(operand: number, dtype: DType, field = 0): Input {
  return { op: "input", dtype, operand, field };
}

/** The numbers that make up one element: one, or for a state of a reduction one for each of its fields. */
export type Fields = NonEmpty<Scalar>;

/** The current element of an operand, with fields of these dtypes. */
export function inputFields(operand: number, dtypes: NonEmpty<DType>): NonEmpty<Input> {
  return mapNonEmpty(dtypes, (dtype, field) => input(operand, dtype, field));
}

/** A unary primitive. */
export function unary(op: (typeof unaryPrimitives)[number], x: Scalar): Scalar {
  return { op, dtype: op === "abs" ? factsOf(x.dtype).part : x.dtype, args: [x] };
}

/** A binary primitive. */
export function binary(op: (typeof binaryPrimitives)[number], a: Scalar, b: Scalar): Scalar {
  mustAgree(op, a, b);
  return { op, dtype: a.dtype, args: [a, b] };
}

/** A comparison. */
export function compare(op: (typeof comparisons)[number], a: Scalar, b: Scalar): Scalar {
  mustAgree(op, a, b);
  return { op, dtype: "bool", args: [a, b] };
}

/** `condition ? a : b`, both sides computed. */
export function select(condition: Scalar, a: Scalar, b: Scalar): Scalar {
  mustAgree("select", a, b);
  if (condition.dtype !== "bool") throw new DTypeError(`select: a condition is bool, not ${condition.dtype}`);
  return { op: "select", dtype: a.dtype, args: [condition, a, b] };
}

/**
 * `rare ? special : usual`. It differs from {@link select} in what it costs: a backend may skip what only `special`
 * needs at points where the condition is false, so a function can be short for nearly all numbers and right for all.
 */
export function guard(rare: Scalar, usual: Scalar, special: Scalar): Scalar {
  mustAgree("guard", usual, special);
  if (rare.dtype !== "bool") throw new DTypeError(`guard: a condition is bool, not ${rare.dtype}`);
  return { op: "guard", dtype: usual.dtype, args: [rare, usual, special] };
}

/**
 * `a · b + c` in float64, rounded once or twice: whichever the machine does faster, but on one machine always the same.
 * It is for the inside of functions that are written out, where a result is right within some ulps; never for a product
 * and a sum of the user's, whose bits are NumPy's.
 */
export function fma(a: Scalar, b: Scalar, c: Scalar): Scalar {
  mustAgree("fma", a, b);
  mustAgree("fma", a, c);
  if (a.dtype !== "float64") throw new DTypeError(`fma: only of float64, not of ${a.dtype}`);
  return { op: "fma", dtype: a.dtype, args: [a, b, c] };
}

const bitDTypes: Partial<Record<DType, DType>> = { float64: "int64", float32: "int32" };
const bitOwners: Partial<Record<DType, DType>> = { int64: "float64", int32: "float32" };

/** The bits of a float as a signed integer of its size. Which bits a NaN has is left to the machine. */
export function bits(x: Scalar): Scalar {
  const dtype = bitDTypes[x.dtype];
  if (dtype === undefined) throw new DTypeError(`bits: only of a float, not of ${x.dtype}`);
  return { op: "bits", dtype, args: [x] };
}

/** The float that has these bits. */
export function fromBits(x: Scalar): Scalar {
  const dtype = bitOwners[x.dtype];
  if (dtype === undefined) throw new DTypeError(`fromBits: only from int64 and int32, not from ${x.dtype}`);
  return { op: "fromBits", dtype, args: [x] };
}

/** Conversion with NumPy's meaning: towards zero from float to integer, wrapping between integers. */
export function cast(x: Scalar, dtype: DType): Scalar {
  return x.dtype === dtype ? x : { op: "cast", dtype, args: [x] };
}

/** An index beyond all others: that of no element. */
export const NO_INDEX = 2 ** 53;

/** The index that an operation has found; an error where every element is missing. */
export function index(op: IndexPrimitive, x: Scalar): Scalar {
  if (x.dtype !== "float64") throw new DTypeError(`${op}: an index is float64, not ${x.dtype}`);
  return { op, dtype: "int64", args: [x] };
}

/** A complex number from its parts. */
export function complex(re: Scalar, im: Scalar): Scalar {
  mustAgree("complex", re, im);
  return { op: "complex", dtype: re.dtype === "float32" ? "complex64" : "complex128", args: [re, im] };
}

/** The real or imaginary part of a complex number. */
export function part(which: "re" | "im", z: Scalar): Scalar {
  return { op: which, dtype: factsOf(z.dtype).part, args: [z] };
}

/** The number itself, or the two parts of a complex one. */
export const realParts = (x: Scalar): readonly Scalar[] => (isComplex(x.dtype) ? [part("re", x), part("im", x)] : [x]);

/** The sum of two scalars of one dtype. */
export const add = (a: Scalar, b: Scalar): Scalar => binary("add", a, b);
/** The difference of two scalars of one dtype. */
export const sub = (a: Scalar, b: Scalar): Scalar => binary("sub", a, b);
/** The product of two scalars of one dtype. */
export const mul = (a: Scalar, b: Scalar): Scalar => binary("mul", a, b);
/** The quotient of two floats or complex numbers. */
export const div = (a: Scalar, b: Scalar): Scalar => binary("div", a, b);
/** Both. */
export const and = (a: Scalar, b: Scalar): Scalar => binary("and", a, b);
/** Either. */
export const or = (a: Scalar, b: Scalar): Scalar => binary("or", a, b);
/** True where a scalar is not a number. */
export const isNan = (x: Scalar): Scalar => compare("ne", x, x);
