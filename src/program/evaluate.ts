/**
 * What every primitive means, on JavaScript values of real dtypes. The reference backend is made of these functions,
 * other backends call them for what they cannot do themselves, and constant folding may use them.
 *
 * Invariant: a value is a number (floats, integers of up to 32 bits, bool as 0 or 1) or a BigInt (64-bit integers), it
 * is always one that its dtype can hold, and the meaning is NumPy's. Where NumPy leaves a case to the machine or
 * throws:
 *
 *     float to integer   towards zero, NaN is 0; out of range: the nearest end of the range
 *     x // 0, x % 0      0 for integers
 *     shl, shr           by a negative count: the same as by the width or more
 *     fma                rounded twice; other backends may round once
 *     pow                integers to a negative power: an ArgumentError
 *     nanargmin, nanargmax   of nothing but NaN: an ArgumentError
 *     x // ±inf, ±inf // x   x / y rounded down, as the Array API says: NumPy's go with its remainder
 */
import { type DType, type DTypeFacts, factsOf } from "../data/dtype.js";
import { ArgumentError, DTypeError } from "../data/errors.js";
import { bigWraps, bitsOf, conversion, fromBits, wraps } from "./conversions.js";
import { type IndexPrimitive, indexPrimitives, NO_INDEX, type Primitive } from "./scalar.js";

/** A value of a real dtype: a BigInt for 64-bit integers, a number for all others, bool as 0 or 1. */
export type Value = number | bigint;

/** A primitive as a function. It trusts its caller: the right number of values, each of the right dtype. */
export type PrimitiveFunction = (a: Value, b?: Value, c?: Value) => Value;

type Table<V> = Partial<Record<Primitive, (a: V, b: V) => V>>;

/** A constant of a program as a value. */
export function toValue(constant: number | bigint | boolean): Value {
  return typeof constant === "boolean" ? Number(constant) : constant;
}

/** float64: the primitives that no smaller float can get wrong by computing them here and rounding once. */
const float64: Table<number> = {
  neg: (a) => -a,
  abs: Math.abs,
  sqrt: Math.sqrt,
  cbrt: Math.cbrt,
  floor: Math.floor,
  ceil: Math.ceil,
  trunc: Math.trunc,
  round: roundHalfEven,
  exp: Math.exp,
  exp2: (a) => 2 ** a,
  expm1: Math.expm1,
  log: Math.log,
  log2: Math.log2,
  log10: Math.log10,
  log1p: Math.log1p,
  sin: Math.sin,
  cos: Math.cos,
  tan: Math.tan,
  asin: Math.asin,
  acos: Math.acos,
  atan: Math.atan,
  sinh: Math.sinh,
  cosh: Math.cosh,
  tanh: Math.tanh,
  asinh: Math.asinh,
  acosh: Math.acosh,
  atanh: Math.atanh,
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  floordiv: (a, b) => floorDivide(a, b, (x) => x),
  mod: floorModulo,
  // C and NumPy say 1 where JavaScript says NaN.
  pow: (a, b) => (a === 1 || (a === -1 && Math.abs(b) === Infinity) ? 1 : a ** b),
  min: (a, b) => Math.min(a, b),
  max: (a, b) => Math.max(a, b),
  atan2: Math.atan2,
  hypot: (a, b) => Math.hypot(a, b),
};

function roundHalfEven(x: number): number {
  const size = Math.abs(x);
  // From 2^52 on all floats are whole; below, adding it makes the hardware round at the right place.
  if (!(size < 2 ** 52)) return x;
  const whole = size + 2 ** 52 - 2 ** 52;
  return x < 0 || Object.is(x, -0) ? -whole : whole;
}

/** The remainder with the divisor's sign; a zero has it too. */
function floorModulo(a: number, b: number): number {
  const rest = a % b;
  if (rest === 0) return b < 0 ? -0 : 0;
  return rest < 0 === b < 0 ? rest : rest + b;
}

/**
 * NumPy's npy_floor_divide: the quotient that goes with the remainder, not floor(a / b), which may round up to a whole.
 * With an infinity there is no such remainder.
 */
function floorDivide(a: number, b: number, rounded: (x: number) => number): number {
  if (b === 0 || !Number.isFinite(a) || !Number.isFinite(b)) return a / b;
  const rest = a % b;
  let quotient = rounded(rounded(a - rest) / b);
  if (rest !== 0 && rest < 0 !== b < 0) quotient = rounded(quotient - 1);
  if (quotient === 0) return a / b < 0 || Object.is(a / b, -0) ? -0 : 0;
  const whole = Math.floor(quotient);
  return quotient - whole > 0.5 ? rounded(whole + 1) : whole;
}

/** float32: each result is rounded once from the float64 one, except where NumPy rounds in between. */
const float32: Table<number> = {
  ...Object.fromEntries(
    Object.entries(float64).map(([op, f]) => [op, (a: number, b: number): number => Math.fround(f(a, b))]),
  ),
  floordiv: (a, b) => Math.fround(floorDivide(a, b, Math.fround)),
};

/** Bool as 0 and 1; `add` is "or" and `mul` is "and", as in NumPy. */
const bool: Table<number> = {
  not: (a) => 1 - a,
  abs: (a) => a,
  floor: (a) => a,
  ceil: (a) => a,
  trunc: (a) => a,
  round: (a) => a,
  add: (a, b) => a | b,
  mul: (a, b) => a & b,
  min: (a, b) => a & b,
  max: (a, b) => a | b,
  and: (a, b) => a & b,
  or: (a, b) => a | b,
  xor: (a, b) => a ^ b,
};

/** Integers of up to 32 bits. `wrap` also turns the -0 that `%` and unary minus can give into 0. */
function integers({ bytes, kind }: DTypeFacts, wrap: (x: number) => number): Table<number> {
  const width = 8 * bytes;
  const same = (a: number): number => a;
  return {
    neg: (a) => wrap(-a),
    abs: (a) => wrap(Math.abs(a)),
    not: (a) => wrap(~a),
    floor: same,
    ceil: same,
    trunc: same,
    round: same,
    add: (a, b) => wrap(a + b),
    sub: (a, b) => wrap(a - b),
    mul: (a, b) => wrap(Math.imul(a, b)),
    floordiv: (a, b) => (b === 0 ? 0 : wrap(Math.floor(a / b))),
    mod: (a, b) => (b === 0 ? 0 : wrap(floorModulo(a, b))),
    pow: (a, b) => wrap(integerPower(a, b)),
    min: (a, b) => Math.min(a, b),
    max: (a, b) => Math.max(a, b),
    and: (a, b) => wrap(a & b),
    or: (a, b) => wrap(a | b),
    xor: (a, b) => wrap(a ^ b),
    shl: (a, b) => (b >= 0 && b < width ? wrap(a << b) : 0),
    shr: kind === "int" ? (a, b) => a >> (b >= 0 && b < width ? b : 31) : (a, b) => (b < width ? a >>> b : 0),
  };
}

/** Throws the error for a negative power of an integer. */
export function refusePower(): never {
  throw new ArgumentError('pow: an integer has no negative power; convert the array with astype("float64") first');
}

/** Throws the error for the index of no element. */
function refuseIndex(op: IndexPrimitive): never {
  throw new ArgumentError(`${op}: every element is NaN, so there is no index; nanmin and nanmax give NaN there`);
}

/** Whether a primitive gives an index, and then is an error for {@link NO_INDEX}. */
export function givesIndex(op: Primitive): op is IndexPrimitive {
  return (indexPrimitives as readonly Primitive[]).includes(op);
}

/** Whether a primitive with a result of this dtype is an error for some arguments. */
export function mayRefuse(op: Primitive, dtype: DType): boolean {
  return givesIndex(op) || (op === "pow" && factsOf(dtype).kind === "int");
}

function integerPower(base: number, exponent: number): number {
  if (exponent < 0) refusePower();
  let power = 1;
  for (let rest = exponent; rest > 0; rest >>>= 1) {
    if (rest & 1) power = Math.imul(power, base);
    base = Math.imul(base, base);
  }
  return power;
}

/** Integers of 64 bits. */
function bigIntegers(wrap: (x: bigint) => bigint): Table<bigint> {
  const same = (a: bigint): bigint => a;
  const modulo = (a: bigint, b: bigint): bigint => {
    const rest = a % b;
    return rest === 0n || rest < 0n === b < 0n ? rest : rest + b;
  };
  return {
    neg: (a) => wrap(-a),
    abs: (a) => wrap(a < 0n ? -a : a),
    not: (a) => wrap(~a),
    floor: same,
    ceil: same,
    trunc: same,
    round: same,
    add: (a, b) => wrap(a + b),
    sub: (a, b) => wrap(a - b),
    mul: (a, b) => wrap(a * b),
    floordiv: (a, b) => (b === 0n ? 0n : wrap((a - modulo(a, b)) / b)),
    mod: (a, b) => (b === 0n ? 0n : modulo(a, b)),
    pow: (a, b) => bigPower(a, b, wrap),
    // biome-ignore lint/complexity/useMathMinMax: Math.min takes no BigInt
    min: (a, b) => (a < b ? a : b),
    // biome-ignore lint/complexity/useMathMinMax: Math.max takes no BigInt
    max: (a, b) => (a > b ? a : b),
    and: (a, b) => a & b,
    or: (a, b) => a | b,
    xor: (a, b) => a ^ b,
    shl: (a, b) => (b >= 0n && b < 64n ? wrap(a << b) : 0n),
    shr: (a, b) => a >> (b >= 0n && b < 64n ? b : 64n),
  };
}

function bigPower(base: bigint, exponent: bigint, wrap: (x: bigint) => bigint): bigint {
  if (exponent < 0n) refusePower();
  let power = 1n;
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) power = wrap(power * base);
    base = wrap(base * base);
  }
  return power;
}

const tables: Partial<Record<DType, Table<number> | Table<bigint>>> = {
  bool,
  float32,
  float64,
  ...mapped(wraps, (dtype, wrap) => integers(factsOf(dtype), wrap)),
  ...mapped(bigWraps, (_, wrap) => bigIntegers(wrap)),
};

function mapped<A, B>(record: Partial<Record<DType, A>>, to: (dtype: DType, a: A) => B): Partial<Record<DType, B>> {
  return Object.fromEntries(Object.entries(record).map(([dtype, a]) => [dtype, to(dtype as DType, a)]));
}

/** These read the same for numbers and BigInts. */
const comparisons: Partial<Record<Primitive, (a: Value, b: Value) => Value>> = {
  eq: (a, b) => (a === b ? 1 : 0),
  ne: (a, b) => (a !== b ? 1 : 0),
  lt: (a, b) => (a < b ? 1 : 0),
  le: (a, b) => (a <= b ? 1 : 0),
  gt: (a, b) => (a > b ? 1 : 0),
  ge: (a, b) => (a >= b ? 1 : 0),
};

function find(op: Primitive, argument: DType, result: DType): ((...values: never[]) => Value) | undefined {
  const table = tables[argument];
  if (table === undefined || tables[result] === undefined) return undefined;
  if (op === "select") return (condition: Value, a: Value, b: Value): Value => (condition ? a : b);
  if (op === "guard") return (rare: Value, usual: Value, special: Value): Value => (rare ? special : usual);
  if (op === "fma") return argument === "float64" ? (a: number, b: number, c: number): number => a * b + c : undefined;
  if (op === "bits") return bitsOf[argument];
  if (op === "fromBits") return fromBits[argument];
  if (givesIndex(op)) return (a: number): Value => (a < NO_INDEX ? BigInt(a) : refuseIndex(op));
  if (op === "cast") return conversion(factsOf(argument), factsOf(result));
  return comparisons[op] ?? table[op];
}

/**
 * The function of a primitive, to be looked up once per loop. `argument` is the dtype of its last argument (`select`
 * and `guard` have a condition before it), `result` the dtype of its result. Throws where the primitive has no meaning
 * for the dtype; the complex dtypes have none, since loops hold their parts.
 */
export function primitive(op: Primitive, argument: DType, result: DType): PrimitiveFunction {
  const found = find(op, argument, result);
  if (found === undefined) throw new DTypeError(`${op}: the primitive has no meaning for ${argument}`);
  return found as PrimitiveFunction;
}
